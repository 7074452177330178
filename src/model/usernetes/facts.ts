/** What is looked up at AWS. */

/** A network card of an instance type. */
export interface NetworkCardFacts {
  readonly index: number;
  /** Network interfaces that can be on it. */
  readonly maximumInterfaces: number;
}

/** What EC2 says of an instance type (DescribeInstanceTypes). */
export interface InstanceTypeFacts {
  readonly name: string;
  /** `x86_64`, `arm64`, `i386`, `x86_64_mac`, `arm64_mac`. */
  readonly architectures: readonly string[];
  readonly efaSupported: boolean;
  readonly efaMaximumInterfaces: number;
  readonly networkCards: readonly NetworkCardFacts[];
  /** `cluster`, `partition`, `spread`. */
  readonly placementStrategies: readonly string[];
  /** `on-demand`, `spot`, `capacity-block`. */
  readonly usageClasses: readonly string[];
  /** `hvm`, `paravirtual`. */
  readonly virtualizationTypes: readonly string[];
  /** Those of the region that offer it, by name. */
  readonly availabilityZones: readonly string[];
}

/** What EC2 says of a VPC that exists. */
export interface VpcFacts {
  readonly id: string;
  /** All its IPv4 blocks. */
  readonly cidrs: readonly string[];
  readonly dnsSupport: boolean;
}

/** What EC2 says of a subnet that exists. */
export interface SubnetFacts {
  readonly id: string;
  readonly cidr: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
}

/** What EC2 says of an image. */
export interface ImageFacts {
  readonly id: string;
  /** `x86_64` or `arm64`. */
  readonly architecture: string;
  /** Name of its root volume: `/dev/sda1`. */
  readonly rootDeviceName: string;
  /** Size of its root volume in GiB. */
  readonly rootVolumeSize: number;
}

/** What is looked up at AWS; what the component makes itself is missing. */
export interface ClusterFacts {
  readonly instanceType: InstanceTypeFacts;
  readonly vpc?: VpcFacts;
  readonly subnet?: SubnetFacts;
  /** The image that was given, or the newest one. */
  readonly image: ImageFacts;
}
