/**
 * The spec of a MiniCluster of apiVersion flux-framework.org/v1alpha1, field for field, as the operator
 * served it until September 2023 (releases 0.1.0 and 0.1.1; last commit 76c4754f). Defaults of nested
 * fields are filled in by the API server, and only where the object around them is written.
 */
import { Int32, Int64, Quantity, ResourceRequirements, WholeNumber } from './kubernetes';
import { LifeCycle, SecretKey } from './container';
import { Bursting } from './flux-options';
import { Archive } from './v1alpha2';

/** What runs in the pods, how Flux is started there, and on which volumes. */
export interface MiniClusterV1Alpha1Spec {
  /**
   * The containers of each pod. Exactly one runs Flux: the only one, or the one with `runFlux: true`.
   * With none or several of them the operator does nothing and says nothing (trap T71).
   * @listType atomic
   */
  readonly containers: readonly V1Alpha1Container[];

  /**
   * Containers of one extra pod, `<name>-services`, beside the cluster. They run their image as it is:
   * command, commands, volumes and everything that belongs to Flux have no effect or break the pod
   * (trap T53).
   * @default - no extra pod
   * @listType atomic
   */
  readonly services?: readonly V1Alpha1Container[];

  /**
   * The headless Service by which the brokers find each other.
   * @default - a headless Service called flux-service
   */
  readonly network?: V1Alpha1Network;

  /**
   * Accounts that the entrypoint adds to the Flux container, and to the RESTful server where that runs.
   * Names and passwords are printed to the log of every pod.
   * @default - only the user that runs Flux
   * @listType atomic
   */
  readonly users?: readonly V1Alpha1User[];

  /**
   * Labels of the Job object; its pods take theirs from `pod.labels`.
   * @default - none
   */
  readonly jobLabels?: Record<string, string>;

  /**
   * Starts the brokers and leaves them to whoever connects. A command of the Flux container is never
   * run then: the brokers get an attribute that skips the initial program (trap T16).
   * @default false
   */
  readonly interactive?: boolean;

  /**
   * How Flux is configured and started.
   * @default - Flux below /usr, log level 6, first come first served
   */
  readonly flux?: V1Alpha1Flux;

  /**
   * Volumes that the operator creates, by name: a PersistentVolume of exactly that name, visible to the
   * whole Kubernetes cluster, and a claim `<name>-claim` in the namespace. Existing claims, ConfigMaps
   * and Secrets belong into `existingVolumes` of a container.
   * @default - none
   */
  readonly volumes?: Record<string, V1Alpha1Volume>;

  /**
   * What the entrypoint prints, and whether it stops at errors.
   * @default - everything is printed and errors don't stop the entrypoint
   */
  readonly logging?: V1Alpha1Logging;

  /**
   * A dump of an earlier cluster's state to start from. It is restored and never written: no release
   * of the operator saves it (trap T17).
   * @default - the cluster starts empty
   */
  readonly archive?: Archive;

  /**
   * One process namespace for all containers of a pod of the Job. The services pod doesn't get it.
   * @default - false
   */
  readonly shareProcessNamespace?: boolean;

  /**
   * The RESTful server that runs on the lead broker when there is neither a command nor `interactive`.
   * @default - cloned from the branch main, on port 5000, with a random token
   */
  readonly fluxRestful?: V1Alpha1Restful;

  /**
   * Deletes the MiniCluster, and with it pods, logs and claims, when a pod whose name starts with
   * `<name>-0` has succeeded or failed (trap T69).
   * @default false
   */
  readonly cleanup?: boolean;

  /**
   * Number of pods, each with one broker. 0 is ignored with a line in the operator's log. It can be
   * changed later, up to `maxSize`; no other field can (trap T66).
   * @default 1
   */
  readonly size?: Int32;

  /**
   * Number of brokers in the host list, and the limit of later scaling. Where it is more than `size`
   * the cluster starts as soon as `size` brokers are there; that number is given to Flux as a range
   * of ranks, which flux-core 0.51 and newer refuse.
   * @default - as size
   */
  readonly maxSize?: Int32;

  /**
   * Number of tasks of the submitted command or batch job, `-n`. From `size` up it comes with
   * `-N size`; below, Flux chooses the nodes. The default of one task leaves all other nodes idle
   * (trap T21). Launchers and interactive clusters ignore it.
   * @default 1
   */
  readonly tasks?: Int32;

