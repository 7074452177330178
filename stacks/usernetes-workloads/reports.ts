// A chart of cdk8s as a team may have it already: a batch job that needs nothing of the rest.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

export function reports(namespace: string, fluxImage: string, certificate: string): Chart {
  const chart = new Chart(new App(), 'reports', { namespace });
  new MiniClusterJob(chart, 'hello', {
    metadata: { name: 'hello' },
    size: 2,
    tasks: 2,
    certificate: { secretName: certificate },
    flux: { container: { image: fluxImage } },
    containers: [{ image: 'ubuntu:24.04', command: 'echo "hello from $(hostname), task $FLUX_TASK_RANK"' }],
  });
  return chart;
}
