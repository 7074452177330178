// Four containers in each pod: a queue, and three applications that share the cores of the pods. None of their images
// holds Flux, each is a Flux instance over all pods, and the queue never gives a core to two jobs at once.
//
//   kubectl apply -f dist/multi-application.k8s.yaml
//   POD=$(kubectl get pods --namespace flux --output name --selector \
//     batch.kubernetes.io/job-name=flux-sample,batch.kubernetes.io/job-completion-index=0)
//   kubectl exec -it --namespace flux "$POD" --container queue -- bash
//   . /mnt/flux/flux-view.sh
//   flux-app submit --app ior -n 4 ior
//   flux-app run --app lammps -n 8 lmp -v x 2 -v y 2 -v z 2 -in in.reaxc.hns -nocite
import { App, Chart } from 'cdk8s';
import { MultiApplicationCluster } from 'flux-framework-constructs/cdk8s';

export function multiApplication(app: App): Chart {
  const chart = new Chart(app, 'multi-application', { namespace: 'flux' });
  new MultiApplicationCluster(chart, 'pancake', {
    metadata: { name: 'flux-sample' },
    size: 4,
    // The view must be of the system of the applications, or of an older one.
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-focal' } },
    // Kubernetes adds up what containers request: one of them asks for the cores that all of them share.
    queue: { resources: { requests: { cpu: '10', memory: '16Gi' } } },
    applications: [
      {
        name: 'lammps',
        image: 'ghcr.io/rse-ops/lammps-matrix:mpich-ubuntu-20.04-amd64',
        workingDir: '/opt/lammps/examples/reaxff/HNS',
      },
      // Put in the digests of the images that you mean to run: these tags move.
      { name: 'ior', image: 'ghcr.io/converged-computing/metric-ior:latest' },
      { name: 'chatterbug', image: 'ghcr.io/converged-computing/metric-chatterbug:latest' },
    ],
    silence: [{ code: 'MC073', reason: 'the images of the walkthrough have no other tag' }],
  });
  return chart;
}
