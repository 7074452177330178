// A Singularity container, pulled once and staged to a folder of every node before the job runs. The walkthrough is
// docs/staging.md; the volume for the output is for minikube or kind, where all pods run on one node.
import { App, Chart } from 'cdk8s';
import { MiniCluster, SharedVolume } from 'flux-framework-constructs/cdk8s';

const BATCH = `set -euo pipefail
flux submit -n 4 --flags=waitable --output=/tmp/fluxout/job.out --error=/tmp/fluxout/job.out \\
  singularity exec /data/mpi.sif /opt/mpitest
# Where "flux queue idle" would only wait, this fails if the job has failed.
flux job wait --all
`;

export function staging(app: App): Chart {
  const chart = new Chart(app, 'staging', { namespace: 'flux-operator' });
  // One folder for all pods, which outlives them: the cluster needn't stay for somebody to read the output.
  const output = new SharedVolume(chart, 'output', {
    metadata: { name: 'staging-output' },
    hostPath: { path: '/tmp/data' },
  });
  new MiniCluster(chart, 'cluster', {
    metadata: { name: 'flux-sample' },
    size: 4,
    tasks: 4,
    // The text of the batch job is run when the container is on all four nodes; /data is of each node alone.
    staging: [{ path: 'mpi.sif', to: '/data', pull: 'oras://ghcr.io/rse-ops/singularity-mpi:mpich' }],
    reportFailure: true,
    // The oldest system whose view there is: it runs on newer ones, too.
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' } },
    containers: [
      {
        image: 'ghcr.io/rse-ops/singularity:tag-mamba',
        batch: true,
        batchRaw: true,
        command: BATCH,
        volumes: { output: output.mount('/tmp/fluxout') },
        // Running a container in a container.
        securityContext: { privileged: true },
      },
    ],
  });
  return chart;
}
