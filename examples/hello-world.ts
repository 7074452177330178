// The smallest MiniCluster: four pods, one task on each. The command has quotes and a variable, which the
// operator would break; it travels as a file instead (see hello-world.yaml).
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function helloWorld(app: App): Chart {
  const chart = new Chart(app, 'hello-world', { namespace: 'flux' });
  new MiniCluster(chart, 'hello', {
    metadata: { name: 'hello' },
    size: 4,
    tasks: 4,
    reportFailure: true,
    containers: [
      { image: 'ubuntu:24.04', command: 'echo "hello world from $(hostname), task $FLUX_TASK_RANK"' },
    ],
  });
  return chart;
}