  /**
   * Seconds after which Kubernetes stops the Job, counted from its start. 0 fails at once (trap T45).
   * @default 31500000
   */
  readonly deadlineSeconds?: Int64;

  /**
   * Labels, annotations and placement of the pods.
   * @default - none
   */
  readonly pod?: V1Alpha1Pod;
}

/** The network between the brokers. */
export interface V1Alpha1Network {
  /**
   * Name of the headless Service and subdomain of the pods. Two MiniClusters of one namespace that
   * leave it out share the Service of the first, whose selector leaves out the pods of the second:
   * the brokers of the second never find each other (trap T61).
   * @default "flux-service"
   */
  readonly headlessName?: string;
}

/** An account in the Flux container. */
export interface V1Alpha1User {
  /** Login name. The entrypoint pastes it into `useradd` without quotes. */
  readonly name: string;

  /**
   * Password of at most 8 bytes; a longer one makes the operator ignore the MiniCluster. It is in the
   * resource, in a ConfigMap and in the log of every pod.
   * @default - random, 8 characters
   */
  readonly password?: string;
}

/** What is printed, and whether errors stop the entrypoint. */
export interface V1Alpha1Logging {
  /**
   * Prints only what the command prints: no echo of the entrypoint's steps, log level 0, and the output
   * of hooks redirected, of which only the last line is (trap T13).
   * @default false
   */
  readonly quiet?: boolean;

  /**
   * Runs the entrypoint with `set -eEu -o pipefail`, from behind `commands.init`. A worker whose broker
   * ends with an error then ends instead of trying again after 15 seconds (trap T15), and
   * `commands.post` is skipped after a failure. Without `logging` it is off: the API server fills the
   * default in only where `logging` is written.
   * @default true
   */
  readonly strict?: boolean;

  /**
   * Adds `-vvv` to the submit or batch flags, and nothing else (trap T20).
   * @default false
   */
  readonly debug?: boolean;

  /**
   * Traces the connections of the overlay network (`-Stbon.zmqdebug=1`).
   * @default false
   */
  readonly zeromq?: boolean;

  /**
   * Measures `flux start` and the submit with `/usr/bin/time`, which the image must have.
   * @default false
   */
  readonly timed?: boolean;
}

/** What the pods look like to Kubernetes. */
export interface V1Alpha1Pod {
  /**
   * Annotations of the pods of the Job and of the services pod.
   * @default - none
   */
  readonly annotations?: Record<string, string>;

  /**
   * Labels of the pods. `namespace`, `app.kubernetes.io/name` and `hpa-selector` are overwritten
   * (trap T41).
   * @default - only those of the operator
   */
  readonly labels?: Record<string, string>;

  /**
   * Service account of the pods of the Job and of the services pod.
   * @default - default
   */
  readonly serviceAccountName?: string;

  /**
   * Labels that a node must have to run one of the pods.
   * @default - any node
   */
  readonly nodeSelector?: Record<string, string>;

  /**
   * Goes into the pods' `overhead`, not into requests or limits; since v1alpha1 can't name a
   * RuntimeClass, Kubernetes refuses all pods (trap T37). Write `resources` on the containers.
   * @default - none
   */
  readonly resources?: Record<string, Quantity>;
}

/** The RESTful server of Flux. */
export interface V1Alpha1Restful {
  /**
   * Branch of flux-framework/flux-restful-api that the lead pod clones from GitHub at its start.
   * @default "main"
   */
  readonly branch?: string;

  /**
   * Port of the server, and a container port of the Flux container whether or not the server runs.
   * @default 5000
   */
  readonly port?: Int32;

  /**
   * Key with which server and client sign. It is in the resource and in a ConfigMap as plain text.
   * @default - random
   */
  readonly secretKey?: string;

  /**
   * Name of the main user of the server.
   * @default - flux
   */
  readonly username?: string;

  /**
   * Token of the main user. It is in the resource, in a ConfigMap and in the log of the lead pod.
   * @default - random
   */
  readonly token?: string;
}

/** A PersistentVolume and its claim, both made by the operator, read-write for many nodes. */
export interface V1Alpha1Volume {
  /**
   * Directory on the node, for the storage class `hostpath`. Other classes ignore it: where the volume
   * is seen in a container is written there.
   */
  readonly path: string;

  /**
   * Labels of the PersistentVolume.
   * @default - none
   */
  readonly labels?: Record<string, string>;

  /**
   * Annotations of the PersistentVolume.
   * @default - none
   */
  readonly annotations?: Record<string, string>;

