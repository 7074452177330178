/** Whether a cluster fits to what AWS says, and what follows from that. */
import {
  ClusterFacts,
  InstanceTypeFacts,
  InterfaceLayout,
  UsernetesClusterSpec,
  checkFacts,
  layoutOf,
  nodeBlockOf,
  unanswered,
  zoneNotOffered,
  zoneOf,
} from '../../../src/model/usernetes';

const cards = (...maximumInterfaces: number[]): InstanceTypeFacts['networkCards'] =>
  maximumInterfaces.map((maximum, index) => ({ index, maximumInterfaces: maximum }));

const HPC7G: InstanceTypeFacts = {
  name: 'hpc7g.4xlarge',
  architectures: ['arm64'],
  efaSupported: true,
  efaMaximumInterfaces: 1,
  networkCards: cards(4),
  placementStrategies: ['cluster', 'partition', 'spread'],
  usageClasses: ['on-demand'],
  virtualizationTypes: ['hvm'],
  availabilityZones: ['us-east-1a', 'us-east-1b'],
};
const T3: InstanceTypeFacts = {
  ...HPC7G,
  name: 't3.large',
  architectures: ['x86_64'],
  efaSupported: false,
  efaMaximumInterfaces: 0,
  networkCards: cards(3),
  placementStrategies: ['partition', 'spread'],
  usageClasses: ['on-demand', 'spot'],
};
const IMAGE = { id: 'ami-01234567', rootDeviceName: '/dev/sda1', architecture: 'arm64', rootVolumeSize: 8 };
const FACTS: ClusterFacts = { instanceType: HPC7G, image: IMAGE };
const SPEC: UsernetesClusterSpec = { clusterName: 'hpc', nodes: 4, instanceType: 'hpc7g.4xlarge' };
const VPC = { id: 'vpc-01234567', cidrs: ['192.168.0.0/16'], dnsSupport: true };
const SUBNET = {
  id: 'subnet-01234567',
  cidr: '192.168.1.0/24',
  vpcId: VPC.id,
  availabilityZone: 'us-east-1b',
};
const THERE = { network: { vpcId: VPC.id, subnetId: SUBNET.id } };
const PLACE = { vpc: VPC, subnet: SUBNET };
const type = (fields: Partial<InstanceTypeFacts>): Partial<ClusterFacts> => ({
  instanceType: { ...HPC7G, ...fields },
});
const subnet = (fields: Partial<typeof SUBNET>): Partial<ClusterFacts> => ({
  vpc: VPC,
  subnet: { ...SUBNET, ...fields },
});
const download = { url: 'https://mirror.example.com/m', sha256: 'a'.repeat(64) };

function wrong(spec: Partial<UsernetesClusterSpec>, facts: Partial<ClusterFacts>): string[] {
  return checkFacts({ ...SPEC, ...spec }, { ...FACTS, ...facts }).map(({ code, path }) => `${code} ${path}`);
}

type Case = [spec: object, facts: Partial<ClusterFacts>, ...problems: string[]];

const BROKEN: Case[] = [
  [{}, type({ architectures: ['i386'] }), 'UC023 instanceType', 'UC030 image.id'],
  [{}, type({ architectures: ['arm64_mac'] }), 'UC023 instanceType', 'UC030 image.id'],
  [{}, type({ virtualizationTypes: ['paravirtual'] }), 'UC023 instanceType'],
  [{ efa: true }, type({ efaSupported: false }), 'UC029 efa'],
  [{ placement: 'cluster' }, type({ placementStrategies: ['spread'] }), 'UC029 placement'],
  [{ capacity: { market: 'spot' } }, {}, 'UC029 capacity.market'],
  [{}, type({ usageClasses: ['capacity-block'] }), 'UC029 capacity.market'],
  [{}, type({ availabilityZones: [] }), 'UC029 instanceType'],
  [{}, type({ availabilityZones: ['us-east-1-atl-1a'] }), 'UC029 instanceType'],
  [{ network: { availabilityZone: 'us-east-1c' } }, {}, 'UC029 network.availabilityZone'],
  [THERE, subnet({ availabilityZone: 'us-east-1c' }), 'UC029 network.subnetId'],
  [{ image: { id: IMAGE.id } }, { image: { ...IMAGE, architecture: 'x86_64' } }, 'UC030 image.id'],
  [{ volume: { size: 20 } }, { image: { ...IMAGE, rootVolumeSize: 21 } }, 'UC031 volume.size'],
  [{}, { image: { ...IMAGE, rootVolumeSize: 101 } }, 'UC031 volume.size'],
  [THERE, subnet({ vpcId: 'vpc-76543210' }), 'UC032 network.subnetId'],
  [THERE, { ...PLACE, vpc: { ...VPC, dnsSupport: false } }, 'UC033 network.vpcId'],
  [THERE, { ...PLACE, vpc: { ...VPC, cidrs: [...VPC.cidrs, '10.96.0.0/16'] } }, 'UC008 network.vpcId'],
  [THERE, subnet({ cidr: '172.17.0.0/24' }), 'UC008 network.subnetId'],
  [{ ...THERE, maxNodes: 64 }, subnet({ cidr: '192.168.1.0/25' }), 'UC009 network.subnetId'],
  [{ ...THERE, maxNodes: 16 }, subnet({ cidr: '192.168.1.0/27' }), 'UC009 network.subnetId'],
  [{ network: { ...THERE.network, firstAddress: '192.168.2.16' } }, PLACE, 'UC009 network.firstAddress'],
  [{ locks: { amd64: 'x' } }, {}, 'UC003 locks.arm64'],
  [{ mirror: { installer: { version: '1', amd64: download } } }, {}, 'UC003 mirror.installer.arm64'],
];

