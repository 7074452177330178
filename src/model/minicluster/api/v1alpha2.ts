import { Container } from './container';
import { FluxOptions } from './flux-options';
import { Int32, Int64, PodSecurityContext, Quantity } from './kubernetes';

/**
 * The spec of a MiniCluster in v1alpha2, field for field. Fields without a tag exist since 0.2.0.
 *
 * Source: api/v1alpha2/minicluster_types.go of flux-framework/flux-operator, main of June 2026 (0d75cef8); what
 * the operator does with a field was read from what it renders.
 */
export interface MiniClusterSpec {
  /**
   * The containers of each pod. Exactly one runs Flux: a single one does by itself, of several mark it with
   * `runFlux`. With none or several marked the operator does nothing and says nothing (trap T71). It names that one
   * like the cluster (trap T55) and starts it through a script of its own. A container also gets the mounts of those
   * before it in the list (trap T29).
   * @listType atomic
   */
  readonly containers: readonly Container[];
  /**
   * Containers of one extra pod, `<name>-services`, that runs beside the cluster: a database, a registry. They run
   * their images as they are: `command` and `commands` are ignored, and so are tolerations, affinity, scheduler,
   * security context and deadline (trap T53). Their ports get no Service (trap T54).
   * @default - no such pod
   * @listType atomic
   */
  readonly services?: readonly Container[];
  /**
   * Names and placement on the network.
   * @default - the headless Service has the name of the cluster; pods prefer to be alone on a node
   */
  readonly network?: Network;
  /**
   * Labels of the Job object. They do not reach the pods; `pod.labels` does.
   * @default - none
   */
  readonly jobLabels?: Record<string, string>;
  /**
   * Keeps the brokers waiting for whoever connects with `flux proxy`. No command is run, not even one that is
   * given (trap T16); without any command a cluster is interactive in effect anyway. It lives until
   * `deadlineSeconds` have passed or somebody deletes it or shuts Flux down.
   * @default false
   */
  readonly interactive?: boolean;
  /**
   * Allows more than one container with `runFlux: true`: each runs a broker, and the brokers of one container over all pods
   * are a Flux instance of their own, on port 8050 and up. All of them book the whole nodes. No release has the field:
   * it is of the branch multiple-applications-per-pod (api/v1alpha2/minicluster_types.go, f380ce48). A
   * MultiApplicationCluster gives the same without an operator.
   * @default false
   * @since multiple-applications-per-pod
   * @until multiple-applications-per-pod
   */
  readonly oversubscribe?: boolean;
  /**
   * Options of Flux, shared by all brokers.
   * @default - those of the operator; written as `{}` it brings the defaults of its own fields
   */
  readonly flux?: FluxOptions;
  /**
   * What the entrypoint prints, and whether it stops at errors.
   * @default - everything is printed, errors are passed over
   */
  readonly logging?: Logging;
  /**
   * The archive that is loaded when the lead broker starts.
   * @default - none
   */
  readonly archive?: Archive;
  /**
   * Lets the containers of a pod see one another's processes. The services pod is not affected.
   * @default - false
   */
  readonly shareProcessNamespace?: boolean;
  /**
   * Deletes the MiniCluster, and with it all pods and logs, as soon as one pod of the namespace whose name begins
   * with `<name>-0` has succeeded or failed, even where retries are left (trap T69). Claims and their data stay.
   * @default false
   */
  readonly cleanup?: boolean;
  /**
   * Number of pods, each with one broker: completions and parallelism of the Job. At 0 the operator does nothing,
   * and a running cluster keeps its size. It is the only field whose change the operator follows, by `kubectl scale`
   * or an autoscaler too (trap T66), up to `maxSize`. The scripts stay as they were made: the `-N` of the command
   * keeps the first size.
   * @default 1
   */
  readonly size?: Int32;
  /**
   * The most pods that the cluster may be scaled to, fixed when the operator first sees the MiniCluster. The host
   * list and R are made for this many from the start. Less than `size` makes the operator ignore the whole
   * MiniCluster, also when `size` grows later; left out, a larger `size` is set back (trap T70).
   * @default - the size at the start, so that the cluster can only shrink
   */
  readonly maxSize?: Int32;
  /**
   * How often failed pods may be tried again before the Job fails. 0 is turned into 100, so 1 is the least that can
   * be said (trap T44); a negative number makes the operator ignore the whole MiniCluster (trap T71). Retries follow
   * only if the pods report failures at all (trap T14).
   * @default - 100, which up to 0.2.1 is fixed
   * @since main
   */
  readonly backoffLimit?: Int32;
  /**
   * Number of brokers that must be up before jobs start: the quorum. More than `size` or `maxSize` makes the
   * operator ignore the whole MiniCluster (trap T71). `tasks` is not adapted: a job that needs more nodes than are up
   * waits.
   * @default - the size
   */
  readonly minSize?: Int32;
  /**
   * Number of processes over all nodes, for the `flux submit` or `flux batch` of the command. The default is one
   * task on one node, whatever the size (trap T21). From `size` on, `-N <size>` is passed as well; below it Flux
   * chooses the nodes; 0 passes only `-N <size>`. A negative number is passed on, and Flux
   * refuses it. Launchers and interactive clusters ignore it (trap T20).
   * @default 1
   */
  readonly tasks?: Int32;
  /**
   * Seconds after which Kubernetes ends the Job and all its pods, counted from the start of the Job, waiting for nodes
   * included. 0 ends it at once (trap T45). The default is about a year: a cluster that hangs is not ended by it.
   * @default 31500000
   */
  readonly deadlineSeconds?: Int64;
  /**
   * Options of the pods.
   * @default - none
   */
  readonly pod?: PodOptions;
}

