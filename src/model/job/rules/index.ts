import { Rule, RuleText } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { FLUX_RULES } from './flux';
import { FOLDER_RULES } from './folders';
import { INDEXED_JOB_RULES } from './indexed-job';
import { LABEL_RULES } from './labels';
import { NAME_RULES } from './names';
import { OPTION_RULES } from './option-rules';
import { OPTION_VALUE_RULES } from './options';
import { POD_RULES } from './pods';
import { RESOURCE_RULES } from './resources';
import { SECURITY_RULES } from './security';
import { TEXT_RULES } from './texts';
import { TOLERATION_RULES } from './tolerations';
import { VOLUME_RULES } from './volumes';

/** The rules of the job engine alone, in the order in which problems are told. */
export const JOB_RULES: readonly Rule<JobCluster>[] = [
  ...NAME_RULES,
  ...LABEL_RULES,
  ...OPTION_VALUE_RULES,
  ...INDEXED_JOB_RULES,
  ...FLUX_RULES,
  ...FOLDER_RULES,
  ...POD_RULES,
  ...VOLUME_RULES,
  ...RESOURCE_RULES,
  ...SECURITY_RULES,
  ...TOLERATION_RULES,
  ...TEXT_RULES,
];

/** What they say, those included that are checked while an input is read. */
export const JOB_RULE_TEXTS: readonly RuleText[] = [...Object.values(OPTION_RULES), ...JOB_RULES];
