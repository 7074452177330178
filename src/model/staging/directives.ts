/** Lines with options for `flux batch` (RFC 36): `#FLUX: -N 4`. */
const DIRECTIVE = /^([^\w]*)(?:flux|FLUX):(.*)$/;

/** A text, apart from its directives. */
export interface Directives {
  /** In the form that every shell takes for comments. */
  readonly directives: readonly string[];
  /** With empty lines in their place, so that the numbers of lines stay. */
  readonly text: string;
}

/** Takes out the directives that `flux batch` would read: those up to the first line of the script behind one. */
export function takeDirectives(text: string): Directives {
  const directives: string[] = [];
  let prefix: string | undefined;
  let hasEnded = false;
  const lines = text.split('\n').map((line) => {
    const [, before = '', value = ''] = hasEnded ? [] : (DIRECTIVE.exec(line) ?? []);
    if (!hasEnded && DIRECTIVE.test(line)) {
      prefix ??= before.trimEnd();
      directives.push(`#FLUX:${value}`);
      return '';
    }
    if (prefix !== undefined && line.trim() !== '' && !line.startsWith(prefix)) hasEnded = true;
    return line;
  });
  return { directives, text: lines.join('\n') };
}