test.each(BROKEN)('%j on %j is told', (spec, facts, ...problems) => {
  expect(wrong(spec, facts)).toEqual(problems);
});

const FINE: Case[] = [
  [{}, {}],
  [{}, { instanceType: T3, image: { ...IMAGE, architecture: 'x86_64' } }],
  [{ efa: false, placement: 'none' }, type({ efaSupported: false, placementStrategies: [] })],
  [{ volume: { size: 20 } }, { image: { ...IMAGE, rootVolumeSize: 20 } }],
  [{ network: { availabilityZone: 'us-east-1b' } }, {}],
  [{ network: { availabilityZone: 'us-east-1-atl-1a' } }, type({ availabilityZones: ['us-east-1-atl-1a'] })],
  [THERE, PLACE],
  [{ ...THERE, maxNodes: 63 }, subnet({ cidr: '192.168.1.0/25', vpcId: VPC.id })],
  [{ ...THERE, maxNodes: 15 }, subnet({ cidr: '192.168.1.0/27' })],
  [{ ...THERE, engine: 'nerdctl' }, subnet({ cidr: '172.17.0.0/24' })],
  [{ network: { ...THERE.network, firstAddress: '192.168.1.240' } }, PLACE],
  [{ locks: { arm64: 'x' }, mirror: { installer: { version: '1', arm64: download } } }, {}],
];

test.each(FINE)('%j on %j fits', (spec, facts) => {
  expect(wrong(spec, facts)).toEqual([]);
});

test('a type of two architectures takes images of both', () => {
  const both = type({ architectures: ['i386', 'x86_64'] });
  expect(wrong({}, { ...both, image: { ...IMAGE, architecture: 'x86_64' } })).toEqual([]);
  expect(layoutOf({ ...FACTS, ...both }, SPEC).architecture).toBe('amd64');
});

/** Types with several cards, by what DescribeInstanceTypes says of them. */
function interfacesOf(
  count: number,
  maximum: number,
  efaMaximumInterfaces: number,
): readonly InterfaceLayout[] {
  const networkCards = cards(...Array.from({ length: count }, () => maximum));
  return layoutOf({ ...FACTS, ...type({ networkCards, efaMaximumInterfaces }) }, SPEC).interfaces;
}

test('each card has one EFA: with an address on card 0, without on the others', () => {
  const first = { networkCardIndex: 0, deviceIndex: 0, type: 'efa' };
  const other = { deviceIndex: 1, type: 'efa-only' };
  expect(interfacesOf(1, 4, 1)).toEqual([first]);
  expect(interfacesOf(4, 15, 4)).toEqual([
    first,
    { ...other, networkCardIndex: 1 },
    { ...other, networkCardIndex: 2 },
    { ...other, networkCardIndex: 3 },
  ]);
  const p5 = interfacesOf(32, 2, 32);
  expect([p5.length, p5[0], p5[31]]).toEqual([32, first, { ...other, networkCardIndex: 31 }]);
});

test('a card with room for one interface has it as its first device', () => {
  const networkCards = [...cards(2, 1, 2)].reverse();
  const { interfaces } = layoutOf({ ...FACTS, ...type({ networkCards, efaMaximumInterfaces: 3 }) }, SPEC);
  expect(interfaces.map(({ networkCardIndex, deviceIndex }) => [networkCardIndex, deviceIndex])).toEqual([
    [0, 0],
    [1, 0],
    [2, 1],
  ]);
});

