// A queue that grows from two to eight pods while its processors are busy: an autoscaler sets the size of the
// MiniCluster. It reads the CPU use of the pods, which needs the Kubernetes metrics server. Applied again, this file
// sets the size back: write the present one first.
import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

const SMALLEST = 2;
const LARGEST = 8;

// Runs in each pod that is deleted; only the lead broker may end the whole instance.
const SHUT_DOWN = `[ "$(hostname)" = queue-0 ] || exit 0
. /mnt/flux/flux-view.sh
exec flux proxy "$fluxsocket" flux shutdown
`;

export function elastic(app: App): Chart {
  const chart = new Chart(app, 'elastic', { namespace: 'flux' });
  const queue = new MiniCluster(chart, 'queue', {
    metadata: { name: 'queue' },
    size: SMALLEST,
    minSize: SMALLEST,
    maxSize: LARGEST,
    interactive: true,
    certificate: { secretName: 'queue-certificate' },
    containers: [
      {
        image: 'ubuntu:24.04',
        // Utilization is a share of the request, and without one the autoscaler does nothing. Ask for all that a
        // node has: Flux uses all of its cores.
        resources: { requests: { cpu: '8' } },
        lifeCycle: { preStopExec: SHUT_DOWN },
      },
    ],
  });
  const { apiVersion, kind } = queue.apiObject;
  const busy = { type: 'Utilization', averageUtilization: 70 };
  new k8s.KubeHorizontalPodAutoscalerV2(chart, 'autoscaler', {
    metadata: { name: queue.name },
    spec: {
      scaleTargetRef: { apiVersion, kind, name: queue.name },
      minReplicas: SMALLEST,
      maxReplicas: LARGEST,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: busy } }],
      // The pods with the highest index would go first, whatever runs on them. When the queue is empty:
      // kubectl scale minicluster/queue --namespace flux --replicas 2
      behavior: { scaleDown: { selectPolicy: 'Disabled' } },
    },
  });
  return chart;
}
