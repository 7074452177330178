import { Rule, RuleText } from '../../minicluster/rules/rule';
import { ApplicationsCluster } from '../brokers';
import { APPLICATION_INPUT_RULES } from '../input-rules';
import { CORE_RULES } from './cores';
import { POD_RULES } from './pods';

export { OF_SHARING } from './cores';

/** The rules of clusters with several applications, in the order in which problems are told. */
export const APPLICATION_RULES: readonly Rule<ApplicationsCluster>[] = [...POD_RULES, ...CORE_RULES];

/** What they say, those included that are checked while an input is read. */
export const APPLICATION_RULE_TEXTS: readonly RuleText[] = [
  ...Object.values(APPLICATION_INPUT_RULES),
  ...APPLICATION_RULES,
];
