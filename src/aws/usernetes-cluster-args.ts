/** What UsernetesCluster takes: the model's fields, as inputs where a value may come from another resource. */
import * as pulumi from '@pulumi/pulumi';

import {
  ContainerEngine,
  Market,
  NetworkAccess,
  Placement,
  PricesSpec,
  UsernetesClusterSpec,
  UsernetesInstallSpec,
  UsernetesMode,
  WaitSpec,
} from '../model/usernetes/spec';
import { Same } from '../pulumi/same';

/** What may come in from outside of the cluster. */
export interface Ingress {
  /** Addresses that may connect, as a CIDR block: `203.0.113.0/24`. */
  readonly cidr: pulumi.Input<string>;
  /** First port. */
  readonly port: pulumi.Input<number>;
  /**
   * Last port.
   * @default - the first one
   */
  readonly toPort?: pulumi.Input<number>;
  /**
   * `tcp` or `udp`.
   * @default 'tcp'
   */
  readonly protocol?: pulumi.Input<string>;
  /**
   * Why, for people who read the security group.
   * @default - the cluster's name
   */
  readonly description?: pulumi.Input<string>;
  /**
   * Says in so many words that all the world may connect: `0.0.0.0/0` is an error without it.
   * @default false
   */
  readonly openToTheWorld?: pulumi.Input<boolean>;
}

/** The network of the nodes: made by the component, or one that exists. */
export interface UsernetesNetwork {
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
  readonly availabilityZone?: pulumi.Input<string>;
  /**
   * A VPC that exists, with DNS support; `subnetId` is needed with it.
   * @default - one is made
   */
  readonly vpcId?: pulumi.Input<string>;
  /**
   * The subnet of that VPC that the nodes are in. It needs a way to what nodes fetch: a NAT gateway or endpoints.
   * @default - one is made
   */
  readonly subnetId?: pulumi.Input<string>;
  /**
   * Address of rank 0; rank r has the r-th after it. It begins a block of as many addresses as there are `maxNodes`,
   * rounded up to a power of two of at least 16, which is reserved in the subnet.
   * @default - the second such block of the subnet
   */
  readonly firstAddress?: pulumi.Input<string>;
}

/** The image (AMI) that nodes start from. A UsernetesImage has one that fits, as its output `image`. */
export interface NodeImage {
  /**
   * Id of an image: Ubuntu, or made from it.
   * @default - the newest Ubuntu LTS when the cluster is made, held from then on
   */
  readonly id?: pulumi.Input<string>;
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
export interface NodeVolume {
  /**
   * Size in GiB.
   * @default 100
   */
  readonly size?: pulumi.Input<number>;
  /**
   * Operations in a second, 3000 to 16000.
   * @default 3000
   */
  readonly iops?: pulumi.Input<number>;
  /**
   * MiB in a second, 125 to 1000.
   * @default 125
   */
  readonly throughput?: pulumi.Input<number>;
  /**
   * ARN of the key that encrypts it.
   * @default - the account's key for EBS
   */
  readonly kmsKeyId?: pulumi.Input<string>;
}

/** Where the capacity comes from. */
export interface Capacity {
  /**
   * How EC2 sells it.
   * @default Market.ON_DEMAND
   */
  readonly market?: Market;
  /**
   * Id of a capacity reservation or capacity block: `cr-…`.
   * @default - none, or any open one that fits
   */
  readonly reservationId?: pulumi.Input<string>;
  /**
   * ARN of a resource group of capacity reservations.
   * @default - none
   */
  readonly reservationGroupArn?: pulumi.Input<string>;
  /**
   * Highest price of a spot instance in US dollars an hour: `1.20`.
   * @default - that of on-demand instances
   */
  readonly maxPrice?: pulumi.Input<string>;
}

/** A secret that exists, in place of one that is made. */
export interface StoredSecret {
  /** ARN of a secret of Secrets Manager (its text is the certificate), or of an SSM parameter of type SecureString. */
  readonly arn: pulumi.Input<string>;
  /**
   * ARN of the key that encrypts it, if that is one of the account's own: the nodes get the right to decrypt with it.
   * @default - a key of AWS
   */
  readonly kmsKeyArn?: pulumi.Input<string>;
}

/** What UsernetesCluster takes. */
export interface UsernetesClusterArgs extends UsernetesInstallSpec {
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
  readonly instanceType: pulumi.Input<string>;
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
  readonly placementGroup?: pulumi.Input<string>;
  /**
   * The network.
   * @default - a private one is made
   */
  readonly network?: UsernetesNetwork;
  /**
   * What may come in from outside.
   * @default - nothing
   */
  readonly ingress?: Ingress[];
  /**
   * Ids of further security groups of the nodes, for what else they must reach from their first boot on.
   * @default - none
   */
  readonly securityGroupIds?: pulumi.Input<string>[];
  /**
   * The image that nodes start from.
   * @default - Ubuntu, on which the boot installs everything
   */
  readonly image?: NodeImage;
  /**
   * The root volume.
   * @default - 100 GiB
   */
  readonly volume?: NodeVolume;
  /**
   * Where the capacity comes from.
   * @default - on demand
   */
  readonly capacity?: Capacity;
  /**
   * The CURVE certificate of the brokers, if it exists.
   * @default - one is made, and stays the same
   */
  readonly certificate?: StoredSecret;
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
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * ARN of a policy that bounds what the role of the nodes may ever do, as many accounts ask for.
   * @default - none
   */
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** Fails to compile when what is checked and rendered has a field that the arguments lack, or of another type. */
type Known = pulumi.Unwrap<UsernetesClusterArgs>;
export type ArgsFeedTheModel = Same<Known, UsernetesClusterSpec>;
export type NoFieldIsMissing = Same<Exclude<keyof UsernetesClusterSpec, keyof UsernetesClusterArgs>, never>;
