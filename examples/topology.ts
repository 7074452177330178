// A large cluster as a tree: each broker has at most 16 children, so that the lead broker serves 16 connections
// instead of 255. One core for each of many short jobs is all that is asked, so Flux's simple scheduler will do.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

export function topology(app: App): Chart {
  const chart = new Chart(app, 'topology', { namespace: 'flux' });
  new MiniCluster(chart, 'tree', {
    metadata: { name: 'tree' },
    size: 256,
    reportFailure: true,
    certificate: { secretName: 'tree-certificate' },
    flux: { topology: 'kary:16', scheduler: { simple: true } },
    containers: [
      {
        image: 'ubuntu:24.04',
        launcher: true,
        command: 'flux submit --cc=1000-2999 -n1 --quiet --watch factor 230584300921{cc}',
      },
    ],
  });
  return chart;
}