/** Names and placement on the network. */
export interface Network {
  /**
   * Name of the headless Service, and the subdomain of the pods' host names. Two clusters of a namespace must not
   * share it: the Service of the first selects only the first one's pods (trap T61). Up to 0.2.1 all clusters that
   * leave it out share one.
   * @default - the name of the cluster; `flux-service` up to 0.2.1
   * @defaultUntil 0.2.1 "flux-service"
   */
  readonly headlessName?: string;
  /**
   * Leaves out the affinity of the pods altogether, `pod.nodeAffinity` with it (trap T40). Then several pods may
   * land on one node, and each broker books all of its cores (trap T79).
   * @default - false: pods prefer a node for themselves, in one zone, but are not guaranteed it
   */
  readonly disableAffinity?: boolean;
}

/** What the entrypoint prints, and whether it stops at errors. */
export interface Logging {
  /**
   * Prints less, and sets the broker's log level to 0. In batch mode the errors of `flux start` are discarded too.
   * Only the last line of a hook of several lines is silenced (trap T13), and the init container prints the
   * certificate all the same (trap T65).
   * @default false
   */
  readonly quiet?: boolean;
  /**
   * Stops the entrypoint at the first error, so that a failed command is a failed pod. Without it the pods end with
   * success whatever Flux returned, and the Job is Complete (trap T14). With it the view must hold Python 3.11 under
   * /mnt/flux/view (unless `flux.container.disable` is set), `commands.post` is skipped after a failure, and a worker
   * whose first start fails does not try again (trap T15).
   * @default false
   */
  readonly strict?: boolean;
  /**
   * Adds `-vvv` to `flux submit` and `flux batch`; nothing else. Launchers and interactive clusters ignore it
   * (trap T20).
   * @default false
   */
  readonly debug?: boolean;
  /**
   * Switches on the overlay network's debug messages (`tbon.zmqdebug`).
   * @default false
   */
  readonly zeromq?: boolean;
  /**
   * Times Flux and the command with `/usr/bin/time`, which the image must have. Where it is missing the lead broker
   * never starts, and without `strict` its pod ends with success. Interactive clusters and workers are not timed.
   * @default false
   */
  readonly timed?: boolean;
}