  /**
   * Annotations of the claim.
   * @default - none
   */
  readonly claimAnnotations?: Record<string, string>;

  /**
   * Attributes for the CSI driver.
   * @default - none
   */
  readonly attributes?: Record<string, string>;

  /**
   * What the CSI driver calls the volume.
   * @default - the storage class
   */
  readonly volumeHandle?: string;

  /**
   * Storage class of both. `hostpath` makes a directory on the node; each other name makes a CSI volume
   * that needs `driver` and `secret`. Claims carry no name of a volume: two volumes of one class may
   * get each other's.
   * @default "hostpath"
   */
  readonly storageClass?: string;

  /**
   * Name of the CSI driver; needed for each class but `hostpath`.
   * @default - none
   */
  readonly driver?: string;

  /**
   * Meant to decide whether the PersistentVolume is deleted with the cluster. The operator never deletes
   * it, and always asks Kubernetes to do so once the claim is gone (reclaim policy Delete).
   * @default true
   */
  readonly delete?: boolean;

  /**
   * Secret for the CSI driver, used to publish and to stage. Each class but `hostpath` needs one, or the
   * operator ignores the MiniCluster.
   * @default - none
   */
  readonly secret?: string;

  /**
   * Namespace of that Secret; not that of the MiniCluster unless it is written.
   * @default "default"
   */
  readonly secretNamespace?: string;

  /**
   * Capacity of the volume and request of the claim, as a quantity. Any other text makes the operator
   * crash, for every MiniCluster.
   * @default "5Gi"
   */
  readonly capacity?: string;
}

/** How Flux is configured and started. */
export interface V1Alpha1Flux {
  /**
   * Where Flux is installed in the image: the prefix of flux-imp and flux-shell.
   * @default "/usr"
   */
  readonly installRoot?: string;

  /**
   * Replaces `flux submit` before the command. The entrypoint adds `--quiet --watch`, which `flux run`
   * doesn't know. Launchers, raw batch texts and interactive clusters ignore it (trap T19). Releases 0.1.0
   * and 0.1.1 don't have it: it came with the last v1alpha1 commit, which fails on batch texts that aren't
   * raw.
   * @default - flux submit
   */
  readonly submitCommand?: string;

  /**
   * Wraps each broker, as in `flux start --wrap=strace,-f`.
   * @default - nothing
   */
  readonly wrap?: string;

  /**
   * How long a broker waits for a connection before it tries again (`tbon.connect_timeout`). Without
   * `flux` it isn't given, and Flux's own default holds.
   * @default "5s"
   */
  readonly connectTimeout?: string;

  /**
   * Flags for `flux submit` or `flux batch`, and the variable FLUX_OPTION_FLAGS, which the RESTful
   * server reads. Launchers and interactive clusters see the variable only (trap T20).
   * @default - none
   */
  readonly optionFlags?: string;

  /**
   * A Service for the lead broker alone instead of the headless one. It finds the lead by a label that
   * the operator adds to the running pod (trap T58), and no broker but the lead can be the parent of
   * others (trap T59).
   * @default - false
   */
  readonly minimalService?: boolean;

  /**
   * Level up to which the brokers log to stderr, 0 (emergencies) to 7 (debug). 0 is taken as 6;
   * `logging.quiet` gives 0.
   * @default 6
   */
  readonly logLevel?: Int32;

  /**
   * CURVE certificate of the brokers as text. It is in the resource, in the ConfigMap
   * `<name>-curve-mount` and in the logs; `curveCertSecret` is better (trap T65).
   * @default - generated by the operator
   */
  readonly curveCert?: string;

  /**
   * Secret with the CURVE certificate under the key `curve.cert`. Without `logging.quiet` each pod still
   * prints it.
   * @default - none
   */
  readonly curveCertSecret?: string;

  /**
   * What the scheduler does with its queue.
   * @default - first come, first served
   */
  readonly scheduler?: V1Alpha1Scheduler;

  /**
   * Secret that is mounted at /etc/munge. Its key must have the name of the Secret itself.
   * @default - the munge key of the image
   */
  readonly mungeSecret?: string;

  /**
   * Other clusters whose brokers join this one. A name and a size are needed for each of `clusters`: the
   * operator's defaults for them don't work (trap T63). The lead broker's entry is written correctly
   * here, unlike in v1alpha2, and the host list must hold this cluster as well.
   * @default - none
   */
  readonly bursting?: Bursting;

