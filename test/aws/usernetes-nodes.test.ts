/** Ranks, addresses, network cards, images and placement. */
import { BlockList } from 'node:net';
import { Market, Placement } from '../../src/model/usernetes/spec';
import { Registered, all, labelOf, one } from '../support/pulumi-deploy';
import { UBUNTU_AMD64 } from '../support/aws-account';
import { SMALL, deployCluster } from '../support/usernetes-clusters';
import { TYPES, parameterIn, userDataIn } from '../support/usernetes-resources';

jest.setTimeout(60_000);

async function resourcesOf(...given: Parameters<typeof deployCluster>): Promise<readonly Registered[]> {
  return (await deployCluster(...given)).resources;
}

function interfaceOf(resources: readonly Registered[], rank: number): Registered['inputs'] {
  return one(resources, TYPES.interface, `hpc-${rank}`).inputs;
}

test('rank r has the r-th address of a block that is reserved in the subnet of the nodes', async () => {
  const resources = await resourcesOf({ ...SMALL, nodes: 3, maxNodes: 20 });
  expect(one(resources, TYPES.reservation).inputs).toMatchObject({
    cidrBlock: '10.0.16.32/27',
    reservationType: 'explicit',
  });
  const addresses = [0, 1, 2].map((rank) => interfaceOf(resources, rank).privateIps as string[]);
  expect(addresses).toEqual([['10.0.16.32'], ['10.0.16.33'], ['10.0.16.34']]);
  const [network = '', prefix] = String(one(resources, TYPES.subnet, 'hpc-nodes').inputs.cidrBlock).split(
    '/',
  );
  const block = new BlockList();
  block.addSubnet(network, Number(prefix));
  expect(addresses.flat().every((address) => block.check(address))).toBe(true);
});

test('an instance is on the interface of its rank, which outlives it', async () => {
  const resources = await resourcesOf();
  const instance = one(resources, TYPES.instance, 'hpc-1');
  expect(instance.inputsNeed.primaryNetworkInterface).toEqual(['NetworkInterface hpc-1']);
  expect(instance.options.deleteBeforeReplace).toBe(true);
  expect(instance.inputs.networkInterfaces).toBeUndefined();
  expect(instance.inputs.tags).toMatchObject({ Name: 'hpc-1', 'flux-usernetes:rank': '1' });
});

test('what nodes write into their tags is not taken back', async () => {
  const { options } = one(await resourcesOf(), TYPES.instance, 'hpc-0');
  for (const tag of ['state', 'step', 'message'])
    expect(options.ignoreChanges).toContain(`tags["flux-usernetes:${tag}"]`);
});

test('no node boots before the network, its rules, parameters, rights and scripts are there', async () => {
  const resources = await resourcesOf();
  const { dependsOn } = one(resources, TYPES.instance, 'hpc-0');
  const needed = resources.filter(
    ({ type, name }) =>
      [TYPES.ingress, TYPES.egress, TYPES.policy, TYPES.object, TYPES.endpoint].includes(type as never) ||
      (type === TYPES.parameter && !/-(image|zone)/.test(name)) ||
      (type === TYPES.route && name === 'hpc-nodes'),
  );
  expect(needed.length).toBeGreaterThan(8);
  expect(needed.map(labelOf).filter((label) => !dependsOn.includes(label))).toEqual([]);
});

test.each([
  ['hpc7g.4xlarge', undefined, 'efa'],
  ['hpc7g.4xlarge', false, undefined],
  ['c5n.18xlarge', true, 'efa'],
  ['c7g.large', undefined, undefined],
])('the interface of %s, efa %s, is of the type %s', async (instanceType, efa, type) => {
  const resources = await resourcesOf({ nodes: 1, instanceType, ...(efa !== undefined && { efa }) });
  expect(interfaceOf(resources, 0).interfaceType).toBe(type);
  expect(all(resources, TYPES.interface)).toHaveLength(1);
  expect(userDataIn(resources)).toMatch(type === 'efa' ? /"efa": true/ : /"efa": false/);
});

test.each([
  ['p4d.24xlarge', 4, 'efa', 1],
  ['p5.48xlarge', 32, 'efa', 1],
  ['p6-b300.48xlarge', 17, undefined, 1],
  ['hpc6id.32xlarge', 2, 'efa', 0],
])('each of the network cards of %s has an EFA', async (instanceType, count, firstType, deviceIndex) => {
  const resources = await resourcesOf({ nodes: 2, instanceType });
  expect(all(resources, TYPES.interface)).toHaveLength(2 * count);
  expect(interfaceOf(resources, 1).interfaceType).toBe(firstType);
  const instance = one(resources, TYPES.instance, 'hpc-1');
  const attached = instance.inputs.networkInterfaces as Record<string, unknown>[];
  expect(instance.inputs.primaryNetworkInterface).toBeUndefined();
  expect(attached.map(({ networkCardIndex }) => networkCardIndex)).toEqual(
    Array.from({ length: count }, (_, index) => index),
  );
  expect(attached.map((each) => each.deviceIndex)).toEqual([
    0,
    ...Array<number>(count - 1).fill(deviceIndex),
  ]);
  expect(new Set(attached.map(({ networkInterfaceId }) => networkInterfaceId)).size).toBe(count);
  for (let card = 1; card < count; card++) {
    const { inputs } = one(resources, TYPES.interface, `hpc-1-card-${card}`);
    expect([inputs.interfaceType, inputs.privateIps]).toEqual(['efa-only', undefined]);
  }
});

