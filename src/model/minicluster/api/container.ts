/**
 * A container of a MiniCluster, of apiVersion flux-framework.org/v1alpha2, with its commands and volumes.
 * The API server checks types only: what a text says is judged by the operator, by a shell or by nobody.
 */
import { Int32, ResourceRequirements, SecurityContext } from './kubernetes';

/**
 * A container: of each pod of the cluster in `containers`, of the one extra pod in `services`. Among
 * `containers` exactly one runs Flux; the others are sidecars. A sidecar that doesn't exit keeps its pod
 * running, so that the MiniCluster never completes (trap T24).
 */
export interface Container {
  /**
   * Takes `command` as the lines of a batch script, which the lead broker hands to `flux batch`. The script
   * is written by a shell's `echo` to `flux-job.batch` in the working directory, so that `$` and backticks
   * expand while it is written (trap T4), a double quote leaves the cluster up with nothing submitted
   * (trap T5), and a read-only or shared directory breaks it (trap T22). Not together with `launcher`: the
   * operator then ignores the whole MiniCluster. Only for the container that runs Flux.
   * @default - false: the command is submitted as one job
   */
  readonly batch?: boolean;

  /**
   * Leaves the lines of the batch script as they are. Without it `flux submit` is put before each line that
   * isn't empty, comments and `for` and `done` too (trap T6), and a wait for the queue follows the last.
   * Without `batch` it has no effect.
   * @default - false: each line is submitted as a job of its own
   */
  readonly batchRaw?: boolean;

  /**
   * What to run. In the container that runs Flux it is pasted between double quotes into a shell script,
   * and its words become the arguments of `flux submit` on the lead broker. A double quote inside leaves
   * the command empty or the script broken (trap T1); `$` and backticks expand in every pod before Flux is
   * up (trap T2); single quotes, pipes, `&&`, redirections and line breaks aren't understood (trap T3). A
   * sidecar's command is pasted into a script as it is, and that of a service is ignored (trap T53). Not
   * together with `commands.script` in the container that runs Flux.
   * @default - none: Flux waits for users interactively, and a wrapped sidecar ends at once (trap T50)
   */
  readonly command?: string;

  /**
   * Shell text for certain moments of the start. Services run none of it: `pre`, `brokerPre` and
   * `workerPre` there make the operator ignore the whole MiniCluster, the others are dropped (trap T53).
   * @default - none
   */
  readonly commands?: Commands;

  /**
   * Environment variables by name. The operator writes them in random order, so that `$(OTHER)` in a value
   * is replaced or not by chance, and a name that is in `secrets` too is listed twice (trap T42). A value
   * that isn't a string is refused by the API server (trap T76).
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * The image. It needs bash, unless it is a service's or `noWrapEntrypoint` is set. The default is an
   * example of upstream's under a moving tag (trap T73).
   * @default "ghcr.io/rse-ops/accounting:app-latest"
   */
  readonly image?: string;

  /**
   * When the kubelet pulls the image: `Always`, `IfNotPresent` or `Never`. Other text is passed on
   * unchecked, and `pullAlways` has precedence (trap T46).
   * @default - IfNotPresent, also for a tag `latest`
   * @since main
   */
  readonly imagePullPolicy?: string;

  /**
   * Name of a Secret with the credentials of the image's registry. Those of all `containers` are given to
   * both the cluster's pods and the services pod; one that is written on a service is ignored (trap T47).
   * @default - none but those of the service account
   */
  readonly imagePullSecret?: string;

  /**
   * The command submits its own jobs, as a workflow manager does: it runs as the initial program of Flux
   * on the lead broker and isn't submitted. `tasks`, `flux.optionFlags`, `flux.submitCommand` and
   * `logging.debug` have no effect then (traps T19, T20). Not together with `batch`: the operator then
   * ignores the whole MiniCluster.
   * @default - false: the command is submitted
   */
  readonly launcher?: boolean;

  /**
   * Programs that the kubelet runs in the container after its start and before its end.
   * @default - none
   */
  readonly lifeCycle?: LifeCycle;

  /**
   * Directory for the output of batch jobs, one file `job-N.out` and one `job-N.err` per submitted line; it
   * is created in each pod. The files stay in the lead broker's file system and don't reach the pod's log,
   * so it should be on a volume that lasts. It is pasted unquoted into a shell script (trap T11). Only
   * `batch` without `batchRaw` writes there.
   * @default - /tmp/fluxout, which is lost with the pod
   */
  readonly logs?: string;

  /**
   * The container's name. A sidecar or a service without it makes the operator ignore the whole MiniCluster.
   * The container that runs Flux gets the cluster's name instead, and a sidecar of that same name gets the
   * Job rejected (trap T55). A sidecar with ports gives its name to a Service (trap T61).
   * @default - the cluster's name for the container that runs Flux; the others need one
   */
  readonly name?: string;

