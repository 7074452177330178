/** Trap T11: options that the operator pastes into a shell script as they are. */
import { isPlainWord } from '../../../flux/quoting';
import { Severity } from '../../../problems';
import { CommonText, Report } from '../rule';

export const PASTED_UNQUOTED: CommonText = {
  traps: ['T11'],
  severity: Severity.ERROR,
  title: 'is pasted unquoted into the entrypoint and holds characters that a shell reads',
  consequence: 'The entrypoint runs another command than the one meant, or stops with a syntax error.',
  remedy: 'use words without quotes, backslashes and shell operators',
};

/** A list of words that is pasted unquoted, and printed between double quotes. */
export function checkWords(path: string, value: string | undefined, report: Report): void {
  if (value && /["`\\\n;|&<>()#*?[\]{}]/.test(value)) report(path, value);
}

/** An absolute path that a shell takes as one word whether quoted or not. */
export function checkPath(path: string, value: string | undefined, report: Report): void {
  if (value && !(value.startsWith('/') && isPlainWord(value))) {
    report(path, value, 'must be an absolute path without blanks or shell characters');
  }
}

interface FluxWords {
  readonly wrap?: string;
  readonly optionFlags?: string;
  readonly submitCommand?: string;
}

export function checkFluxWords(flux: FluxWords | undefined, report: Report): void {
  checkWords('flux.wrap', flux?.wrap, report);
  checkWords('flux.optionFlags', flux?.optionFlags, report);
  checkWords('flux.submitCommand', flux?.submitCommand, report);
  if (flux?.wrap && /\s/.test(flux.wrap)) {
    report(
      'flux.wrap',
      flux.wrap,
      'has blanks, but is pasted unquoted behind --wrap=',
      'join the arguments by commas',
    );
  }
}

/** @param duration the texts that the entrypoint of this API version takes */
export function checkConnectTimeout(
  flux: { readonly connectTimeout?: string } | undefined,
  duration: RegExp,
  report: Report,
): void {
  if (flux?.connectTimeout && !duration.test(flux.connectTimeout)) {
    report(
      'flux.connectTimeout',
      flux.connectTimeout,
      'is no duration of flux-core',
      'write it like 5s or 1m',
    );
  }
}
