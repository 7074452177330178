// The near side of a burst without the operator: two brokers that people submit to, and a port at which four more nodes
// of another Kubernetes cluster join them (job-bursting-workers.ts). Until then those four are down in
// `flux resource list`. The certificate must be the same on both sides, so it can't be one made in the cluster:
//   npx minicluster certificate burst-certificate --namespace flux > secret.yaml, applied to both and deleted.
import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { MiniClusterJob } from 'flux-framework-constructs/cdk8s';

/** What both sides must agree on: the order of the hosts gives each broker its rank. */
export const LEAD = { name: 'lead', size: 2 };
export const BURSTED = [{ name: 'burst-0', size: 4 }];
export const CERTIFICATE = { secretName: 'burst-certificate' };
/** Open in the firewall for the nodes of the other side, and for nobody else. */
export const LEAD_PORT = 30093;
/** Both sides need brokers of one version, so it is the same image. */
export const VIEW = 'ghcr.io/converged-computing/flux-view-ubuntu:tag-noble';
/** The resource set of the lead broker describes all nodes. */
export const CORES = 4;

export function jobBurstingLead(app: App): Chart {
  const chart = new Chart(app, 'job-bursting-lead', { namespace: 'flux' });
  new MiniClusterJob(chart, 'lead', {
    metadata: { name: LEAD.name },
    size: LEAD.size,
    // Without it the brokers would wait for the bursted ones, too, before they run a job.
    minSize: LEAD.size,
    interactive: true,
    cores: CORES,
    certificate: CERTIFICATE,
    flux: { bursting: { clusters: BURSTED }, container: { image: VIEW } },
    containers: [{ image: 'ubuntu:24.04', resources: { requests: { cpu: String(CORES) } } }],
  });
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
