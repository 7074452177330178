/** What the Kubernetes provider is told to wait for, by annotations of the objects. */
import { ClusterWait } from '../model/cluster-wait';
import { Manifest, Metadata } from '../model/manifest';
import { JobWait } from './cluster-wait';

const SKIP_AWAIT = 'pulumi.com/skipAwait';
const WAIT_FOR = 'pulumi.com/waitFor';
const TIMEOUT = 'pulumi.com/timeoutSeconds';

type Annotations = Readonly<Record<string, string>>;

const NOT_AT_ALL: Annotations = { [SKIP_AWAIT]: 'true' };

/** What the wait for an object depends on. */
export interface Surroundings {
  /** All objects that are deployed with it. */
  readonly all: readonly Manifest[];
  /** Does another one of these wait for it? */
  readonly isNeeded: boolean;
  /** How far Jobs of brokers have to be; without it they are made, and not waited for. */
  readonly wait?: JobWait;
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

function waitFor(manifest: Manifest, { all, isNeeded, wait }: Surroundings): Annotations {
  // With an address it is ready, for the provider, when it has endpoints: their pods may be among those that wait.
  if (isService(manifest)) return isNeeded ? NOT_AT_ALL : {};
  // One is enough for the operator, and that of an architecture that no node has never runs.
  if (isOperator(manifest)) return all.filter(isOperator).length > 1 ? NOT_AT_ALL : {};
  if (isBrokerJob(manifest)) return wait ? waitForBrokers(manifest, wait) : NOT_AT_ALL;
  const seconds = isJob(manifest) ? secondsOf(manifest) : undefined;
  // As long as it may take, which can be more than the provider waits of itself.
  return seconds === undefined ? {} : { [TIMEOUT]: String(seconds) };
}

function waitForBrokers(job: Manifest, { until, seconds }: JobWait): Annotations {
  const bounded = { [TIMEOUT]: String(seconds) };
  switch (until) {
    case ClusterWait.CREATED:
      return NOT_AT_ALL;
    case ClusterWait.READY:
      return { ...bounded, [WAIT_FOR]: `jsonpath={.status.ready}=${specOf(job).parallelism ?? 1}` };
    case ClusterWait.COMPLETED:
      // The provider does so of itself.
      return bounded;
  }
}

function isService({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === 'v1' && kind === 'Service';
}

function isOperator({ apiVersion, kind, metadata }: Manifest): boolean {
  const isDeployment = apiVersion === 'apps/v1' && kind === 'Deployment';
  return isDeployment && metadata.labels?.['flux-framework.org/architecture'] !== undefined;
}

/** Others have Jobs of their own: Volcano's. */
function isJob({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === 'batch/v1' && kind === 'Job';
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
    readonly spec?: { readonly activeDeadlineSeconds?: number };
  };
}

function specOf({ spec }: Manifest): JobSpec {
  return spec ?? {};
}
