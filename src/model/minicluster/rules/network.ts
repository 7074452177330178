/** Traps T56 to T64 and T75: names, Services and the overlay network. */
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import { INNER_NODES, SEVERAL_PORTS } from './common/network';
import { namesWith } from './names';
import { EVERY_ENGINE, EVERY_RELEASE, MAIN_AND_JOB } from './releases';
import { Rule } from './rule';

/** Longest of the suffixes by which the operator names pod volumes after the cluster (controllers/flux/volumes.go). */
const VOLUME_SUFFIX = '-entrypoint';

const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet'];

export const NETWORK_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC056',
    traps: ['T56'],
    severity: Severity.ERROR,
    releases: MAIN_AND_JOB,
    title: 'must keep the cluster DNS, by which the brokers find one another',
    consequence: 'The host names under svc.cluster.local do not resolve, and no worker ever joins.',
    remedy: 'leave it out, or write ClusterFirst or ClusterFirstWithHostNet',
    check: ({ spec }, report) => {
      const policy = spec.pod?.dnsPolicy;
      if (policy && !DNS_POLICIES.includes(policy)) report('pod.dnsPolicy', policy);
    },
  },
  {
    code: 'MC058',
    traps: ['T58'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'selects the lead broker by a label that the operator patches onto pods at run time',
    consequence:
      'The patch goes to every pod of the namespace that lacks the label. A foreign pod without any labels makes it ' +
      'fail: the Service then selects nothing, and no worker joins.',
    remedy: 'use a namespace of its own, or leave minimalService out',
    check: ({ spec }, report) => {
      if (spec.flux?.minimalService) report('flux.minimalService', true);
    },
  },
  {
    code: 'MC059',
    releases: EVERY_ENGINE,
    ...INNER_NODES,
    remedy: `leave flux.topology out and ${INNER_NODES.remedy}`,
    check: (cluster, report) => {
      const { flux } = cluster.spec;
      if (flux?.minimalService && flux.topology) report('flux.topology', flux.topology);
      INNER_NODES.check(cluster, report);
    },
  },
  { code: 'MC060', releases: EVERY_RELEASE, ...SEVERAL_PORTS },
  {
    code: 'MC062',
    traps: ['T62'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'gives a broken host block unless flux.brokerConfig is written too',
    consequence:
      'The generated configuration holds `%!s(int32=8050)` and `%!s(MISSING)`: a bursted cluster cannot start.',
    remedy: 'write flux.brokerConfig; the library does that by itself',
    check: ({ spec, applications }, report) => {
      const lead = spec.flux?.bursting?.leadBroker;
      // With several brokers in each pod there is no such configuration (MC186).
      if (lead && !spec.flux.brokerConfig && applications.length === 0)
        report('flux.bursting.leadBroker', lead.address);
    },
  },
  {
    code: 'MC162',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'of less than 2 gives a host list with the range [1-0]',
    consequence: '`flux R encode` refuses the list, and the brokers start without resources.',
    remedy: 'write all hosts into flux.bursting.hostlist instead',
    check: ({ spec }, report) => {
      const { leadBroker: lead, hostlist } = spec.flux?.bursting ?? {};
      if (lead && lead.size < 2 && !hostlist) report('flux.bursting.leadBroker.size', lead.size);
    },
  },
  {
    code: 'MC063',
    traps: ['T63'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is missing, or less than 1',
    consequence: 'The host list holds `-[0--1]`, and no broker reads it.',
    remedy:
      'write name and size of each bursted cluster; the library fills in burst-N and the size of this cluster',
    check: ({ spec }, report) => {
      spec.flux?.bursting?.clusters?.forEach((cluster, index) => {
        const path = `flux.bursting.clusters[${index}]`;
        if (!cluster.name) report(`${path}.name`, undefined);
        if ((cluster.size ?? 0) < 1) report(`${path}.size`, cluster.size);
      });
    },
  },
  {
    code: 'MC163',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'adds hosts that may come later, but Flux waits for all hosts before it runs a job',
    consequence: 'Without a quorum the lead cluster runs nothing until every bursted broker has joined.',
    remedy: 'set minSize to the number of brokers that are enough to begin with, such as size',
    check: ({ spec, size, maxSize }, report) => {
      const { leadBroker, clusters = [] } = spec.flux?.bursting ?? {};
      if (!leadBroker && clusters.length > 0 && spec.minSize === undefined && maxSize === size)
        report('flux.bursting.clusters', undefined);
    },
  },
  {
    code: 'MC075',
    traps: ['T75'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is no name that the pods, the Service and the volumes of a MiniCluster can have',
    consequence:
      'Kubernetes refuses the Service or the Job; the operator retries for ever without a message.',
    remedy: 'use lower-case letters, digits and -, start with a letter, and keep it short',
    check: namesWith(() => VOLUME_SUFFIX),
  },
];
