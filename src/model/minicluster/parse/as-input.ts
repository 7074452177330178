/** From a spec as it is applied to an input that says what must arrive. */
import { insideDoubleQuotes, insideHeredoc, shellQuote } from '../../flux/quoting';
import { FieldTable } from '../api/field-table';
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { MiniClusterSpec } from '../api/v1alpha2';
import { indexOfLead } from '../cluster';
import { indexOfRunner } from '../located-containers';
import { fieldsAt, memberPath } from '../structure/place';
import { Writable } from '../writable';

/**
 * A copy without fields that are null: the API server takes them for fields that are not there. Items of lists stay.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}

/** A copy in which quantities that were written as numbers are texts. */
export function withQuantityTexts(table: FieldTable, value: unknown, type = table.root): unknown {
  if (type === 'Quantity' && typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const [of, mark] = [type.slice(0, -2), type.slice(-2)];
  if (Array.isArray(value)) {
    return value.map((item) => withQuantityTexts(table, item, mark === '[]' ? of : ''));
  }
  const fields = fieldsAt(table, type);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const innerType = mark === '{}' ? of : Object.hasOwn(fields, key) ? fields[key] : '';
      return [key, withQuantityTexts(table, inner, innerType)];
    }),
  );
}

/**
 * Takes back the escapes that a writer put in so that a text arrives: an input holds what must arrive.
 *
 * @param silenced codes of rules whose routes are not taken, so that nothing would be escaped again
 * @returns for each text that arrives as it is meant the codes that are no trap then, as `MC009 flux.brokerConfig`
 */
export function takeBackEscapes(
  spec: Writable<MiniClusterSpec>,
  silenced: ReadonlySet<string>,
): ReadonlySet<string> {
  const settled = new Set<string>();
  const { flux } = spec;
  const index = indexOfLead(spec);
  const runner = index === undefined ? undefined : spec.containers[index];
  const path = `containers[${index ?? 0}]`;
  if (flux) takeBack(flux, 'brokerConfig', IN_HEREDOC, { path: 'flux', codes: ['MC009'], silenced, settled });
  if (flux?.environment) {
    for (const name of Object.keys(flux.environment)) {
      const at = { path: 'flux.environment', codes: ['MC010'], silenced, settled };
      takeBack(flux.environment, name, AS_QUOTED_WORD, at);
    }
  }
  if (runner?.commands) {
    const at = { path: `${path}.commands`, codes: ['MC007'], silenced, settled };
    takeBack(runner.commands, 'script', IN_HEREDOC, at);
  }
  if (runner?.batch)
    takeBack(runner, 'command', IN_ECHO, { path, codes: ['MC004', 'MC005'], silenced, settled });
  // The operator splits it at blanks afterwards, so that no escape makes it arrive: it stays a finding.
  else if (runner) takeBack(runner, 'command', IN_ASSIGNMENT, { path, codes: COMMAND_CODES, silenced });
  return settled;
}

/** The same for v1alpha1, where only batch texts go through a shell. */
export function takeBackV1Alpha1Escapes(
  { containers }: Writable<MiniClusterV1Alpha1Spec>,
  silenced: ReadonlySet<string>,
): ReadonlySet<string> {
  const settled = new Set<string>();
  const index = indexOfRunner(containers);
  const runner = index === undefined ? undefined : containers[index];
  const at = { path: `containers[${index ?? 0}]`, codes: ['MC215', 'MC216'], silenced, settled };
  if (runner?.batch) takeBack(runner, 'command', IN_ECHO, at);
  return settled;
}

/** How a text is changed on its way. */
interface Passage {
  /** What arrives of a text; undefined where nobody can have meant that. */
  readonly arriving: (text: string) => string | undefined;
  /** What to write so that a text arrives; absent where more than one way of writing is taken for an escape. */
  readonly escape?: (text: string) => string;
}

const IN_HEREDOC: Passage = {
  // Backslashes alone may as well be those of TOML or of a script.
  arriving: (text) => (/\\[$`]/.test(text) ? unescaped(text) : undefined),
  escape: insideHeredoc,
};
const IN_ECHO: Passage = { arriving: (text) => unescaped(text, '"'), escape: insideDoubleQuotes };
const AS_QUOTED_WORD: Passage = {
  arriving: (text) => unquoted(unescaped(text, '"')),
  escape: (text) => insideDoubleQuotes(shellQuote(text)),
};
const IN_ASSIGNMENT: Passage = {
  arriving: (text) =>
    /\\["$`]/.test(text) && !ENDS_THE_QUOTES.test(text) ? unescaped(text, '"') : undefined,
};

/** A double quote that no backslash stands before. */
const ENDS_THE_QUOTES = /(?:^|[^\\])(?:\\\\)*"/;

const COMMAND_CODES: readonly string[] = ['MC001', 'MC002', 'MC003'];

/** What a text is about: the rules, and what is known of them. */
interface About {
  /** Path of the object that has the text. */
  readonly path: string;
  readonly codes: readonly string[];
  readonly silenced: ReadonlySet<string>;
  readonly settled?: Set<string>;
}

function takeBack<Name extends string>(
  holder: { [Field in Name]?: string },
  name: Name,
  { arriving, escape }: Passage,
  { path, codes, silenced, settled }: About,
): void {
  const text = holder[name];
  if (text === undefined || codes.some((code) => silenced.has(code))) return;
  const meant = arriving(text);
  if (meant === undefined || meant === text || (escape && escape(meant) !== text)) return;
  holder[name] = meant;
  for (const code of codes) settled?.add(`${code} ${memberPath(path, name)}`);
}

/** What a shell makes of backslashes in an unquoted heredoc, or between double quotes. */
function unescaped(text: string, quote = ''): string {
  return text.replace(/\\([^])/g, (pair, character: string) =>
    `\\$\`${quote}`.includes(character) ? character : pair,
  );
}

/** The text of one word between single quotes, as `shellQuote` writes it. */
function unquoted(word: string): string | undefined {
  const inner = /^'([^]*)'$/.exec(word)?.[1];
  return inner?.replaceAll(`'\\''`, "'");
}
