/** Traps T14 to T17 and T86: exit codes, strict mode, signals, and what is saved. */
import { Severity } from '../../../problems';
import { COMMAND_OF_AN_INTERACTIVE_CLUSTER } from '../../rules/common/modes';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../cluster';
import { V1ALPHA1 } from './release';

export const OUTCOME_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC224',
    traps: ['T14'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'decides the exit code of the pods, so a failed command looks like success',
    consequence:
      'Outside strict mode the entrypoint goes on after a failing `flux start`, and its last command is that of the ' +
      'hook. Without the hook the exit code of Flux is that of the pod.',
    remedy: 'begin the hook with `code=$?` and end it with `exit $code`',
    check: ({ runner, strict, mode }, report) => {
      const post = runner?.container.commands?.post;
      if (!post || strict || mode === V1Alpha1Mode.DIAGNOSTICS) return;
      if (!/\$\?|\bsleep\s+inf/.test(post)) report(`${runner.path}.commands.post`, post);
    },
  },
  {
    code: 'MC225',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is skipped when Flux or the command fails',
    consequence:
      'In strict mode the entrypoint ends at the first failure, before the hook. Strict is the default where logging is written.',
    remedy:
      'set logging.strict: false and pass the exit code on in the hook: begin it with `code=$?`, end it with `exit $code`',
    check: ({ runner, strict }, report) => {
      const post = runner?.container.commands?.post;
      if (post && strict) report(`${runner.path}.commands.post`, post);
    },
  },
  {
    code: 'MC226',
    traps: ['T15'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'ends a worker whose broker fails, instead of trying again after 15 seconds',
    consequence:
      'The retry loop of the workers never sees a failure. Kubernetes starts the container again, with growing pauses ' +
      'and at most 100 times, and all hooks run again.',
    remedy: 'leave strict out together with logging, or write strict: false',
    check: ({ spec, maxSize }, report) => {
      if (spec.logging?.strict && maxSize > 1) report('logging.strict', true);
    },
  },
  { code: 'MC227', releases: V1ALPHA1, ...COMMAND_OF_AN_INTERACTIVE_CLUSTER },
  {
    code: 'MC228',
    traps: ['T17'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is restored at start and never saved',
    consequence:
      'The archive is loaded if the file exists. Nothing writes it when the cluster ends, whatever older pages say: the ' +
      'hook that did was in no release.',
    remedy:
      'set lifeCycle.preStopExec to a program that runs flux shutdown --dump=PATH, or for a cluster that ends by itself ' +
      'flux.connectTimeout: "5s -Scontent.dump=PATH"; or run minicluster upgrade, whose MiniCluster has its archive saved',
    check: ({ spec, runner }, report) => {
      if (!spec.archive?.path || !runner || runner.container.lifeCycle?.preStopExec) return;
      const { command, commands } = runner.container;
      const texts = [spec.flux?.connectTimeout, command, commands?.prefix];
      if (!texts.some((text) => text?.includes('dump'))) report('archive.path', spec.archive.path);
    },
  },
  {
    code: 'MC229',
    traps: ['T86'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is not set, so deleting the cluster kills Flux without a word',
    consequence:
      'The entrypoint ignores SIGTERM: each pod lasts its whole grace period of 30 s, then the brokers are killed; ' +
      'running jobs and the queue are lost.',
    remedy:
      'set lifeCycle.preStopExec to a program that runs flux shutdown, or silence this where nothing is to be kept',
    check: ({ spec, runner, mode }, report) => {
      // With an archive the cluster has something to save: MC228 tells that
      if (mode !== V1Alpha1Mode.INTERACTIVE || !runner || spec.archive?.path) return;
      if (!runner.container.lifeCycle?.preStopExec) report(`${runner.path}.lifeCycle.preStopExec`, undefined);
    },
  },
];
