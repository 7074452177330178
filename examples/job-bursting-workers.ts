// The far side of a burst without the operator: four brokers in another Kubernetes cluster that join the instance of
// job-bursting-lead.ts. All pods are followers; when the lead broker goes away they look for it until it is back.
import { App, Chart } from 'cdk8s';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';
import { BURSTED, CERTIFICATE, CORES, LEAD, LEAD_PORT, VIEW } from './job-bursting-lead';

export function jobBurstingWorkers(app: App): Chart {
  const chart = new Chart(app, 'job-bursting-workers', { namespace: 'flux' });
  for (const { name, size } of BURSTED) {
    new MiniClusterJob(chart, name, {
      metadata: { name },
      size,
      // No command: jobs are submitted on the near side.
      interactive: true,
      cores: CORES,
      certificate: CERTIFICATE,
      flux: {
        bursting: {
          // A node of the near side, as the pods of this side reach it.
          leadBroker: { ...LEAD, address: 'lead.example.org', port: LEAD_PORT },
          clusters: BURSTED,
        },
        container: { image: VIEW },
      },
      containers: [{ image: 'ubuntu:24.04', resources: { requests: { cpu: String(CORES) } } }],
    });
  }
  return chart;
}
