/** Whether a cluster fits to what was looked up at AWS. */
import { Report, problemOf } from '../construct-rule';
import { treeOf } from '../field-types';
import { Problem } from '../problems';
import { isTree } from '../tree';
import { KUBERNETES_BLOCKS, cidrsOverlap, findNodeBlock } from './addresses';
import { DEFAULT_VOLUME_SIZE } from './defaults';
import { ClusterFacts, InstanceTypeFacts } from './facts';
import { architectureOf, zoneOf } from './layout';
import { checkOwnAddresses } from './own-addresses';
import { RULES } from './rules';
import { Market, Placement, UsernetesClusterSpec } from './spec';

/** All that does not fit; the spec has passed checkUsernetesCluster, and is known as a whole. */
export function checkFacts(spec: UsernetesClusterSpec, facts: ClusterFacts): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (...details) => problems.push(problemOf(...details));
  checkInstanceType(spec, facts.instanceType, report);
  checkImage(spec, facts, report);
  checkPlace(spec, facts, report);
  checkZone(spec, facts, report);
  return problems;
}

function checkInstanceType(spec: UsernetesClusterSpec, type: InstanceTypeFacts, report: Report): void {
  const architecture = architectureOf(type);
  const { architectures, virtualizationTypes } = type;
  if (architecture === undefined || !virtualizationTypes.includes('hvm'))
    report(RULES.architecture, 'instanceType', type.name, `is of ${architectures.join(' and ')}`);
  else checkPackagesFor(architecture, spec, report);
  if (spec.efa === true && !type.efaSupported) report(RULES.unsupported, 'efa', true);
  if (spec.efa === undefined && type.efaSupported && spec.image?.efa === false)
    report(
      RULES.ofImage,
      'efa',
      undefined,
      `is what ${type.name} has, and not in the image`,
      'write false, or make an image with efa',
    );
  const { placementStrategies, usageClasses } = type;
  if (spec.placement === Placement.CLUSTER && !placementStrategies.includes('cluster'))
    report(RULES.unsupported, 'placement', spec.placement);
  const market = spec.capacity?.market ?? Market.ON_DEMAND;
  if (!usageClasses.includes(market))
    report(
      RULES.unsupported,
      'capacity.market',
      market,
      undefined,
      `choose one of ${usageClasses.join(', ')}, or another instance type`,
    );
}

/** Locks and installers may be of one architecture only: that one it must be. */
function checkPackagesFor(
  architecture: string,
  { locks, mirror }: UsernetesClusterSpec,
  report: Report,
): void {
  const installer = treeOf(mirror?.installer);
  if (locks && treeOf(locks)[architecture] === undefined)
    report(RULES.required, `locks.${architecture}`, undefined);
  if (isTree(mirror?.installer) && installer[architecture] === undefined)
    report(RULES.required, `mirror.installer.${architecture}`, undefined);
}

function checkImage({ image, volume }: UsernetesClusterSpec, facts: ClusterFacts, report: Report): void {
  const { architecture, rootVolumeSize } = facts.image;
  if (!facts.instanceType.architectures.includes(architecture))
    report(
      RULES.imageArchitecture,
      'image.id',
      image?.id,
      `is an image of ${architecture}, and ${facts.instanceType.name} is of ${facts.instanceType.architectures.join(' and ')}`,
    );
  const { size = DEFAULT_VOLUME_SIZE } = volume ?? {};
  if (size < rootVolumeSize)
    report(
      RULES.rootVolume,
      'volume.size',
      size,
      `is smaller than the image, which has ${rootVolumeSize} GiB`,
    );
}

function checkPlace(spec: UsernetesClusterSpec, facts: ClusterFacts, report: Report): void {
  const { vpc, subnet } = facts;
  const { vpcId, subnetId, firstAddress } = spec.network ?? {};
  if (vpc && !vpc.dnsSupport) report(RULES.dns, 'network.vpcId', vpcId);
  const taken = vpc?.cidrs.find((cidr) => KUBERNETES_BLOCKS.some((block) => cidrsOverlap(cidr, block)));
  if (taken !== undefined)
    report(RULES.overlap, 'network.vpcId', vpcId, `has ${taken}, which overlaps addresses of Kubernetes`);
  if (!subnet) return;
  if (vpcId !== undefined && subnet.vpcId !== vpcId)
    report(RULES.otherVpc, 'network.subnetId', subnetId, `is a subnet of ${subnet.vpcId}`);
  const maxNodes = spec.maxNodes ?? spec.nodes;
  const block = findNodeBlock(subnet.cidr, maxNodes, firstAddress);
  if (block)
    checkOwnAddresses(
      block,
      spec.engine,
      firstAddress === undefined ? 'network.subnetId' : 'network.firstAddress',
      report,
    );
  else if (firstAddress === undefined)
    report(RULES.room, 'network.subnetId', subnetId, `has no room for ${maxNodes} nodes in ${subnet.cidr}`);
  else
    report(
      RULES.room,
      'network.firstAddress',
      firstAddress,
      `leaves no room for ${maxNodes} nodes in ${subnet.cidr}`,
    );
}

/** Zones differ in what they offer. */
function checkZone(spec: UsernetesClusterSpec, facts: ClusterFacts, report: Report): void {
  const { network } = spec;
  const { instanceType, subnet } = facts;
  const { name, availabilityZones } = instanceType;
  const zone = zoneOf(spec, facts);
  if (zone !== undefined && availabilityZones.includes(zone)) return;
  const fix = `choose one of ${availabilityZones.join(', ')}, or another instance type`;
  if (zone === undefined)
    report(
      RULES.unsupported,
      'instanceType',
      name,
      'is offered in no availability zone of the region',
      ['choose another instance type or region', ...availabilityZones.map(inLocalZone)].join(', or '),
    );
  else if (subnet)
    report(
      RULES.unsupported,
      'network.subnetId',
      network?.subnetId,
      `is in ${zone}, which has no ${name}`,
      fix,
    );
  else report(RULES.unsupported, 'network.availabilityZone', zone, `has no ${name}`, fix);
}

function inLocalZone(zone: string): string {
  return `network.availabilityZone: '${zone}'`;
}

/** What AWS has no answer for, in its own words. */
export function unanswered(path: string, value: unknown, answer: string): Problem {
  return problemOf(RULES.lookUp, path, value, `can't be looked up (${lastClause(answer)})`);
}

/** A problem if the zone that a network has been in does not have an instance type. */
export function zoneNotOffered(zone: string, { name, availabilityZones }: InstanceTypeFacts): Problem[] {
  if (availabilityZones.includes(zone)) return [];
  const message = `is not offered in ${zone}, where the network is`;
  const fix = `choose a type that ${zone} has, or give availabilityZone, which makes another network: ${availabilityZones.join(', ')} have it`;
  return [problemOf(RULES.unsupported, 'instanceType', name, message, fix)];
}

/** Providers wrap what AWS says in who asked what, several times. */
function lastClause(answer: string): string {
  const clauses = answer.split(/api error |\* /);
  return (clauses.at(-1) ?? '').trim().replace(/\s+/g, ' ');
}
