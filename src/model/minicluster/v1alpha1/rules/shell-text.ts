/** Traps T3 to T13: text that the v1alpha1 operator pastes into its entrypoint, or hands to it. */
import { isPlainWord } from '../../../flux/quoting';
import { Severity } from '../../../problems';
import { Report, Rule } from '../../rules/rule';
import { isInlineSafe, isPlainPath, isSafeAsHook, isSafeInEcho } from '../../rules/shared';
import { linesThatAreNoCommand } from '../../rules/shell-text';
import { allContainers, LocatedV1Alpha1Container, V1Alpha1Cluster, V1Alpha1Mode } from '../cluster';
import { V1ALPHA1 } from './release';

/** The batch text of the runner, if there is one. */
function batchText({ runner }: V1Alpha1Cluster): { path: string; text: string; raw: boolean } | undefined {
  if (!runner?.container.batch || !runner.container.command) return undefined;
  const { command, batchRaw } = runner.container;
  return { path: `${runner.path}.command`, text: command, raw: batchRaw ?? false };
}

/** A conversion that bash's printf knows, or a percent sign. */
const CONVERSION = /%%|%[-+ #0]*(\*|\d+)?(\.(\*|\d*))?(hh|h|ll|l|j|z|t|L)?[diouxXeEfFgGaAcsbqn]|%\([^)]*\)T/g;

/** Does bash's printf fail on this text as a format? The entrypoint writes a line break behind it. */
function breaksPrintf(text: string): boolean {
  return text.replace(CONVERSION, '').includes('%');
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

function checkWord(path: string, value: string | undefined, report: Report): void {
  if (value && !isPlainWord(value)) report(path, value, 'must be one word without shell characters');
}

/** A duration of flux-core; further broker attributes may follow it, which are pasted with it. */
const TIMEOUT = /^\d+(\.\d+)?(ms|s|m|h|d)?( -S\S+)*$/;

/** Commands of Flux that don't know the --watch that follows. */
const CANT_WATCH = /^flux\s+(mini\s+)?(run|alloc|batch|exec)\b/;

type Hook = 'init' | 'pre' | 'brokerPre' | 'workerPre';
const HOOKS: readonly Hook[] = ['init', 'pre', 'brokerPre', 'workerPre'];

/** The hooks that the entrypoint writes something behind, of a container that has an entrypoint. */
function hooksOf({ container, path }: LocatedV1Alpha1Container): { path: string; text: string }[] {
  return HOOKS.flatMap((name) => {
    const text = container.commands?.[name];
    return text ? [{ path: `${path}.commands.${name}`, text }] : [];
  });
}

export const SHELL_TEXT_RULES: readonly Rule<V1Alpha1Cluster>[] = [
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
    remedy: 'put the command into a script in a mounted ConfigMap; the construct does that by itself',
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
        printed.push(['flux.submitCommand', spec.flux?.submitCommand], ['flux.optionFlags', spec.flux?.optionFlags]);
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
    remedy: 'put the batch text into a script in a mounted ConfigMap; the construct does that by itself',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && !isSafeInEcho(batch.text)) report(batch.path, batch.text);
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
    remedy: 'set batchRaw: true and write `flux submit --flags waitable` before each line and `flux queue idle` at the end',
    check: (cluster, report) => {
      const batch = batchText(cluster);
      if (batch && !batch.raw && batch.text.trim()) report(`${cluster.runner?.path}.batchRaw`, undefined);
    },
  },
  {
    code: 'MC217',
    traps: ['T6'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
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
  },
  {
    code: 'MC218',
    traps: ['T11'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is pasted unquoted into the entrypoint and holds characters that a shell reads',
    consequence: 'The entrypoint runs another command than the one meant, or stops with a syntax error.',
    remedy: 'use words without quotes, backslashes and shell operators',
    check: (cluster, report) => {
      const { flux, archive } = cluster.spec;
      checkPath('archive.path', archive?.path, report);
      checkPath('flux.installRoot', flux?.installRoot, report);
      checkWords('flux.wrap', flux?.wrap, report);
      checkWords('flux.optionFlags', flux?.optionFlags, report);
      checkWords('flux.submitCommand', flux?.submitCommand, report);
      if (flux?.wrap && /\s/.test(flux.wrap)) {
        report('flux.wrap', flux.wrap, 'has blanks, but is pasted unquoted behind --wrap=', 'join the arguments by commas');
      }
      if (flux?.connectTimeout && !TIMEOUT.test(flux.connectTimeout)) {
        report('flux.connectTimeout', flux.connectTimeout, 'is no duration of flux-core', 'write it like 5s or 1m');
      }
      const hostlist = flux?.bursting?.hostlist;
      if (hostlist && !/^[-A-Za-z0-9_.,[\]]+$/.test(hostlist)) {
        report('flux.bursting.hostlist', hostlist, 'is no host list', 'write it like node-[0-3],other-7');
      }
      const { runner } = cluster;
      if (!runner) return;
      const { workingDir, logs, commands, environment } = runner.container;
      checkPath(`${runner.path}.workingDir`, workingDir, report);
      checkPath(`${runner.path}.logs`, logs, report);
      checkWords(`${runner.path}.commands.prefix`, commands?.prefix, report);
      for (const name of ['PATH', 'PYTHONPATH', 'LD_LIBRARY_PATH']) {
        checkWord(`${runner.path}.environment.${name}`, environment?.[name], report);
      }
    },
  },
  {
    code: 'MC219',
    traps: ['T11'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is pasted into the commands that add accounts and start the RESTful server',
    consequence: 'The account is not added, or another command runs than the one meant, as root on each pod.',
    remedy: 'use letters, digits and the characters - _ . for it',
    check: ({ spec, runner }, report) => {
      const hidden = 'is pasted into a shell command and holds characters that a shell reads';
      spec.users?.forEach(({ name, password }, index) => {
        if (!/^[a-z_][-a-z0-9_]*$/.test(name)) {
          report(`users[${index}].name`, name, 'is no login name', 'use lower-case letters, digits, - and _');
        }
        if (password && (!isPlainWord(password) || /^-|%/.test(password))) {
          report(`users[${index}].password`, undefined, hidden);
        }
      });
      const { fluxUser } = runner?.container ?? {};
      if (fluxUser?.name && !/^[a-z_][-a-z0-9_]*$/.test(fluxUser.name)) {
        report(
          `${runner?.path}.fluxUser.name`,
          fluxUser.name,
          'is no login name',
          'use lower-case letters, digits, - and _',
        );
      }
      checkWord('fluxRestful.branch', spec.fluxRestful?.branch, report);
      checkWord('fluxRestful.username', spec.fluxRestful?.username, report);
      for (const field of ['token', 'secretKey'] as const) {
        const text = spec.fluxRestful?.[field];
        if (text && !isPlainWord(text)) report(`fluxRestful.${field}`, undefined, hidden);
      }
    },
  },
  {
    code: 'MC220',
    traps: ['T12'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'becomes one argument: a program with this whole text as its name',
    consequence: 'The hook fails. A failing postStart kills the container; a failing preStop saves nothing.',
    remedy: 'name one executable file; the construct makes one of any preStopExec where the container has an entrypoint script',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        for (const hook of ['postStartExec', 'preStopExec'] as const) {
          const text = container.lifeCycle?.[hook];
          if (text && /\s/.test(text)) report(`${path}.lifeCycle.${hook}`, text);
        }
      }
    },
  },
  {
    code: 'MC221',
    traps: ['T13'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'has an end that the entrypoint changes by what it writes behind it',
    consequence:
      'With logging.quiet a redirection follows the last line only, so the rest is still printed, and a comment or ' +
      'heredoc at the end breaks. Without quiet a blank follows, which breaks a heredoc that ends the text: it ' +
      'swallows the rest of the entrypoint.',
    remedy: 'put the hook into a file and source it; the construct does that by itself',
    check: ({ quiet, runner, sidecars }, report) => {
      const wrapped = sidecars.filter(({ container }) => container.command);
      for (const located of [...(runner ? [runner] : []), ...wrapped]) {
        for (const { path, text } of hooksOf(located)) if (!isSafeAsHook(text, quiet)) report(path, text);
      }
    },
  },
  {
    code: 'MC222',
    traps: ['T17'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be a program: it is not always behind the options of the broker',
    consequence:
      'On workers and in interactive clusters the prefix comes right behind `sudo`, which takes an option such as ' +
      '-Scontent.dump=PATH for its own and refuses it; with logging.timed the time program does.',
    remedy: 'pass an attribute of the broker behind the timeout, as in flux.connectTimeout: "5s -Scontent.dump=PATH"',
    check: ({ runner }, report) => {
      const prefix = runner?.container.commands?.prefix;
      if (prefix?.trimStart().startsWith('-')) report(`${runner?.path}.commands.prefix`, prefix);
    },
  },
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
      if (submit && mode === V1Alpha1Mode.SUBMIT && CANT_WATCH.test(submit)) report('flux.submitCommand', submit);
    },
  },
];
