/** What does not fit is told with its path and a way out, and nothing is made. */
import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { Market, NetworkAccess, Placement } from '../../src/model/usernetes/spec';
import { EXISTING_SUBNET, EXISTING_VPC, REGION, UBUNTU_AMD64, UBUNTU_ARM64 } from '../support/aws-account';
import { DeployOptions, Failed, failureOf, labelOf } from '../support/pulumi-deploy';
import { SMALL } from '../support/usernetes-clusters';

jest.setTimeout(60_000);

function failing(args: object, options?: DeployOptions): Promise<Failed> {
  return failureOf(() => new UsernetesCluster('hpc', { ...SMALL, ...args }), options);
}

function pathsOf({ error }: Failed): string[] {
  if (!pulumi.InputPropertiesError.isInstance(error))
    throw new Error('is no InputPropertiesError', { cause: error });
  return error.errors.map(({ propertyPath }) => propertyPath).sort();
}

function madeIn({ resources }: Failed): string[] {
  return resources.filter(({ custom }) => custom).map(labelOf);
}

/** Hexadecimal digits, half of which remain when they are compressed. */
const INCOMPRESSIBLE = Array.from({ length: 600 }, (_, index) =>
  createHash('sha256').update(String(index)).digest('hex'),
).join('');

const EXISTING = { vpcId: EXISTING_VPC, subnetId: EXISTING_SUBNET };
const OFFICE = { cidr: '203.0.113.0/24', port: 22 };
const WORLD = { cidr: '0.0.0.0/0', port: 443 };

test.each<[string, object, string, string]>([
  ['a field that there is not', { instances: 3 }, 'instances', 'write the name of a field'],
  ['no number of nodes', { nodes: undefined }, 'nodes', 'write it'],
  ['too many nodes', { nodes: 257 }, 'nodes', 'from 1 to 256'],
  ['fewer maxNodes than nodes', { maxNodes: 1 }, 'maxNodes', 'none below nodes'],
  ['a name of an instance type', { instanceType: 'large' }, 'instanceType', "'hpc7g.4xlarge'"],
  ['a name of a cluster', { clusterName: 'HPC_1' }, 'clusterName', 'lower-case'],
  ['nodes beyond the VPC', { network: { cidr: '10.0.0.0/24' }, nodes: 200 }, 'network.cidr', 'larger block'],
  ['addresses of pods', { network: { cidr: '10.244.0.0/16' } }, 'network.cidr', 'outside of'],
  ['half of a network', { network: { vpcId: EXISTING_VPC } }, 'network.subnetId', 'vpcId and subnetId'],
  ['two networks', { network: { ...EXISTING, cidr: '10.0.0.0/16' } }, 'network.cidr', 'one that is made'],
  [
    'an address in the middle',
    { network: { firstAddress: '10.0.16.17' } },
    'network.firstAddress',
    'leave it out',
  ],
  [
    'no way out and no image',
    { network: { access: NetworkAccess.ENDPOINTS } },
    'image.baked',
    'bake an image',
  ],
  ['all the world', { ingress: [WORLD] }, 'ingress[0].cidr', 'openToTheWorld: true'],
  [
    'brokers for all',
    { ingress: [{ ...WORLD, port: 8050, openToTheWorld: true }] },
    'ingress[0].port',
    '8050',
  ],
  [
    'a block without a reservation',
    { capacity: { market: Market.CAPACITY_BLOCK } },
    'capacity.reservationId',
    'capacity block',
  ],
  [
    'a reservation in an unknown zone',
    { capacity: { reservationId: 'cr-0123456789abcdef0' } },
    'network.availabilityZone',
    'zone that the reservation is in',
  ],
  [
    'a word with accents',
    { ingress: [{ ...OFFICE, description: 'Zürich' }] },
    'ingress[0].description',
    '255',
  ],
  ['a rule twice', { ingress: [OFFICE, { ...OFFICE, toPort: 22 }] }, 'ingress[1]', 'remove one'],
  ['no id of a group', { securityGroupIds: ['default'] }, 'securityGroupIds[0]', 'subnet, sg, ami'],
  ['two placements', { placement: Placement.NONE, placementGroup: 'a' }, 'placement', 'one of the two'],
  ['a tag of AWS', { tags: { 'aws:me': 'x' } }, "tags['aws:me']", 'none named Name'],
  [
    'an ARN of something else',
    { certificate: { arn: 'arn:aws:s3:::bucket' } },
    'certificate.arn',
    'whole ARN',
  ],
  ['too long a wait', { wait: { timeout: 50_000 } }, 'wait.timeout', '43200'],
  [
    'a mirror that is too long',
    { mirror: { channel: `https://m.example/${INCOMPRESSIBLE}` } },
    'mirror',
    'shorter addresses',
  ],
])('%s: is told by the constructor', async (_, args, path, fix) => {
  const made: unknown[] = [];
  const failed = await failureOf(() => made.push(new UsernetesCluster('hpc', { ...SMALL, ...args })));
  expect(made).toEqual([]);
  expect(pathsOf(failed)).toContain(path);
  expect(failed.message).toContain('[hpc] UsernetesCluster');
  expect(failed.message).toContain(fix);
  expect(madeIn(failed)).toEqual([]);
});

test('all that is wrong is told at once', async () => {
  const failed = await failing({ nodes: 0, instanceType: 'x', ingress: [WORLD], wait: { timeout: 1 } });
  expect(pathsOf(failed)).toEqual(['ingress[0].cidr', 'instanceType', 'nodes', 'wait.timeout']);
});

