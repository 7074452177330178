// A Singularity container, pulled once by the lead broker and staged to a directory of every pod before the job runs:
// the workflow of staging-v1alpha1.ts without the operator. `flux archive` replaces the deprecated `flux filemap`.
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

const BATCH = `set -euo pipefail
# Make mpi.sif known to the other brokers.
flux archive create --name=mpi -C /data mpi.sif
# Write it to their own /data. Rank 0, which pulled it, is left out. A lead broker whose pod was replaced runs this text
# again, when the others have the file.
flux exec -r all -x 0 flux archive extract --waitcreate --overwrite --name=mpi -C /data
flux submit -n 4 --flags=waitable --output=/tmp/fluxout/job.out --error=/tmp/fluxout/job.out \\
  singularity exec /data/mpi.sif /opt/mpitest
# Where "flux queue idle" would only wait, this fails if the job has failed, and the Job with it.
flux job wait --all
flux archive remove --name=mpi
`;

// A hook that fails is passed over unless it exits, or with logging.strict.
const PULL_ONCE = `if [[ ! -e /data/mpi.sif ]]; then
  singularity pull /data/mpi.sif oras://ghcr.io/rse-ops/singularity-mpi:mpich || exit 1
fi
`;

export function jobStaging(app: App): Chart {
  const chart = new Chart(app, 'job-staging', { namespace: 'flux' });
  // One directory for all pods, which outlives them: the cluster needn't stay for somebody to read the output.
  const output = new kplus.PersistentVolumeClaim(chart, 'output', {
    metadata: { name: 'staging-output' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: 'efs',
    storage: Size.gibibytes(1),
  });
  new MiniClusterJob(chart, 'staging', {
    metadata: { name: 'staging' },
    size: 4,
    tasks: 4,
    // The oldest system whose view there is: it runs on newer ones, too.
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' } },
    containers: [
      {
        image: 'ghcr.io/rse-ops/singularity:tag-mamba',
        workingDir: '/data',
        batch: true,
        batchRaw: true,
        command: BATCH,
        commands: { brokerPre: PULL_ONCE },
        volumes: {
          // Each pod has its own.
          data: { emptyDir: true, path: '/data' },
          output: { claim: output, path: '/tmp/fluxout' },
        },
        // Running a container in a container.
        securityContext: { privileged: true },
      },
    ],
  });
  return chart;
}
