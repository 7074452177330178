/** Traps T19 to T24: the modes of the v1alpha1 entrypoint, and the options that only some of them have. */
import { Severity } from '../../../problems';
import { missingTasks, unusedSubmitCommand } from '../../rules/common/modes';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../cluster';
import { V1ALPHA1 } from './release';

/** The modes in which the operator submits the command. */
const SUBMITS: readonly V1Alpha1Mode[] = [V1Alpha1Mode.SUBMIT, V1Alpha1Mode.BATCH];

export const MODE_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC230',
    releases: V1ALPHA1,
    ...unusedSubmitCommand<V1Alpha1Mode>(V1Alpha1Mode.SUBMIT),
    consequence:
      'Launchers, raw batch texts and interactive clusters run as if it was not there; with a batch text that is not ' +
      'raw the operator that has the field fails.',
  },
  {
    code: 'MC231',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is unknown to the operator releases 0.1.0 and 0.1.1',
    consequence:
      'Only the last v1alpha1 commit (76c4754f, 10 September 2023) has the field; the releases run flux submit.',
    remedy: 'set launcher: true and write the whole submit command as command',
    check: ({ spec }, report) => {
      if (spec.flux?.submitCommand) report('flux.submitCommand', spec.flux.submitCommand);
    },
  },
  {
    code: 'MC232',
    traps: ['T20'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'has no effect where the operator submits nothing: only with a command that is no launcher',
    consequence: 'The other modes pass no submit flags, so tasks, optionFlags and logging.debug go nowhere.',
    remedy: 'remove it, or give the flags to the flux submit that the launcher runs',
    check: ({ spec, runner, mode }, report) => {
      if (!runner || SUBMITS.includes(mode)) return;
      // The RESTful server reads optionFlags from its environment
      if (spec.flux?.optionFlags && mode !== V1Alpha1Mode.RESTFUL)
        report('flux.optionFlags', spec.flux.optionFlags);
      if ((spec.tasks ?? 1) !== 1) report('tasks', spec.tasks);
      if (spec.logging?.debug) report('logging.debug', true);
    },
  },
  { code: 'MC233', releases: V1ALPHA1, ...missingTasks(SUBMITS) },
  {
    code: 'MC234',
    traps: ['T21'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be a whole number of at least 1',
    consequence: 'The entrypoint always passes it on as -n, and Flux refuses the job.',
    remedy: 'write the number of processes over all nodes',
    check: ({ spec }, report) => {
      if (spec.tasks !== undefined && spec.tasks < 1) report('tasks', spec.tasks);
    },
  },
  {
    code: 'MC235',
    traps: ['T24'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'runs beside Flux: the MiniCluster never completes while it runs',
    consequence: 'The pods stay Running after Flux has ended, and the Job is never Complete.',
    remedy:
      'let the container end by itself, move it to services, or silence this for a cluster that you delete by hand',
    check: ({ sidecars, mode }, report) => {
      if (!SUBMITS.includes(mode) && mode !== V1Alpha1Mode.LAUNCHER) return;
      for (const { container, path } of sidecars) report(path, container.name);
    },
  },
  {
    code: 'MC236',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'runs instead of the command, and the pods sleep until the deadline',
    consequence:
      'The command and the hooks brokerPre, workerPre and post never run; the cluster never completes.',
    remedy:
      'remove diagnostics when the state of the overlay is known, or remove the command to say what is meant',
    check: ({ runner }, report) => {
      if (runner?.container.diagnostics && runner.container.command)
        report(`${runner.path}.diagnostics`, true);
    },
  },
  {
    code: 'MC237',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is missing in a cluster that is not interactive, which starts the RESTful server',
    consequence:
      'The lead pod clones flux-framework/flux-restful-api from GitHub at each start, installs its requirements and ' +
      'listens on port 5000; without that network it fails.',
    remedy: 'write a command, or interactive: true; to run the server write fluxRestful: {}',
    check: ({ spec, runner, mode }, report) => {
      if (!runner || mode !== V1Alpha1Mode.RESTFUL || spec.fluxRestful || spec.users?.length) return;
      // Such a container meant something else: MC238 tells
      if (runner.container.batch || runner.container.launcher) return;
      report(`${runner.path}.command`, undefined);
    },
  },
  {
    code: 'MC238',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'has no effect without what it is about',
    consequence:
      'Without a command the RESTful server runs, also with batch and launcher; without batch the command is submitted as one job.',
    remedy: 'write the command with batch or launcher, and batch: true with batchRaw',
    check: ({ runner }, report) => {
      if (!runner) return;
      const { batch, batchRaw, launcher, command } = runner.container;
      if (batch && !command) report(`${runner.path}.batch`, true, 'has no effect without a command');
      if (launcher && !command) report(`${runner.path}.launcher`, true, 'has no effect without a command');
      if (batchRaw && !batch) report(`${runner.path}.batchRaw`, true, 'has no effect without batch: true');
    },
  },
  {
    code: 'MC239',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'of 0 is taken as 6',
    consequence: 'The brokers log everything up to level info.',
    remedy: 'write 1 or more, or logging.quiet: true, which gives 0',
    check: ({ spec, quiet }, report) => {
      if (spec.flux?.logLevel === 0 && !quiet) report('flux.logLevel', 0);
    },
  },
  {
    code: 'MC240',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'of 1 or less is ignored, and Flux takes every core that the pod can see',
    consequence: 'The operator limits the cores from 2 up only; several tasks may run on a node at once.',
    remedy: 'leave it out, and limit a job by its own options, such as flux.optionFlags: "--exclusive"',
    check: ({ runner }, report) => {
      const cores = runner?.container.cores;
      if (cores && cores <= 1) report(`${runner.path}.cores`, cores);
    },
  },
  {
    code: 'MC241',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'gives Flux the quorum as a range of ranks, which flux-core 0.51 and newer refuse',
    consequence:
      'With broker.quorum=0-N the broker stops: "Error parsing broker.quorum attribute" (flux-core pull request 5153). ' +
      'Releases before June 2023 understand it.',
    remedy: 'use an image with flux-core 0.50 or older, start with size 1, or leave maxSize out',
    check: ({ spec, size, maxSize }, report) => {
      // The range of one rank, 0, is still understood
      if (maxSize > size && size > 1) report('maxSize', spec.maxSize);
    },
  },
];
