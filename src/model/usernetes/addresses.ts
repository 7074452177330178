/** Which addresses nodes have, within which subnets. */
import { Address4 } from 'ip-address';

/** Addresses that Kubernetes uses on every node: of services and pods (kubeadm-config.yaml of usernetes), and of nodes. */
export const KUBERNETES_BLOCKS: readonly string[] = ['10.96.0.0/16', '10.244.0.0/16', '10.100.0.0/14'];

/** Addresses of Kubernetes' nodes within the container engines: a /29 for each slot and rank. */
export const NODE_SUBNETS = '10.100.0.0/14';

/** The addresses of a cluster's nodes: rank r has the r-th. */
export interface NodeBlock {
  /** What is reserved in the subnet: `10.0.16.32/27`. */
  readonly cidr: string;
  /** That of rank 0. */
  readonly firstAddress: string;
  /** By rank, as many as `maxNodes`. */
  readonly addresses: readonly string[];
}

/** Blocks of the subnets that are made. */
export interface MadeSubnets {
  /** Nodes. */
  readonly nodes: string;
  /** Endpoints of AWS' services. */
  readonly services: string;
  /** The NAT gateway. */
  readonly public: string;
}

/** A block of addresses as numbers: the first one, and how many. */
interface Range {
  readonly first: number;
  readonly size: number;
}

const CIDR = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}\/[0-9]{1,2}$/;
const ADDRESS_BITS = 32;

/** Is this an IPv4 block, written with its first address? */
export function isCidr(text: string): boolean {
  if (!CIDR.test(text) || !Address4.isValid(text)) return false;
  return new Address4(text).networkForm() === text;
}

/** Is this an IPv4 address? */
export function isAddress(text: string): boolean {
  return !text.includes('/') && Address4.isValid(text) && new Address4(text).correctForm() === text;
}

/** Length of the prefix: 16 for `10.0.0.0/16`. */
export function prefixOf(cidr: string): number {
  return new Address4(cidr).subnetMask;
}

/** Are there addresses in both of these blocks? */
export function cidrsOverlap(one: string, other: string): boolean {
  const [left, right] = [rangeOf(one), rangeOf(other)];
  return left.first < right.first + right.size && right.first < left.first + left.size;
}

/** Does the first block hold the other one? */
export function contains(outer: string, inner: string): boolean {
  const [left, right] = [rangeOf(outer), rangeOf(inner)];
  return left.first <= right.first && right.first + right.size <= left.first + left.size;
}

const LEAST_BLOCK = 16;

/** Addresses in the block that is reserved for nodes. */
export function blockSize(maxNodes: number): number {
  let size = LEAST_BLOCK;
  while (size < maxNodes) size *= 2;
  return size;
}

/** Does a block of nodes begin with this address? */
export function isAligned(address: string, maxNodes: number): boolean {
  return numberOf(address) % blockSize(maxNodes) === 0;
}

/**
 * The addresses of nodes in a subnet.
 *
 * @param subnet block of the subnet
 * @param firstAddress of rank 0; left out it is that of the second block of this size in the subnet, since AWS keeps the
 * first four addresses of a subnet and the last one (docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)
 * @returns undefined if they do not fit
 */
export function findNodeBlock(
  subnet: string,
  maxNodes: number,
  firstAddress?: string,
): NodeBlock | undefined {
  const { first, size } = rangeOf(subnet);
  const length = blockSize(maxNodes);
  const start = firstAddress === undefined ? first + length : numberOf(firstAddress);
  const end = start + maxNodes - 1;
  const last = first + size - 1;
  const isInside = start >= first + length && start + length - 1 <= last;
  if (start % length !== 0 || !isInside || end >= last) return undefined;
  return {
    cidr: cidrOf({ first: start, size: length }),
    firstAddress: addressOf(start),
    addresses: Array.from({ length: maxNodes }, (_, rank) => addressOf(start + rank)),
  };
}

/**
 * The addresses of nodes in a subnet that is known to have them.
 * @throws RangeError if it has not
 */
export function nodeBlock(subnet: string, maxNodes: number, firstAddress?: string): NodeBlock {
  const block = findNodeBlock(subnet, maxNodes, firstAddress);
  if (!block) throw new RangeError(`${maxNodes} nodes lie beyond ${subnet}`);
  return block;
}

const MOST_SERVICES = 256;
const LEAST_SUBNET = 16;
const PARTS = 16;

/**
 * The subnets of a VPC that is made: nodes in the second sixteenth of it, or in its second half if that is too small; the
 * others at its beginning. Of 10.0.0.0/16 none is 10.0.2.0/24, which rootless container engines use themselves.
 *
 * @returns undefined if they do not fit
 */
export function findMadeSubnets(vpc: string, maxNodes: number): MadeSubnets | undefined {
  const { first, size } = rangeOf(vpc);
  const part = [size / PARTS, size / 2].find(
    (length) =>
      length / 2 >= LEAST_SUBNET &&
      findNodeBlock(cidrOf({ first: first + length, size: length }), maxNodes) !== undefined,
  );
  if (part === undefined) return undefined;
  const small = Math.min(MOST_SERVICES, part / 2);
  return {
    nodes: cidrOf({ first: first + part, size: part }),
    services: cidrOf({ first: first + small, size: small }),
    public: cidrOf({ first, size: small }),
  };
}

/**
 * The subnets of a VPC that is known to have room for them.
 * @throws RangeError if it has not
 */
export function madeSubnets(vpc: string, maxNodes: number): MadeSubnets {
  const subnets = findMadeSubnets(vpc, maxNodes);
  if (!subnets) throw new RangeError(`${maxNodes} nodes lie beyond ${vpc}`);
  return subnets;
}

function rangeOf(cidr: string): Range {
  const block = new Address4(cidr);
  return { first: Number(block.startAddress().bigInt()), size: 2 ** (ADDRESS_BITS - block.subnetMask) };
}

function numberOf(address: string): number {
  return Number(new Address4(address).bigInt());
}

function addressOf(number: number): string {
  return Address4.fromInteger(number).correctForm();
}

function cidrOf({ first, size }: Range): string {
  return `${addressOf(first)}/${ADDRESS_BITS - Math.log2(size)}`;
}
