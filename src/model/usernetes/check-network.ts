import { Report } from '../construct-rule';
import { isIntegerIn } from '../field-types';
import { isText } from '../fields';
import {
  KUBERNETES_BLOCKS,
  cidrsOverlap,
  contains,
  findMadeSubnets,
  findNodeBlock,
  isAddress,
  isAligned,
  isCidr,
  prefixOf,
} from './addresses';
import { DEFAULT_CIDR } from './defaults';
import { isId } from './ids';
import { Given } from './known';
import { checkOwnAddresses } from './own-addresses';
import { RULES } from './rules';
import { ContainerEngine, NetworkAccess } from './spec';

/** Of a region, or a local zone of it: `us-west-2-lax-1a`. */
const ZONE = /^[a-z]{2,}(?:-[a-z]+)+-[0-9]+(?:-[a-z]+-[0-9]+)?[a-z]$/;
/** What AWS takes as block of a VPC. */
const SHORTEST_PREFIX = 16;
const LONGEST_PREFIX = 28;
/** For private use (RFC 1918), and for carriers (RFC 6598), which AWS takes for private use, too. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
const OF_MADE = ['cidr', 'access', 'availabilityZone'];

/** What is wrong with the network, as far as nothing has to be looked up. */
export function checkNetwork(given: Given, report: Report): void {
  const [vpc, subnet] = ['network.vpcId', 'network.subnetId'].map((path) => given.has(path));
  const isExisting = vpc || subnet;
  if (isExisting) {
    if (!vpc) report(RULES.network, 'network.vpcId', undefined, 'is needed with subnetId');
    if (!subnet) report(RULES.network, 'network.subnetId', undefined, 'is needed with vpcId');
    for (const field of OF_MADE)
      if (given.has(`network.${field}`))
        report(
          RULES.network,
          `network.${field}`,
          given.at(`network.${field}`),
          'has no effect on a network that exists',
        );
    checkIds(given, report);
  }
  const zone = given.at('network.availabilityZone');
  if (isText(zone) && !ZONE.test(zone)) report(RULES.zone, 'network.availabilityZone', zone);
  if (given.at('network.access') === NetworkAccess.ENDPOINTS && given.at('image.baked') !== true)
    report(
      RULES.image,
      'image.baked',
      given.at('image.baked'),
      'must be true with NetworkAccess.ENDPOINTS',
      'bake an image, since nodes without a way out can install nothing; or take another access',
    );
  const hasFirst = checkFirstAddress(given, report);
  if (!isExisting) checkMade(given, hasFirst, report);
}

function checkIds(given: Given, report: Report): void {
  for (const [field, kind] of [
    ['vpcId', 'vpc'],
    ['subnetId', 'subnet'],
  ] as const) {
    const id = given.at(`network.${field}`);
    if (isText(id) && !isId(kind, id)) report(RULES.id, `network.${field}`, id);
  }
}

/** @returns whether the addresses of nodes can be computed from it */
function checkFirstAddress(given: Given, report: Report): boolean {
  const first = given.at('network.firstAddress');
  if (given.isLater('network.firstAddress')) return false;
  if (!isText(first)) return true;
  const maxNodes = mostNodes(given);
  const isFine = isAddress(first) && (maxNodes === undefined || isAligned(first, maxNodes));
  if (!isFine) report(RULES.firstAddress, 'network.firstAddress', first);
  return isFine;
}

/** Largest number of nodes that there will ever be, if it makes sense. */
function mostNodes(given: Given): number | undefined {
  const { nodes, maxNodes = nodes } = given.spec;
  return isIntegerIn(maxNodes, 1, 256) ? (maxNodes as number) : undefined;
}

function checkMade(given: Given, hasFirst: boolean, report: Report): void {
  const cidr = given.at('network.cidr') ?? DEFAULT_CIDR;
  if (!isText(cidr)) return;
  if (!isVpcBlock(cidr)) {
    const message = isCidr(cidr)
      ? `must have a prefix from /${SHORTEST_PREFIX} to /${LONGEST_PREFIX}`
      : undefined;
    report(RULES.cidr, 'network.cidr', cidr, message);
  } else if (KUBERNETES_BLOCKS.some((block) => cidrsOverlap(block, cidr)))
    report(RULES.overlap, 'network.cidr', cidr);
  else if (!PRIVATE.some((block) => contains(block, cidr)))
    report(
      RULES.cidr,
      'network.cidr',
      cidr,
      'must be for private use',
      `choose a block within ${PRIVATE.join(', ')}: nodes could not reach the owners of any other`,
    );
  else checkRoom(cidr, given, hasFirst, report);
}

function isVpcBlock(cidr: string): boolean {
  return isCidr(cidr) && isIntegerIn(prefixOf(cidr), SHORTEST_PREFIX, LONGEST_PREFIX);
}

function checkRoom(cidr: string, given: Given, hasFirst: boolean, report: Report): void {
  const maxNodes = mostNodes(given);
  if (maxNodes === undefined) return;
  const subnets = findMadeSubnets(cidr, maxNodes);
  if (!subnets) {
    report(RULES.room, 'network.cidr', cidr, `has no room for ${maxNodes} nodes`);
    return;
  }
  if (!hasFirst) return;
  const first = given.at('network.firstAddress');
  const address = isText(first) ? first : undefined;
  const block = findNodeBlock(subnets.nodes, maxNodes, address);
  const path = address === undefined ? 'network.cidr' : 'network.firstAddress';
  if (!block) report(RULES.room, path, address, `leaves no room for ${maxNodes} nodes in ${subnets.nodes}`);
  else checkOwnAddresses(block, given.spec.engine as ContainerEngine | undefined, path, report);
}
