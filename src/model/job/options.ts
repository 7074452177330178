/** What a MiniClusterJob can be told beside the spec of a MiniCluster. */
import { Int32, Int64 } from '../minicluster/api/kubernetes';

/** Options of the Job and its pods that the operator has no field for. */
export interface MiniClusterJobOptions {
  /**
   * The oldest release of Kubernetes that this is to run on, as `1.31`. What newer releases can do is used where this
   * allows it: native sidecars from 1.29, a success policy from 1.31, image volumes from 1.35.
   * @default "1.28"
   */
  readonly kubernetes?: string;
  /**
   * Feature gates that are switched on there before their time: `SidecarContainers` (1.28),
   * `JobPodReplacementPolicy` (1.28), `JobSuccessPolicy` (1.30), `ImageVolume` (1.33).
   * @default - none
   */
  readonly featureGates?: readonly string[];
  /**
   * How often in a row the broker of a pod is started again when it ends within half a minute: a follower that lost its
   * lead, or the lead broker of an interactive cluster that was killed. It happens within the container, which is never
   * restarted for it; when the number is used up the pod fails.
   * @default 20
   */
  readonly brokerRestarts?: Int32;
  /**
   * Cores of each pod that Flux may plan with. Flux counts the cores of the node otherwise, whatever share of them the
   * pod has. More than the container may use count as those that it may use.
   * @default - the CPU limit of the Flux container in whole cores, at least 1; without a limit all cores of the node
   */
  readonly cores?: Int32;
  /**
   * Refuses to place two pods of the cluster on one node. Otherwise they only prefer nodes of their own.
   * @default false
   */
  readonly onePodPerNode?: boolean;
  /**
   * Seconds after its end when Kubernetes deletes the Job with its pods and their logs.
   * @default - never; 0 with `cleanup`
   */
  readonly ttlSecondsAfterFinished?: Int32;
  /**
   * What the Job makes of pods that fail, in place of the default. Only with `pod.restartPolicy` Never.
   * @default - pods that were evicted, preempted or lost with their node, or told to stop (exit code 143), are replaced
   * and don't count as failures
   */
  readonly podFailurePolicy?: PodFailurePolicy;
  /**
   * Seconds between the signal to stop and the kill: running jobs get `archive.drainSeconds`, Flux shuts down, and the
   * lead broker saves the archive.
   * @default - 30, and `archive.drainSeconds` on top
   */
  readonly terminationGracePeriodSeconds?: Int64;
  /**
   * Makes the Job without pods, until somebody sets `suspend` to false: `kubectl patch job NAME -p '{"spec":{"suspend":false}}'`.
   * Applied again the manifest suspends it again.
   * @default - false, or what Kueue decides
   */
  readonly suspend?: boolean;
  /**
   * Local queue of Kueue that starts the Job when there is room for all its pods (label `kueue.x-k8s.io/queue-name`).
   * @default - none
   */
  readonly queueName?: string;
  /**
   * Priority class of the pods.
   * @default - the default class of the Kubernetes cluster
   */
  readonly priorityClassName?: string;
  /**
   * Lets brokers find one another before their pods are ready. Without it a pod whose startup probe has not yet
   * succeeded can't be found, and the brokers that need one another for that wait for ever.
   * @default true
   */
  readonly publishNotReadyAddresses?: boolean;
  /**
   * TCP port of the brokers.
   * @default 8050
   */
  readonly port?: Int32;
  /**
   * Network interface that the brokers bind to. One that the pods don't have is fatal to them.
   * @default "eth0"
   */
  readonly networkInterface?: string;
  /**
   * Domain of the Kubernetes cluster, as `cluster.local`: brokers then find one another by full names, which takes fewer
   * questions to the DNS. It needs a namespace in the metadata.
   * @default - names within the namespace, which the resolver of the pods completes
   */
  readonly clusterDomain?: string;
  /**
   * Adds a NetworkPolicy: the port of the brokers is open to the pods of this cluster only, ports of the containers to
   * everybody, and nothing else is open. It needs a network plugin that enforces policies.
   * @default false
   */
  readonly networkPolicy?: boolean;
  /**
   * Adds probes that ask Flux: a startup probe that succeeds when the broker has joined, and a liveness probe that
   * fails when it no longer answers. Either ends the pod as a failure, which counts towards `backoffLimit`; without
   * probes a broker that waits for others waits as long as the Job may live.
   * @default false
   */
  readonly probes?: boolean;
}

/** What a Job makes of pods that fail, as Kubernetes has it (batch/v1). */
export interface PodFailurePolicy {
  /** The first rule that fits decides; a failure that fits none counts towards `backoffLimit`. */
  readonly rules: readonly PodFailurePolicyRule[];
}

/** One rule about pods that fail: by exit codes or by conditions of the pod. */
export interface PodFailurePolicyRule {
  /** `Ignore` (replace the pod, don't count), `Count`, or `FailJob`. */
  readonly action: string;
  /**
   * The exit codes that it is about.
   * @default - none
   */
  readonly onExitCodes?: PodFailureExitCodes;
  /**
   * The conditions of the pod that it is about.
   * @default - none
   */
  readonly onPodConditions?: readonly PodFailureCondition[];
}

/** Exit codes of containers. */
export interface PodFailureExitCodes {
  /**
   * The container; the one that runs Flux has the name of the cluster.
   * @default - all containers
   */
  readonly containerName?: string;
  /** `In` or `NotIn`. */
  readonly operator: string;
  /** The codes; never 0. */
  readonly values: readonly Int32[];
}

/** A condition of a pod. */
export interface PodFailureCondition {
  /** The condition, such as `DisruptionTarget`. */
  readonly type: string;
  /**
   * Its status.
   * @default "True"
   */
  readonly status?: string;
}
