/** How far a cluster has to be before whoever deploys it goes on: for adapters that can wait. */
import { ConstructRule, constructRule, problemOf } from './construct-rule';
import { Problem } from './problems';

/** How far a cluster has to be. */
export enum ClusterWait {
  /** Its objects are there: Kubernetes takes it from there. */
  CREATED = 'created',
  /** All its pods are ready. With `probes` that means that their brokers have joined. */
  READY = 'ready',
  /** Its Job has completed; one that fails is an error. */
  COMPLETED = 'completed',
}

/** What is waited for. */
export interface ClusterWaitSpec {
  /**
   * How far the cluster has to be when it is made or changed.
   * @default ClusterWait.READY for a cluster that people submit to, ClusterWait.CREATED for one that runs a command, and
   * for one that is suspended or waits in a queue of Kueue
   */
  readonly wait?: ClusterWait;
  /**
   * Seconds after which the wait is given up as an error; the cluster stays.
   * @default 600
   */
  readonly waitSeconds?: number;
}

const RULES = {
  wait: constructRule(
    'PU001',
    `must be one of ${Object.values(ClusterWait).join(', ')}`,
    'The deployment would wait for nothing, or for ever.',
    'write one of them, or leave it out',
  ),
  seconds: constructRule(
    'PU002',
    'must be a whole number of at least 1',
    'The wait would end at once, or never.',
    'write a number of seconds',
  ),
} as const;

/** A resource among arguments of a component. */
export const RESOURCE_RULE = constructRule(
  'PU003',
  'is a resource that means nothing here',
  'All of its fields would be taken for what is asked for.',
  'give what is asked for, such as { name: claim.metadata.name }; a SharedVolume, FluxDistribute or CurveCertificate can be given itself',
);

/** The rules in the order of their codes. */
export const CLUSTER_WAIT_RULES: readonly ConstructRule[] = [...Object.values(RULES), RESOURCE_RULE];

/** What is wrong with it. */
export function checkClusterWait({ wait, waitSeconds }: ClusterWaitSpec): Problem[] {
  const waits: readonly unknown[] = Object.values(ClusterWait);
  const problems: Problem[] = [];
  if (wait !== undefined && !waits.includes(wait)) problems.push(problemOf(RULES.wait, 'wait', wait));
  if (waitSeconds !== undefined && !(Number.isInteger(waitSeconds) && waitSeconds >= 1))
    problems.push(problemOf(RULES.seconds, 'waitSeconds', waitSeconds));
  return problems;
}
