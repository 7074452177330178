import { Cluster } from '../cluster';
import { COMMAND_RULES } from './commands';
import { CONTAINER_RULES } from './containers';
import { ENTRYPOINT_RULES } from './entrypoint';
import { LIFECYCLE_RULES } from './lifecycle';
import { NETWORK_RULES } from './network';
import { OPERATOR_VALIDATION_RULES } from './operator-validation';
import { OVERSUBSCRIBE_RULES } from './oversubscribe';
import { PASTED_TEXT_RULES } from './pasted-text';
import { POD_RULES } from './pods';
import { Rule } from './rule';
import { VOLUME_RULES } from './volumes';

/** Every rule for a v1alpha2 MiniCluster, in the order in which problems are told. */
export const MINICLUSTER_RULES: readonly Rule<Cluster>[] = [
  ...OPERATOR_VALIDATION_RULES,
  ...OVERSUBSCRIBE_RULES,
  ...COMMAND_RULES,
  ...PASTED_TEXT_RULES,
  ...ENTRYPOINT_RULES,
  ...VOLUME_RULES,
  ...POD_RULES,
  ...CONTAINER_RULES,
  ...NETWORK_RULES,
  ...LIFECYCLE_RULES,
];
