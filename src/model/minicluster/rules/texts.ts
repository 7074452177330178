import { INPUT_RULES } from '../input-rules';
import { PARSE_RULES } from '../parse/rules';
import { STRUCTURE_RULES } from '../structure';
import { SHARED_NAME, SHARED_SERVICE } from '../together';
import { V1ALPHA1_RULES } from '../v1alpha1/rules';
import { MINICLUSTER_RULES } from '.';
import { RuleText } from './rule';

/** What every rule says, by code: for the page of rules and for tools that explain a code. */
export const RULE_TEXTS: readonly RuleText[] = [
  ...STRUCTURE_RULES,
  ...Object.values(INPUT_RULES),
  ...MINICLUSTER_RULES,
  SHARED_SERVICE,
  SHARED_NAME,
  ...V1ALPHA1_RULES,
  ...Object.values(PARSE_RULES),
].sort((one, other) => (one.code < other.code ? -1 : 1));
