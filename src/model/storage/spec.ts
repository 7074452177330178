import { NamedObject } from '../manifest';

/** A directory of the nodes. */
export interface HostPathSource {
  /** The directory, an absolute path without `..`. */
  readonly path: string;
  /**
   * What must be there, as Kubernetes names it: `Directory` for one that exists, `DirectoryOrCreate` for one that may be
   * made (mode 0755, owned by root). Where the path is the mount of a shared file system, `Directory` of a folder within it
   * keeps pods from writing to the disk of a node that has not mounted it.
   * @default 'DirectoryOrCreate'
   */
  readonly type?: string;
}

/** A directory that an NFS server exports. */
export interface NfsSource {
  /** Host name or address of the server; the nodes look it up, not the pods. */
  readonly server: string;
  /** The exported directory, an absolute path. */
  readonly path: string;
  /**
   * Mount it read-only, whatever the pods say?
   * @default false
   */
  readonly readOnly?: boolean;
}

/** A Secret for a CSI driver. Any object with a name will do, and one of cdk8s-plus. */
export interface VolumeSecretReference extends NamedObject {
  /**
   * Namespace of the Secret.
   * @default - that of the volume's claim
   */
  readonly namespace?: string;
}

/** A volume that exists already in a storage system with a CSI driver. */
export interface CsiSource {
  /** Name of the driver: `efs.csi.aws.com`. */
  readonly driver: string;
  /**
   * What the driver knows the volume by: a file system, a bucket. Drivers that say so need it to differ between all
   * PersistentVolumes of the Kubernetes cluster.
   * @default - the name of the PersistentVolume, for drivers that are known to need no more than a unique text
   */
  readonly volumeHandle?: string;
  /**
   * Attributes that the driver understands, by name.
   * @default - none
   */
  readonly volumeAttributes?: Record<string, string>;
  /**
   * File system of a block device: `ext4`, `xfs`.
   * @default - the driver chooses
   */
  readonly fsType?: string;
  /**
   * Attach it read-only?
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * The Secret for attaching and detaching it.
   * @default - none
   */
  readonly controllerPublishSecretRef?: VolumeSecretReference;
  /**
   * The Secret for mounting it on a node.
   * @default - none
   */
  readonly nodeStageSecretRef?: VolumeSecretReference;
  /**
   * The Secret for mounting it into a pod.
   * @default - none
   */
  readonly nodePublishSecretRef?: VolumeSecretReference;
  /**
   * The Secret for making it larger.
   * @default - none
   */
  readonly controllerExpandSecretRef?: VolumeSecretReference;
  /**
   * The Secret for making its file system larger on a node.
   * @default - none
   */
  readonly nodeExpandSecretRef?: VolumeSecretReference;
}

/**
 * A volume that outlives pods and is shared by them. One of `hostPath`, `nfs`, `csi` and `existingClaim` says where it
 * comes from; without any of them its storage class makes it (dynamic provisioning).
 */
export interface SharedVolumeSpec {
  /**
   * A directory of the nodes: for minikube and kind, or where all nodes mount the same file system.
   * @default - none
   */
  readonly hostPath?: HostPathSource;
  /**
   * A directory of an NFS server.
   * @default - none
   */
  readonly nfs?: NfsSource;
  /**
   * A volume that exists already in a storage system with a CSI driver.
   * @default - none
   */
  readonly csi?: CsiSource;
  /**
   * Name of a claim that exists already in the namespace: nothing is rendered. `accessModes` may stand beside it, so that
   * they can be checked; nothing else may.
   * @default - none
   */
  readonly existingClaim?: string;
  /**
   * Size, a quantity as `100Gi`. A storage class makes the volume that large, so that it is required there; file systems
   * that grow by themselves take any. For a volume that exists already it is only a number that volume and claim have to agree
   * on: nothing limits what is written.
   * @default '1Gi' for hostPath, nfs and csi; required for a storage class
   */
  readonly capacity?: string;
  /**
   * How it may be mounted: ReadWriteMany, ReadOnlyMany (by many nodes), ReadWriteOnce (by one node), ReadWriteOncePod (by
   * one pod). The brokers of a cluster of several pods need ReadWriteMany or ReadOnlyMany.
   * @default - ReadWriteMany; ReadOnlyMany where the source is read-only; unknown for an existing claim
   */
  readonly accessModes?: readonly string[];
  /**
   * The storage class. For hostPath, nfs and csi it is a mere label on volume and claim, which are bound to each other by
   * name.
   * @default - the default class of the Kubernetes cluster; for hostPath, nfs and csi ''
   */
  readonly storageClassName?: string;
  /**
   * What becomes of the PersistentVolume once its claim is deleted: `Retain` keeps it, with all data. `Delete` tells a CSI
   * driver to delete what it holds, and is for csi only. What a storage class made follows the `reclaimPolicy` of the
   * class, Delete unless it says otherwise, and has none here.
   * @default 'Retain'
   */
  readonly reclaimPolicy?: string;
  /**
   * Options of the mount, of an NFS or CSI volume: `['nfsvers=4.1', 'hard']`. What a storage class made has those of the
   * class.
   * @default - none
   */
  readonly mountOptions?: readonly string[];
  /**
   * Labels of the nodes that can reach the volume, all of them needed: `topology.kubernetes.io/zone`, or
   * `kubernetes.io/hostname` for a directory of a single node. Pods that mount it are started there and nowhere else. It
   * can't be changed later.
   * @default - all nodes
   */
  readonly nodeSelector?: Record<string, string>;
}

/** How a container mounts a volume. */
export interface SharedVolumeMountOptions {
  /**
   * Without the right to write?
   * @default false; true if the volume can't be written
   */
  readonly readOnly?: boolean;
  /**
   * Mount this directory of the volume instead of all of it: a relative path, which is made if it is missing.
   * MiniClusterJob only: the operator has no field for it.
   * @default - the whole volume
   */
  readonly subPath?: string;
}

/**
 * A claim as an object, of any cdk8s-plus or a SharedVolume. What it says besides its name is checked against how it is
 * used; what it leaves out is not.
 */
export interface ClaimObject extends NamedObject {
  /**
   * The namespace that it is in, in which those must be that mount it.
   * @default - unknown
   */
  readonly namespace?: string;
  /**
   * How it may be mounted, as {@link SharedVolumeSpec.accessModes}.
   * @default - unknown
   */
  readonly accessModes?: readonly string[];
  /**
   * Is its file system known to lack a rename that replaces a file in one step?
   * @default false
   */
  readonly lacksRename?: boolean;
  /**
   * Is its file system known to lack locks (`flock`) that hold for other nodes?
   * @default false
   */
  readonly lacksLocking?: boolean;
}

/** Default of {@link SharedVolumeSpec.capacity} for volumes that exist already. */
export const DEFAULT_CAPACITY = '1Gi';
