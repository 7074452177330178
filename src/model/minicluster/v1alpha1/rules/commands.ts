/** Traps T3 to T6: commands and batch texts on their way through the v1alpha1 entrypoint. */
import { Severity } from '../../../problems';
import {
  LINES_THAT_ARE_NO_COMMAND,
  batchText,
  canBecomeAFile,
  isInlineSafe,
  isSafeInEcho,
} from '../../rules/common/commands';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../cluster';
import { V1ALPHA1 } from './release';

/** A conversion that bash's printf knows, or a percent sign. */
const CONVERSION = /%%|%[-+ #0]*(\*|\d+)?(\.(\*|\d*))?(hh|h|ll|l|j|z|t|L)?[diouxXeEfFgGaAcsbqn]|%\([^)]*\)T/g;

/** Does bash's printf fail on this text as a format? The entrypoint writes a line break behind it. */
function breaksPrintf(text: string): boolean {
  return text.replace(CONVERSION, '').includes('%');
}

/** Commands of Flux that don't know the --watch that follows. */
const CANT_WATCH = /^flux\s+(mini\s+)?(run|alloc|batch|exec)\b/;

export const COMMAND_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC213',
    traps: ['T3'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is more than plain words, but is split at blanks and never read by a shell',
    consequence:
      'The command is one argument of the entrypoint, which uses it as an unquoted `$@`: quotes become part of the ' +
      'words, `$VAR` reaches the program as it is written, globs expand in the working directory, and `&&`, pipes, ' +
      'redirections and line breaks turn into arguments or blanks.',
    remedy: 'put the command into a script in a mounted ConfigMap; the library does that by itself',
    check: ({ runner }, report) => {
      const { command, batch } = runner?.container ?? {};
      if (command && !batch && !isInlineSafe(command)) report(`${runner?.path}.command`, command);
    },
  },
  {
    code: 'MC214',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'has a % that the printf of the entrypoint takes for a conversion it does not know',
    consequence:
      'The entrypoint prints the command line by printf before it runs it. `date +%Y` makes printf fail, and in ' +
      'strict mode the pod ends there.',
    remedy: 'put the text into a script, or set logging.quiet: true or logging.strict: false',
    check: ({ spec, strict, quiet, runner, mode }, report) => {
      if (!runner || !strict || quiet || mode === V1Alpha1Mode.DIAGNOSTICS) return;
      const { command, commands } = runner.container;
      const printed: [path: string, text: string | undefined][] = [
        [`${runner.path}.commands.prefix`, commands?.prefix],
        ['flux.wrap', spec.flux?.wrap],
      ];
      if (mode === V1Alpha1Mode.SUBMIT) {
        printed.push(
          ['flux.submitCommand', spec.flux?.submitCommand],
          ['flux.optionFlags', spec.flux?.optionFlags],
        );
      }
      if (mode === V1Alpha1Mode.SUBMIT || mode === V1Alpha1Mode.LAUNCHER) {
        printed.push([`${runner.path}.command`, command]);
      }
      for (const [path, text] of printed) if (text && breaksPrintf(text)) report(path, text);
    },
  },
  {
    code: 'MC215',
    traps: ['T4'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is a batch text with $, quotes, backticks or backslashes, lost while the batch file is written',
    consequence:
      'The entrypoint writes the file with echo "…": `$FLUX_JOB_ID` or a loop variable is gone before the batch job ' +
      'starts, and double quotes vanish.',
    remedy: 'put the batch text into a script in a mounted ConfigMap; the library does that by itself',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (!batch || isSafeInEcho(batch.text)) return;
      // Lines that can't follow flux submit come first: MC217 tells of them
      if (canBecomeAFile(batch)) report(batch.path, batch.text);
    },
  },
  {
    code: 'MC216',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is not set, and the last v1alpha1 operator (76c4754f) fails on a batch text that is not raw',
    consequence:
      'Its template looks for submitCommand in the wrong place and ends with an error: the ConfigMap of the entrypoint ' +
      'is never made, and nothing starts. Releases 0.1.0 and 0.1.1 work; there no failure of a line reaches the exit code.',
    remedy:
      'set batchRaw: true and write `flux submit --flags waitable` before each line and `flux queue idle` at the end',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && !batch.raw && batch.text.trim()) report(`${cluster.runner?.path}.batchRaw`, undefined);
    },
  },
  { code: 'MC217', releases: V1ALPHA1, ...LINES_THAT_ARE_NO_COMMAND },
  {
    code: 'MC223',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'does not know the options --quiet --watch that the entrypoint adds',
    consequence: 'The command ends with a usage error before anything is submitted.',
    remedy: 'use flux submit with further options, or a launcher that runs flux run itself',
    check: ({ spec, mode }, report) => {
      const submit = spec.flux?.submitCommand;
      if (submit && mode === V1Alpha1Mode.SUBMIT && CANT_WATCH.test(submit))
        report('flux.submitCommand', submit);
    },
  },
];
