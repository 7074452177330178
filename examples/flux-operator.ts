// The operator, and a MiniCluster for it to run, in one app: the operator's objects come first in flux-operator.yaml.
import { App, Chart } from 'cdk8s';
import { FluxOperator, MiniCluster } from 'flux-framework-constructs/cdk8s';

// A placeholder that no registry has. Put in the digest of the image that you mean to run;
// docs/flux-operator.md says how to get it.
const DIGEST = 'sha256:0000000000000000000000000000000000000000000000000000000000000000';

export function fluxOperator(app: App): Chart {
  const chart = new Chart(app, 'flux-operator', { namespace: 'default' });
  new FluxOperator(chart, 'operator', {
    images: { amd64: `ghcr.io/flux-framework/flux-operator@${DIGEST}` },
  });
  new MiniCluster(chart, 'hello', {
    metadata: { name: 'hello' },
    size: 2,
    tasks: 2,
    reportFailure: true,
    containers: [{ image: 'ubuntu:24.04', command: 'hostname' }],
  });
  return chart;
}
