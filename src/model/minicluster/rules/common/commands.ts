/** Trap T6, and what rules and routes ask about commands and batch texts. */
import { isPlainCommand, isPlainInDoubleQuotes } from '../../../flux/quoting';
import { Severity } from '../../../problems';
import { Containers } from '../../located-containers';
import { CommonRule } from '../rule';

/** Can the operator's entrypoint take this command inline without changing it? */
export function isInlineSafe(command: string): boolean {
  return isPlainCommand(command);
}

/** Does this batch text arrive unchanged through the `echo "…"` that writes it? */
export function isSafeInEcho(text: string): boolean {
  return isPlainInDoubleQuotes(text);
}

type HasRunner = Containers<
  { readonly command?: string; readonly batch?: boolean; readonly batchRaw?: boolean },
  'runner'
>;

/** The batch text of the runner, if it has one that the operator would paste. */
export function batchText({ runner }: HasRunner): { path: string; text: string; raw: boolean } | undefined {
  if (!runner?.container.batch || !runner.container.command) return undefined;
  const { command, batchRaw } = runner.container;
  return { path: `${runner.path}.command`, text: command, raw: batchRaw ?? false };
}

const NOT_A_COMMAND =
  /^\s*(#|export\s|declare\s|set\s|source\s|\.\s|cd\s|if\s|then\b|else\b|elif\s|fi\b|for\s|while\s|until\s|do\b|done\b|case\s|esac\b|function\s|[{}()]|[A-Za-z_][A-Za-z0-9_]*\+?=)/;

/**
 * Lines of a batch text that `flux submit` can't be put before: comments, assignments, control flow,
 * lines with operators or that go on in the next one. The numbers count from 1.
 */
function linesThatAreNoCommand(text: string): number[] {
  const numbers: number[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const unquoted = line.replace(/'[^']*'|"(\\.|[^"\\])*"|\\./g, 'x');
    if (NOT_A_COMMAND.test(line) || /[;|&<>()'"#]|\\$/.test(unquoted)) numbers.push(index + 1);
  });
  return numbers;
}

/** Text with lines that can't follow `flux submit` stays as it is until they are mended: the rule below says so. */
export function canBecomeAFile(batch: { text: string; raw: boolean }): boolean {
  return batch.raw || linesThatAreNoCommand(batch.text).length === 0;
}

export const LINES_THAT_ARE_NO_COMMAND: CommonRule<HasRunner> = {
  traps: ['T6'],
  severity: Severity.ERROR,
  title: 'has lines that `flux submit` is put before although they are no commands',
  consequence:
    'Without batchRaw each line that is not empty becomes the arguments of `flux submit`, comments, assignments and ' +
    'loops included.',
  remedy: 'set batchRaw: true and write the flux submit lines yourself, or keep to one plain command a line',
  check: (cluster, report) => {
    const batch = batchText(cluster);
    if (!batch || batch.raw) return;
    const lines = linesThatAreNoCommand(batch.text);
    if (lines.length > 0) {
      const which = `line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}`;
      report(batch.path, batch.text, `is a batch text whose ${which} can't follow flux submit`);
    }
  },
};
