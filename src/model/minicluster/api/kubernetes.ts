/**
 * Types of Kubernetes that the spec of a MiniCluster contains, with the fields that its definition has. Field
 * names and texts are Kubernetes' own; the API server checks the types, and the rest when pods are made.
 */

/** A whole number of 32 bits. */
export type Int32 = number;

/** A whole number of 64 bits. Above 2^53 TypeScript's numbers are no longer exact. */
export type Int64 = number;

/** A whole number for which the definition gives no width. */
export type WholeNumber = number;

/** An amount as Kubernetes writes it: `500m` (half a CPU), `2`, `4Gi` (bytes). */
export type Quantity = string;

/**
 * What a container is promised and what it may use, copied as it is. Flux counts all CPUs that the pod may
 * run on, not the limit: unless a pod has its node or its CPUs for itself, several pods of one node plan with
 * the same CPUs (trap T79).
 */
export interface ResourceRequirements {
  /**
   * The most that the container may use, by name: `cpu` in cores, `memory` and `ephemeral-storage` in bytes,
   * devices such as `nvidia.com/gpu` in pieces. Above its memory limit a container is killed, above its CPU
   * limit it is slowed down.
   * @default - no limit
   */
  readonly limits?: Record<string, Quantity>;

  /**
   * What a node must have free for the container, by the same names. For devices it must equal the limit.
   * @default - the limits
   */
  readonly requests?: Record<string, Quantity>;
}

/**
 * User and rights of one container, copied as it is. Releases up to 0.2.1 know `privileged` and
 * `addCapabilities` only.
 */
export interface SecurityContext {
  /**
   * Linux capabilities beyond those that the container runtime gives, such as `SYS_PTRACE`. Newer operators
   * don't have the field, and the API server drops it without a word unless the client asks for strict
   * checks: write `capabilities.add` there (trap T77).
   * @default - none
   * @until 0.2.1
   * @listType atomic
   */
  readonly addCapabilities?: readonly string[];

  /**
   * Whether a process may get more rights than its parent, as by setuid programs such as `sudo` and flux-imp.
   * `privileged` and the capability SYS_ADMIN allow it always; beside `privileged` false is refused.
   * @default - true
   * @since main
   */
  readonly allowPrivilegeEscalation?: boolean;

  /**
   * Linux capabilities to give and to take.
   * @default - those of the container runtime
   * @since main
   */
  readonly capabilities?: Capabilities;

  /**
   * Gives the container nearly all rights of root on the node, and the node's devices.
   * @default - false
   */
  readonly privileged?: boolean;

  /**
   * How /proc is mounted: `Default` hides and protects parts of it, `Unmasked` doesn't and needs a pod with a
   * user namespace, for which the MiniCluster has no field.
   * @default - Default
   * @since main
   */
  readonly procMount?: string;

  /**
   * Mounts the container's own file system read-only. The scripts of the operator write to /tmp, which fails
   * then unless a volume is mounted there.
   * @default - false
   * @since main
   */
  readonly readOnlyRootFilesystem?: boolean;

  /**
   * Group id of the processes.
   * @default - that of the image
   * @since main
   */
  readonly runAsGroup?: Int64;

  /**
   * Refuses to start the container as user 0, root. The image must name its user by number for that, or
   * `runAsUser` must be given.
   * @default - false
   * @since main
   */
  readonly runAsNonRoot?: boolean;

  /**
   * User id of the processes. It must be the same for the Flux container and for `flux.container`, as the
   * brokers otherwise find no folder for their certificate that they may write to (trap T81). The image
   * should know the user: the script asks for its name.
   * @default - that of the image
   * @since main
   */
  readonly runAsUser?: Int64;

  /**
   * SELinux label of the processes.
   * @default - chosen by the container runtime
   * @since main
   */
  readonly seLinuxOptions?: SeLinuxOptions;

  /**
   * Filter of system calls.
   * @default - that of the node, mostly none
   * @since main
   */
  readonly seccompProfile?: SeccompProfile;

  /**
   * Options for containers on Windows, where Flux doesn't run: the pods of a MiniCluster need Linux.
   * @default - none
   * @since main
   */
  readonly windowsOptions?: WindowsOptions;
}

/** Linux capabilities of a container, without the prefix `CAP_`: `SYS_PTRACE`, `NET_ADMIN`, or `ALL`. */
export interface Capabilities {
  /**
   * Capabilities to give beyond those of the container runtime.
   * @default - none
   */
  readonly add?: readonly string[];

  /**
   * Capabilities to take away. `ALL` here leaves just those of `add`.
   * @default - none
   */
  readonly drop?: readonly string[];
}

