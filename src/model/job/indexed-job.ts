import { defined } from '../defined';
import { Manifest, Metadata } from '../manifest';
import { JobCluster } from './job-cluster';
import { REPLACEMENT_POLICY, SUCCESS_POLICY } from './kubernetes-version';
import { PodFailurePolicy } from './options';
import { DEFAULT_RESTART_POLICY } from './pod';

/** What start.sh ends with when the pod is told to stop: 128 and the number of SIGTERM. */
const TOLD_TO_STOP = 143;

/** What Kueue's labels begin with. */
export const KUEUE = 'kueue.x-k8s.io/';

/** Kueue's label for the queue that a Job waits in. */
const QUEUE_LABEL = `${KUEUE}queue-name`;

/** The Job with its pods. */
export function indexedJob(cluster: JobCluster, template: object): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: withLabels(cluster.metadata, jobLabels(cluster)),
    spec: jobSpec(cluster, template),
  };
}

export function withLabels(metadata: Metadata, labels: Record<string, string>): Metadata {
  return Object.keys(labels).length > 0 ? { ...metadata, labels } : metadata;
}

/** The labels of the Job itself. */
function jobLabels({ metadata, spec, options }: JobCluster): Record<string, string> {
  const { queueName } = options;
  return {
    ...metadata.labels,
    ...spec.jobLabels,
    ...(queueName !== undefined && { [QUEUE_LABEL]: queueName }),
  };
}

/** The spec of the Job. */
function jobSpec(cluster: JobCluster, template: object): object {
  const { spec, options, size } = cluster;
  const isNeverRestarted = (spec.pod?.restartPolicy ?? DEFAULT_RESTART_POLICY) === 'Never';
  return defined({
    completionMode: 'Indexed',
    completions: size,
    parallelism: size,
    // With OnFailure each restart of a container counts: Kubernetes' own default then.
    backoffLimit: spec.backoffLimit ?? (isNeverRestarted ? 0 : undefined),
    activeDeadlineSeconds: spec.deadlineSeconds,
    ttlSecondsAfterFinished: options.ttlSecondsAfterFinished ?? (spec.cleanup ? 0 : undefined),
    suspend: options.suspend,
    podFailurePolicy: isNeverRestarted ? podFailurePolicy(cluster) : undefined,
    // Two pods of one index would fight for one rank.
    podReplacementPolicy: !isNeverRestarted && cluster.target.has(REPLACEMENT_POLICY) ? 'Failed' : undefined,
    successPolicy: successPolicy(cluster),
    template,
  });
}

/** Pods that are lost or told to stop are replaced; that is no failure of the cluster. */
function podFailurePolicy({ broker, options }: JobCluster): object {
  if (options.podFailurePolicy) return withStatus(options.podFailurePolicy);
  return {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      {
        action: 'Ignore',
        onExitCodes: { containerName: broker.container, operator: 'In', values: [TOLD_TO_STOP] },
      },
    ],
  };
}

/** Kubernetes 1.28 has no default for the status of a condition. */
function withStatus({ rules }: PodFailurePolicy): object {
  return {
    rules: rules.map(({ onPodConditions, ...rule }) => ({
      ...rule,
      ...(onPodConditions && {
        onPodConditions: onPodConditions.map((condition) => ({ status: 'True', ...condition })),
      }),
    })),
  };
}

/** The Job is complete with its lead broker. Followers that have something to do after Flux are waited for. */
function successPolicy({ target, containers }: JobCluster): object | undefined {
  const hasWorkLeft = containers.some(({ container }) => container.commands?.post);
  if (!target.has(SUCCESS_POLICY) || hasWorkLeft) return undefined;
  return { rules: [{ succeededIndexes: '0' }] };
}
