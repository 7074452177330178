/** Traps T1 to T13: text that the operator pastes into a shell script. */
import { isPlainInHeredoc, isPlainWord } from '../../flux/quoting';
import { Severity } from '../../problems';
import { Cluster, LocatedContainer, allContainers } from '../cluster';
import { HookName, RUNNER_HOOKS, SIDECAR_HOOKS } from './hooks';
import { EVERY_RELEASE, MAIN_ONLY, SINCE_0_2_1 } from './releases';
import { Report, Rule } from './rule';
import { isInlineSafe, isPlainPath, isSafeAsHook } from './shared';

/** The command of a runner that isn't a batch text. */
function inlineCommand(cluster: Cluster): { path: string; command: string } | undefined {
  const command = cluster.runner?.container.command;
  if (!cluster.runner || !command || cluster.runner.container.batch) return undefined;
  return { path: `${cluster.runner.path}.command`, command };
}

/** The batch text of the runner, if it has one that the operator would paste. */
function batchText(cluster: Cluster): { path: string; text: string; raw: boolean } | undefined {
  const runner = cluster.runner;
  if (!runner?.container.batch || !runner.container.command) return undefined;
  return {
    path: `${runner.path}.command`,
    text: runner.container.command,
    raw: runner.container.batchRaw ?? false,
  };
}