const NO_DNS = { vpcs: { [EXISTING_VPC]: { cidrs: ['10.20.0.0/16'], dnsSupport: false } } };
const CLUSTER_CIDR = { vpcs: { [EXISTING_VPC]: { cidrs: ['10.20.0.0/16', '10.244.0.0/20'] } } };
const TINY = {
  subnets: {
    [EXISTING_SUBNET]: { cidr: '10.20.1.0/27', vpcId: EXISTING_VPC, availabilityZone: `${REGION}a` },
  },
};
const ELSEWHERE = {
  subnets: {
    [EXISTING_SUBNET]: {
      cidr: '10.20.1.0/24',
      vpcId: 'vpc-0fedcba9876543210',
      availabilityZone: `${REGION}a`,
    },
  },
};

test.each<[string, object, string, string, DeployOptions['account']]>([
  [
    'an instance type that there is not',
    { instanceType: 'm99.large' },
    'instanceType',
    'InvalidInstanceType',
    {},
  ],
  ['EFA on a type without it', { efa: true }, 'efa', 'another instance type', {}],
  [
    'a type without a cluster',
    { instanceType: 't3.medium', placement: Placement.CLUSTER },
    'placement',
    'leave it out',
    {},
  ],
  [
    'spot of a type that is not sold so',
    { instanceType: 'hpc7g.4xlarge', capacity: { market: Market.SPOT } },
    'capacity.market',
    'on-demand',
    {},
  ],
  ['a Mac', { instanceType: 'mac2.metal' }, 'instanceType', 'x86_64 or arm64', {}],
  [
    'a zone without the type',
    { network: { availabilityZone: `${REGION}c` } },
    'network.availabilityZone',
    `${REGION}a, ${REGION}b`,
    {},
  ],
  [
    'a region without the type',
    {},
    'instanceType',
    'another instance type or region',
    { offers: { 'm7i.large': [] } },
  ],
  [
    'a type in local zones only',
    {},
    'instanceType',
    `network.availabilityZone: '${REGION}-dub-1a'`,
    { offers: { 'm7i.large': [`${REGION}-dub-1a`] } },
  ],
  [
    'a VPC that there is not',
    { network: { ...EXISTING, vpcId: 'vpc-00000000' } },
    'network.vpcId',
    'no matching EC2 VPC',
    {},
  ],
  ['a VPC without DNS', { network: EXISTING }, 'network.vpcId', 'enableDnsSupport', NO_DNS],
  ['a VPC with addresses of pods', { network: EXISTING }, 'network.vpcId', '10.244.0.0/20', CLUSTER_CIDR],
  ['a subnet without room', { network: EXISTING, maxNodes: 30 }, 'network.subnetId', 'larger block', TINY],
  ['a subnet of another VPC', { network: EXISTING }, 'network.subnetId', 'vpc-0fedcba9876543210', ELSEWHERE],
  ['an image of another architecture', { image: { id: UBUNTU_ARM64 } }, 'image.id', 'same architecture', {}],
  ['an image that there is not', { image: { id: 'ami-00000000' } }, 'image.id', 'returned no results', {}],
  [
    'an Ubuntu that there is not',
    { image: { ubuntu: '22.04' } },
    'image.ubuntu',
    "couldn't find resource",
    {},
  ],
  [
    'a volume that is too small',
    { volume: { size: 20 } },
    'volume.size',
    'at least the size',
    {
      images: { [UBUNTU_AMD64]: { architecture: 'x86_64', rootDeviceName: '/dev/sda1', rootVolumeSize: 30 } },
    },
  ],
])('%s: is found at AWS, and nothing is made', async (_, args, path, text, account) => {
  const failed = await failing(args, { account });
  expect(pathsOf(failed)).toContain(path);
  expect(failed.message).toMatch(/^\[hpc\] UsernetesCluster/);
  expect(failed.message).toContain(text);
  expect(madeIn(failed)).toEqual([]);
});

test('what does not fit is found by a preview, too, and nothing is shown', async () => {
  const failed = await failing({ efa: true, image: { id: UBUNTU_ARM64 } }, { preview: true });
  expect(pathsOf(failed)).toEqual(['efa', 'image.id']);
  expect(madeIn(failed)).toEqual([]);
});

test.each([true, false])(
  'a type that the zone of the network does not have is told before any node is touched, preview %s',
  async (preview) => {
    const held = { '/flux-usernetes/hpc/zone': `${REGION}c` };
    const failed = await failing({}, { preview, account: { held } });
    expect(pathsOf(failed)).toEqual(['instanceType']);
    expect(failed.message).toContain(`is not offered in ${REGION}c`);
    expect(failed.message).toContain(`${REGION}a, ${REGION}b have it`);
    const touched = /^(Instance|NetworkInterface|Subnet|SubnetCidrReservation|Stack) /;
    expect(madeIn(failed).filter((label) => touched.test(label))).toEqual([]);
  },
);

test.each([true, false])('all that AWS has no answer for is told at once, preview %s', async (preview) => {
  const nowhere = {
    instanceType: 'm99.large',
    network: { vpcId: 'vpc-00000000', subnetId: 'subnet-00000000' },
    image: { id: 'ami-00000000' },
  };
  const failed = await failing(nowhere, { preview });
  expect(pathsOf(failed)).toEqual(['image.id', 'instanceType', 'network.subnetId', 'network.vpcId']);
  expect(madeIn(failed)).toEqual([]);
});

test('what becomes known later is checked then, before anything is made', async () => {
  const failed = await failing({
    instanceType: pulumi.output('m7i.large').apply((type) => type.replace('.', '-')),
    ingress: [{ cidr: pulumi.output('0.0.0.0/0'), port: 22 }],
  });
  expect(pathsOf(failed)).toEqual(['ingress[0].cidr', 'instanceType']);
  expect(madeIn(failed)).toEqual([]);
});
