import { RULE_TEXTS } from '../model/minicluster';
import { ExitCode, Io, UsageError } from './io';

/** Prints what rules are about: what would happen, and what to write instead. */
export function explain(codes: readonly string[], io: Io): ExitCode {
  const wanted = codes.map((code) => code.toUpperCase());
  const unknown = wanted.filter((code) => !RULE_TEXTS.some((rule) => rule.code === code));
  if (unknown.length > 0) {
    const all = `codes go from ${RULE_TEXTS[0]?.code ?? ''} to ${RULE_TEXTS.at(-1)?.code ?? ''}, with gaps`;
    throw new UsageError(`no rule has the code ${unknown.join(' or ')}; ${all}`);
  }
  const texts = RULE_TEXTS.filter(({ code }) => wanted.includes(code)).map(
    ({ code, severity, releases, title, consequence, remedy }) =>
      `${code}, ${severity}, operator ${releases.join(', ')}\nThe field ${title}.\n${consequence}\nInstead: ${remedy}.\n`,
  );
  io.out(texts.join('\n'));
  return ExitCode.CLEAN;
}