  /**
   * A sidecar runs what its image starts by itself. `command` and `commands` are dropped then (trap T51).
   * Without it the image's own start is replaced by the operator's script, also where there is no command:
   * the sidecar then ends at once (trap T50). No effect on services and on the container that runs Flux.
   * @default - false: a sidecar runs the operator's script
   */
  readonly noWrapEntrypoint?: boolean;

  /**
   * TCP ports of the container. For a sidecar the operator also makes a Service called like the container:
   * with two ports or more it is rejected for want of port names, and the cluster never becomes ready
   * (trap T60); two clusters with a sidecar of one name share a Service that selects only the first
   * (trap T61). For services, and for the container that runs Flux, there is no Service (trap T54).
   * @default - none, and no Service
   * @listType atomic
   */
  readonly ports?: readonly Int32[];

  /**
   * Pulls the image at each start, whatever `imagePullPolicy` says (trap T46).
   * @default false
   */
  readonly pullAlways?: boolean;

  /**
   * CPU, memory and devices of this container, passed on as they are. Flux doesn't see the limits: it
   * counts all CPUs that it finds in the pod, so that clusters on one node overbook it (trap T79).
   * @default - nothing requested, nothing limited
   */
  readonly resources?: ResourceRequirements;

  /**
   * Flux runs in this container. Exactly one of `containers` must have it; with none or several the
   * operator does nothing and says nothing (trap T71). On a service it names a script that isn't there
   * (trap T53).
   * @default - true for an only container, otherwise false
   */
  readonly runFlux?: boolean;

  /**
   * Environment variables by name, each with a value out of a Secret. Their order is random too, and a name
   * that is in `environment` too is listed twice (trap T42).
   * @default - none
   */
  readonly secrets?: Record<string, SecretKey>;

  /**
   * User, privileges and profiles of this container, passed on as they are (up to 0.2.1 the only fields were
   * `privileged` and `addCapabilities`). Where Flux runs as another user than the init container, it can't
   * write its configuration, and without `logging.strict` it goes on without the certificate: set the same
   * `runAsUser` in `flux.container.securityContext` (trap T81).
   * @default - what the image and the cluster's policy say
   */
  readonly securityContext?: SecurityContext;

  /**
   * Volumes by name, and where they are mounted. A container also gets the volumes of those before it in
   * the list, secrets too, so the container with the most private ones belongs last; when a name occurs
   * twice, the mount of the first and the source of the last container win (trap T29); up to 0.2.1 the
   * later container mounts it twice, and the Job is rejected. The init container gets none of them
   * (trap T35).
   * @default - none
   */
  readonly volumes?: Record<string, ContainerVolume>;

  /**
   * Directory in which the container starts. One that doesn't exist is created as root's (trap T80). The
   * entrypoint searches the whole tree below it for libpython at each start of each pod, which lasts long
   * on a large shared file system (trap T23).
   * @default - the image's
   */
  readonly workingDir?: string;
}

/**
 * Shell text that the operator pastes into the script that starts a container. In the container that runs
 * Flux the order is `init`, `pre`, then `brokerPre` or `workerPre`, then Flux with `script` in it, then
 * `post`; in a wrapped sidecar `init`, `servicePre`, the command, `post`. With `logging.quiet` only the last
 * line of `init`, `pre`, `brokerPre`, `workerPre` and `servicePre` is silenced, and a text that ends in a
 * comment or a heredoc breaks (trap T13).
 */
export interface Commands {
  /**
   * Runs on the lead broker's pod only, after `pre`, before Flux starts. A sidecar ignores it (trap T52).
   * @default - none
   */
  readonly brokerPre?: string;

  /**
   * Runs first of all, in each pod: Flux isn't on the path yet. With `logging.strict` a failure ends the
   * container that runs Flux; a sidecar goes on, since its script becomes strict only afterwards.
   * @default - none
   */
  readonly init?: string;

  /**
   * Runs last, in each pod: after Flux has ended, or after a sidecar's command. Without `logging.strict` it
   * runs after a failure too, and the pod still ends with success unless this text exits otherwise
   * (trap T14); with it, a failure ends the script before it gets here.
   * @default - none
   */
  readonly post?: string;

  /**
   * Runs in each pod, after Flux is on the path and its configuration is in place, before `brokerPre` and
   * `workerPre`. A sidecar ignores it (trap T52).
   * @default - none
   */
  readonly pre?: string;

  /**
   * Words put between the options of `flux start` and what it runs, on the lead broker only, unquoted
   * (trap T11). A program there wraps the submission, not the job; an option there is one of `flux start`,
   * unless `logging.timed` puts another program before it (trap T17). No effect on a cluster without
   * command.
   * @default - none
   */
  readonly prefix?: string;

  /**
   * A bash script in place of `command`, saved as `/tmp/custom-entrypoint.sh` in each pod. It goes through
   * a heredoc that expands `$1`, `$VAR` and `$(...)` while it is saved, and a line `EOF` ends it (trap T7).
   * With `command` beside it the operator ignores the whole MiniCluster; with `batch` an empty job is
   * submitted (trap T8); on a sidecar it is saved and never run (trap T7).
   * @default - none: `command` runs
   * @since 0.2.1
   * @alsoIn multiple-applications-per-pod
   */
  readonly script?: string;