/** The archive of a queue and its jobs. */
export interface Archive {
  /**
   * Path of the archive in the Flux container, a file that `flux dump` or `flux shutdown --dump` wrote. If it is there
   * at start it is restored; a missing one is no error. The operator never saves it (trap T17); MiniCluster and
   * MiniClusterJob of this library do (docs/state.md). A resource that is written by hand needs `commands.prefix` with
   * `-Scontent.dump=PATH` for a cluster that ends by itself, or a `lifeCycle.preStopExec` that shuts Flux down with a
   * dump for an interactive one. The path is pasted without quotes (trap T11).
   * @default - none
   */
  readonly path?: string;
}

/** Options of the pods of the Job; of the services pod only where a field says so. */
export interface PodOptions {
  /**
   * Annotations of the pods, the services pod included.
   * @default - none
   */
  readonly annotations?: Record<string, string>;
  /**
   * Labels of the pods, the services pod included. The operator writes over `app`, `namespace`,
   * `app.kubernetes.io/name` and `hpa-selector`, and with `services` over `job-name` (trap T41).
   * @default - none
   */
  readonly labels?: Record<string, string>;
  /**
   * `OnFailure` or `Never`, as in every Job, for the services pod too. With anything else Kubernetes rejects the Job,
   * and the operator tries again for ever without a word in the status (trap T39).
   * @default - OnFailure
   * @since 0.2.1
   */
  readonly restartPolicy?: string;
  /**
   * The service account, of the services pod too.
   * @default - the default account of the namespace
   */
  readonly serviceAccountName?: string;
  /**
   * The RuntimeClass, of the services pod too.
   * @default - none: the usual container runtime of the node
   * @since 0.2.1
   */
  readonly runtimeClassName?: string;
  /**
   * Mounts the token of the service account, in the services pod too. The operator always writes the field, so a
   * missing one means false, unlike in Kubernetes: pods that talk to the API server lose their
   * token without a word (trap T38).
   * @default - false; in 0.2.0, which writes nothing, Kubernetes mounts it
   * @since 0.2.1
   */
  readonly automountServiceAccountToken?: boolean;
  /**
   * The scheduler that places the pods.
   * @default - the default scheduler
   */
  readonly schedulerName?: string;
  /**
   * Labels that a node must have, for the services pod too.
   * @default - any node
   */
  readonly nodeSelector?: Record<string, string>;
  /**
   * Values that a node's labels must be among, by label: all labels have to match, and the operator `In` is the only
   * one. Dropped by `network.disableAffinity` (trap T40).
   * @default - any node
   * @since main
   */
  readonly nodeAffinity?: Record<string, readonly string[]>;
  /**
   * Taints that the pods bear.
   * @default - none
   * @since main
   * @listType atomic
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * How the pods resolve names, the services pod too. `Default` and `None` hide the names of the brokers from one
   * another (trap T56).
   * @default - ClusterFirst
   * @since main
   */
  readonly dnsPolicy?: string;
  /**
   * Shares the node's interprocess communication. There is no field for the node's network.
   * @default - false
   * @since main
   */
  readonly hostIPC?: boolean;
  /**
   * Shares the node's processes.
   * @default - false
   * @since main
   */
  readonly hostPID?: boolean;
  /**
   * Written as the overhead of the pods, not as requests or limits: without a RuntimeClass of exactly that overhead
   * no pod is ever made (trap T37). Use the resources of the containers.
   * @default - none
   */
  readonly resources?: Record<string, Quantity>;
  /**
   * Only `fsGroup` reaches the pods; all else is dropped without a word (trap T36).
   * @default - none
   * @since main
   */
  readonly securityContext?: PodSecurityContext;
}

/** A taint that the pods of the Job bear; the services pod does not. There is no `tolerationSeconds` (trap T43). */
export interface Toleration {
  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   * @default - all effects
   */
  readonly effect?: string;
  /**
   * Key of the taint.
   * @default - all keys, with the operator Exists
   */
  readonly key?: string;
  /**
   * `Exists` or `Equal`.
   * @default - Equal
   */
  readonly operator?: string;
  /**
   * Value of the taint, for the operator Equal.
   * @default - empty
   */
  readonly value?: string;
}
