/** Traps T14 to T24 and T86: what the entrypoint does with modes, flags, exit codes and signals. */
import { Severity } from '../../problems';
import { Cluster, RunMode } from '../cluster';
import { COMMAND_OF_AN_INTERACTIVE_CLUSTER, missingTasks, unusedSubmitCommand } from './common/modes';
import { savesByItself } from './common/archive';
import { isBelow } from './common/paths';
import { EVERY_ENGINE, EVERY_RELEASE } from './releases';
import { Rule } from './rule';

/** Is this working directory on a volume of its container? */
function isOnVolume(workingDir: string, { runner }: Cluster): boolean {
  return (
    runner?.volumes.some(({ volume }) => {
      const { path, emptyDir } = volume;
      return path && !emptyDir && isBelow(workingDir, path);
    }) ?? false
  );
}

/** A post hook that ends the container: by itself, or by the library's script. */
const EXITS = /\bexit\b|\/report-failure\.sh\b/;

export const ENTRYPOINT_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC014',
    traps: ['T14'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is not set, so the pods end with success whatever Flux returned',
    consequence:
      'The entrypoint goes on after a failing `flux start` and ends with a `touch`: a failed job leaves a ' +
      'Complete Job.',
    remedy: 'set reportFailure: true, or end commands.post with an exit of your own',
    check: ({ spec, runner, applications, mode }, report) => {
      // With several brokers the pods never end (MC193).
      if (mode === RunMode.INTERACTIVE || !runner || applications.length > 0) return;
      const strict = spec.logging?.strict ?? false;
      if (!strict && !EXITS.test(runner.container.commands?.post ?? '')) report('reportFailure', undefined);
    },
  },
  {
    code: 'MC015',
    traps: ['T15'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'breaks the entrypoint in two places',
    consequence:
      'Strict mode stops with code 2 unless the view holds Python 3.11 under /mnt/flux/view (or the view is disabled), and a worker whose first ' +
      '`flux start` fails ends instead of trying again.',
    remedy: 'set reportFailure: true instead, which passes the exit code on without strict mode',
    check: ({ spec }, report) => {
      if (spec.logging?.strict) report('logging.strict', true);
    },
  },
  {
    code: 'MC140',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'needs /usr/bin/time in the image',
    consequence:
      'Where it is missing the lead broker never starts Flux, and its pod ends with success unless strict is set.',
    remedy: 'install it in the image and silence this, or time the command by yourself',
    check: ({ spec }, report) => {
      if (spec.logging?.timed) report('logging.timed', true);
    },
  },
  {
    code: 'MC016',
    releases: EVERY_ENGINE,
    ...COMMAND_OF_AN_INTERACTIVE_CLUSTER,
    check: (cluster, report) => {
      COMMAND_OF_AN_INTERACTIVE_CLUSTER.check(cluster, report);
      const script = cluster.runner?.container.commands?.script;
      if (cluster.spec.interactive && script) {
        report(
          `${cluster.runner.path}.commands.script`,
          script,
          'is never run: interactive clusters run no script',
        );
      }
    },
  },
  {
    code: 'MC017',
    traps: ['T17'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is restored at start and never saved',
    consequence: 'The archive is loaded if the file exists; nothing writes it when the cluster ends.',
    remedy:
      'let the library render it, which saves it; by hand: commands.prefix "-Scontent.dump=PATH" for a cluster that ends ' +
      'by itself, or a preStopExec that runs flux shutdown --dump=PATH for an interactive one',
    check: (cluster, report) => {
      const path = cluster.spec.archive?.path;
      if (path && cluster.runner && !savesByItself(cluster)) report('archive.path', path);
    },
  },
  {
    code: 'MC018',
    traps: ['T18'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'wraps the lead broker only',
    consequence: 'Workers print the wrapped command line and start without it.',
    remedy: 'keep it if only the lead broker matters; there is no way to wrap the workers',
    check: ({ spec, maxSize }, report) => {
      if (spec.flux?.wrap && maxSize > 1) report('flux.wrap', spec.flux.wrap);
    },
  },
  { code: 'MC019', releases: EVERY_ENGINE, ...unusedSubmitCommand<RunMode>(RunMode.SUBMIT) },
  {
    code: 'MC020',
    traps: ['T20'],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'has no effect in launcher and interactive mode',
    consequence: 'These modes pass no submit flags, so tasks, optionFlags and logging.debug go nowhere.',
    remedy: 'remove it, or give the flags to the flux submit that the launcher runs',
    check: ({ spec, mode }, report) => {
      if (mode !== RunMode.LAUNCHER && mode !== RunMode.INTERACTIVE) return;
      if (spec.flux?.optionFlags) report('flux.optionFlags', spec.flux.optionFlags);
      if ((spec.tasks ?? 1) !== 1) report('tasks', spec.tasks);
      if (spec.logging?.debug) report('logging.debug', true);
    },
  },
  {
    code: 'MC021',
    releases: EVERY_ENGINE,
    ...missingTasks<RunMode>([RunMode.SUBMIT, RunMode.BATCH]),
    remedy:
      'write tasks: the number of processes over all nodes, or 0 for one job on all nodes without a task count',
  },
  {
    code: 'MC126',
    traps: ['T21'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'must be a whole number of at least 0',
    consequence: '`flux submit -n-1` is refused by Flux, and the pods end with success.',
    remedy: 'write the number of processes over all nodes',
    check: ({ spec }, report) => {
      if (spec.tasks !== undefined && spec.tasks < 0) report('tasks', spec.tasks);
    },
  },
  {
    code: 'MC022',
    traps: ['T22'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is on a volume, and batch mode writes flux-job.batch there',
    consequence:
      'Clusters that share the directory overwrite one another; on a read-only volume the batch file is missing.',
    remedy: 'use a working directory of the container and change to the volume within the batch text',
    check: (cluster, report) => {
      const { runner, mode } = cluster;
      const workingDir = runner?.container.workingDir;
      if (!runner || mode !== RunMode.BATCH || !workingDir) return;
      if (isOnVolume(workingDir, cluster)) report(`${runner.path}.workingDir`, workingDir);
    },
  },
  {
    code: 'MC023',
    traps: ['T23'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is on a volume that every pod walks through at start',
    consequence:
      'The entrypoint runs `find . -name libpython*.so*` in the working directory: slow on a large shared file system.',
    remedy: 'use a working directory of the container and change to the volume within the command',
    check: (cluster, report) => {
      const workingDir = cluster.runner?.container.workingDir;
      if (!workingDir || cluster.spec.flux?.container?.disable) return;
      if (isOnVolume(workingDir, cluster)) report(`${cluster.runner.path}.workingDir`, workingDir);
    },
  },
  {
    code: 'MC024',
    traps: ['T24'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is a sidecar: the MiniCluster never completes while it runs',
    consequence: 'The pods stay Running after Flux has ended, and the Job is never Complete.',
    remedy:
      'let the sidecar end by itself, move it to services, or silence this for a cluster that you delete by hand',
    check: ({ sidecars, mode }, report) => {
      if (mode === RunMode.INTERACTIVE) return;
      for (const { container, path } of sidecars) report(path, container.name);
    },
  },
  {
    code: 'MC086',
    traps: ['T86'],
    severity: Severity.WARNING,
    releases: EVERY_RELEASE,
    title: 'is not set, so deleting the cluster kills Flux without a word',
    consequence:
      'The entrypoint ignores SIGTERM: each pod lasts its whole grace period of 30 s, then the brokers are killed; ' +
      'running jobs and the queue are lost.',
    remedy:
      'set lifeCycle.preStopExec to a command that runs flux shutdown, or silence this where nothing is to be kept',
    check: ({ runner, mode }, report) => {
      if (mode === RunMode.INTERACTIVE && runner && !runner.container.lifeCycle?.preStopExec) {
        report(`${runner.path}.lifeCycle.preStopExec`, undefined);
      }
    },
  },
];
