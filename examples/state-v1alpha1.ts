// An interactive cluster whose queue and job history are restored from a volume that outlives it.
import { App, Chart } from 'cdk8s';
import { MiniClusterV1Alpha1 } from 'flux-framework-constructs/cdk8s';

export function stateV1Alpha1(app: App): Chart {
  const chart = new Chart(app, 'state-v1alpha1', { namespace: 'flux-operator' });
  new MiniClusterV1Alpha1(chart, 'state', {
    metadata: { name: 'flux-sample' },
    size: 2,
    interactive: true,
    archive: { path: '/state/archive.tar.gz' },
    volumes: { data: { storageClass: 'hostpath', path: '/tmp/data', labels: { type: 'local' } } },
    containers: [
      { image: 'ghcr.io/flux-framework/flux-restful-api:latest', volumes: { data: { path: '/state' } } },
    ],
  });
  return chart;
}
