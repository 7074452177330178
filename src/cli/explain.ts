import { FLUX_OPERATOR_RULES, FluxOperatorRule } from '../model/flux-operator';
import { RULE_TEXTS } from '../model/rule-texts';
import { SHARED_VOLUME_RULES } from '../model/storage';
import { ExitCode, Io, UsageError } from './io';

/** Prints what rules are about: what would happen, and what to write instead. */
export function explain(codes: readonly string[], io: Io): ExitCode {
  const wanted = codes.map((code) => code.toUpperCase());
  const texts = textsByCode();
  const unknown = wanted.filter((code) => !texts.has(code));
  if (unknown.length > 0) {
    const [first = '', last = ''] = [RULE_TEXTS[0]?.code, RULE_TEXTS.at(-1)?.code];
    throw new UsageError(
      `no rule has the code ${unknown.join(' or ')}; codes go from ${first} to ${last}, from FO001 on and from SV001 on, with gaps`,
    );
  }
  io.out(wanted.map((code) => texts.get(code) ?? '').join('\n'));
  return ExitCode.CLEAN;
}

function textsByCode(): ReadonlyMap<string, string> {
  return new Map([
    ...RULE_TEXTS.map((rule) => entry(rule, `${rule.severity}, operator ${rule.releases.join(', ')}`)),
    ...FLUX_OPERATOR_RULES.map((rule) => entry(rule, 'error, FluxOperator')),
    ...SHARED_VOLUME_RULES.map((rule) => entry(rule, 'error, SharedVolume')),
  ]);
}

function entry({ code, title, consequence, remedy }: FluxOperatorRule, scope: string): [string, string] {
  return [code, `${code}, ${scope}\nThe field ${title}.\n${consequence}\nInstead: ${remedy}.\n`];
}
