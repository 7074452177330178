/** Options of the job engine whose values can't be, or can't be together. */
import { isLabel } from '../../kubernetes-names';
import { Rule } from '../../minicluster/rules/rule';
import { VIEW } from '../flux-source';
import { FluxFrom } from '../input';
import { JobCluster } from '../job-cluster';
import { FEATURE_GATES, OLDEST_KUBERNETES, minorOf } from '../kubernetes-version';
import { MiniClusterJobOptions, PodFailurePolicyRule } from '../options';
import { jobRule } from './option-rules';

/** The least and the most that a number may be. */
const RANGES: Readonly<Partial<Record<keyof MiniClusterJobOptions, readonly [number, number]>>> = {
  brokerRestarts: [0, 1_000_000],
  cores: [1, 1_000_000],
  ttlSecondsAfterFinished: [0, 2 ** 31 - 1],
  terminationGracePeriodSeconds: [1, 2 ** 31 - 1],
  port: [1, 65535],
};

const isSubdomain = (text: string): boolean => text.length <= 253 && text.split('.').every(isLabel);

/** Names of interfaces in Linux: at most 15 characters, no slash, no blank (dev_valid_name in net/core/dev.c). */
const isInterface = (text: string): boolean => /^[^\s/:%]{1,15}$/.test(text) && !/^\.{1,2}$/.test(text);

const ACTIONS = ['Ignore', 'Count', 'FailJob'];
const OPERATORS = ['In', 'NotIn'];
const MOST_RULES = 20;

export const OPTION_VALUE_RULES: readonly Rule<JobCluster>[] = [
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
      for (const name of ['queueName', 'priorityClassName', 'clusterDomain'] as const) {
        const text = options[name];
        if (text !== undefined && !isSubdomain(text)) report(name, text);
      }
      const { networkInterface } = options;
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
      'MJ007',
      'is no failure policy that a Job can have',
      'Kubernetes refuses the Job.',
      'follow the reference of batch/v1 PodFailurePolicy',
    ),
    check: ({ options, spec, containers, metadata, runner, fluxFrom }, report) => {
      const { podFailurePolicy: policy } = options;
      if (!policy) return;
      const restartPolicy = spec.pod?.restartPolicy ?? 'Never';
      if (restartPolicy !== 'Never') {
        report(
          'podFailurePolicy',
          undefined,
          `is not allowed with pod.restartPolicy ${restartPolicy}`,
          "leave one of the two out: a failure policy needs 'Never'",
        );
      }
      if (policy.rules.length > MOST_RULES)
        report('podFailurePolicy.rules', policy.rules.length, `may be ${MOST_RULES} at most`);
      const names = [
        ...containers.map((one) => (one === runner ? metadata.name : one.container.name)),
        ...(fluxFrom === FluxFrom.VIEW_COPY ? [spec.flux?.container?.name ?? VIEW] : []),
      ];
      policy.rules.forEach((rule, index) => {
        for (const [field, value, message, fix] of wrongIn(rule, names))
          report(`podFailurePolicy.rules[${index}]${field}`, value, message, fix);
      });
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

type Wrong = readonly [field: string, value: unknown, message: string, fix: string];

function wrongIn(rule: PodFailurePolicyRule, containers: readonly (string | undefined)[]): Wrong[] {
  const { action, onExitCodes, onPodConditions } = rule;
  const wrong: Wrong[] = [];
  if (!ACTIONS.includes(action))
    wrong.push(['.action', action, 'is no action', `write ${ACTIONS.join(', ')}`]);
  if ((onExitCodes === undefined) === (onPodConditions === undefined || onPodConditions.length === 0))
    wrong.push(['', rule, 'needs exactly one of onExitCodes and onPodConditions', 'write one of the two']);
  if (!onExitCodes) return wrong;
  const { containerName, operator, values } = onExitCodes;
  if (!OPERATORS.includes(operator))
    wrong.push(['.onExitCodes.operator', operator, 'is no operator', 'write In or NotIn']);
  if (containerName !== undefined && !containers.includes(containerName))
    wrong.push([
      '.onExitCodes.containerName',
      containerName,
      'is no container of the pods',
      `write one of ${containers.join(', ')}`,
    ]);
  const isSorted = values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
  if (values.length === 0 || !isSorted || (operator === 'In' && values.includes(0)))
    wrong.push([
      '.onExitCodes.values',
      values,
      'must be exit codes in rising order, without 0 for In',
      'write the codes of failures, as [1, 42]',
    ]);
  return wrong;
}
