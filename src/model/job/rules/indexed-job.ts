/** What Kubernetes takes as an Indexed Job: its size, and its failure policy. */
import { isQualifiedName } from '../../kubernetes-names';
import { Rule } from '../../minicluster/rules/rule';
import { VIEW } from '../flux-source';
import { FluxFrom } from '../input';
import { JobCluster } from '../job-cluster';
import { PodFailureCondition, PodFailurePolicyRule } from '../options';
import { jobRule } from './option-rules';

/** What validation of batch/v1 allows (pkg/apis/batch/validation). */
const MOST_PODS = 100_000;
const MOST_RULES = 20;
const MOST_CODES = 255;
const MOST_CONDITIONS = 20;

const ACTIONS = ['Ignore', 'Count', 'FailJob'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['True', 'False', 'Unknown'];

export const INDEXED_JOB_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ007',
      'is no failure policy that a Job can have',
      'Kubernetes refuses the Job.',
      'follow the reference of batch/v1 PodFailurePolicy',
    ),
    check: ({ options, spec, containers, broker, runner, fluxFrom }, report) => {
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
        ...containers.map((one) => (one === runner ? broker.container : one.container.name)),
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
      'MJ035',
      `must be at most ${MOST_PODS}, as in every Indexed Job`,
      'Kubernetes refuses the Job, or refuses to scale it.',
      'run several clusters',
    ),
    check: ({ spec: { size = 1, maxSize = 1 } }, report) => {
      if (size > MOST_PODS) report('size', size);
      if (maxSize > MOST_PODS) report('maxSize', maxSize);
    },
  },
];

type Wrong = readonly [field: string, value: unknown, message: string, fix: string];

function wrongIn(rule: PodFailurePolicyRule, containers: readonly (string | undefined)[]): Wrong[] {
  const { action, onExitCodes, onPodConditions } = rule;
  const wrong = wrongConditions(onPodConditions ?? []);
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
  if (values.length > MOST_CODES)
    wrong.push([
      '.onExitCodes.values',
      values.length,
      `may be ${MOST_CODES} at most`,
      'write NotIn with the others, or a rule more',
    ]);
  if (values.length === 0 || !isSorted || (operator === 'In' && values.includes(0)))
    wrong.push([
      '.onExitCodes.values',
      values,
      'must be exit codes in rising order, without 0 for In',
      'write the codes of failures, as [1, 42]',
    ]);
  return wrong;
}

function wrongConditions(conditions: readonly PodFailureCondition[]): Wrong[] {
  const wrong: Wrong[] = [];
  if (conditions.length > MOST_CONDITIONS)
    wrong.push([
      '.onPodConditions',
      conditions.length,
      `may be ${MOST_CONDITIONS} at most`,
      'leave out what no pod has',
    ]);
  conditions.forEach(({ type, status }, index) => {
    const path = `.onPodConditions[${index}]`;
    if (!isQualifiedName(type))
      wrong.push([`${path}.type`, type, 'is no condition of a pod', "write one, as 'DisruptionTarget'"]);
    if (status !== undefined && !STATUSES.includes(status))
      wrong.push([`${path}.status`, status, 'is no status of a condition', `write ${STATUSES.join(', ')}`]);
  });
  return wrong;
}
