/** What the Kubernetes provider is told to wait for, by annotations of the objects. */
import { ClusterWait } from '../model/cluster-wait';
import { Manifest, Metadata } from '../model/manifest';
import { JobWait } from './cluster-wait';
import { isJob, isService } from './kinds';

const SKIP_AWAIT = 'pulumi.com/skipAwait';
const WAIT_FOR = 'pulumi.com/waitFor';
const TIMEOUT = 'pulumi.com/timeoutSeconds';
const REPLACE_UNREADY = 'pulumi.com/replaceUnready';

type Annotations = Readonly<Record<string, string>>;

const NOT_AT_ALL: Annotations = { [SKIP_AWAIT]: 'true' };

/** The same for what the provider would then not wait for when it is deleted either: what replaces it would meet it. */
const ONLY_TO_BE_THERE: Annotations = { [WAIT_FOR]: 'jsonpath={.metadata.uid}' };

/** Seconds beside the grace period of its pods that the deletion of a Job gets: the provider has one bound for both. */
const TO_DELETE = 60;

/** Seconds that pods get to end where they don't say. */
const USUAL_GRACE = 30;

/** What the wait for an object depends on. */
export interface Surroundings {
  /** All objects that are deployed with it. */
  readonly all: readonly Manifest[];
  /** Does another one of these wait for it? */
  readonly isNeeded: boolean;
  /** Did this library make it up? */
  readonly isOurs?: boolean;
  /** How far Jobs of brokers have to be; without it they are made, and not waited for. */
  readonly wait?: JobWait;
}

/** An object without what is said to the provider: that is meant for the main object of a component. */
export function withoutHints(manifest: Manifest): Manifest {
  const { metadata } = manifest;
  const annotations = Object.entries(metadata.annotations ?? {});
  const kept = annotations.filter(([name]) => !name.startsWith('pulumi.com/'));
  if (kept.length === annotations.length) return manifest;
  return { ...manifest, metadata: { ...metadata, annotations: Object.fromEntries(kept) } };
}

/** An object with what the provider is to wait for, where that isn't what it does of itself. */
export function withWait(manifest: Manifest, surroundings: Surroundings): Manifest {
  const { metadata } = manifest;
  const own = metadata.annotations ?? {};
  const ours = waitFor(manifest, surroundings);
  const isGiven = isBrokerJob(manifest) && surroundings.wait?.isGiven === true;
  // Who writes one of these says all of it; a timeout alone is one for whatever is waited for.
  const isTheirs = !isGiven && (own[SKIP_AWAIT] !== undefined || own[WAIT_FOR] !== undefined);
  if (isTheirs || Object.keys(ours).length === 0) return manifest;
  const annotations = isGiven ? { ...own, ...ours } : { ...ours, ...own };
  return { ...manifest, metadata: { ...metadata, annotations } };
}

function waitFor(manifest: Manifest, { all, isNeeded, isOurs = false, wait }: Surroundings): Annotations {
  // With an address it is ready, for the provider, when it has endpoints: their pods may be among those that wait.
  if (isService(manifest)) return isNeeded ? NOT_AT_ALL : {};
  // One is enough for the operator, and that of an architecture that no node has never runs.
  if (isOperator(manifest)) return all.filter(isOperator).length > 1 ? ONLY_TO_BE_THERE : {};
  if (isBrokerJob(manifest)) return wait ? waitForBrokers(manifest, wait) : ONLY_TO_BE_THERE;
  const seconds = isJob(manifest) ? secondsOf(manifest) : undefined;
  // As long as it may take, which can be more than the provider waits of itself.
  // One of ours that failed is made anew by the next `up`: it does what is still to be done.
  const anew: Annotations = isOurs && isJob(manifest) ? { [REPLACE_UNREADY]: 'true' } : {};
  return seconds === undefined ? anew : { [TIMEOUT]: String(seconds), ...anew };
}

function waitForBrokers(job: Manifest, { until, seconds }: JobWait): Annotations {
  const grace = specOf(job).template?.spec?.terminationGracePeriodSeconds ?? USUAL_GRACE;
  const bounded = { [TIMEOUT]: String(Math.max(seconds, grace + TO_DELETE)) };
  switch (until) {
    case ClusterWait.CREATED:
      return ONLY_TO_BE_THERE;
    case ClusterWait.READY:
      return { ...bounded, [WAIT_FOR]: `jsonpath={.status.ready}=${specOf(job).parallelism ?? 1}` };
    case ClusterWait.COMPLETED:
      // The provider does so of itself.
      return bounded;
  }
}

function isOperator({ apiVersion, kind, metadata }: Manifest): boolean {
  const isDeployment = apiVersion === 'apps/v1' && kind === 'Deployment';
  return isDeployment && metadata.labels?.['flux-framework.org/architecture'] !== undefined;
}

/** The Job of a cluster: its pods have labels as the operator's have. */
function isBrokerJob(manifest: Manifest): boolean {
  return isJob(manifest) && specOf(manifest).template?.metadata?.labels?.['hpa-selector'] !== undefined;
}

/** How long a Job may take, or else each try of it. */
function secondsOf(job: Manifest): number | undefined {
  const { activeDeadlineSeconds, template } = specOf(job);
  return activeDeadlineSeconds ?? template?.spec?.activeDeadlineSeconds;
}

/** What of a Job is looked at; anybody may have written it. */
interface JobSpec {
  readonly parallelism?: number;
  readonly activeDeadlineSeconds?: number;
  readonly template?: {
    readonly metadata?: Partial<Metadata>;
    readonly spec?: {
      readonly activeDeadlineSeconds?: number;
      readonly terminationGracePeriodSeconds?: number;
    };
  };
}

function specOf({ spec }: Manifest): JobSpec {
  return spec ?? {};
}