  /**
   * The whole broker.toml. It reaches the pods unchanged, and scheduler, lead broker and curve
   * certificate must then be written in it.
   * @default - generated
   */
  readonly brokerConfig?: string;
}

/** Options of the scheduler. */
export interface V1Alpha1Scheduler {
  /**
   * Queue policy of Fluxion: fcfs, easy, conservative or hybrid.
   * @default - fcfs
   */
  readonly queuePolicy?: string;
}

/** A container: the one that runs Flux, one beside it, or one of the services pod. */
export interface V1Alpha1Container {
  /**
   * Image. That of the Flux container must hold Flux, Fluxion, sudo, munge and bash, and start as root.
   * @default "ghcr.io/rse-ops/accounting:app-latest"
   */
  readonly image?: string;

  /**
   * Name; needed for each container that doesn't run Flux. The Flux container is called like the cluster
   * whatever is written here (trap T55).
   * @default - the name of the cluster, for the Flux container
   */
  readonly name?: string;

  /**
   * Cores per node that Flux may use: from 2 up `--cores=0-(N-1)` when resources are encoded. 1 is
   * ignored like 0, and Flux then takes all cores that the pod can see.
   * @default - all cores of the node
   */
  readonly cores?: Int32;

  /**
   * Directory in which the entrypoint and the command run. In the Flux container each pod lists it
   * recursively, gives it to the Flux user with all that is below it, and makes that writable for
   * everybody (`ls -R`, `chown -R`, `chmod -R 0777`).
   * @default - that of the image
   */
  readonly workingDir?: string;

  /**
   * Prints the state of the overlay, the attributes and the log of the broker instead of running the
   * command, and then sleeps for ever.
   * @default - false
   */
  readonly diagnostics?: boolean;

  /**
   * The user that runs Flux; it is added to the container unless it exists.
   * @default - flux with the number 1000
   */
  readonly fluxUser?: V1Alpha1FluxUser;

  /**
   * TCP ports. A container beside Flux also gets a Service that is called like the container, which
   * Kubernetes refuses when there are two ports or more (trap T60).
   * @default - none; the Flux container always has that of the RESTful server
   * @listType atomic
   */
  readonly ports?: readonly Int32[];

  /**
   * Environment variables. Their order is random, so `$(OTHER)` works by chance (trap T42).
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * Environment variables from Secrets: the variable's name, and where its value is.
   * @default - none
   */
  readonly secrets?: Record<string, SecretKey>;

  /**
   * Secret of type dockerconfigjson to pull the image with. Read from `containers` only, also for the
   * services pod (trap T47).
   * @default - none
   */
  readonly imagePullSecret?: string;

  /**
   * What to run. In the Flux container it is one argument of the entrypoint that is split at blanks and
   * never read by a shell: quotes stay, nothing is expanded but globs, operators become arguments
   * (trap T3). With `batch` it is the text of a script. A container beside Flux runs it only if it has
   * a hook as well, as a line of a script; without one it is dropped and the image runs as it is.
   * @default - the RESTful server, or nothing with interactive; the entrypoint of the image beside Flux
   */
  readonly command?: string;

  /**
   * Runs the command beside the lead broker, for a program that submits its own jobs.
   * @default - false
   */
  readonly launcher?: boolean;

  /**
   * Takes the command for the text of a batch script, which the lead broker writes to
   * `flux-job.batch` in the working directory with `echo "…"` (trap T4) and hands to `flux batch`.
   * @default - false
   */
  readonly batch?: boolean;

  /**
   * Leaves the lines of the batch text as they are; otherwise `flux submit` is put before each line that
   * isn't empty (trap T6). The last v1alpha1 operator (76c4754f) can't do that: its template fails, and
   * nothing starts.
   * @default - false
   */
  readonly batchRaw?: boolean;

  /**
   * Directory for the output of a batch text that isn't raw, and the variable FLUX_OUTPUT_DIR. It is
   * made and given to the Flux user, with all that is in it.
   * @default - /tmp/fluxout
   */
  readonly logs?: string;

  /**
   * Pulls the image at each start.
   * @default false
   */
  readonly pullAlways?: boolean;

  /**
   * Marks the container that runs Flux. A single container always does.
   * @default - false
   */
  readonly runFlux?: boolean;

  /**
   * Volumes of the spec's `volumes`, by their name there. Each container also gets the mounts of all
   * containers before it (trap T29). Services can't have any.
   * @default - none
   */
  readonly volumes?: Record<string, V1Alpha1ContainerVolume>;