const NOT_A_COMMAND =
  /^\s*(#|export\s|declare\s|set\s|source\s|\.\s|cd\s|if\s|then\b|else\b|elif\s|fi\b|for\s|while\s|until\s|do\b|done\b|case\s|esac\b|function\s|[{}()]|[A-Za-z_][A-Za-z0-9_]*\+?=)/;

/**
 * Lines of a batch text that `flux submit` can't be put before: comments, assignments, control flow,
 * lines with operators or that go on in the next one. The numbers count from 1.
 */
export function linesThatAreNoCommand(text: string): number[] {
  const numbers: number[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const unquoted = line.replace(/'[^']*'|"(\\.|[^"\\])*"|\\./g, 'x');
    if (NOT_A_COMMAND.test(line) || /[;|&<>()'"#]|\\$/.test(unquoted)) numbers.push(index + 1);
  });
  return numbers;
}

/** The hooks that the entrypoint of this container appends something to, with their texts. */
function hooksOf(cluster: Cluster, { container }: LocatedContainer): [name: HookName, text: string][] {
  const commands = container.commands ?? {};
  const names: readonly HookName[] =
    container === cluster.runner?.container ? RUNNER_HOOKS : container.noWrapEntrypoint ? [] : SIDECAR_HOOKS;
  return names.flatMap((name) => (commands[name] ? [[name, commands[name]]] : []));
}

/** A list of words that is pasted unquoted, and printed between double quotes. */
function checkWords(path: string, value: string | undefined, report: Report): void {
  if (value && /["`\\\n;|&<>()#*?[\]{}]/.test(value)) report(path, value);
}

function checkPath(path: string, value: string | undefined, report: Report): void {
  if (value && !isPlainPath(value)) {
    report(path, value, 'must be an absolute path without blanks or shell characters');
  }
}

const TOPOLOGY = /^(kary:\d+|mincrit(:\d+)?|binomial|custom)$/;
const TIMEOUT = /^\d+(\.\d+)?(ms|s|m|h|d)?$/;

export const SHELL_TEXT_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC001',
    traps: ['T1'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'has quotes or backslashes that the entrypoint\'s command="…" breaks',
    consequence:
      'The double quotes end the assignment. `echo "hello world"` leaves the command empty, the entrypoint ' +
      'starts an interactive cluster instead, and nothing runs until the deadline, a year by default.',
    remedy: 'put the command into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const inline = inlineCommand(cluster);
      if (inline && /["\\]/.test(inline.command)) report(inline.path, inline.command);
    },
  },
  {
    code: 'MC002',
    traps: ['T2'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'has a $ or a backtick, expanded on every pod before Flux exists',
    consequence:
      'Variables and command substitutions are replaced while the entrypoint starts: `$FLUX_JOB_ID` and ' +
      '`$(flux getattr size)` become empty text.',
    remedy: 'put the command into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const inline = inlineCommand(cluster);
      if (inline && /[$`]/.test(inline.command)) report(inline.path, inline.command);
    },
  },
  {
    code: 'MC003',
    traps: ['T3'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is more than plain words, but is split at blanks and never read by a shell',
    consequence:
      'Single quotes become part of the words, globs expand in the working directory, and `&&`, `;`, pipes, ' +
      'redirections and line breaks turn into arguments of the first word.',
    remedy: 'put the command into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const inline = inlineCommand(cluster);
      if (inline && !isInlineSafe(inline.command.replace(/["\\$`]/g, '')))
        report(inline.path, inline.command);
    },
  },
  {
    code: 'MC004',
    traps: ['T4'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is a batch text with $, backticks or backslashes, replaced while the batch file is written',
    consequence:
      'The entrypoint writes the file with echo "…", so `$FLUX_JOB_ID` or a loop variable is gone before the ' +
      'batch job starts.',
    remedy: 'put the batch text into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && canBecomeAFile(batch) && /[$`\\]/.test(batch.text)) report(batch.path, batch.text);
    },
  },
  {
    code: 'MC005',
    traps: ['T5'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is a batch text with double quotes, which empty the command that decides whether to run it',
    consequence:
      'The batch file is written and never submitted; the cluster hangs as an interactive one until its deadline.',
    remedy: 'put the batch text into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && canBecomeAFile(batch) && batch.text.includes('"')) report(batch.path, batch.text);
    },
  },
  {
    code: 'MC006',
    traps: ['T6'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'has lines that `flux submit` is put before although they are no commands',
    consequence:
      'Without batchRaw each line that is not empty becomes the arguments of `flux submit`, comments, assignments and ' +
      'loops included.',
    remedy:
      'set batchRaw: true and write the flux submit lines yourself, or keep to one plain command a line',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (!batch || batch.raw) return;
      const lines = linesThatAreNoCommand(batch.text);
      if (lines.length > 0) {
        const which = `line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}`;
        report(batch.path, batch.text, `is a batch text whose ${which} can't follow flux submit`);
      }
    },
  },
  {
    code: 'MC007',
    traps: ['T7'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'goes through an unquoted heredoc, which expands $ and backticks and ends at a line EOF',
    consequence:
      '`$1`, `$VAR` and `$(…)` are replaced while the script is written, not when it runs. In a sidecar the script ' +
      'is written and never run.',
    remedy:
      'put the script into a mounted ConfigMap; the construct does that by itself for the Flux container',
    check: (cluster, report) => {
      const script = cluster.runner?.container.commands?.script;
      if (script && !isPlainInHeredoc(script, 'EOF')) {
        report(`${cluster.runner.path}.commands.script`, script);
      }
      for (const { container, path } of cluster.sidecars) {
        if (!container.commands?.script) continue;
        report(
          `${path}.commands.script`,
          container.commands.script,
          'is written in a sidecar and never run',
          'write it as the command of the sidecar, which a shell reads as it is',
        );
      }
    },
  },
  {
    code: 'MC008',
    traps: ['T8'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'is ignored in batch mode, which takes its text from command',
    consequence: 'An empty batch job is submitted and ends with success.',
    remedy: 'write the script as command with batch: true and batchRaw: true',
    check: ({ runner }, report) => {
      if (runner?.container.batch && runner.container.commands?.script) {
        report(`${runner.path}.commands.script`, runner.container.commands.script);
      }
    },
  },
  {
    code: 'MC009',
    traps: ['T9'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title:
      'goes through an unquoted heredoc, which expands $, backticks and backslashes and ends at a line EOT',
    consequence: 'The broker reads another configuration than the one written, or the init script breaks.',
    remedy: 'leave those characters out; the construct escapes all but a line EOT by itself',
    check: ({ spec }, report) => {
      const config = spec.flux?.brokerConfig;
      if (config && !isPlainInHeredoc(config, 'EOT')) report('flux.brokerConfig', config);
    },
  },
  {
    code: 'MC010',
    traps: ['T10'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'is pasted into echo "export NAME=VALUE" and read by a shell once more',
    consequence:
      'Blanks, quotes and $ in a value break flux-view.sh, which every later shell in the pod sources.',
    remedy: 'use plain values; the construct quotes any value by itself',
    check: ({ spec }, report) => {
      for (const [name, value] of Object.entries(spec.flux?.environment ?? {})) {
        if (!isPlainWord(value) && value !== '') report(`flux.environment.${name}`, value);
      }
    },
  },
  {
    code: 'MC011',
    traps: ['T11'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is pasted unquoted into the entrypoint and holds characters that a shell reads',
    consequence: 'The entrypoint runs another command than the one meant, or stops with a syntax error.',
    remedy: 'use words without quotes, backslashes and shell operators',
    check: (cluster, report) => {
      const { flux, archive } = cluster.spec;
      checkPath('archive.path', archive?.path, report);
      for (const { container, path } of allContainers(cluster)) {
        checkPath(`${path}.logs`, container.logs, report);
        checkWords(`${path}.commands.prefix`, container.commands?.prefix, report);
      }
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
      if (flux?.topology && !TOPOLOGY.test(flux.topology)) {
        report(
          'flux.topology',
          flux.topology,
          'is no topology of flux-core',
          'write kary:N, mincrit, binomial or custom',
        );
      }
      if (flux?.connectTimeout && !TIMEOUT.test(flux.connectTimeout)) {
        report(
          'flux.connectTimeout',
          flux.connectTimeout,
          'is no duration of flux-core',
          'write it like 5s or 1m',
        );
      }
      for (const name of Object.keys(flux?.environment ?? {})) {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
          report(
            'flux.environment',
            name,
            'has a name that a shell cannot export',
            'use letters, digits and _',
          );
        }
      }
    },
  },
  {
    code: 'MC012',
    traps: ['T12'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'becomes one argument: a program with this whole text as its name',
    consequence: 'The hook fails. A failing postStart kills the container; a failing preStop saves nothing.',
    remedy:
      'name one executable file; the construct makes one of any preStopExec where the container has an entrypoint script',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { postStartExec, preStopExec } = container.lifeCycle ?? {};
        if (postStartExec && /\s/.test(postStartExec)) {
          report(
            `${path}.lifeCycle.postStartExec`,
            postStartExec,
            undefined,
            'move it to commands.init: a postStart hook races with the entrypoint, so no file can be prepared for it',
          );
        }
        if (preStopExec && /\s/.test(preStopExec)) report(`${path}.lifeCycle.preStopExec`, preStopExec);
      }
    },
  },
  {
    code: 'MC013',
    traps: ['T13'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'has an end that the entrypoint changes by what it writes behind it',
    consequence:
      'With logging.quiet a redirection follows the last line only, so the rest is still printed, and a comment or ' +
      'heredoc at the end breaks. Without quiet a blank follows, which breaks a heredoc that ends the text.',
    remedy: 'put the hook into a file and source it; the construct does that by itself',
    check: (cluster, report) => {
      const quiet = cluster.spec.logging?.quiet ?? false;
      for (const located of [...(cluster.runner ? [cluster.runner] : []), ...cluster.sidecars]) {
        for (const [name, text] of hooksOf(cluster, located)) {
          if (!isSafeAsHook(text, quiet)) report(`${located.path}.commands.${name}`, text);
        }
      }
    },
  },
];

/** Text with lines that can't follow `flux submit` stays as it is until they are mended: MC006 says so. */
export function canBecomeAFile(batch: { text: string; raw: boolean }): boolean {
  return batch.raw || linesThatAreNoCommand(batch.text).length === 0;
}
