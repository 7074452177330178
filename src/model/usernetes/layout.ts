/** What follows from what was looked up at AWS. */
import { NodeBlock, madeSubnets, nodeBlock } from './addresses';
import { DEFAULT_CIDR } from './defaults';
import { ClusterFacts, InstanceTypeFacts } from './facts';
import { Market, Placement, UsernetesClusterSpec } from './spec';

/** A network interface of each node. */
export interface InterfaceLayout {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  /** `interface`, `efa` (which has an address, too) or `efa-only`. */
  readonly type: string;
}

/** What follows from the facts. */
export interface NodeLayout {
  /** `amd64` or `arm64`. */
  readonly architecture: string;
  readonly efa: boolean;
  /** The first one is that with the node's address. */
  readonly interfaces: readonly InterfaceLayout[];
  /** Is a placement group of the strategy `cluster` made? */
  readonly clusterPlacement: boolean;
}

/** How EC2 calls the architectures for which there is Flux, and how we do. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', arm64: 'arm64' };

/** `amd64` or `arm64`, or undefined for all others. */
export function architectureOf({ architectures }: InstanceTypeFacts): string | undefined {
  return architectures.map((one) => ARCHITECTURES[one]).find((one) => one !== undefined);
}

/** What the facts lead to; they have passed checkFacts. */
export function layoutOf(facts: ClusterFacts, spec: UsernetesClusterSpec): NodeLayout {
  const { instanceType } = facts;
  const efa = spec.efa ?? instanceType.efaSupported;
  const isGroup = spec.placementGroup !== undefined;
  // EC2 places capacity blocks close together itself, and takes no placement group for them.
  const isBlock = spec.capacity?.market === Market.CAPACITY_BLOCK;
  const isCluster =
    spec.placement === undefined
      ? !isGroup && !isBlock && instanceType.placementStrategies.includes('cluster')
      : spec.placement === Placement.CLUSTER;
  return {
    architecture: architectureOf(instanceType) ?? '',
    efa,
    interfaces: efa ? efaInterfaces(instanceType) : [PRIMARY],
    clusterPlacement: isCluster,
  };
}

/** Local and wavelength zones have longer names: `us-east-1-atl-1a`. */
const ZONE_OF_REGION = /^[a-z]+(?:-[a-z]+)+-[0-9]+[a-z]$/;

/**
 * The zone that the nodes are in, undefined if it is left to choose and there is none. What is outside of the region's
 * own zones is only taken when it is asked for: other prices hold there, and not every service is there.
 */
export function zoneOf(
  { network }: UsernetesClusterSpec,
  { instanceType, subnet }: ClusterFacts,
): string | undefined {
  const first = instanceType.availabilityZones.find((zone) => ZONE_OF_REGION.test(zone));
  return subnet?.availabilityZone ?? network?.availabilityZone ?? first;
}

/**
 * The addresses of the nodes; the facts have passed checkFacts.
 * @throws RangeError if they do not fit
 */
export function nodeBlockOf(
  { nodes, maxNodes = nodes, network = {} }: UsernetesClusterSpec,
  { subnet }: ClusterFacts,
): NodeBlock {
  const { cidr = DEFAULT_CIDR, firstAddress } = network;
  return nodeBlock(subnet?.cidr ?? madeSubnets(cidr, maxNodes).nodes, maxNodes, firstAddress);
}

const PRIMARY: InterfaceLayout = { networkCardIndex: 0, deviceIndex: 0, type: 'interface' };

/**
 * One EFA on each network card that can have one.
 *
 * The interface with the node's address is device 0 of card 0; it can be `efa`, never `efa-only`. Every other card gets an
 * `efa-only`, which takes no address of the subnet
 * (docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html). It is device 1 as in the examples of AWS, and
 * device 0 on cards that take a single interface, as the odd ones of p6e-gb200: a device index must be below the card's
 * number of interfaces (github.com/eksctl-io/eksctl/issues/7520). Where a type has more cards than EFAs (p6-b300,
 * p6e-gb200), it is card 0 that has none: github.com/aws/aws-parallelcluster/issues/7143, and what ParallelCluster does
 * in add_network_interfaces.
 */
function efaInterfaces({
  networkCards,
  efaMaximumInterfaces,
}: InstanceTypeFacts): readonly InterfaceLayout[] {
  const cards = [...networkCards]
    .sort((one, other) => one.index - other.index)
    .filter(({ index }) => index > 0);
  const hasFirst = efaMaximumInterfaces > cards.length;
  return [
    { ...PRIMARY, type: hasFirst ? 'efa' : 'interface' },
    ...cards.slice(0, efaMaximumInterfaces).map(({ index, maximumInterfaces }) => ({
      networkCardIndex: index,
      deviceIndex: maximumInterfaces > 1 ? 1 : 0,
      type: 'efa-only',
    })),
  ];
}
