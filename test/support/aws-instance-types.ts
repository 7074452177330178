/** Instance types as EC2's DescribeInstanceTypes has them, as far as anything here asks. */

/** What differs between instance types. */
export interface InstanceTypeOfTests {
  readonly architecture: string;
  /** Interfaces that can be EFA. */
  readonly efa: number;
  readonly networkCards: number;
  readonly interfacesPerCard: number;
  readonly placementStrategies: readonly string[];
  readonly usageClasses: readonly string[];
}

const SPREAD = ['partition', 'spread'];
const CLUSTER = ['cluster', ...SPREAD];
const ON_DEMAND = ['on-demand'];
const SPOT_TOO = ['on-demand', 'spot'];
const ALL_CLASSES = ['capacity-block', 'on-demand', 'spot'];

/** By name: architecture, EFAs, network cards, interfaces on each of them, placement, classes. */
const TABLE: readonly (readonly [
  string,
  string,
  number,
  number,
  number,
  readonly string[],
  readonly string[],
])[] = [
  ['t3.medium', 'x86_64', 0, 1, 3, SPREAD, SPOT_TOO],
  ['m7i.large', 'x86_64', 0, 1, 3, CLUSTER, SPOT_TOO],
  ['m7g.xlarge', 'arm64', 0, 1, 4, CLUSTER, SPOT_TOO],
  ['c7g.large', 'arm64', 0, 1, 3, CLUSTER, SPOT_TOO],
  ['c5n.18xlarge', 'x86_64', 1, 1, 15, CLUSTER, SPOT_TOO],
  ['hpc6a.48xlarge', 'x86_64', 1, 1, 2, CLUSTER, ON_DEMAND],
  ['hpc6id.32xlarge', 'x86_64', 2, 2, 1, CLUSTER, ON_DEMAND],
  ['hpc7g.4xlarge', 'arm64', 1, 1, 4, CLUSTER, ON_DEMAND],
  ['p4d.24xlarge', 'x86_64', 4, 4, 15, CLUSTER, ALL_CLASSES],
  ['p5.48xlarge', 'x86_64', 32, 32, 2, CLUSTER, ALL_CLASSES],
  ['p6-b300.48xlarge', 'x86_64', 16, 17, 4, CLUSTER, ALL_CLASSES],
  ['mac2.metal', 'arm64_mac', 0, 1, 8, SPREAD, ON_DEMAND],
];

export const INSTANCE_TYPES: Readonly<Record<string, InstanceTypeOfTests>> = Object.fromEntries(
  TABLE.map(
    ([name, architecture, efa, networkCards, interfacesPerCard, placementStrategies, usageClasses]): [
      string,
      InstanceTypeOfTests,
    ] => [name, { architecture, efa, networkCards, interfacesPerCard, placementStrategies, usageClasses }],
  ),
);

/** What the provider's getInstanceType returns. */
export function describeInstanceType(
  instanceType: string,
  type: InstanceTypeOfTests,
): Record<string, unknown> {
  return {
    id: instanceType,
    instanceType,
    supportedArchitectures: [type.architecture],
    efaSupported: type.efa > 0,
    efaMaximumInterfaces: type.efa,
    defaultNetworkCardIndex: 0,
    maximumNetworkCards: type.networkCards,
    maximumNetworkInterfaces: type.networkCards * type.interfacesPerCard,
    networkCards: Array.from({ length: type.networkCards }, (_, index) => ({
      index,
      maximumInterfaces: type.interfacesPerCard,
    })),
    supportedPlacementStrategies: type.placementStrategies,
    supportedUsagesClasses: type.usageClasses,
    supportedVirtualizationTypes: ['hvm'],
    supportedRootDeviceTypes: ['ebs'],
  };
}
