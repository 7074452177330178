import { NamedObject } from '../manifest';
import { StagedPath } from '../staging/spec';
import { StateArchive } from '../state/spec';
import { ClaimObject } from '../storage/props';
import { Container, ContainerVolume } from './api/container';
import { MiniClusterSpec, PodOptions } from './api/v1alpha2';
import { OperatorVersion } from './operator-version';

/** Switches one rule off, with the reason on record. */
export interface Silence {
  /**
   * Code of the rule, as `MC065`. Where the library would mend what the rule is about, it leaves it as
   * written instead. Structural problems (MC100 to MC109) can't be silenced.
   */
  readonly code: string;
  /** Why it does not matter here. */
  readonly reason: string;
}

/**
 * Where the brokers' CURVE certificate comes from: an existing Secret in the same namespace.
 * Without it the operator makes a key of its own, which stands in a ConfigMap and in the logs (trap T65).
 */
export interface CertificateSource {
  /**
   * Name of the Secret.
   * @default - the name of `secret`; one of the two is needed
   */
  readonly secretName?: string;
  /**
   * The Secret as an object, of any cdk8s-plus.
   * @default - `secretName`
   */
  readonly secret?: NamedObject;
  /**
   * Key of the certificate within the Secret: a ZeroMQ certificate with public and secret key,
   * as `flux keygen` writes it.
   * @default "curve.cert"
   */
  readonly key?: string;
}

/** A volume whose source may be given as an object instead of a name. */
export interface VolumeInput extends ContainerVolume {
  /**
   * The claim, in place of `claimName`: a SharedVolume, or one of any cdk8s-plus. Its access modes are checked against the
   * pods that mount it.
   * @default - none
   */
  readonly claim?: ClaimObject;
  /**
   * The ConfigMap, in place of `configMapName`.
   * @default - none
   */
  readonly configMap?: NamedObject;
  /**
   * The Secret, in place of `secretName`.
   * @default - none
   */
  readonly secret?: NamedObject;
  /**
   * Mount this directory of the volume instead of all of it: a relative path. MiniClusterJob only: the operator has no
   * field for it.
   * @default - the whole volume
   */
  readonly subPath?: string;
}

/** A container whose volumes and pull secret may be given as objects. */
export interface ContainerInput extends Container {
  /**
   * Volumes by name. All containers of a pod share one list of mounts (trap T29).
   * @default - none
   */
  readonly volumes?: Record<string, VolumeInput>;
  /**
   * The pull secret, in place of `imagePullSecret`.
   * @default - none
   */
  readonly pullSecret?: NamedObject;
}

/** Pod options whose service account may be given as an object. */
export interface PodInput extends PodOptions {
  /**
   * The service account, in place of `serviceAccountName`.
   * @default - none
   */
  readonly serviceAccount?: NamedObject;
}

/** A MiniCluster for the operator: its spec, and what the library adds to it. */
export interface MiniClusterInput extends MiniClusterSpec {
  readonly containers: readonly ContainerInput[];
  /**
   * Containers of one extra pod beside the cluster.
   * @default - no such pod
   */
  readonly services?: readonly ContainerInput[];
  /**
   * Options of the pods.
   * @default - none
   */
  readonly pod?: PodInput;
  /**
   * The release, or build, that will run this MiniCluster: which fields exist, and which rules hold.
   * @default OperatorVersion.MAIN
   */
  readonly operatorVersion?: OperatorVersion;
  /**
   * Rules that do not apply here.
   * @default - none
   */
  readonly silence?: readonly Silence[];
  /**
   * The brokers' certificate from a Secret.
   * @default - the operator makes one, readable in a ConfigMap and in the logs
   */
  readonly certificate?: CertificateSource;
  /**
   * The archive of the queue and its jobs: restored at start, saved at the end (traps T17, T86).
   * @default - none: the queue starts empty and ends with the cluster
   */
  readonly archive?: StateArchive;
  /**
   * Files and folders that all nodes of the batch job get in folders of their own before its text runs. It needs `batch`
   * or `launcher` on the container that runs Flux.
   * @default - none
   */
  readonly staging?: readonly StagedPath[];
  /**
   * Ends the pods with the exit code of Flux, or of a `post` hook that fails after it, so that a failed run leaves a failed
   * Job. Followers are told by the lead
   * broker and fail with it, since a retried lead alone would wait for them for ever. Sets `backoffLimit: 1` and
   * `pod.restartPolicy: 'Never'` where they are not given, so that the first failure of several pods fails the Job and
   * their logs stay; with a higher limit the whole cluster is run again. Releases before main always retry up to
   * 100 pods.
   * @default false - the pods end with success whatever happened (trap T14)
   */
  readonly reportFailure?: boolean;
}
