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
    notes.changed(
      'logging.strict',
      strict,
      `is reportFailure now, and strict no longer holds for hooks of the Flux container but post: ${REPORTED}`,
      `begin hooks that must not fail with set -eEu -o pipefail; ${OTHERWISE}`,
    );
    return { logging: orNothing(others), reportFailure: true };
  }
  const logging = orNothing({ ...others, strict });
  if (isInteractive(cluster) || hasPost) return { logging };
  notes.added('logging', `comes with reportFailure now: ${REPORTED}`, OTHERWISE);
  return { logging, reportFailure: true };
}

const REPORTED =
  'a failure fails the Job after one more try (restartPolicy Never, backoffLimit 1) instead of 100, and a pod that is lost ' +
  'or a sidecar that fails counts as one';

const OTHERWISE = 'set backoffLimit and pod.restartPolicy for more tries';
