/** Addresses of nodes and blocks of subnets: their arithmetic is checked against one that counts. */
import * as fc from 'fast-check';
import { blockSize, madeSubnets, nodeBlock } from '../../../src/model/usernetes';
import {
  cidrsOverlap,
  contains,
  findMadeSubnets,
  findNodeBlock,
  isAddress,
  isCidr,
} from '../../../src/model/usernetes/addresses';

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** First and last number of a block. */
function boundsOf(cidr: string): [first: number, last: number] {
  const [address = '', prefix = ''] = cidr.split('/');
  return [numberOf(address), numberOf(address) + 2 ** (32 - Number(prefix)) - 1];
}

/** Blocks that begin with their own first address. */
const blocks = (shortest: number, longest: number): fc.Arbitrary<string> =>
  fc.tuple(fc.integer({ min: shortest, max: longest }), fc.nat(2 ** 32 - 1)).map(([prefix, number]) => {
    const size = 2 ** (32 - prefix);
    return `${textOf(Math.floor(number / size) * size)}/${prefix}`;
  });
const counts = fc.integer({ min: 1, max: 256 });

test('the nodes of a small cluster', () => {
  expect(nodeBlock('10.0.16.0/20', 3)).toEqual({
    cidr: '10.0.16.16/28',
    firstAddress: '10.0.16.16',
    addresses: ['10.0.16.16', '10.0.16.17', '10.0.16.18'],
  });
  expect(nodeBlock('10.0.16.0/20', 32).cidr).toBe('10.0.16.32/27');
  expect(nodeBlock('10.0.16.0/20', 3, '10.0.18.0').addresses).toEqual([
    '10.0.18.0',
    '10.0.18.1',
    '10.0.18.2',
  ]);
});

test.each([
  [1, 16],
  [16, 16],
  [17, 32],
  [32, 32],
  [33, 64],
  [256, 256],
])('%d nodes have a block of %d', (nodes, size) => {
  expect(blockSize(nodes)).toBe(size);
});

test('nodes beyond the subnet are an error', () => {
  expect(() => nodeBlock('10.0.0.0/28', 1)).toThrow('1 nodes lie beyond 10.0.0.0/28');
  expect(() => nodeBlock('10.0.0.0/24', 4, '10.0.1.0')).toThrow(RangeError);
  expect(() => madeSubnets('10.0.0.0/27', 1)).toThrow('1 nodes lie beyond 10.0.0.0/27');
});

test('subnets of the default network', () => {
  expect(madeSubnets('10.0.0.0/16', 256)).toEqual({
    nodes: '10.0.16.0/20',
    public: '10.0.0.0/24',
    services: '10.0.1.0/24',
  });
});

test('nodes whose last address is the last one of a sixteenth have the half of the VPC', () => {
  expect(madeSubnets('10.0.0.0/21', 63).nodes).toBe('10.0.0.128/25');
  expect(madeSubnets('10.0.0.0/21', 64).nodes).toBe('10.0.4.0/22');
});

test('nodes have addresses that AWS leaves to us, in a block of their own that lies in the subnet', () => {
  fc.assert(
    fc.property(blocks(16, 28), counts, (subnet, maxNodes) => {
      const block = findNodeBlock(subnet, maxNodes);
      const [first, last] = boundsOf(subnet);
      const size = blockSize(maxNodes);
      const hasRoom = first + size + maxNodes - 1 < last && first + 2 * size - 1 <= last;
      expect(block !== undefined).toBe(hasRoom);
      if (!block) return;
      const [start, end] = boundsOf(block.cidr);
      expect([start, end]).toEqual([first + size, first + 2 * size - 1]);
      const numbers = block.addresses.map(numberOf);
      expect(numbers).toEqual(Array.from({ length: maxNodes }, (_, rank) => start + rank));
      expect(block.firstAddress).toBe(block.addresses[0]);
      expect(numbers.every((one) => one > first + 3 && one < last && one <= end)).toBe(true);
    }),
  );
});

test('any address of rank 0 that begins a block of its own is taken, and no other', () => {
  fc.assert(
    fc.property(blocks(20, 27), counts, fc.nat(2000), (subnet, maxNodes, offset) => {
      const [first, last] = boundsOf(subnet);
      const start = Math.min(first + offset, 2 ** 32 - 1);
      const size = blockSize(maxNodes);
      const fits =
        start % size === 0 &&
        start >= first + size &&
        start + size - 1 <= last &&
        start + maxNodes - 1 < last;
      expect(findNodeBlock(subnet, maxNodes, textOf(start)) !== undefined).toBe(fits);
    }),
  );
});

test('a growing cluster keeps the addresses that it has', () => {
  fc.assert(
    fc.property(blocks(16, 22), fc.integer({ min: 1, max: 256 }), (subnet, maxNodes) => {
      const { addresses } = nodeBlock(subnet, maxNodes);
      expect(nodeBlock(subnet, maxNodes).addresses).toEqual(addresses);
      expect(new Set(addresses).size).toBe(maxNodes);
    }),
  );
});

test('subnets that are made lie in the VPC, apart from one another, and have room', () => {
  fc.assert(
    fc.property(blocks(16, 28), counts, (vpc, maxNodes) => {
      const subnets = findMadeSubnets(vpc, maxNodes);
      const [first, last] = boundsOf(vpc);
      if (!subnets) {
        // Not even half of it has room for two blocks and the address that AWS keeps, or the rest of it for two subnets.
        const half = (last - first + 1) / 2;
        expect(half < 32 || half < 2 * blockSize(maxNodes) || maxNodes === half / 2).toBe(true);
        return;
      }
      const bounds = Object.values(subnets as unknown as Record<string, string>)
        .map(boundsOf)
        .sort(([one], [other]) => one - other);
      bounds.forEach(([start, end], index) => {
        expect(start >= first && end <= last && end - start + 1 >= 16).toBe(true);
        expect(
          (start % (end - start + 1)) + (index > 0 && start <= (bounds[index - 1]?.[1] ?? 0) ? 1 : 0),
        ).toBe(0);
      });
      expect(findNodeBlock(subnets.nodes, maxNodes)).toBeDefined();
    }),
  );
});

test('blocks overlap if and only if they share an address', () => {
  fc.assert(
    fc.property(blocks(8, 28), blocks(8, 28), fc.boolean(), (one, other, near) => {
      const second = near ? `${one.split('/')[0] ?? ''}/${other.split('/')[1] ?? ''}` : other;
      if (!isCidr(second)) return;
      const [[a, b], [c, d]] = [boundsOf(one), boundsOf(second)];
      expect(cidrsOverlap(one, second)).toBe(a <= d && c <= b);
      expect(contains(one, second)).toBe(a <= c && d <= b);
    }),
  );
});

test.each([
  ['10.0.0.0/16', true],
  ['0.0.0.0/0', true],
  ['10.0.1.0/16', false],
  ['10.0.0.0', false],
  ['10.0.0/16', false],
  ['010.0.0.0/16', false],
  ['10.0.0.0/33', false],
  ['10.0.0.0/016', false],
  ['::/0', false],
  [' 10.0.0.0/16', false],
])('is %j a block? %j', (text, expected) => {
  expect(isCidr(text)).toBe(expected);
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.1/32', false],
  ['10.0.0.256', false],
  ['10.0.0.01', false],
  ['::1', false],
])('is %j an address? %j', (text, expected) => {
  expect(isAddress(text)).toBe(expected);
});
