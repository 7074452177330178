/** Traps T1 to T8: commands, batch texts and scripts on their way through the entrypoint. */
import { isPlainInHeredoc } from '../../flux/quoting';
import { Severity } from '../../problems';
import { Cluster } from '../cluster';
import { LINES_THAT_ARE_NO_COMMAND, batchText, canBecomeAFile, isInlineSafe } from './common/commands';
import { EVERY_ENGINE, EVERY_RELEASE, SINCE_0_2_1, SINCE_0_2_1_AND_JOB } from './releases';
import { Rule } from './rule';

/** The command of a runner that isn't a batch text. */
function inlineCommand(cluster: Cluster): { path: string; command: string } | undefined {
  const command = cluster.runner?.container.command;
  if (!cluster.runner || !command || cluster.runner.container.batch) return undefined;
  return { path: `${cluster.runner.path}.command`, command };
}

export const COMMAND_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC001',
    traps: ['T1'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'has quotes or backslashes that the entrypoint\'s command="…" breaks',
    consequence:
      'The double quotes end the assignment. `echo "hello world"` leaves the command empty, the entrypoint ' +
      'starts an interactive cluster instead, and nothing runs until the deadline, a year by default.',
    remedy: 'put the command into a script in a mounted ConfigMap; the library does that by itself',
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
    remedy: 'put the command into a script in a mounted ConfigMap; the library does that by itself',
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
    remedy: 'put the command into a script in a mounted ConfigMap; the library does that by itself',
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
    remedy: 'put the batch text into a script in a mounted ConfigMap; the library does that by itself',
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
    remedy: 'put the batch text into a script in a mounted ConfigMap; the library does that by itself',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && canBecomeAFile(batch) && batch.text.includes('"')) report(batch.path, batch.text);
    },
  },
  { code: 'MC006', releases: EVERY_ENGINE, ...LINES_THAT_ARE_NO_COMMAND },
  {
    code: 'MC007',
    traps: ['T7'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'goes through an unquoted heredoc, which expands $ and backticks and ends at a line EOF',
    consequence:
      '`$1`, `$VAR` and `$(…)` are replaced while the script is written, not when it runs. In a sidecar the script ' +
      'is written and never run.',
    remedy: 'put the script into a mounted ConfigMap; the library does that by itself for the Flux container',
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
    code: 'MC135',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is nothing but blanks',
    consequence: 'Flux is asked to run nothing, and the pods end with success.',
    remedy: 'write the command, or leave it out for an interactive cluster',
    check: ({ runner }, report) => {
      const command = runner?.container.command;
      if (command && command.trim() === '') report(`${runner.path}.command`, command);
    },
  },
  {
    code: 'MC008',
    traps: ['T8'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1_AND_JOB,
    title: 'is ignored in batch mode, which takes its text from command',
    consequence: 'An empty batch job is submitted and ends with success.',
    remedy: 'write the script as command with batch: true and batchRaw: true',
    check: ({ runner }, report) => {
      if (runner?.container.batch && runner.container.commands?.script) {
        report(`${runner.path}.commands.script`, runner.container.commands.script);
      }
    },
  },
];
