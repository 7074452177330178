/**
 * Text on its way through a shell. Each function takes the text that must arrive and gives what to
 * write in that place.
 */

/** As one word of a POSIX shell, between single quotes. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Inside double quotes of a shell, as in `echo "HERE"`. */
export function insideDoubleQuotes(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

/** In the body of a heredoc whose delimiter isn't quoted. A line that equals the delimiter can't be helped. */
export function insideHeredoc(text: string): string {
  return text.replace(/[\\$`]/g, '\\$&');
}

/** Letters beyond ASCII are plain: no shell splits or expands them. */
const PLAIN_WORD = /^(?:[A-Za-z0-9_@%+=:,./-]|[^\x00-\x7F])+$/u;

/** Has every character of this word no meaning to a shell, quoted or not? */
export function isPlainWord(word: string): boolean {
  return PLAIN_WORD.test(word);
}

/**
 * Are these blank-separated words the same command whether a shell reads the text, or splits an
 * unquoted `${command}` that holds it? Then nothing on the way can change them.
 */
export function isPlainCommand(text: string): boolean {
  const trimmed = text.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
  const words = trimmed.split(/[ \t]+/);
  return words.every(isPlainWord) && !(words[0] ?? '').includes('=');
}

/** Does this text arrive unchanged through `echo "HERE"` and `variable="HERE"`? */
export function isPlainInDoubleQuotes(text: string): boolean {
  return !/[\\"$`]/.test(text);
}

/** Does this text arrive unchanged through an unquoted heredoc with this delimiter? */
export function isPlainInHeredoc(text: string, delimiter: string): boolean {
  return !/[\\$`]/.test(text) && !hasLine(text, delimiter);
}

/** Is one of the lines of the text exactly this? */
function hasLine(text: string, line: string): boolean {
  return text.split('\n').includes(line);
}
