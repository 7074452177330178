/** Tolerations of the pods, as Kubernetes reads them. */
import { isLabelValue, isQualifiedName } from '../../kubernetes-names';
import { Toleration } from '../../minicluster/api/v1alpha2';
import { Rule } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

const OPERATORS = ['Equal', 'Exists'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const TOLERATION_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ039',
      'is no toleration',
      'Kubernetes refuses the Job.',
      "write { key, operator: 'Exists', effect } or { key, value, effect }, as the taint of the node has them",
    ),
    check: ({ spec }, report) => {
      spec.pod?.tolerations?.forEach((toleration, index) => {
        const [field, message] = wrongIn(toleration) ?? [];
        if (field !== undefined) report(`pod.tolerations[${index}].${field}`, toleration[field], message);
      });
    },
  },
];

function wrongIn({
  key = '',
  operator = '',
  value = '',
  effect = '',
}: Toleration): [field: keyof Toleration, message: string] | undefined {
  if (key !== '' && !isQualifiedName(key)) return ['key', 'is no key that a taint can have'];
  if (operator !== '' && !OPERATORS.includes(operator))
    return ['operator', `is no operator: ${OPERATORS.join(' or ')}`];
  if (operator === 'Exists' && value !== '') return ['value', 'does not go with the operator Exists'];
  if (operator !== 'Exists' && key === '')
    return ['key', 'is missing, which only the operator Exists allows'];
  if (!isLabelValue(value)) return ['value', 'is no value that a taint can have'];
  if (effect !== '' && !EFFECTS.includes(effect)) return ['effect', `is no effect: ${EFFECTS.join(', ')}`];
  return undefined;
}
