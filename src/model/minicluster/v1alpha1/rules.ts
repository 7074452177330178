import { Rule } from '../rules/rule';
import { V1Alpha1Cluster } from './cluster';
import { COMMAND_RULES } from './rules/commands';
import { CONTAINER_RULES } from './rules/containers';
import { DIRECTORY_RULES } from './rules/directories';
import { MODE_RULES } from './rules/modes';
import { MOUNT_RULES } from './rules/mounts';
import { NETWORK_RULES } from './rules/network';
import { OPERATOR_VALIDATION_RULES } from './rules/operator-validation';
import { OUTCOME_RULES } from './rules/outcome';
import { PASTED_TEXT_RULES } from './rules/pasted-text';
import { PERSISTENT_VOLUME_RULES } from './rules/persistent-volumes';
import { POD_RULES } from './rules/pods';
import { SECRET_RULES } from './rules/secrets';

/** Every rule for a v1alpha1 MiniCluster, in the order in which problems are told. */
export const V1ALPHA1_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  ...OPERATOR_VALIDATION_RULES,
  ...COMMAND_RULES,
  ...PASTED_TEXT_RULES,
  ...OUTCOME_RULES,
  ...MODE_RULES,
  ...DIRECTORY_RULES,
  ...MOUNT_RULES,
  ...PERSISTENT_VOLUME_RULES,
  ...CONTAINER_RULES,
  ...POD_RULES,
  ...NETWORK_RULES,
  ...SECRET_RULES,
];
