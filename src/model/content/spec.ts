import { FluxDistributeSpec, ProxySettings } from '../distribute';
import { ResourceRequirements } from '../minicluster/props';
import { NamedObject } from '../manifest';

/** Flux on the nodes, as the construct FluxDistribute hands it out. */
export interface DistributedFlux extends NamedObject {
  /**
   * Its namespace.
   * @default - that of the distribution
   */
  readonly namespace?: string;
  /**
   * Its options: folders, nodes and image count here.
   * @default - none
   */
  readonly spec?: FluxDistributeSpec;
}

/** A file or folder that is to be on every node. */
export interface ContentFile {
  /**
   * Where the lead's node downloads it from.
   * @default - it is at `path` already
   */
  readonly url?: string;
  /**
   * SHA-256 of what is downloaded; needed with `url`.
   * @default - what is at `path` is taken as it is
   */
  readonly sha256?: string;
  /**
   * File or folder on the lead's node, such as one on a file system that is mounted there.
   * @default - it is downloaded from `url`
   */
  readonly path?: string;
  /** Where it is put on the nodes: an absolute path, which is replaced if it is there. */
  readonly target: string;
  /**
   * Mode of the file, in octal.
   * @default '0644' for downloads, else what it has
   */
  readonly mode?: string;
}

/** containerd on the nodes. */
export interface Containerd {
  /**
   * Its socket.
   * @default - looked for where containerd, k3s and RKE2 have it
   */
  readonly address?: string;
  /**
   * Its program `ctr`.
   * @default - looked for beside the socket's kind
   */
  readonly program?: string;
  /**
   * The namespace of containerd in which the kubelet looks for images.
   * @default 'k8s.io'
   */
  readonly namespace?: string;
}

/** Container images and files for all nodes, with one pull from the outside. */
export interface ContentDistributionSpec {
  /** The Flux that carries them: a FluxDistribute of the same namespace. */
  readonly through: DistributedFlux;
  /**
   * Container images, each with a tag other than latest, or a digest. Pods that name them so start with
   * `imagePullPolicy: IfNotPresent` without a pull.
   * @default - none
   */
  readonly images?: readonly string[];
  /**
   * Files and folders.
   * @default - none
   */
  readonly files?: readonly ContentFile[];
  /**
   * The nodes that get them, as a host list of RFC 29: 'node-[0-9]'.
   * @default - all nodes of the Flux
   */
  readonly nodes?: string;
  /**
   * Is it kept up? Nodes that join later get it too, and nodes that have lost it get it again.
   * @default false
   */
  readonly keep?: boolean;
  /**
   * Seconds between two looks at the nodes, with `keep`.
   * @default 60
   */
  readonly checkSeconds?: number;
  /**
   * What a node receives in a second on average, as a quantity of bytes: '100M'.
   * @default - as much as the network gives
   */
  readonly bandwidth?: string;
  /**
   * How many nodes receive at the same time.
   * @default - all
   */
  readonly parallelism?: number;
  /**
   * A Secret of type kubernetes.io/dockerconfigjson for the registries.
   * @default - none: the images are public
   */
  readonly imagePullSecret?: NamedObject;
  /**
   * containerd on the nodes.
   * @default - found on each node
   */
  readonly containerd?: Containerd;
  /**
   * A proxy on the way to registries and files.
   * @default - that of the FluxDistribute
   */
  readonly proxy?: ProxySettings;
  /**
   * Seconds after which the Job gives up; without `keep`.
   * @default 3600
   */
  readonly deadlineSeconds?: number;
  /**
   * Resources of the pod that drives it.
   * @default - requests of 50m CPU and 64Mi memory
   */
  readonly resources?: ResourceRequirements;
}
