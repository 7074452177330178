/** Traps T11 to T13: text that the v1alpha1 operator pastes into its entrypoint, and hooks. */
import { isPlainWord } from '../../../flux/quoting';
import { Severity } from '../../../problems';
import { RUNNER_HOOKS, changedHooks, severalArguments } from '../../rules/common/hooks';
import {
  PASTED_UNQUOTED,
  checkConnectTimeout,
  checkFluxWords,
  checkPath,
  checkWords,
} from '../../rules/common/pasted-text';
import { Report, Rule } from '../../rules/rule';
import { V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

function checkWord(path: string, value: string | undefined, report: Report): void {
  if (value && !isPlainWord(value)) report(path, value, 'must be one word without shell characters');
}

/** A duration of flux-core; further broker attributes may follow it, which are pasted with it. */
const TIMEOUT = /^\d+(\.\d+)?(ms|s|m|h|d)?( -S\S+)*$/;

export const PASTED_TEXT_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC218',
    releases: V1ALPHA1,
    ...PASTED_UNQUOTED,
    check: (cluster, report) => {
      const { flux, archive } = cluster.spec;
      checkPath('archive.path', archive?.path, report);
      checkPath('flux.installRoot', flux?.installRoot, report);
      checkFluxWords(flux, report);
      checkConnectTimeout(flux, TIMEOUT, report);
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
  { code: 'MC220', releases: V1ALPHA1, ...severalArguments() },
  {
    code: 'MC221',
    releases: V1ALPHA1,
    ...changedHooks(({ quiet, runner, sidecars }: V1Alpha1Cluster, checkHooks) => {
      const wrapped = sidecars.filter(({ container }) => container.command);
      for (const pasted of runner ? [runner, ...wrapped] : wrapped) checkHooks(pasted, RUNNER_HOOKS, quiet);
    }),
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
