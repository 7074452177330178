// A queue that outlives its cluster, without the operator: history, pending jobs and the files that jobs write are there
// again in the next one. The walkthrough is docs/state.md.
import { App, Chart } from 'cdk8s';
import { ArchiveSave, MiniClusterJob, SharedVolume } from 'flux-framework-constructs/cdk8s';

export function jobState(app: App): Chart {
  const chart = new Chart(app, 'job-state', { namespace: 'flux-operator' });
  // Every pod mounts it, on nodes of their own: the jobs write there, and the lead broker saves the queue.
  const data = new SharedVolume(chart, 'data', {
    metadata: { name: 'flux-data' },
    storageClassName: 'efs',
    capacity: '100Gi',
  });
  new MiniClusterJob(chart, 'cluster', {
    metadata: { name: 'flux-sample' },
    size: 2,
    interactive: true,
    archive: {
      path: '/state/archive.tar.gz',
      // When the cluster is deleted, and every ten minutes in case it is killed.
      save: ArchiveSave.PERIODIC,
      everyMinutes: 10,
      // Jobs that run when it is deleted have five minutes to end; the grace period of the pods follows from it.
      drainSeconds: 300,
      keep: 2,
    },
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [
      { image: 'ubuntu:24.04', workingDir: '/state/work', volumes: { data: data.mount('/state') } },
    ],
  });
  return chart;
}