test.each([
  ['m7i.large', 'amd64', 'ami-0aa00000000000864'],
  ['c7g.large', 'arm64', 'ami-0bb00000000000064'],
])('%s starts from the newest Ubuntu for %s, held in a parameter', async (instanceType, architecture, id) => {
  const resources = await resourcesOf({ nodes: 1, instanceType });
  const held = parameterIn(resources, `image-24.04-${architecture}-1`);
  expect(JSON.parse(String(held.inputs.insecureValue))).toMatchObject({ id, rootDeviceName: '/dev/sda1' });
  expect(held.options.ignoreChanges).toEqual(['insecureValue']);
  const template = one(resources, TYPES.template);
  expect(template.inputs.imageId).toBe(id);
  expect(template.dependsOn).toContain(labelOf(held));
});

test('a newer image is taken by another renewal only', async () => {
  const names = async (renewal?: string): Promise<string[]> =>
    all(await resourcesOf({ ...SMALL, image: { renewal } }), TYPES.parameter)
      .map(({ name }) => name)
      .filter((name) => name.includes('image'));
  expect(await names()).toEqual(['hpc-image-24.04-amd64-1']);
  expect(await names('2026-11')).toEqual(['hpc-image-24.04-amd64-2026-11']);
});

test('an Ubuntu before 23.10 is looked up where Canonical has it', async () => {
  const parameters = {
    '/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id': UBUNTU_AMD64,
  };
  const { resources } = await deployCluster(
    { ...SMALL, image: { ubuntu: '22.04' } },
    { account: { parameters } },
  );
  expect(one(resources, TYPES.template).inputs.imageId).toBe(UBUNTU_AMD64);
});

test('nodes are in the groups that were given, too, with each of their cards', async () => {
  const given = 'sg-0fedcba9876543210';
  const resources = await resourcesOf({
    nodes: 2,
    instanceType: 'p4d.24xlarge',
    securityGroupIds: [given],
  });
  const interfaces = all(resources, TYPES.interface);
  expect(interfaces).toHaveLength(8);
  for (const { inputs, inputsNeed } of interfaces) {
    expect(inputs.securityGroups).toEqual([expect.stringMatching(/^sg-/), given]);
    expect(inputsNeed.securityGroups).toEqual(['SecurityGroup hpc']);
  }
});

test('nodes are close together where the instance type can be', async () => {
  const groupOf = async (args: object): Promise<unknown[]> => {
    const resources = await resourcesOf({ ...SMALL, ...args });
    const { placement } = one(resources, TYPES.template).inputs;
    return [all(resources, TYPES.placementGroup).map(({ inputs }) => inputs.strategy), placement];
  };
  expect(await groupOf({})).toEqual([['cluster'], { groupName: expect.stringMatching(/^hpc/) }]);
  expect(await groupOf({ instanceType: 't3.medium' })).toEqual([[], undefined]);
  expect(await groupOf({ placement: Placement.NONE })).toEqual([[], undefined]);
  expect(await groupOf({ placementGroup: 'theirs' })).toEqual([[], { groupName: 'theirs' }]);
});

test('capacity comes from where it is said to', async () => {
  const templateOf = async (args: object): Promise<Registered['inputs']> =>
    one(await resourcesOf({ nodes: 1, instanceType: 'p5.48xlarge', efa: false, ...args }), TYPES.template)
      .inputs;
  expect((await templateOf({})).instanceMarketOptions).toBeUndefined();
  expect(await templateOf({ capacity: { market: Market.SPOT, maxPrice: '40' } })).toMatchObject({
    instanceMarketOptions: {
      marketType: 'spot',
      spotOptions: { maxPrice: '40', spotInstanceType: 'one-time' },
    },
  });
  const reservationId = 'cr-0123456789abcdef0';
  const network = { availabilityZone: 'eu-west-1a' };
  const target = { capacityReservationTarget: { capacityReservationId: reservationId } };
  expect(
    await templateOf({ capacity: { market: Market.CAPACITY_BLOCK, reservationId }, network }),
  ).toMatchObject({
    instanceMarketOptions: { marketType: 'capacity-block' },
    capacityReservationSpecification: target,
  });
  expect(await templateOf({ capacity: { reservationId }, network })).toMatchObject({
    capacityReservationSpecification: target,
  });
});
