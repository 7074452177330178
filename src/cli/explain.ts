import { FLUX_OPERATOR_RULES } from '../model/flux-operator';
import { RULE_TEXTS } from '../model/minicluster';
import { ExitCode, Io, UsageError } from './io';

/** Prints what rules are about: what would happen, and what to write instead. */
export function explain(codes: readonly string[], io: Io): ExitCode {
  const wanted = codes.map((code) => code.toUpperCase());
  const texts = textsByCode();
  const unknown = wanted.filter((code) => !texts.has(code));
  if (unknown.length > 0) {
    const [first = '', last = ''] = [RULE_TEXTS[0]?.code, RULE_TEXTS.at(-1)?.code];
    throw new UsageError(
      `no rule has the code ${unknown.join(' or ')}; codes go from ${first} to ${last} and from FO001 on, with gaps`,
    );
  }
  io.out(wanted.map((code) => texts.get(code) ?? '').join('\n'));
  return ExitCode.CLEAN;
}

function textsByCode(): ReadonlyMap<string, string> {
  const miniCluster = RULE_TEXTS.map(
    ({ code, severity, releases, title, consequence, remedy }): [string, string] => [
      code,
      `${code}, ${severity}, operator ${releases.join(', ')}\nThe field ${title}.\n${consequence}\nInstead: ${remedy}.\n`,
    ],
  );
  const operator = FLUX_OPERATOR_RULES.map(({ code, title, consequence, remedy }): [string, string] => [
    code,
    `${code}, error, FluxOperator\nThe field ${title}.\n${consequence}\nInstead: ${remedy}.\n`,
  ]);
  return new Map([...miniCluster, ...operator]);
}
