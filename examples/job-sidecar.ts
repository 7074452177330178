// A cache server beside each broker, as a native sidecar: it is started before Flux and ended after it, so that it does
// not keep the Job from completing. The Service `workers-cache` leads to the caches of all pods; a task that wants that
// of its own pod takes localhost.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

const WARM_UP = `#!/bin/bash
set -euo pipefail
# bash speaks to the cache by itself: the image has no client for it.
exec 3<>/dev/tcp/localhost/6379
printf 'SET task "%s of %s"\\r\\n' "$FLUX_TASK_RANK" "$(hostname)" >&3
read -r answer <&3
echo "task $FLUX_TASK_RANK: $answer"
`;

export function jobSidecar(app: App): Chart {
  const chart = new Chart(app, 'job-sidecar', { namespace: 'flux' });
  new MiniClusterJob(chart, 'workers', {
    metadata: { name: 'workers' },
    // The oldest release that it is to run on; 1.28 is an error here that names what it lacks.
    kubernetes: '1.29',
    size: 2,
    tasks: 2,
    flux: { container: { image: 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble' } },
    containers: [
      { image: 'ubuntu:24.04', runFlux: true, commands: { script: WARM_UP } },
      // No command: the image runs as it is.
      { name: 'workers-cache', image: 'redis:7.4.1', ports: [6379], restartPolicy: 'Always' },
    ],
  });
  return chart;
}
