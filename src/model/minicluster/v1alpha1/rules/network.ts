/** Traps T58 to T63 and T75: names, Services and the overlay network. */
import { BROKER_PORT } from '../../../flux/ports';
import { isLabel, isServiceName } from '../../../kubernetes-names';
import { Severity } from '../../../problems';
import { allContainers } from '../../located-containers';
import { reportLongName } from '../../rules/common/names';
import { INNER_NODES, SEVERAL_PORTS } from '../../rules/common/network';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** Longest of the suffixes by which the operator names pod volumes after the cluster, two of 12 letters. */
const VOLUME_SUFFIX = '-curve-mount';

/** The queue policies of Fluxion. */
const QUEUE_POLICIES = ['fcfs', 'easy', 'conservative', 'hybrid'];

export const NETWORK_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC280',
    traps: ['T58'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title:
      'makes the brokers depend on the label job-index, which the operator puts on every pod of the namespace',
    consequence:
      'The Service finds the lead broker only once the label is there. A foreign pod without any labels makes the patch ' +
      'fail: the lead is then never found, and the MiniCluster is never ready.',
    remedy: 'use a namespace of its own, or leave minimalService out',
    check: ({ spec }, report) => {
      if (spec.flux?.minimalService) report('flux.minimalService', true);
    },
  },
  { code: 'MC281', releases: V1ALPHA1, ...INNER_NODES },
  { code: 'MC282', releases: V1ALPHA1, ...SEVERAL_PORTS },
  {
    code: 'MC283',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is no port that a container of the pod can have',
    consequence: 'Kubernetes refuses the pod, or two programs of the pod want the same port.',
    remedy: `write a port from 1 to 65535, and not ${BROKER_PORT}, that of the broker`,
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        container.ports?.forEach((port, index) => {
          if (port < 1 || port > 65535) report(`${path}.ports[${index}]`, port);
        });
      }
      for (const { container, path } of cluster.sidecars) {
        container.ports?.forEach((port, index) => {
          if (port === BROKER_PORT)
            report(`${path}.ports[${index}]`, port, 'is the port of the broker in the same pod');
        });
      }
      const port = cluster.spec.fluxRestful?.port;
      // 0 means the same as nothing
      if (port !== undefined && (port < 0 || port > 65535)) report('fluxRestful.port', port);
    },
  },
  {
    code: 'MC284',
    traps: ['T61'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'becomes the name of a Service',
    consequence:
      'A name that no Service can have is refused. Where a Service of the name exists the operator takes it for its own, ' +
      'so that the port is never opened.',
    remedy:
      'use lower-case letters, digits and -, start with a letter, and avoid the name of the headless Service',
    check: ({ sidecars, headlessName, spec }, report) => {
      if (spec.network?.headlessName && !isServiceName(headlessName)) {
        report('network.headlessName', headlessName, 'is no name of a Service');
      }
      for (const { container, path } of sidecars) {
        const { name, ports } = container;
        if (!ports?.length || !name || !isLabel(name)) continue;
        if (!isServiceName(name)) report(`${path}.name`, name, 'becomes the name of a Service, and is none');
        if (name === headlessName) {
          report(`${path}.name`, name, 'becomes the name of a Service that the cluster itself has');
        }
      }
    },
  },
  {
    code: 'MC285',
    traps: ['T63'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is missing: its default is set on a copy and lost',
    consequence: 'The host list holds `-[0--1]`, and no broker reads it.',
    remedy: 'write name and size of each bursted cluster',
    check: ({ spec }, report) => {
      spec.flux?.bursting?.clusters?.forEach((cluster, index) => {
        const path = `flux.bursting.clusters[${index}]`;
        if (!cluster.name) report(`${path}.name`, undefined);
        if (!cluster.size || cluster.size < 1) report(`${path}.size`, cluster.size);
      });
    },
  },
  {
    code: 'MC286',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'gives a host list by which the brokers of this cluster can not start',
    consequence:
      'Each broker looks for its own host name in the list; the lead cluster must have two brokers for a range to come out.',
    remedy: 'name this cluster under clusters with its size, in the same order as in the other clusters',
    check: ({ metadata, spec, maxSize }, report) => {
      const { leadBroker, hostlist, clusters = [] } = spec.flux?.bursting ?? {};
      if (!leadBroker?.address || hostlist || spec.flux?.brokerConfig) return;
      if (leadBroker.size < 2) {
        const message = 'must be at least 2, or the host list ends in [1-0]';
        report(
          'flux.bursting.leadBroker.size',
          leadBroker.size,
          message,
          'write the host list as flux.bursting.hostlist',
        );
      }
      const own = clusters.find(({ name }) => name === metadata.name);
      if (!own) report('flux.bursting.clusters', undefined, `must list this cluster, '${metadata.name}'`);
      else if (own.size && own.size < maxSize) {
        report(
          'flux.bursting.clusters',
          own.size,
          `lists this cluster with fewer than its ${maxSize} brokers`,
        );
      }
    },
  },
  {
    code: 'MC287',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title:
      'is no queue policy of Fluxion, or is not in brokerConfig, which replaces the generated configuration',
    consequence:
      'Fluxion refuses to start with an unknown policy; what brokerConfig leaves out has no effect.',
    remedy: `write one of ${QUEUE_POLICIES.join(', ')}, and write it in brokerConfig too`,
    check: ({ spec }, report) => {
      const { scheduler, brokerConfig, bursting } = spec.flux ?? {};
      const policy = scheduler?.queuePolicy;
      if (policy && !QUEUE_POLICIES.includes(policy)) {
        report('flux.scheduler.queuePolicy', policy, 'is no queue policy of Fluxion');
      }
      if (!brokerConfig) return;
      if (policy && !brokerConfig.includes(policy)) {
        report(
          'flux.scheduler.queuePolicy',
          policy,
          'is not in brokerConfig, which replaces the generated configuration',
        );
      }
      const address = bursting?.leadBroker?.address;
      if (address && !brokerConfig.includes(address)) {
        report(
          'flux.bursting.leadBroker.address',
          address,
          'is not in brokerConfig, which replaces the generated configuration',
        );
      }
    },
  },
  {
    code: 'MC288',
    traps: ['T75'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is no name that the pods, containers and volumes of a MiniCluster can have',
    consequence: 'Kubernetes refuses the Job; the operator retries for ever without a message.',
    remedy: 'use lower-case letters, digits and -, and keep it short',
    check: ({ metadata, maxSize }, report) => {
      const { name } = metadata;
      if (!reportLongName(name, VOLUME_SUFFIX, maxSize, report) && !isLabel(name)) {
        const better = name
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-+|-+$/g, '');
        report('metadata.name', name, 'is no DNS label', better ? `call it '${better}'` : undefined);
      }
    },
  },
];
