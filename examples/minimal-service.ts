// A Service for the lead broker alone, where the default is a headless one with a name in DNS for every pod. The
// other brokers only ever connect to the lead. The job must not need the names of pods.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function minimalService(app: App): Chart {
  const chart = new Chart(app, 'minimal-service', { namespace: 'one-service' });
  new MiniCluster(chart, 'hello', {
    metadata: { name: 'hello' },
    size: 4,
    tasks: 4,
    reportFailure: true,
    certificate: { secretName: 'hello-certificate' },
    flux: { minimalService: true },
    containers: [{ image: 'ubuntu:24.04', command: 'hostname' }],
    silence: [{ code: 'MC058', reason: 'nothing else runs in this namespace' }],
  });
  return chart;
}
