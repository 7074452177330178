// The near side of a burst: two brokers that people submit to, and a port at which four more nodes of another
// Kubernetes cluster join them (bursting-workers.ts). Until then those four are down in `flux resource list`.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniCluster } from 'flux-framework-constructs/cdk8s';

/** What both sides must agree on: the order of the hosts gives each broker its rank. */
export const LEAD = { name: 'lead', size: 2 };
export const BURSTED = [{ name: 'burst-0', size: 4 }];
/** `flux keygen` makes it once; the same Secret must be in both Kubernetes clusters. */
export const CERTIFICATE = { secretName: 'burst-certificate' };
/** Open in the firewall for the nodes of the other side, and for nobody else. */
export const LEAD_PORT = 30093;

// Runs in each pod that is deleted; only the lead broker may end the whole instance.
const SHUT_DOWN = `[ "$(hostname)" = ${LEAD.name}-0 ] || exit 0
. /mnt/flux/flux-view.sh
exec flux proxy "$fluxsocket" flux shutdown
`;

export function burstingLead(app: App): Chart {
  const chart = new Chart(app, 'bursting-lead', { namespace: 'flux' });
  new MiniCluster(chart, 'lead', {
    metadata: { name: LEAD.name },
    size: LEAD.size,
    // Without it the brokers would wait for the bursted ones, too, before they run a job.
    minSize: LEAD.size,
    interactive: true,
    certificate: CERTIFICATE,
    flux: { bursting: { clusters: BURSTED } },
    containers: [{ image: 'ubuntu:24.04', lifeCycle: { preStopExec: SHUT_DOWN } }],
  });
  // The Job controller labels the pods, so this works whatever the operator does later.
  const leadPod = kplus.Pods.select(chart, 'lead-pod', {
    labels: {
      'batch.kubernetes.io/job-name': LEAD.name,
      'batch.kubernetes.io/job-completion-index': '0',
    },
  });
  new kplus.Service(chart, 'lead-broker', {
    metadata: { name: 'lead-broker' },
    type: kplus.ServiceType.NODE_PORT,
    selector: leadPod,
    ports: [{ port: 8050, targetPort: 8050, nodePort: LEAD_PORT }],
  });
  return chart;
}
