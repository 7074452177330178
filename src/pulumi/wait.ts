/** What `pulumi up` waits for, told to the Kubernetes provider by annotations of the objects. */
import * as pulumi from '@pulumi/pulumi';

import { Manifest, Metadata } from '../model/manifest';
import { Problem, Severity } from '../model/problems';
import { Rendered } from './rendered';

/** How far a cluster has to be before `pulumi up` goes on. */
export enum ClusterWait {
  /** Its objects are there: Kubernetes takes it from there. */
  CREATED = 'created',
  /** All its pods are ready. With `probes` that means that their brokers have joined. */
  READY = 'ready',
  /** Its Job has completed; one that fails, fails `pulumi up`. */
  COMPLETED = 'completed',
}

/** Arguments of components whose main object is a Job of brokers. */
export interface ClusterWaitArgs {
  /**
   * What `pulumi up` waits for when the cluster is made or changed.
   * @default ClusterWait.READY for a cluster that people submit to, ClusterWait.CREATED for one that runs a command, and
   * for one that is suspended or waits in a queue of Kueue
   */
  readonly wait?: pulumi.Input<ClusterWait>;
  /**
   * Seconds after which that wait fails `pulumi up`; the cluster stays.
   * @default 600
   */
  readonly waitSeconds?: pulumi.Input<number>;
}

/** The same, once it is known. */
export interface KnownWait {
  readonly wait?: ClusterWait;
  readonly waitSeconds?: number;
}

const SKIP_AWAIT = 'pulumi.com/skipAwait';
const WAIT_FOR = 'pulumi.com/waitFor';
const TIMEOUT = 'pulumi.com/timeoutSeconds';
const SKIP = { [SKIP_AWAIT]: 'true' };
const SECONDS = 600;
const WAITS: readonly unknown[] = Object.values(ClusterWait);

/** What is wrong with the arguments of a wait. */
function checkWait({ wait, waitSeconds }: KnownWait): Problem[] {
  const problem = (path: string, value: unknown, message: string, fix: string): Problem => ({
    code: 'PU001',
    severity: Severity.ERROR,
    path,
    value,
    message,
    fix,
  });
  return [
    ...(wait === undefined || WAITS.includes(wait)
      ? []
      : [problem('wait', wait, `must be one of ${WAITS.join(', ')}`, 'write one of them')]),
    ...(waitSeconds === undefined || (Number.isInteger(waitSeconds) && waitSeconds >= 1)
      ? []
      : [
          problem(
            'waitSeconds',
            waitSeconds,
            'must be a whole number of at least 1',
            'write the number of seconds',
          ),
        ]),
  ];
}

/** What an input says of when its Job starts. */
interface Starting {
  readonly suspend?: boolean;
  readonly queueName?: string;
}

/**
 * A renderer whose main object, a Job of brokers, is waited for as the arguments say.
 * @param isForSubmitters does it run until somebody ends it?
 */
export function renderAwaited<Input extends Starting>(
  render: (metadata: Metadata, input: Input) => Rendered,
  isForSubmitters: (input: Input) => boolean,
): (metadata: Metadata, spec: Input & KnownWait) => Rendered {
  return (metadata, { wait, waitSeconds, ...rest }) => {
    const input = rest as unknown as Input;
    const { manifests, problems } = render(metadata, input);
    const unfit = checkWait({ wait, waitSeconds });
    if (unfit.length > 0) return { manifests: [], problems: [...problems, ...unfit] };
    const starts = input.suspend !== true && input.queueName === undefined;
    const usual = starts && isForSubmitters(input) ? ClusterWait.READY : ClusterWait.CREATED;
    return {
      manifests: manifests.map((manifest) =>
        isBrokerJob(manifest) ? waitForJob(manifest, wait ?? usual, waitSeconds) : manifest,
      ),
      problems,
    };
  };
}

/**
 * An object with what the provider is to wait for, where that isn't what it does of itself.
 * @param others objects that are deployed with it
 * @param isNeeded does another one of these wait for it?
 */
export function withWait(manifest: Manifest, others: readonly Manifest[], isNeeded: boolean): Manifest {
  // With an address it is ready, for the provider, when it has endpoints: their pods may be among those that wait.
  if (isService(manifest)) return isNeeded ? annotated(manifest, SKIP) : manifest;
  // One is enough for the operator, and that of an architecture that no node has never runs.
  if (isOperator(manifest))
    return others.filter(isOperator).length > 1 ? annotated(manifest, SKIP) : manifest;
  if (isBrokerJob(manifest)) return annotated(manifest, SKIP);
  const seconds = manifest.kind === 'Job' ? secondsOf(manifest) : undefined;
  // As long as it may take, which can be more than the provider waits of itself.
  return seconds === undefined ? manifest : annotated(manifest, { [TIMEOUT]: String(seconds) });
}

/** How long a Job may take, or else each try of it. */
function secondsOf({ spec }: Manifest): number | undefined {
  interface Bounded {
    readonly activeDeadlineSeconds?: number;
  }
  const { activeDeadlineSeconds, template } = spec as Bounded & {
    readonly template: { readonly spec: Bounded };
  };
  return activeDeadlineSeconds ?? template.spec.activeDeadlineSeconds;
}

function isService({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === 'v1' && kind === 'Service';
}

function isOperator({ kind, metadata }: Manifest): boolean {
  return kind === 'Deployment' && metadata.labels?.['flux-framework.org/architecture'] !== undefined;
}

/** The Job of a cluster: its pods have labels as the operator's have. */
function isBrokerJob({ kind, spec }: Manifest): boolean {
  if (kind !== 'Job') return false;
  const { template } = spec as { readonly template: { readonly metadata?: Partial<Metadata> } };
  return template.metadata?.labels?.['hpa-selector'] !== undefined;
}

function waitForJob(job: Manifest, wait: ClusterWait, seconds = SECONDS): Manifest {
  const bounded = { [TIMEOUT]: String(seconds) };
  switch (wait) {
    case ClusterWait.CREATED:
      return annotated(job, SKIP);
    case ClusterWait.READY: {
      const { parallelism } = job.spec as { readonly parallelism: number };
      return annotated(job, { ...bounded, [WAIT_FOR]: `jsonpath={.status.ready}=${parallelism}` });
    }
    case ClusterWait.COMPLETED:
      // The provider does so of itself.
      return annotated(job, bounded);
  }
}

/** The annotations, unless the object has any such: then its writer knows better. */
function annotated(manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  const { metadata } = manifest;
  const own = Object.keys(metadata.annotations ?? {});
  if ([SKIP_AWAIT, WAIT_FOR, TIMEOUT].some((name) => own.includes(name))) return manifest;
  return { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}
