// A batch job: the text is what `flux batch` runs, loops, variables and heredoc included.
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

const SWEEP = `set -euo pipefail
# On the volume, where it outlives the pods; without this it ends with the container.
exec > /results/sweep.log 2>&1
cat > /results/sweep.txt <<END
sizes 2 4 8 on $(flux getattr size) nodes
END
for size in 2 4 8; do
  flux submit -N4 -n16 --flags=waitable --output="/results/$size.out" \\
    lmp -v x "$size" -v y "$size" -v z "$size" -log none -in in.reaxff.hns -nocite
done
flux job wait --all
`;

export function batchJob(app: App): Chart {
  const chart = new Chart(app, 'batch-job', { namespace: 'flux' });
  const results = new kplus.PersistentVolumeClaim(chart, 'results', {
    metadata: { name: 'sweep-results' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: 'efs',
    storage: Size.gibibytes(10),
  });
  new MiniCluster(chart, 'sweep', {
    metadata: { name: 'sweep' },
    size: 4,
    tasks: 16,
    reportFailure: true,
    // Of the system that the image is made from.
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-jammy' } },
    containers: [
      {
        image: 'ghcr.io/converged-computing/lammps-reax:ubuntu2204',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
        batch: true,
        batchRaw: true,
        command: SWEEP,
        volumes: { results: { claim: results, path: '/results' } },
      },
    ],
  });
  return chart;
}
