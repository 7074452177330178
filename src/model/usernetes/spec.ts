/** How a cluster with user-space Kubernetes on EC2 is described: what is known before anything is looked up at AWS. */
import { FluxMirror, FluxVersions, PackageLocks } from '../packages/spec';

/** Where user-space Kubernetes runs. */
export enum UsernetesMode {
  /** One Kubernetes over all nodes, up from the first boot on. */
  SYSTEM = 'system',
  /** One for each job that asks for it, on the nodes of that job, as long as the job runs. */
  BATCH = 'batch',
}

/** The rootless container engine that the nodes of Kubernetes run in. */
export enum ContainerEngine {
  DOCKER = 'docker',
  PODMAN = 'podman',
  NERDCTL = 'nerdctl',
}

/** How the nodes reach what is outside of their network, when the component makes it. */
export enum NetworkAccess {
  /** No address of a node can be reached from outside; a NAT gateway leads out. */
  NAT = 'nat',
  /** No way out at all, only endpoints of the AWS services that nodes need. The image must have everything installed. */
  ENDPOINTS = 'endpoints',
  /** Each node has a public address of its own (an Elastic IP). What may come in is still what `ingress` says. */
  PUBLIC = 'public',
}

/** How EC2 places the instances. */
export enum Placement {
  /** Close together, in a placement group of the strategy `cluster`. */
  CLUSTER = 'cluster',
  /** Anywhere in the availability zone. */
  NONE = 'none',
}

/** How EC2 sells the capacity. */
export enum Market {
  ON_DEMAND = 'on-demand',
  /** Spot instances, which EC2 may take back; each is then terminated, and made anew by the next `pulumi up`. */
  SPOT = 'spot',
  /** A capacity block for machine learning, which `reservationId` names. */
  CAPACITY_BLOCK = 'capacity-block',
}

/** What may come in from outside of the cluster. */
export interface IngressSpec {
  /** Addresses that may connect, as a CIDR block: `203.0.113.0/24`. */
  readonly cidr: string;
  /** First port. */
  readonly port: number;
  /**
   * Last port.
   * @default - the first one
   */
  readonly toPort?: number;
  /**
   * `tcp` or `udp`.
   * @default 'tcp'
   */
  readonly protocol?: string;
  /**
   * Why, for people who read the security group.
   * @default - the cluster's name
   */
  readonly description?: string;
  /**
   * Says in so many words that all the world may connect: `0.0.0.0/0` is an error without it.
   * @default false
   */
  readonly openToTheWorld?: boolean;
}

/** The network of the nodes: made by the component, or one that exists. */
export interface UsernetesNetworkSpec {
  /**
   * Addresses of the VPC that is made.
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;
  /**
   * How nodes of the VPC that is made reach what is outside.
   * @default NetworkAccess.NAT
   */
  readonly access?: NetworkAccess;
  /**
   * Availability zone of the nodes; they are always in one.
   * @default - the first one, by name, that offers the instance type; held from then on
   */
  readonly availabilityZone?: string;
  /**
   * A VPC that exists, with DNS support; `subnetId` is needed with it.
   * @default - one is made
   */
  readonly vpcId?: string;
  /**
   * The subnet of that VPC that the nodes are in. It needs a way to what nodes fetch: a NAT gateway or endpoints.
   * @default - one is made
   */
  readonly subnetId?: string;
  /**
   * Address of rank 0; rank r has the r-th after it. It begins a block of as many addresses as there are `maxNodes`,
   * rounded up to a power of two of at least 16, which is reserved in the subnet.
   * @default - the second such block of the subnet
   */
  readonly firstAddress?: string;
}

/** The image (AMI) that nodes start from. */
export interface NodeImageSpec {
  /**
   * Id of an image: Ubuntu, or made from it.
   * @default - the newest Ubuntu LTS when the cluster is made, held from then on
   */
  readonly id?: string;
  /**
   * Has it Flux, container engine and usernetes installed, as what UsernetesImage makes?
   * @default false
   */
  readonly baked?: boolean;
  /**
   * The engine that a baked image has; UsernetesImage says it. Another one than the cluster's is an error.
   * @default - not known: a node finds out at its boot
   */
  readonly engine?: ContainerEngine;
  /**
   * Has a baked image what EFA needs? UsernetesImage says it.
   * @default - not known: a node finds out at its boot
   */
  readonly efa?: boolean;
  /**
   * Has a baked image munge, as one whose Flux was compiled with flux-security? UsernetesImage says it.
   * @default - not known: a node finds out at its boot
   */
  readonly munge?: boolean;
  /**
   * Release of Ubuntu that is looked up.
   * @default '24.04'
   */
  readonly ubuntu?: string;
  /**
   * Any text. Another one looks the newest image up again, which replaces every node.
   * @default '1'
   */
  readonly renewal?: string;
}

/** The root volume of each node: gp3, encrypted. */
export interface NodeVolumeSpec {
  /**
   * Size in GiB.
   * @default 100
   */
  readonly size?: number;
  /**
   * Operations in a second, 3000 to 16000.
   * @default 3000
   */
  readonly iops?: number;
  /**
   * MiB in a second, 125 to 1000.
   * @default 125
   */
  readonly throughput?: number;
  /**
   * ARN of the key that encrypts it.
   * @default - the account's key for EBS
   */
  readonly kmsKeyId?: string;
}

