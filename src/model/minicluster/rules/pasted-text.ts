/** Traps T9 to T13: options and hooks that the operator pastes into a shell script. */
import { isPlainInHeredoc, isPlainWord } from '../../flux/quoting';
import { Severity } from '../../problems';
import { Cluster, wrappedSidecars } from '../cluster';
import { allContainers } from '../located-containers';
import { DURATION, SHELL_VARIABLE, TOPOLOGY } from './common/flux-values';
import {
  APPLICATION_HOOKS,
  RUNNER_HOOKS,
  SIDECAR_HOOKS,
  changedHooks,
  severalArguments,
} from './common/hooks';
import {
  PASTED_UNQUOTED,
  checkConnectTimeout,
  checkFluxWords,
  checkPath,
  checkWords,
} from './common/pasted-text';
import { EVERY_ENGINE, EVERY_RELEASE, MAIN_ONLY } from './releases';
import { Rule } from './rule';

const CARRIAGE_RETURN = /\r(\n|$)/;

export const PASTED_TEXT_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC009',
    traps: ['T9'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title:
      'goes through an unquoted heredoc, which expands $, backticks and backslashes and ends at a line EOT',
    consequence: 'The broker reads another configuration than the one written, or the init script breaks.',
    remedy: 'leave those characters out; the library escapes all but a line EOT by itself',
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
    remedy: 'use plain values; the library quotes any value by itself',
    check: ({ spec }, report) => {
      for (const [name, value] of Object.entries(spec.flux?.environment ?? {})) {
        if (!isPlainWord(value) && value !== '') report(`flux.environment.${name}`, value);
      }
    },
  },
  {
    code: 'MC011',
    releases: EVERY_RELEASE,
    ...PASTED_UNQUOTED,
    check: (cluster, report) => {
      const { flux, archive } = cluster.spec;
      checkPath('archive.path', archive?.path, report);
      for (const { container, path } of allContainers(cluster)) {
        const { logs, commands } = container;
        if (logs) checkPath(`${path}.logs`, logs, report);
        if (commands?.prefix) checkWords(`${path}.commands.prefix`, commands.prefix, report);
      }
      checkFluxWords(flux, report);
      if (flux?.topology && !TOPOLOGY.test(flux.topology)) {
        report(
          'flux.topology',
          flux.topology,
          'is no topology of flux-core',
          'write kary:N, mincrit, binomial or custom',
        );
      }
      checkConnectTimeout(flux, DURATION, report);
      for (const name of Object.keys(flux?.environment ?? {})) {
        if (!SHELL_VARIABLE.test(name)) {
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
    code: 'MC120',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'has lines that end with a carriage return, as Windows writes them',
    consequence:
      'A shell takes it for the last character of the line: no command is found, and a heredoc never ends.',
    remedy: 'write the text with line feeds alone',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { command, commands, lifeCycle } = container;
        if (command && CARRIAGE_RETURN.test(command)) report(`${path}.command`, command);
        for (const [name, text] of Object.entries(commands ?? {}) as [string, string][]) {
          if (CARRIAGE_RETURN.test(text)) report(`${path}.commands.${name}`, text);
        }
        const preStop = lifeCycle?.preStopExec;
        if (preStop && CARRIAGE_RETURN.test(preStop)) report(`${path}.lifeCycle.preStopExec`, preStop);
      }
    },
  },
  {
    code: 'MC012',
    releases: EVERY_RELEASE,
    ...severalArguments(
      'move it to commands.init: a postStart hook races with the entrypoint, so no file can be prepared for it',
    ),
  },
  {
    code: 'MC013',
    releases: EVERY_RELEASE,
    ...changedHooks((cluster: Cluster, checkHooks) => {
      const quiet = cluster.spec.logging?.quiet ?? false;
      if (cluster.runner) checkHooks(cluster.runner, RUNNER_HOOKS, quiet);
      for (const application of cluster.applications) checkHooks(application, APPLICATION_HOOKS, quiet);
      for (const sidecar of wrappedSidecars(cluster)) checkHooks(sidecar, SIDECAR_HOOKS, quiet);
    }),
  },
];
