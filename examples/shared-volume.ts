// Storage that outlives its clusters: a directory of the node for minikube and kind, mounted by a MiniCluster and by a pod
// of one's own. A MiniClusterJob mounts it in the same way.
//
//   kubectl create namespace flux
//   kubectl apply -f dist/shared-volume.k8s.yaml
//   kubectl get persistentvolumeclaims --namespace flux     # STATUS: Bound
//
// Deleting the MiniCluster leaves the volume. In a Kubernetes cluster of several nodes, put nfs, csi or a storage class in
// place of hostPath: docs/shared-volume.md.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniCluster, SharedVolume } from 'flux-framework-constructs/cdk8s';

const IMAGE = 'ubuntu:24.04';

export function sharedVolume(app: App): Chart {
  const chart = new Chart(app, 'shared-volume', { namespace: 'flux' });
  const data = new SharedVolume(chart, 'data', {
    metadata: { name: 'data' },
    hostPath: { path: '/tmp/data' },
    capacity: '10Gi',
  });
  new MiniCluster(chart, 'write', {
    metadata: { name: 'write' },
    size: 2,
    tasks: 2,
    reportFailure: true,
    containers: [
      {
        image: IMAGE,
        command: 'sh -c \'hostname > "/data/$(hostname)"\'',
        volumes: { data: data.mount('/data') },
      },
    ],
  });
  const volume = kplus.Volume.fromPersistentVolumeClaim(chart, 'look-volume', data.claim, { name: 'data' });
  const pod = new kplus.Pod(chart, 'look', {
    metadata: { name: 'look' },
    restartPolicy: kplus.RestartPolicy.NEVER,
    securityContext: { ensureNonRoot: false },
  });
  pod
    .addContainer({
      image: IMAGE,
      command: ['ls', '-l', '/data'],
      securityContext: { ensureNonRoot: false, readOnlyRootFilesystem: false },
    })
    .mount('/data', volume);
  return chart;
}
