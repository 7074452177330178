// The far side of a burst: four brokers in another Kubernetes cluster that join the instance of bursting-lead.ts.
// Their nodes need at least the cores of the lead broker's node: its resource set describes all of them.
import { App, Chart } from 'cdk8s';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';
import { BURSTED, CERTIFICATE, LEAD, LEAD_PORT } from './bursting-lead';

export function burstingWorkers(app: App): Chart {
  const chart = new Chart(app, 'bursting-workers', { namespace: 'flux' });
  for (const { name, size } of BURSTED) {
    new MiniCluster(chart, name, {
      metadata: { name },
      size,
      // No command: jobs are submitted on the near side.
      interactive: true,
      certificate: CERTIFICATE,
      flux: {
        bursting: {
          // A node of the near side, as the pods of this side reach it. The operator would write this entry of
          // broker.toml wrongly, so the construct writes the file.
          leadBroker: { ...LEAD, address: 'lead.example.org', port: LEAD_PORT },
          clusters: BURSTED,
        },
      },
      containers: [{ image: 'ubuntu:24.04' }],
      silence: [{ code: 'MC086', reason: 'the queue and its state are on the near side' }],
    });
  }
  return chart;
}