/** The four parts of an SELinux label. Nodes without SELinux ignore it. */
export interface SeLinuxOptions {
  /**
   * Level and categories, such as `s0:c123,c456`.
   * @default - chosen by the container runtime
   */
  readonly level?: string;

  /**
   * Role, such as `system_r`.
   * @default - chosen by the container runtime
   */
  readonly role?: string;

  /**
   * Type, such as `container_t`.
   * @default - chosen by the container runtime
   */
  readonly type?: string;

  /**
   * SELinux user, such as `system_u`; not the user of the processes.
   * @default - chosen by the container runtime
   */
  readonly user?: string;
}

/** A filter of system calls. */
export interface SeccompProfile {
  /**
   * Path of the profile's file on the node, relative to the kubelet's folder for profiles. Required where
   * `type` is `Localhost`, and forbidden otherwise.
   * @default - none
   */
  readonly localhostProfile?: string;

  /** `RuntimeDefault` (the container runtime's profile), `Localhost` (a file of the node) or `Unconfined`. */
  readonly type: string;
}

/**
 * Options for containers on Windows. Kubernetes refuses or ignores them on the Linux nodes that Flux needs.
 */
export interface WindowsOptions {
  /**
   * Text of the specification of a group Managed Service Account.
   * @default - none
   */
  readonly gmsaCredentialSpec?: string;

  /**
   * Name of a resource that holds that specification.
   * @default - none
   */
  readonly gmsaCredentialSpecName?: string;

  /**
   * Runs the container as a process of the node itself; all containers of a pod must agree.
   * @default - false
   */
  readonly hostProcess?: boolean;

  /**
   * Name of the Windows user of the processes.
   * @default - that of the image
   */
  readonly runAsUserName?: string;
}

/**
 * User and rights of all containers of a pod. Of all fields the operator copies `fsGroup` only, and only to
 * the pods of the Job; the API server accepts the others, and they are lost without a word (trap T36). Write
 * them to `securityContext` of the containers and of `flux.container`, where they are copied.
 */
export interface PodSecurityContext {
  /**
   * Id of a group that all processes belong to and that the files of a volume are given to, where the
   * volume's type allows it. The one field here that has any effect. The pod named `<name>-services` doesn't
   * get it.
   * @default - none
   */
  readonly fsGroup?: Int64;

  /**
   * Meant to say when the files are given to `fsGroup`: `Always` or `OnRootMismatch`. The operator doesn't
   * copy it, so that they are at each start, which takes long on large volumes.
   * @default - Always; no other value has an effect
   */
  readonly fsGroupChangePolicy?: string;

  /**
   * Meant as the group id of the processes. The operator doesn't copy it: write it at the containers.
   * @default - that of the image; it has no effect
   */
  readonly runAsGroup?: Int64;

  /**
   * Meant to refuse root. The operator doesn't copy it, and containers do run as root: write it at the
   * containers.
   * @default - false; it has no effect
   */
  readonly runAsNonRoot?: boolean;

  /**
   * Meant as the user id of the processes. The operator doesn't copy it: write it at the containers, and the
   * same at `flux.container` (trap T81).
   * @default - that of the image; it has no effect
   */
  readonly runAsUser?: Int64;

  /**
   * Meant as the SELinux label of the processes. The operator doesn't copy it: write it at the containers.
   * @default - chosen by the container runtime; it has no effect
   */
  readonly seLinuxOptions?: SeLinuxOptions;

  /**
   * Meant as the filter of system calls. The operator doesn't copy it: write it at the containers.
   * @default - that of the node; it has no effect
   */
  readonly seccompProfile?: SeccompProfile;

  /**
   * Meant as ids of further groups of the processes. The operator doesn't copy them, and containers have no
   * such field: beside `runAsGroup` of a container, only `fsGroup` can be had.
   * @default - those of the image; it has no effect
   */
  readonly supplementalGroups?: readonly Int64[];

  /**
   * Meant as kernel parameters of the pod. The operator doesn't copy them, and containers have no such field.
   * @default - those of the node; it has no effect
   */
  readonly sysctls?: readonly Sysctl[];

  /**
   * Meant as options for Windows. The operator doesn't copy them.
   * @default - none; it has no effect
   */
  readonly windowsOptions?: WindowsOptions;
}

/** A kernel parameter. A MiniCluster can name some, and the operator sets none of them (trap T36). */
export interface Sysctl {
  /** Name of the parameter, such as `net.core.somaxconn`. */
  readonly name: string;

  /** Value of the parameter, as text also where it is a number. */
  readonly value: string;
}
