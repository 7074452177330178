/** What only AWS knows of the input: looked up, checked as a whole, and needed by everything that is made. */
import * as ec2 from '@pulumi/aws/ec2';
import * as ssm from '@pulumi/aws/ssm';
import * as pulumi from '@pulumi/pulumi';

import { Problem } from '../model/problems';
import {
  ClusterFacts,
  DEFAULT_UBUNTU,
  ImageFacts,
  InstanceTypeFacts,
  NodeBlock,
  NodeLayout,
  SubnetFacts,
  UsernetesClusterSpec,
  VpcFacts,
  architectureOf,
  checkFacts,
  checkUsernetesCluster,
  layoutOf,
  nodeBlockOf,
  publicParameterOf,
  unanswered,
  zoneOf,
} from '../model/usernetes';
import { invalidArgs, stopAtProblems } from '../pulumi/invalid-args';

/** Input that fits, and what follows from it. */
export interface Found {
  readonly layout: NodeLayout;
  readonly block: NodeBlock;
  readonly availabilityZone: string;
  /** That which was given, or the newest one. */
  readonly image: ImageFacts;
  readonly instanceType: InstanceTypeFacts;
}

/**
 * Looks up the instance type, the network and the image.
 * @param subject of the error, if something does not fit
 * @returns an output that never becomes known if something does not fit: nothing that needs it is made then
 */
export function lookUp(
  subject: string,
  parent: pulumi.Resource,
  given: pulumi.Output<UsernetesClusterSpec>,
): pulumi.Output<Found> {
  return given.apply(async (spec) => {
    stopAtProblems(subject, checkUsernetesCluster(spec));
    const facts = await askFacts(subject, spec, { parent });
    stopAtProblems(subject, checkFacts(spec, facts));
    return foundOf(spec, facts);
  });
}

function foundOf(spec: UsernetesClusterSpec, facts: ClusterFacts): Found {
  return {
    layout: layoutOf(facts, spec),
    block: nodeBlockOf(spec, facts),
    availabilityZone: zoneOf(spec, facts) ?? '',
    image: facts.image,
    instanceType: facts.instanceType,
  };
}

/** All that is asked; the image last, since the newest one differs by the instance type's architecture. */
async function askFacts(
  subject: string,
  spec: UsernetesClusterSpec,
  options: pulumi.InvokeOptions,
): Promise<ClusterFacts> {
  const {
    instanceType: type,
    network: { vpcId, subnetId } = {},
    image: { id, ubuntu = DEFAULT_UBUNTU } = {},
  } = spec;
  const problems: Problem[] = [];
  const ask = async <T>(path: string, value: string, question: () => Promise<T>): Promise<T | undefined> =>
    question().catch((error: unknown) => {
      problems.push(unanswered(path, value, (error as Error).message));
      return undefined;
    });

  const [instanceType, vpc, subnet] = await Promise.all([
    ask('instanceType', type, () => askInstanceType(type, options)),
    vpcId === undefined ? undefined : ask('network.vpcId', vpcId, () => askVpc(vpcId, options)),
    subnetId === undefined
      ? undefined
      : ask('network.subnetId', subnetId, () => askSubnet(subnetId, options)),
  ]);
  const image =
    id === undefined
      ? instanceType && (await ask('image.ubuntu', ubuntu, () => askNewest(ubuntu, instanceType, options)))
      : await ask('image.id', id, () => askImage(id, options));
  if (!instanceType || !image || problems.length > 0) throw invalidArgs(subject, problems);
  return { ...(vpc && { vpc }), ...(subnet && { subnet }), instanceType, image };
}

async function askInstanceType(
  instanceType: string,
  options: pulumi.InvokeOptions,
): Promise<InstanceTypeFacts> {
  const filters = [{ name: 'instance-type', values: [instanceType] }];
  const [type, offers] = await Promise.all([
    ec2.getInstanceType({ instanceType }, options),
    ec2.getInstanceTypeOfferings({ locationType: 'availability-zone', filters }, options),
  ]);
  return {
    name: instanceType,
    architectures: type.supportedArchitectures,
    efaSupported: type.efaSupported,
    efaMaximumInterfaces: type.efaMaximumInterfaces,
    networkCards: type.networkCards.map(({ index, maximumInterfaces }) => ({ index, maximumInterfaces })),
    placementStrategies: type.supportedPlacementStrategies,
    usageClasses: type.supportedUsagesClasses,
    virtualizationTypes: type.supportedVirtualizationTypes,
    availabilityZones: [...offers.locations].sort(),
  };
}

async function askVpc(id: string, options: pulumi.InvokeOptions): Promise<VpcFacts> {
  const { cidrBlockAssociations, enableDnsSupport } = await ec2.getVpc({ id }, options);
  return { id, cidrs: cidrBlockAssociations.map(({ cidrBlock }) => cidrBlock), dnsSupport: enableDnsSupport };
}

async function askSubnet(id: string, options: pulumi.InvokeOptions): Promise<SubnetFacts> {
  const { cidrBlock, vpcId, availabilityZone } = await ec2.getSubnet({ id }, options);
  return { id, cidr: cidrBlock, vpcId, availabilityZone };
}

async function askNewest(
  ubuntu: string,
  type: InstanceTypeFacts,
  options: pulumi.InvokeOptions,
): Promise<ImageFacts> {
  // For types that no node can be of there is no image either: amd64 lets the check say so.
  const name = publicParameterOf(ubuntu, architectureOf(type) ?? 'amd64');
  const { insecureValue } = await ssm.getParameter({ name }, options);
  return askImage(insecureValue, options);
}

async function askImage(id: string, options: pulumi.InvokeOptions): Promise<ImageFacts> {
  const filters = [{ name: 'image-id', values: [id] }];
  const { architecture, rootDeviceName, blockDeviceMappings } = await ec2.getAmi(
    { filters, includeDeprecated: true },
    options,
  );
  const root = blockDeviceMappings.find(({ deviceName }) => deviceName === rootDeviceName);
  return { id, architecture, rootDeviceName, rootVolumeSize: Number(root?.ebs.volume_size ?? 0) };
}
