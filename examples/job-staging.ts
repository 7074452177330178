// A Singularity container, pulled once by the lead broker's pod and staged to a folder of every pod before the command
// starts, without the operator. The walkthrough is docs/staging.md.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob, SharedVolume } from 'flux-framework-constructs/cdk8s';

export function jobStaging(app: App): Chart {
  const chart = new Chart(app, 'job-staging', { namespace: 'flux-operator' });
  // One folder for all pods, which outlives them: the cluster needn't stay for somebody to read the output.
  const output = new SharedVolume(chart, 'output', {
    metadata: { name: 'staging-output' },
    storageClassName: 'efs',
    capacity: '1Gi',
  });
  new MiniClusterJob(chart, 'cluster', {
    metadata: { name: 'flux-sample' },
    size: 4,
    tasks: 4,
    staging: [{ path: 'mpi.sif', to: '/data', pull: 'oras://ghcr.io/rse-ops/singularity-mpi:mpich' }],
    // The oldest system whose view there is: it runs on newer ones, too.
    flux: {
      container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' },
      optionFlags: '--output=/tmp/fluxout/job.out --error=/tmp/fluxout/job.out',
    },
    containers: [
      {
        image: 'ghcr.io/rse-ops/singularity:tag-mamba',
        command: 'singularity exec /data/mpi.sif /opt/mpitest',
        volumes: {
          // Each pod has its own.
          data: { emptyDir: true, path: '/data' },
          output: output.mount('/tmp/fluxout'),
        },
        // Running a container in a container.
        securityContext: { privileged: true },
      },
    ],
  });
  return chart;
}