test('with more cards than EFAs it is card 0 that has none', () => {
  const b300 = interfacesOf(17, 2, 16);
  expect(b300.map(({ type: one }) => one)).toEqual(['interface', ...Array<string>(16).fill('efa-only')]);
  expect(b300.map(({ networkCardIndex }) => networkCardIndex)).toEqual(
    Array.from({ length: 17 }, (_, at) => at),
  );
});

test('without EFA there is one interface, however many cards there are', () => {
  const expected = [{ networkCardIndex: 0, deviceIndex: 0, type: 'interface' }];
  const many = type({ networkCards: cards(2, 2), efaMaximumInterfaces: 2 });
  expect(layoutOf({ ...FACTS, ...many }, { ...SPEC, efa: false })).toMatchObject({
    efa: false,
    interfaces: expected,
  });
  expect(layoutOf({ ...FACTS, instanceType: T3 }, SPEC)).toEqual({
    architecture: 'amd64',
    efa: false,
    interfaces: expected,
    clusterPlacement: false,
  });
});

test.each<[boolean, object, Partial<ClusterFacts>]>([
  [true, {}, {}],
  [false, {}, type({ placementStrategies: ['spread'] })],
  [false, { placement: 'none' }, {}],
  [false, { placementGroup: 'ours' }, {}],
  [false, { capacity: { market: 'capacity-block', reservationId: 'cr-01234567' } }, {}],
  [true, { placement: 'cluster', capacity: { market: 'capacity-block' } }, {}],
])('a placement group is made: %j for %j', (made, spec, facts) => {
  expect(layoutOf({ ...FACTS, ...facts }, { ...SPEC, ...spec }).clusterPlacement).toBe(made);
});

test('nodes are in the zone of their subnet, the one that is asked for, or the first one', () => {
  expect(zoneOf({ ...SPEC, ...THERE }, { ...FACTS, ...PLACE })).toBe('us-east-1b');
  expect(zoneOf({ ...SPEC, network: { availabilityZone: 'us-east-1b' } }, FACTS)).toBe('us-east-1b');
  expect(zoneOf(SPEC, FACTS)).toBe('us-east-1a');
});

test.each([
  ['us-east-1a', ['us-east-1-atl-1a', 'us-east-1a']],
  ['us-gov-west-1b', ['us-gov-west-1b', 'us-gov-west-1c']],
  ['us-east-1f', ['us-east-1-wl1-bos-wlz-1', 'us-east-1f']],
  [undefined, ['us-east-1-atl-1a']],
])('left to choose it is %s of %j, never a local zone', (zone, availabilityZones) => {
  expect(zoneOf(SPEC, { ...FACTS, ...type({ availabilityZones }) })).toBe(zone);
});

test('a type that only a local zone has says how to get there', () => {
  const [problem] = checkFacts(SPEC, { ...FACTS, ...type({ availabilityZones: ['us-east-1-atl-1a'] }) });
  expect(problem?.fix).toContain("network.availabilityZone: 'us-east-1-atl-1a'");
});

test('a type that the zone of the network does not have is told, with those that do', () => {
  expect(zoneNotOffered('us-east-1b', HPC7G)).toEqual([]);
  expect(zoneNotOffered('us-east-1c', HPC7G)).toEqual([
    expect.objectContaining({
      code: 'UC029',
      path: 'instanceType',
      message: expect.stringContaining('us-east-1c'),
      fix: expect.stringContaining('us-east-1a, us-east-1b'),
    }),
  ]);
});

test('addresses are those of the subnet that exists, or of the one that is made', () => {
  expect(nodeBlockOf(SPEC, FACTS)).toMatchObject({ cidr: '10.0.16.16/28', firstAddress: '10.0.16.16' });
  expect(nodeBlockOf({ ...SPEC, ...THERE, maxNodes: 32 }, { ...FACTS, ...PLACE }).cidr).toBe(
    '192.168.1.32/27',
  );
});

test('what AWS has no answer for is told in one line', () => {
  expect(unanswered('instanceType', 'x1.y', 'no such type\n  at somewhere')).toMatchObject({
    code: 'UC035',
    path: 'instanceType',
    value: 'x1.y',
    message: "can't be looked up (no such type at somewhere)",
  });
});