  /**
   * Claims, ConfigMaps and Secrets that exist already. The key of a ConfigMap must be its name
   * (trap T25). Mounts accumulate as for `volumes`.
   * @default - none
   */
  readonly existingVolumes?: Record<string, V1Alpha1ExistingVolume>;

  /**
   * Hooks of the container's start and stop. Each is one program without arguments (trap T12).
   * @default - none
   */
  readonly lifeCycle?: LifeCycle;

  /**
   * Requests and limits. An invalid quantity makes the operator crash, for every MiniCluster. They don't
   * limit what Flux schedules: that is `cores` (trap T79).
   * @default - none
   */
  readonly resources?: ResourceRequirements;

  /**
   * Text that the entrypoint runs around Flux.
   * @default - none
   */
  readonly commands?: V1Alpha1Commands;

  /**
   * Privileges of the container. Always written, so that nothing set means not privileged.
   * @default - not privileged, nothing added
   */
  readonly securityContext?: V1Alpha1SecurityContext;
}

/** Privileges of a container. */
export interface V1Alpha1SecurityContext {
  /**
   * All rights on the node, as containers in containers need them.
   * @default - false
   */
  readonly privileged?: boolean;

  /**
   * Linux capabilities to add, such as SYS_PTRACE.
   * @default - none
   * @listType atomic
   */
  readonly addCapabilities?: readonly string[];
}

/** The user that runs Flux in the container. */
export interface V1Alpha1FluxUser {
  /**
   * Login name. The entrypoint adds the user, and gives it sudo without password.
   * @default "flux"
   */
  readonly name?: string;

  /**
   * Its number. 0 is taken as 1000; `commands.runFluxAsRoot` is the way to root.
   * @default 1000
   */
  readonly uid?: WholeNumber;
}

/**
 * Text that the entrypoint runs around Flux, as root. In the Flux container the order is init, pre,
 * brokerPre or workerPre, Flux, post; beside it init, brokerPre, workerPre, pre, the command, post.
 */
export interface V1Alpha1Commands {
  /**
   * Runs Flux as root, through sudo without a user, and doesn't add the Flux user.
   * @default false
   */
  readonly runFluxAsRoot?: boolean;

  /**
   * Put before `flux submit` or the launcher's command on the lead broker, before `flux broker` in
   * interactive clusters, and before `flux start` on workers: a program with its arguments, which runs
   * the rest.
   * @default - nothing
   */
  readonly prefix?: string;

  /**
   * Runs before anything else on each pod, also before strict mode is set.
   * @default - nothing
   */
  readonly init?: string;

  /**
   * Runs on each pod after the variables `fluxuser`, `fluxuid` and `asFlux` are set and before the Flux
   * user exists; it may set `asFlux` anew.
   * @default - nothing
   */
  readonly pre?: string;

  /**
   * Runs on each pod after its broker has ended. Its last command decides the exit code of the pod; in
   * strict mode it is skipped after a failure (trap T14).
   * @default - nothing
   */
  readonly post?: string;

  /**
   * Runs on workers before their broker starts. A container beside Flux runs it in each pod.
   * @default - nothing
   */
  readonly workerPre?: string;

  /**
   * Runs on the lead broker's pod before the broker starts. A container beside Flux runs it in each pod.
   * @default - nothing
   */
  readonly brokerPre?: string;
}

/** Where a container sees a volume of the spec. */
export interface V1Alpha1ContainerVolume {
  /** Path in the container. */
  readonly path: string;

  /**
   * Mounts it read-only.
   * @default false
   */
  readonly readOnly?: boolean;
}

/** A claim, ConfigMap or Secret that exists already. Exactly one of the three. */
export interface V1Alpha1ExistingVolume {
  /**
   * Path in the container. Without one Kubernetes refuses the Job (trap T30).
   * @default - none
   */
  readonly path?: string;

  /**
   * Name of a ConfigMap. The key of this volume must be the same name (trap T25).
   * @default - none
   */
  readonly configMapName?: string;

  /**
   * Keys of the ConfigMap and the file name for each.
   * @default - all keys, each under its own name
   */
  readonly items?: Record<string, string>;

  /**
   * Name of a claim.
   * @default - none
   */
  readonly claimName?: string;

  /**
   * Name of a Secret, all of whose keys become files.
   * @default - none
   */
  readonly secretName?: string;

  /**
   * Mounts it read-only.
   * @default false
   */
  readonly readOnly?: boolean;
}
