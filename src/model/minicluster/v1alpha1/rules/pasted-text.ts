/** Traps T11 to T13: text that the v1alpha1 operator pastes into its entrypoint, and hooks. */
import { isPlainWord } from '../../../flux/quoting';
import { Severity } from '../../../problems';
import { Report, Rule } from '../../rules/rule';
import { isPlainPath, isSafeAsHook } from '../../rules/shared';
import { allContainers, LocatedV1Alpha1Container, V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

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

type Hook = 'init' | 'pre' | 'brokerPre' | 'workerPre';
const HOOKS: readonly Hook[] = ['init', 'pre', 'brokerPre', 'workerPre'];

/** The hooks that the entrypoint writes something behind, of a container that has an entrypoint. */
function hooksOf({ container, path }: LocatedV1Alpha1Container): { path: string; text: string }[] {
  return HOOKS.flatMap((name) => {
    const text = container.commands?.[name];
    return text ? [{ path: `${path}.commands.${name}`, text }] : [];
  });
}

export const PASTED_TEXT_RULES: readonly Rule<V1Alpha1Cluster>[] = [
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
        report(
          'flux.wrap',
          flux.wrap,
          'has blanks, but is pasted unquoted behind --wrap=',
          'join the arguments by commas',
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
    remedy:
      'name one executable file; the construct makes one of any preStopExec where the container has an entrypoint script',
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
    remedy:
      'pass an attribute of the broker behind the timeout, as in flux.connectTimeout: "5s -Scontent.dump=PATH"',
    check: ({ runner }, report) => {
      const prefix = runner?.container.commands?.prefix;
      if (prefix?.trimStart().startsWith('-')) report(`${runner?.path}.commands.prefix`, prefix);
    },
  },
];
