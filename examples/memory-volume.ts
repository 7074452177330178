// Shared memory for the tasks of a node: a volume in memory of 8 GiB at /dev/shm, where a container has 64 MiB
// by default. What is written there counts towards the memory limit of the container.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function memoryVolume(app: App): Chart {
  const chart = new Chart(app, 'memory-volume', { namespace: 'flux' });
  new MiniCluster(chart, 'lammps', {
    metadata: { name: 'lammps-shm' },
    size: 2,
    tasks: 32,
    reportFailure: true,
    certificate: { secretName: 'lammps-shm-certificate' },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        command: 'lmp -v x 16 -v y 16 -v z 8 -in in.reaxff.hns -nocite -log none',
        resources: { requests: { cpu: '16', memory: '32Gi' }, limits: { memory: '32Gi' } },
        volumes: { 'shared-memory': { emptyDir: true, emptyDirMedium: 'Memory', emptyDirSizeLimit: '8Gi' } },
      },
    ],
  });
  return chart;
}
