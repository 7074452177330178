// Flux on the nodes of a Kubernetes cluster: installed, run, and kept in step with the nodes as they come and go.
//
//   kind create cluster --config examples/kind/flux-distribute.yaml     # or a cluster of your own
//   kubectl create namespace flux
//   kubectl apply -f dist/flux-distribute.k8s.yaml
//   kubectl rollout status daemonset/flux --namespace flux --timeout 15m
//   kubectl exec --namespace flux daemonset/flux -- flux-connect flux resource list
//
// The page docs/flux-distribute.md walks through it. kubectl delete -f stops the brokers on all nodes.
import { App, Chart } from 'cdk8s';
import { FluxDistribute } from 'flux-framework-constructs/cdk8s';

export function fluxDistribute(app: App): Chart {
  const chart = new Chart(app, 'flux-distribute', { namespace: 'flux' });
  new FluxDistribute(chart, 'flux', {
    metadata: { name: 'flux' },
    versions: { fluxCore: '0.85.0', fluxSched: '0.51.0' },
  });
  return chart;
}
