// A batch job: the text is what `flux batch` runs, loops, variables and heredoc included.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

const SWEEP = `set -euo pipefail
for temperature in 280 300 320; do
  cat > "run-$temperature.in" <<END
temperature $temperature
END
  flux submit -N4 -n16 --flags=waitable --output="/results/$temperature.out" ./simulate "run-$temperature.in"
done
flux job wait --all
`;

export function batchJob(app: App): Chart {
  const chart = new Chart(app, 'batch-job', { namespace: 'flux' });
  const results = new kplus.PersistentVolumeClaim(chart, 'results', {
    metadata: { name: 'sweep-results' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: 'efs',
  });
  new MiniCluster(chart, 'sweep', {
    metadata: { name: 'sweep' },
    size: 4,
    tasks: 16,
    backoffLimit: 1,
    reportFailure: true,
    containers: [
      {
        image: 'ghcr.io/example/simulate:2.1',
        workingDir: '/opt/simulate',
        batch: true,
        batchRaw: true,
        command: SWEEP,
        volumes: { results: { claim: results, path: '/results' } },
      },
    ],
  });
  return chart;
}
