/** Options of the job engine whose values can't be, or can't be together. */
import { isLabel, isLabelValue, isSubdomain } from '../../kubernetes-names';
import { Rule } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { FEATURE_GATES, OLDEST_KUBERNETES, minorOf } from '../kubernetes-version';
import { MiniClusterJobOptions } from '../options';
import { jobRule } from './option-rules';

/** The least and the most that a number may be. */
const RANGES: Readonly<Partial<Record<keyof MiniClusterJobOptions, readonly [number, number]>>> = {
  brokerRestarts: [0, 1_000_000],
  cores: [1, 1_000_000],
  ttlSecondsAfterFinished: [0, 2 ** 31 - 1],
  terminationGracePeriodSeconds: [1, 2 ** 31 - 1],
  port: [1, 65535],
};

const isDomain = (text: string): boolean => isSubdomain(text) && text.split('.').every(isLabel);

/** Names of interfaces in Linux: at most 15 characters, no slash, no blank (dev_valid_name in net/core/dev.c). */
const isInterface = (text: string): boolean => /^[^\s/:%]{1,15}$/.test(text) && !/^\.{1,2}$/.test(text);

/** Seconds that it takes at least to shut Flux down and to save the archive. */
const SHUTTING_DOWN = 10;

export const OPTION_VALUE_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ047',
      'is too short for archive.drainSeconds',
      'The pods are killed while jobs still have time to end, and nothing is saved.',
      `write ${SHUTTING_DOWN} more than archive.drainSeconds at least, or leave it out`,
    ),
    check: ({ archive, options: { terminationGracePeriodSeconds: given } }, report) => {
      if (given === undefined || !archive || archive.drainSeconds === 0) return;
      if (given < archive.drainSeconds + SHUTTING_DOWN) report('terminationGracePeriodSeconds', given);
    },
  },
  {
    ...jobRule(
      'MJ002',
      `is no release of Kubernetes from 1.${OLDEST_KUBERNETES} on`,
      'What may be rendered depends on it. Older releases lack the label and the policies that the Job relies on.',
      `write the oldest release that this is to run on, as '1.${OLDEST_KUBERNETES}'`,
    ),
    check: ({ options: { kubernetes } }, report) => {
      if (kubernetes !== undefined && (minorOf(kubernetes) ?? 0) < OLDEST_KUBERNETES)
        report('kubernetes', kubernetes);
    },
  },
  {
    ...jobRule(
      'MJ003',
      'is no feature gate that changes anything here',
      'Nothing would be rendered differently.',
      `write one of ${FEATURE_GATES.join(', ')}`,
    ),
    check: ({ options: { featureGates = [] } }, report) => {
      featureGates.forEach((gate, index) => {
        if (!FEATURE_GATES.includes(gate)) report(`featureGates[${index}]`, gate);
      });
    },
  },
  {
    ...jobRule(
      'MJ004',
      'is out of range',
      'Kubernetes refuses the object, or the brokers never start.',
      'write a number in the range that the message names',
    ),
    check: ({ options, spec }, report) => {
      const port = spec.flux?.bursting?.leadBroker?.port;
      if (port !== undefined && (port < 1 || port > 65535))
        report('flux.bursting.leadBroker.port', port, 'must be from 1 to 65535');
      for (const [name, [least, most]] of Object.entries(RANGES)) {
        const value = options[name as keyof MiniClusterJobOptions];
        if (typeof value === 'number' && (value < least || value > most))
          report(name, value, `must be from ${least} to ${most}`);
      }
    },
  },
  {
    ...jobRule(
      'MJ005',
      'is no name that Kubernetes, or Linux, takes',
      'The object is refused, or the brokers bind to nothing and end at once.',
      'write lower-case letters, digits, - and dots; for a network interface its name in the pod, such as eth0',
    ),
    check: ({ options }, report) => {
      const { queueName, priorityClassName, clusterDomain, networkInterface } = options;
      // The name of the queue is the value of a label.
      if (queueName !== undefined && !(isSubdomain(queueName) && isLabelValue(queueName)))
        report('queueName', queueName);
      if (priorityClassName !== undefined && !isSubdomain(priorityClassName))
        report('priorityClassName', priorityClassName);
      if (clusterDomain !== undefined && !isDomain(clusterDomain)) report('clusterDomain', clusterDomain);
      if (networkInterface !== undefined && !isInterface(networkInterface))
        report('networkInterface', networkInterface, 'is no name of a network interface');
    },
  },
  {
    ...jobRule(
      'MJ006',
      'is needed, since full names hold the namespace',
      'A RoleBinding names the namespace of its account, and a full host name that of its Service; neither can be left open.',
      'give metadata.namespace; or leave clusterDomain out, and give certificate: { secretName }',
    ),
    check: ({ metadata, options, certificate }, report) => {
      if (metadata.namespace !== undefined) return;
      if (options.clusterDomain !== undefined)
        report('metadata.namespace', undefined, 'is needed with clusterDomain', 'give the namespace');
      if (!certificate)
        report(
          'metadata.namespace',
          undefined,
          'is needed where the certificate is made in the cluster: the RoleBinding for that names it',
          'give the namespace, or certificate: { secretName } with an existing Secret',
        );
    },
  },
  {
    ...jobRule(
      'MJ008',
      'and network.disableAffinity exclude one another',
      'One asks for a rule of placement, the other for none.',
      'keep one of the two',
    ),
    check: ({ options, spec }, report) => {
      if (options.onePodPerNode && spec.network?.disableAffinity) report('onePodPerNode', true);
    },
  },
  {
    ...jobRule(
      'MJ009',
      'shuts out what the cluster is told to let in',
      'The NetworkPolicy opens the port of the brokers to the pods of this cluster only.',
      'leave networkPolicy out, and write a NetworkPolicy that lets the hosts of the other clusters in',
    ),
    check: ({ options, spec }, report) => {
      if (options.networkPolicy && spec.flux?.bursting) report('networkPolicy', true);
    },
  },
  {
    ...jobRule(
      'MJ010',
      'must not be false with probes',
      'A pod is not ready before its broker has joined, and no broker can join one whose name is not published: the ' +
        'cluster never starts.',
      'leave publishNotReadyAddresses out',
    ),
    check: ({ options }, report) => {
      if (options.probes && options.publishNotReadyAddresses === false)
        report('publishNotReadyAddresses', false);
    },
  },
];