  /**
   * Runs in a wrapped sidecar, before it waits for the socket of Flux and starts its command. The container
   * that runs Flux ignores it.
   * @default - none
   */
  readonly servicePre?: string;

  /**
   * Runs on all pods but the lead broker's, after `pre`, before Flux starts. A sidecar ignores it
   * (trap T52).
   * @default - none
   */
  readonly workerPre?: string;
}

/**
 * Hooks of a container. Each is one program: the whole text is looked up as the program's name, so that
 * `sh -c 'x'` fails; give the path of an executable script, without arguments (trap T12).
 */
export interface LifeCycle {
  /**
   * Program that runs right after the start of the container, beside its script. A failure, also of a text
   * with blanks, kills the container (trap T12).
   * @default - none
   */
  readonly postStartExec?: string;

  /**
   * Program that runs before the container is stopped from outside, within the pod's grace period of 30
   * seconds; not when the container ends by itself. It is the only chance to shut Flux down in order, since
   * no signal reaches Flux (trap T86).
   * @default - none: after 30 seconds the brokers are killed
   */
  readonly preStopExec?: string;
}

/** One value in a Secret of the same namespace. The container doesn't start before it exists. */
export interface SecretKey {
  /** The key in the Secret's data. */
  readonly key: string;

  /** The Secret's name. */
  readonly name: string;
}

/**
 * Where a volume comes from and where it is mounted. One source should be set: of several the operator
 * takes the first of CSI driver, secret, empty directory, host path, ConfigMap and claim, and says nothing
 * (trap T35). With none it makes a claim without name, and the Job is rejected (trap T31).
 */
export interface ContainerVolume {
  /**
   * Name of an existing PersistentVolumeClaim of the same namespace. Without `path` beside it the operator
   * ignores the whole MiniCluster.
   * @default - no claim
   */
  readonly claimName?: string;

  /**
   * Name of an existing ConfigMap of the same namespace. The volume gets this name and the mount gets the
   * name of the entry in `volumes`: where they differ, the Job is rejected (trap T25). So one ConfigMap can
   * be mounted only once.
   * @default - no ConfigMap
   */
  readonly configMapName?: string;

  /**
   * Name of a CSI driver that makes a volume for each pod, inline. File system type and a Secret for the
   * driver can't be given (trap T33).
   * @default - no inline CSI volume
   * @since main
   */
  readonly csiDriver?: string;

  /**
   * Attributes that the CSI driver understands, by name. Without `csiDriver` they are ignored.
   * @default - none
   * @since main
   */
  readonly csiDriverAttributes?: Record<string, string>;

  /**
   * An empty directory that lives as long as its pod. It is always mounted at `/dev/shm`, writable: `path`
   * and `readOnly` are ignored, and a second one gets the Job rejected (trap T26).
   * @default false
   * @since 0.2.1
   * @alsoIn multiple-applications-per-pod
   */
  readonly emptyDir?: boolean;

  /**
   * What the empty directory is kept on. Lower-case `memory` is memory; anything else, Kubernetes' own
   * spelling `Memory` included, is the node's disk without a word (trap T27).
   * @default - the node's disk
   * @since 0.2.1
   * @alsoIn multiple-applications-per-pod
   */
  readonly emptyDirMedium?: string;

  /**
   * Largest size of the empty directory, a quantity as `64Mi` or `1Gi`. Any other text makes the operator
   * crash again and again, for all MiniClusters of the Kubernetes cluster (trap T28).
   * @default - none: as much as the medium allows
   * @since 0.2.1
   * @alsoIn multiple-applications-per-pod
   */
  readonly emptyDirSizeLimit?: string;

  /**
   * Directory of the node. It must exist on each node: for a missing one, a file, a device or a socket the
   * pod never starts (trap T32). Without `path` beside it the operator ignores the whole MiniCluster.
   * @default - no directory of the node
   */
  readonly hostPath?: string;

  /**
   * Which keys of the ConfigMap become files, each with the file's path below the mount. Files come without
   * permission to execute, and no mode can be given. Other sources than a ConfigMap ignore it (trap T34).
   * @default - all keys, each under its own name
   */
  readonly items?: Record<string, string>;

  /**
   * Where the container sees the volume, an absolute path. Only an empty directory does without, at its
   * fixed place (trap T26); a secret, ConfigMap or CSI volume without it passes the operator's check and
   * gets the Job rejected (trap T30).
   * @default - none; only `emptyDir` does without
   */
  readonly path?: string;

  /**
   * Mounts the volume without the right to write. An empty directory ignores it (trap T26), and a CSI
   * driver isn't told (trap T33).
   * @default false
   */
  readonly readOnly?: boolean;

  /**
   * Name of an existing Secret of the same namespace; each key becomes a file. Neither a choice of keys nor
   * a file mode can be given (trap T34), and the containers that follow in the list see it too (trap T29).
   * @default - no Secret
   */
  readonly secretName?: string;
}
