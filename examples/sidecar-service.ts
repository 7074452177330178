// A cache server beside each broker. The operator makes a Service named like the sidecar for its one port.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

// Runs in every pod that is deleted; only the lead broker may end the whole instance.
const SHUT_DOWN = `[ "$(hostname)" = workers-0 ] || exit 0
. /mnt/flux/flux-view.sh
exec flux proxy "$fluxsocket" flux shutdown
`;

export function sidecarService(app: App): Chart {
  const chart = new Chart(app, 'sidecar-service', { namespace: 'flux' });
  new MiniCluster(chart, 'workers', {
    metadata: { name: 'workers' },
    size: 2,
    interactive: true,
    containers: [
      {
        image: 'ubuntu:24.04',
        runFlux: true,
        environment: { CACHE_URL: 'redis://workers-cache:6379' },
        lifeCycle: { preStopExec: SHUT_DOWN },
      },
      // No command: the image runs as it is, and the construct says so to the operator.
      { name: 'workers-cache', image: 'redis:7.4.1', ports: [6379] },
    ],
  });
  return chart;
}
