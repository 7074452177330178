// A batch job without the operator. The exit code of the text becomes that of the lead pod, and a code other than 0
// makes a failed Job; nothing has to be asked for. The certificate is an existing Secret, so no right is needed at all:
//   npx minicluster certificate sweep-certificate --namespace flux | kubectl create -f -
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

const SWEEP = `set -euo pipefail
echo "sizes 2 4 8 on $(flux getattr size) nodes"
for size in 2 4 8; do
  flux submit -N4 -n16 --flags=waitable --output="/results/$size.out" \\
    lmp -v x "$size" -v y "$size" -v z "$size" -log none -in in.reaxff.hns -nocite
done
# Fails if one of them has failed.
flux job wait --all
`;

export function jobBatch(app: App): Chart {
  const chart = new Chart(app, 'job-batch', { namespace: 'flux' });
  const results = new kplus.PersistentVolumeClaim(chart, 'results', {
    metadata: { name: 'sweep-results' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: 'efs',
    storage: Size.gibibytes(10),
  });
  new MiniClusterJob(chart, 'sweep', {
    metadata: { name: 'sweep' },
    size: 4,
    tasks: 16,
    certificate: { secretName: 'sweep-certificate' },
    // Measured from the start of the Job: what hangs ends after two hours.
    deadlineSeconds: 7200,
    // The pods and their logs stay for a day.
    ttlSecondsAfterFinished: 86_400,
    // Of the system that the image is made from.
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        batch: true,
        batchRaw: true,
        command: SWEEP,
        // Four cores for the four tasks of each pod: Flux plans with the limit.
        resources: { requests: { cpu: '4', memory: '8Gi' }, limits: { cpu: '4', memory: '8Gi' } },
        volumes: { results: { claim: results, path: '/results' } },
      },
    ],
  });
  return chart;
}
