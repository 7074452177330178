// A cluster that waits in a queue of Kueue until there is room for all its pods: a MiniClusterJob is a plain Job, which
// Kueue holds back and starts by itself. Kueue counts requests, and takes those of all pods at once.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

export function jobKueue(app: App): Chart {
  const chart = new Chart(app, 'job-kueue', { namespace: 'team-a' });
  new MiniClusterJob(chart, 'lammps', {
    metadata: { name: 'lammps-queued' },
    // A LocalQueue of this namespace.
    queueName: 'hpc',
    size: 4,
    tasks: 32,
    // Brokers on one node would share its network and memory: rather wait than that.
    onePodPerNode: true,
    // Kueue takes pods away again for work that is more important; they get so long to end.
    terminationGracePeriodSeconds: 60,
    certificate: { secretName: 'lammps-certificate' },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 16 -v y 16 -v z 8 -in in.reaxff.hns -nocite -log none',
        resources: { requests: { cpu: '8', memory: '16Gi' }, limits: { cpu: '8', memory: '16Gi' } },
      },
    ],
  });
  return chart;
}