/** Where the capacity comes from. */
export interface CapacitySpec {
  /**
   * How EC2 sells it.
   * @default Market.ON_DEMAND
   */
  readonly market?: Market;
  /**
   * Id of a capacity reservation or capacity block: `cr-…`.
   * @default - none, or any open one that fits
   */
  readonly reservationId?: string;
  /**
   * ARN of a resource group of capacity reservations.
   * @default - none
   */
  readonly reservationGroupArn?: string;
  /**
   * Highest price of a spot instance in US dollars an hour: `1.20`.
   * @default - that of on-demand instances
   */
  readonly maxPrice?: string;
}

/** A secret that exists, in place of one that is made. */
export interface SecretSpec {
  /** ARN of a secret of Secrets Manager (its text is the certificate), or of an SSM parameter of type SecureString. */
  readonly arn: string;
  /**
   * ARN of the key that encrypts it, if that is one of the account's own: the nodes get the right to decrypt with it.
   * @default - a key of AWS
   */
  readonly kmsKeyArn?: string;
}

/** The wait for the nodes, which `pulumi up` ends with. */
export interface WaitSpec {
  /**
   * Wait at all? Without, `pulumi up` ends when the instances exist.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Seconds until all nodes must be ready, 300 to 43200.
   * @default 2700
   */
  readonly timeout?: number;
}

/** Prices for the estimate, in US dollars. They differ by region and change: the component looks none up. */
export interface PricesSpec {
  /** One instance for an hour. */
  readonly instanceHour: number;
  /**
   * A GiB of gp3 for a month.
   * @default 0
   */
  readonly volumeGibMonth?: number;
  /**
   * A NAT gateway, endpoints and public addresses for an hour, all together.
   * @default 0
   */
  readonly networkHour?: number;
}

/** What is installed, and in which version. */
export interface UsernetesInstallSpec {
  /**
   * The rootless container engine that the nodes of Kubernetes run in.
   * @default ContainerEngine.DOCKER
   */
  readonly engine?: ContainerEngine;
  /**
   * Versions of Flux.
   * @default - the newest pair that is known
   */
  readonly versions?: FluxVersions;
  /**
   * The conda packages, down to each dependency.
   * @default - resolved once, by rank 0 or when an image is built; all nodes install the same, whenever they join
   */
  readonly locks?: PackageLocks;
  /**
   * Where packages and installer come from in a closed network.
   * @default - conda-forge and GitHub
   */
  readonly mirror?: FluxMirror;
  /**
   * Commit of rootless-containers/usernetes, 40 hexadecimal digits.
   * @default - the one that this version was written against
   */
  readonly usernetesCommit?: string;
}

/** A cluster of Flux with user-space Kubernetes on EC2. */
export interface UsernetesClusterSpec extends UsernetesInstallSpec {
  /**
   * Name of the cluster: host names are `<name>-<rank>`.
   * @default - the name of the Pulumi resource
   */
  readonly clusterName?: string;
  /** Nodes, from 1 to 256. */
  readonly nodes: number;
  /**
   * Nodes up to which the cluster may grow without any other node noticing: it fixes addresses and host list.
   * @default - nodes
   */
  readonly maxNodes?: number;
  /** Type of the instances: `hpc7g.4xlarge`. */
  readonly instanceType: string;
  /**
   * Where Kubernetes runs: over all nodes, or for each job.
   * @default UsernetesMode.SYSTEM
   */
  readonly mode?: UsernetesMode;
  /**
   * Elastic Fabric Adapter on every network card that has one.
   * @default - whether the instance type has it
   */
  readonly efa?: boolean;
  /**
   * How EC2 places the instances.
   * @default - Placement.CLUSTER if the instance type can be, and there is no placementGroup
   */
  readonly placement?: Placement;
  /**
   * Name of a placement group that exists.
   * @default - one is made, if placement asks for it
   */
  readonly placementGroup?: string;
  /**
   * The network.
   * @default - a private one is made
   */
  readonly network?: UsernetesNetworkSpec;
  /**
   * What may come in from outside.
   * @default - nothing
   */
  readonly ingress?: readonly IngressSpec[];
  /**
   * Ids of further security groups of the nodes, for what else they must reach from their first boot on.
   * @default - none
   */
  readonly securityGroupIds?: readonly string[];
  /**
   * The image that nodes start from.
   * @default - Ubuntu, on which the boot installs everything
   */
  readonly image?: NodeImageSpec;
  /**
   * The root volume.
   * @default - 100 GiB
   */
  readonly volume?: NodeVolumeSpec;
  /**
   * Where the capacity comes from.
   * @default - on demand
   */
  readonly capacity?: CapacitySpec;
  /**
   * The CURVE certificate of the brokers, if it exists.
   * @default - one is made, and stays the same
   */
  readonly certificate?: SecretSpec;
  /**
   * A munge key, if the image has a Flux that needs one (Flux with flux-security): true makes one.
   * @default false
   */
  readonly munge?: boolean;
  /**
   * The wait for the nodes.
   * @default - 45 minutes
   */
  readonly wait?: WaitSpec;
  /**
   * Prices for the estimate of the cost of an hour.
   * @default - no estimate
   */
  readonly prices?: PricesSpec;
  /**
   * Tags of everything that can have tags.
   * @default - Name and those of the library
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * ARN of a policy that bounds what the role of the nodes may ever do, as many accounts ask for.
   * @default - none
   */
  readonly permissionsBoundary?: string;
}
