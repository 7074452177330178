// Two schedulers: Fluence places the pods, all or none of them, and within the cluster Fluxion starts small jobs
// in the gaps before large ones.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

// The second run needs all nodes and waits for the first. Those behind it end before the first does, by their time
// limits, so they start at once in its shadow.
const RUNS = `flux bulksubmit --watch --nodes={0} --tasks-per-node=8 --time-limit={1}m \\
  lmp -v x 8 -v y 8 -v z 8 -in in.reaxff.hns -log none ::: 1 4 2 1 :::+ 60 60 20 20
`;

export function customScheduler(app: App): Chart {
  const chart = new Chart(app, 'custom-scheduler', { namespace: 'flux' });
  new MiniCluster(chart, 'gang', {
    metadata: { name: 'gang' },
    size: 4,
    reportFailure: true,
    certificate: { secretName: 'gang-certificate' },
    // Fluence makes a group of the pods of a Job by itself; it needs no labels.
    pod: { schedulerName: 'fluence' },
    flux: {
      // Backfill goes by the time limits of the jobs.
      scheduler: { queuePolicy: 'easy' },
      container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' },
    },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        launcher: true,
        command: RUNS,
        // Fluence places by requests.
        resources: { requests: { cpu: '8', memory: '16Gi' } },
      },
    ],
  });
  return chart;
}
