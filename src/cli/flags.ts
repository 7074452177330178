/** Options that several commands have. */
import { Option } from 'commander';
import type { ParseOptions } from '../model/minicluster';
import { isSubdomain } from '../model/kubernetes-names';
import { OPERATOR_VERSIONS, OperatorVersion } from '../model/minicluster/operator-version';
import { UsageError } from './io';

/** What the options give. */
export interface ParseFlags {
  readonly operator?: ParseOptions['operatorVersion'];
  readonly silence?: readonly string[];
}

export function operatorOption(): Option {
  return new Option('--operator <release>', 'release of the operator that v1alpha2 is meant for')
    .choices(OPERATOR_VERSIONS)
    .default(OperatorVersion.MAIN);
}

export function silenceOption(): Option {
  return new Option(
    '--silence <code>',
    'a rule that does not apply to these files, such as MC065; may be repeated',
  ).argParser((code: string, others: string[] | undefined) => repeated(code.toUpperCase(), others));
}

/** Takes each value of an option that may be given several times. */
export function repeated(value: string, others: readonly string[] = []): string[] {
  return [...others, value];
}

/** @throws UsageError for what no Secret can be called */
export function checkSecretName(name: string): void {
  if (!isSubdomain(name))
    throw new UsageError(
      `${JSON.stringify(name)} is no name of a Secret: use lower-case letters, digits, - and .`,
    );
}

/**
 * The options as the model takes them.
 * @throws UsageError for codes that there are not
 */
export function parseOptions({ operator, silence = [] }: ParseFlags): ParseOptions {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- help and usage errors come without it
  const model = require('../model/minicluster') as typeof import('../model/minicluster');
  const { SILENCEABLE_CODES, V1ALPHA1_SILENCEABLE_CODES } = model;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { JOB_SILENCEABLE_CODES } = require('../model/job') as typeof import('../model/job');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { RULE_TEXTS } = require('../model/rule-texts') as typeof import('../model/rule-texts');
  const unknown = silence.filter((code) => !RULE_TEXTS.some((rule) => rule.code === code));
  if (unknown.length > 0) throw new UsageError(`no rule has the code ${unknown.join(' or ')}`);
  // Those about the text, its structure and the options: nothing can be said of what they find.
  const needed = silence.filter(
    (code) =>
      ![SILENCEABLE_CODES, V1ALPHA1_SILENCEABLE_CODES, JOB_SILENCEABLE_CODES].some((codes) =>
        codes.has(code),
      ),
  );
  if (needed.length > 0) throw new UsageError(`${needed.join(' and ')} can't be silenced`);
  return {
    operatorVersion: operator,
    ...(silence.length > 0 && {
      silence: silence.map((code) => ({ code, reason: 'silenced on the command line' })),
    }),
  };
}
