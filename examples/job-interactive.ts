// The smallest Flux cluster without the operator: four brokers that people submit to, from plain objects of one
// namespace. The only thing to give is a view image (Flux itself) of the system that the image is made from.
//
//   kubectl apply -f dist/job-interactive.k8s.yaml
//   POD=$(kubectl get pods --namespace flux --output name --selector \
//     batch.kubernetes.io/job-name=hello,batch.kubernetes.io/job-completion-index=0)
//   kubectl exec -it --namespace flux "$POD" --container hello -- bash /mnt/flux/flux-connect.sh
//   flux run -N4 hostname
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

export function jobInteractive(app: App): Chart {
  // The namespace must be known: the account that may write the brokers' certificate is one of it.
  const chart = new Chart(app, 'job-interactive', { namespace: 'flux' });
  new MiniClusterJob(chart, 'hello', {
    metadata: { name: 'hello' },
    size: 4,
    interactive: true,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [
      {
        image: 'ubuntu:24.04',
        // Flux plans with two cores of each pod, however many the node has.
        resources: { requests: { cpu: '2' }, limits: { cpu: '2' } },
      },
    ],
  });
  return chart;
}
