import { Rule, RuleText } from '../../minicluster/rules/rule';
import { JobCluster } from '../job-cluster';
import { FLUX_RULES } from './flux';
import { OPTION_RULES } from './option-rules';
import { OPTION_VALUE_RULES } from './options';
import { POD_RULES } from './pods';

/** The rules of the job engine alone, in the order in which problems are told. */
export const JOB_RULES: readonly Rule<JobCluster>[] = [...OPTION_VALUE_RULES, ...FLUX_RULES, ...POD_RULES];

/** What they say, those included that are checked while an input is read. */
export const JOB_RULE_TEXTS: readonly RuleText[] = [...Object.values(OPTION_RULES), ...JOB_RULES];
