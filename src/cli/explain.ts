import { CLUSTER_WAIT_RULES } from '../model/cluster-wait';
import { ConstructRule } from '../model/construct-rule';
import { CONTENT_DISTRIBUTION_RULES } from '../model/content';
import { FLUX_DISTRIBUTE_RULES } from '../model/distribute';
import { FLUX_OPERATOR_RULES } from '../model/flux-operator';
import { RULE_TEXTS } from '../model/rule-texts';
import { SHARED_VOLUME_RULES } from '../model/storage';
import { USERNETES_RULES } from '../model/usernetes';
import { USERNETES_IMAGE_RULES } from '../model/usernetes/image-rules';
import { ExitCode, Io, UsageError } from './io';

/** The rules of constructs that are no MiniClusters. */
const CONSTRUCT_RULES: Readonly<Record<string, readonly ConstructRule[]>> = {
  FluxOperator: FLUX_OPERATOR_RULES,
  SharedVolume: SHARED_VOLUME_RULES,
  FluxDistribute: FLUX_DISTRIBUTE_RULES,
  ContentDistribution: CONTENT_DISTRIBUTION_RULES,
  UsernetesCluster: USERNETES_RULES,
  UsernetesImage: USERNETES_IMAGE_RULES,
  'components of Pulumi': CLUSTER_WAIT_RULES,
};

/** Prints what rules are about: what would happen, and what to write instead. */
export function explain(codes: readonly string[], io: Io): ExitCode {
  const wanted = codes.map((code) => code.toUpperCase());
  const texts = textsByCode();
  const unknown = wanted.filter((code) => !texts.has(code));
  if (unknown.length > 0) {
    const series = [...new Set([...texts.keys()].map((code) => code.slice(0, 2)))].sort();
    throw new UsageError(
      `no rule has the code ${unknown.join(' or ')}; codes begin with ${series.join(', ')}, and docs/ has them all`,
    );
  }
  io.out(wanted.map((code) => texts.get(code) ?? '').join('\n'));
  return ExitCode.CLEAN;
}

function textsByCode(): ReadonlyMap<string, string> {
  return new Map([
    ...RULE_TEXTS.map((rule) => entry(rule, `${rule.severity}, operator ${rule.releases.join(', ')}`)),
    ...Object.entries(CONSTRUCT_RULES).flatMap(([construct, rules]) =>
      rules.map((rule) => entry(rule, `error, ${construct}`)),
    ),
  ]);
}

function entry({ code, title, consequence, remedy }: ConstructRule, scope: string): [string, string] {
  return [code, `${code}, ${scope}\nThe field ${title}.\n${consequence}\nInstead: ${remedy}.\n`];
}
