import { APPLICATION_RULE_TEXTS } from './applications';
import { JOB_RULE_TEXTS } from './job';
import { INPUT_RULES } from './minicluster/input-rules';
import { PARSE_RULES } from './minicluster/parse/rules';
import { MINICLUSTER_RULES } from './minicluster/rules';
import { RuleText } from './minicluster/rules/rule';
import { STRUCTURE_RULES } from './minicluster/structure';
import { SHARED_ARCHIVE, SHARED_NAME, SHARED_SERVICE } from './minicluster/together';
import { STAGED_PATH, STAGING_RULES } from './staging/rules';
import { ARCHIVE_OPTION } from './state/read-archive';
import { STATE_RULES } from './state/rules';
import { V1ALPHA1_RULES } from './minicluster/v1alpha1/rules';

/** What every rule about MiniClusters says, by code: for the page of rules and for tools that explain a code. */
export const RULE_TEXTS: readonly RuleText[] = [
  ...STRUCTURE_RULES,
  ...Object.values(INPUT_RULES),
  ...MINICLUSTER_RULES,
  ARCHIVE_OPTION,
  STAGED_PATH,
  ...STAGING_RULES,
  ...STATE_RULES,
  SHARED_ARCHIVE,
  SHARED_SERVICE,
  SHARED_NAME,
  ...V1ALPHA1_RULES,
  ...Object.values(PARSE_RULES),
  ...JOB_RULE_TEXTS,
  ...APPLICATION_RULE_TEXTS,
].sort((one, other) => (one.code < other.code ? -1 : 1));
