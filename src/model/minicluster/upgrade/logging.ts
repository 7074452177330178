import { Logging } from '../api/v1alpha2';
import { NothingLeft, Upgrade, isInteractive, orNothing } from './upgrade-context';

/** What is said about output and failures in an input. */
export interface UpgradedLogging {
  readonly logging?: Logging;
  readonly reportFailure?: boolean;
}

export function upgradeLogging({ cluster, notes }: Upgrade): UpgradedLogging {
  const { quiet, strict, debug, zeromq, timed, ...rest } = cluster.spec.logging ?? {};
  const others = { ...(rest satisfies NothingLeft), quiet, debug, zeromq, timed };
  const hasPost = Boolean(cluster.runner?.container.commands?.post);
  if (cluster.strict) {
    const post = hasPost ? ', and commands.post runs after a failure too' : '';
    notes.changed(
      'logging.strict',
      strict,
      `is reportFailure now: a failure of Flux fails the Job at once instead of up to 100 times${post}`,
      'begin hooks that must not fail with set -e, and set backoffLimit for more tries',
    );
    return { logging: orNothing(others), reportFailure: true };
  }
  const logging = orNothing({ ...others, strict });
  // The entrypoint of v1alpha1 ended as Flux did, unless a hook came after it; today's always ends well (trap T14).
  if (isInteractive(cluster) || hasPost) return { logging };
  notes.added(
    'logging',
    'comes with reportFailure now: a failure of Flux fails the Job as it did, but at once instead of up to 100 times',
    'set backoffLimit for more tries',
  );
  return { logging, reportFailure: true };
}
