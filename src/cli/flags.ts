/** Options that several commands have. */
import { Option } from 'commander';
import type { ParseOptions } from '../model/minicluster';
import { UsageError } from './io';

/** What the options give. */
export interface ParseFlags {
  readonly operator?: ParseOptions['operatorVersion'];
  readonly silence?: readonly string[];
}

export function operatorOption(): Option {
  return new Option('--operator <release>', 'release of the operator that v1alpha2 is meant for')
    .choices(['0.2.0', '0.2.1', 'main'])
    .default('main');
}

export function silenceOption(): Option {
  return new Option(
    '--silence <code>',
    'a rule that does not apply to these files, such as MC065; may be repeated',
  ).argParser((code: string, others: string[] | undefined) => [...(others ?? []), code.toUpperCase()]);
}

/**
 * The options as the model takes them.
 * @throws UsageError for codes that there are not
 */
export function parseOptions({ operator, silence = [] }: ParseFlags): ParseOptions {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- help and usage errors come without it
  const { RULE_TEXTS } = require('../model/minicluster') as typeof import('../model/minicluster');
  const unknown = silence.filter((code) => !RULE_TEXTS.some((rule) => rule.code === code));
  if (unknown.length > 0) throw new UsageError(`no rule has the code ${unknown.join(' or ')}`);
  return {
    operatorVersion: operator,
    ...(silence.length > 0 && {
      silence: silence.map((code) => ({ code, reason: 'silenced on the command line' })),
    }),
  };
}
