// A queue that outlives its cluster: history, pending jobs and the files that jobs write are there again in the next one.
// The walkthrough is docs/state.md; the file is for minikube or kind, where all pods run on one node.
import { App, Chart } from 'cdk8s';
import { ArchiveSave, MiniCluster, SharedVolume } from 'flux-framework-constructs/cdk8s';

export function state(app: App): Chart {
  const chart = new Chart(app, 'state', { namespace: 'flux-operator' });
  const data = new SharedVolume(chart, 'data', {
    metadata: { name: 'flux-data' },
    hostPath: { path: '/tmp/data' },
  });
  new MiniCluster(chart, 'cluster', {
    metadata: { name: 'flux-sample' },
    size: 2,
    interactive: true,
    archive: {
      path: '/state/archive.tar.gz',
      // When the cluster is deleted, and every ten minutes in case it is killed.
      save: ArchiveSave.PERIODIC,
      everyMinutes: 10,
      // Jobs that run when it is deleted have this time to end; those that wait run in the next cluster.
      drainSeconds: 15,
      // Those of the last two clusters stay beside it.
      keep: 2,
    },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [{ image: 'ubuntu:24.04', volumes: { data: data.mount('/state') } }],
  });
  return chart;
}
