// An interactive cluster whose queue outlives it: the workflow of state-v1alpha1.ts without the operator. The lead
// broker restores the archive when it starts, if there is one, and writes it when its pod is told to stop.
//
//   kubectl apply -f dist/job-state.k8s.yaml
//   POD=$(kubectl get pods --namespace flux --output name --selector \
//     batch.kubernetes.io/job-name=state,batch.kubernetes.io/job-completion-index=0)
//   kubectl exec --namespace flux "$POD" --container state -- \
//     bash -c '. /mnt/flux/flux-view.sh; for i in 1 2 3; do flux proxy "$fluxsocket" flux submit sleep "$i"; done'
//   kubectl delete job --namespace flux state     # saves; the claim stays
//   kubectl apply -f dist/job-state.k8s.yaml      # restores: `flux jobs -a` shows the three
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

export function jobState(app: App): Chart {
  const chart = new Chart(app, 'job-state', { namespace: 'flux' });
  // Every pod mounts it, on nodes of their own, though only the lead broker writes.
  const state = new kplus.PersistentVolumeClaim(chart, 'state', {
    metadata: { name: 'state-archive' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
    storageClassName: 'efs',
    storage: Size.gibibytes(1),
  });
  new MiniClusterJob(chart, 'cluster', {
    metadata: { name: 'state' },
    size: 2,
    interactive: true,
    archive: { path: '/state/archive.tar.gz' },
    // Enough to cancel what runs and to write a large queue to slow storage; then the pod is killed.
    terminationGracePeriodSeconds: 120,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [{ image: 'ubuntu:24.04', volumes: { state: { claim: state, path: '/state' } } }],
  });
  return chart;
}
