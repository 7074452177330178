/** What a cluster with user-space Kubernetes is not allowed to be, as far as nothing has to be looked up. */
import {
  KnownUsernetesClusterSpec,
  USERNETES_RULES,
  checkUsernetesCluster,
} from '../../../src/model/usernetes';
import { InvalidSpecError } from '../../../src/model/problems';

const SUM = 'a'.repeat(64);
const PACKAGE = `https://conda.anaconda.org/conda-forge/linux-64/flux-core-0.85.0-h1.conda#${SUM}`;
const DOWNLOAD = { url: 'https://mirror.example.com/micromamba', sha256: SUM };
const EXISTING = { vpcId: 'vpc-0123456789abcdef0', subnetId: 'subnet-01234567' };
const CERTIFICATE = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:flux-AbCdEf';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef';

/** A cluster that is fine, with something else in it. */
const cluster = (other: object): unknown => ({
  clusterName: 'hpc',
  nodes: 4,
  instanceType: 'hpc7g.4xlarge',
  ...other,
});

/** Codes and paths of what is wrong. */
function wrong(spec: unknown, unknown: readonly string[] = []): string[] {
  const problems = checkUsernetesCluster(spec as KnownUsernetesClusterSpec, unknown);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

const network = (fields: object): object => ({ network: fields });
const ingress = (fields: object): object => ({ ingress: [{ cidr: '203.0.113.0/24', port: 22, ...fields }] });
const volume = (fields: object): object => ({ volume: fields });
const capacity = (fields: object): object => ({ capacity: fields });
/** With the zone that a reservation is in. */
const reserved = (fields: object): object => ({
  capacity: fields,
  network: { availabilityZone: 'us-east-1a' },
});
const image = (fields: object): object => ({ image: fields });
const mirror = (amd64: object): object => ({
  mirror: { installer: { version: '2.9.0-0', amd64 } },
});
const tags = (count: number): object => ({
  tags: Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'value'])),
});
const BAKED = { id: 'ami-0123456789abcdef0', baked: true };

const BROKEN: [code: string, fields: object, ...paths: string[]][] = [
  ['UC001', { size: 4 }, 'size'],
  ['UC001', network({ vpc: 'vpc-1' }), 'network.vpc'],
  ['UC001', ingress({ from: 1 }), 'ingress[0].from'],
  ['UC001', { versions: { core: '0.85.0' } }, 'versions.core'],
  ['UC002', { nodes: '4' }, 'nodes'],
  ['UC002', { nodes: 1.5 }, 'nodes'],
  ['UC002', { mode: 'both' }, 'mode'],
  ['UC002', { network: 'private' }, 'network'],
  ['UC002', { ingress: {} }, 'ingress'],
  ['UC002', ingress({ protocol: 'icmp' }), 'ingress[0].protocol'],
  ['UC002', { prices: { instanceHour: -1 } }, 'prices.instanceHour'],
  ['UC002', { tags: { team: 1 } }, 'tags'],
  ['UC002', volume({ size: 100.5 }), 'volume.size'],
  ['UC003', { nodes: undefined }, 'nodes'],
  ['UC003', { instanceType: undefined }, 'instanceType'],
  ['UC003', { ingress: [{}] }, 'ingress[0].cidr', 'ingress[0].port'],
  ['UC003', { certificate: {} }, 'certificate.arn'],
  ['UC003', { prices: {} }, 'prices.instanceHour'],
  ['UC003', { mirror: { installer: { amd64: DOWNLOAD } } }, 'mirror.installer.version'],
  ['UC003', { locks: {} }, 'locks.amd64', 'locks.arm64'],
  ['UC004', { clusterName: 'Hpc' }, 'clusterName'],
  ['UC004', { clusterName: '1hpc' }, 'clusterName'],
  ['UC004', { clusterName: 'x'.repeat(41) }, 'clusterName'],
  ['UC005', { nodes: 0 }, 'nodes'],
  ['UC005', { nodes: 257 }, 'nodes'],
  ['UC005', { maxNodes: 257 }, 'maxNodes'],
  ['UC005', { maxNodes: 3 }, 'maxNodes'],
  ['UC006', { instanceType: 'hpc7g' }, 'instanceType'],
  ['UC006', { instanceType: 'HPC7g.4xlarge' }, 'instanceType'],
  ['UC007', network({ cidr: '10.0.1.0/16' }), 'network.cidr'],
  ['UC007', network({ cidr: '10.0.0.0' }), 'network.cidr'],
  ['UC007', network({ cidr: '10.0.0.0/15' }), 'network.cidr'],
  ['UC007', network({ cidr: '10.0.0.0/29' }), 'network.cidr'],
  ['UC007', network({ cidr: '52.0.0.0/16' }), 'network.cidr'],
  ['UC007', ingress({ cidr: '203.0.113.7/24' }), 'ingress[0].cidr'],
  ['UC007', ingress({ cidr: '::/0' }), 'ingress[0].cidr'],
  ['UC007', ingress({ cidr: '300.0.0.0/8' }), 'ingress[0].cidr'],
  ['UC008', network({ cidr: '10.96.0.0/16' }), 'network.cidr'],
  ['UC008', network({ cidr: '10.96.128.0/17' }), 'network.cidr'],
  ['UC008', network({ cidr: '10.244.128.0/17' }), 'network.cidr'],
  ['UC008', network({ cidr: '10.103.0.0/16' }), 'network.cidr'],
  ['UC008', network({ cidr: '172.17.0.0/16' }), 'network.cidr'],
  ['UC008', { ...network({ cidr: '10.88.0.0/16' }), engine: 'podman' }, 'network.cidr'],
  ['UC008', network({ cidr: '10.0.2.0/25' }), 'network.cidr'],
  ['UC008', network({ cidr: '10.0.2.128/25' }), 'network.cidr'],
  ['UC009', { ...network({ cidr: '10.0.0.0/24' }), maxNodes: 64 }, 'network.cidr'],
  ['UC009', network({ cidr: '10.0.0.0/27' }), 'network.cidr'],
  ['UC009', { ...network({ cidr: '10.0.0.0/26' }), maxNodes: 16 }, 'network.cidr'],
  ['UC009', network({ firstAddress: '10.0.0.32' }), 'network.firstAddress'],
  ['UC009', network({ firstAddress: '10.0.16.0' }), 'network.firstAddress'],
  ['UC010', network({ vpcId: EXISTING.vpcId }), 'network.subnetId'],
  ['UC010', network({ subnetId: EXISTING.subnetId }), 'network.vpcId'],
  ['UC010', network({ ...EXISTING, cidr: '10.0.0.0/16' }), 'network.cidr'],
  ['UC010', network({ ...EXISTING, access: 'nat' }), 'network.access'],
  ['UC010', network({ ...EXISTING, availabilityZone: 'us-east-1a' }), 'network.availabilityZone'],
  ['UC011', network({ ...EXISTING, vpcId: 'vpc-xyz' }), 'network.vpcId'],
  ['UC011', network({ ...EXISTING, subnetId: EXISTING.vpcId }), 'network.subnetId'],
  ['UC011', image({ id: 'ami-0123456789' }), 'image.id'],
  ['UC011', reserved({ reservationId: 'crb-01234567' }), 'capacity.reservationId'],
  ['UC012', network({ firstAddress: '10.0.16.33' }), 'network.firstAddress'],
  ['UC012', network({ firstAddress: '10.0.16.32/27' }), 'network.firstAddress'],
  ['UC012', { ...network({ firstAddress: '10.0.16.48' }), maxNodes: 32 }, 'network.firstAddress'],
  ['UC013', ingress({ cidr: '0.0.0.0/0' }), 'ingress[0].cidr'],
  ['UC013', ingress({ cidr: '128.0.0.0/1' }), 'ingress[0].cidr'],
  ['UC013', ingress({ cidr: '0.0.0.0/0', openToTheWorld: false }), 'ingress[0].cidr'],
  ['UC014', ingress({ port: 0 }), 'ingress[0].port'],
  ['UC014', ingress({ toPort: 65_536 }), 'ingress[0].toPort'],
  ['UC014', ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 0, toPort: 9000 }), 'ingress[0].port'],
  [
    'UC014',
    ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 1, toPort: 70_000 }),
    'ingress[0].toPort',
  ],
  ['UC014', ingress({ port: 80, toPort: 79 }), 'ingress[0].toPort'],
  ['UC014', ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 8050 }), 'ingress[0].port'],
  ['UC014', ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 1, toPort: 65_535 }), 'ingress[0].port'],
  [
    'UC014',
    ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 8472, protocol: 'udp' }),
    'ingress[0].port',
  ],
  ['UC015', volume({ size: 19 }), 'volume.size'],
  ['UC015', volume({ iops: 2999 }), 'volume.iops'],
  ['UC015', volume({ iops: 10_001, size: 20 }), 'volume.iops'],
  ['UC015', volume({ throughput: 1001, iops: 16_000 }), 'volume.throughput'],
  ['UC015', volume({ throughput: 751 }), 'volume.throughput'],
  ['UC015', { wait: { timeout: 299 } }, 'wait.timeout'],
  ['UC015', { wait: { timeout: 43_201 } }, 'wait.timeout'],
  ['UC016', capacity({ market: 'spot', reservationId: 'cr-01234567' }), 'capacity.reservationId'],
  ['UC016', capacity({ market: 'capacity-block' }), 'capacity.reservationId'],
  [
    'UC016',
    reserved({
      reservationId: 'cr-01234567',
      reservationGroupArn: 'arn:aws:resource-groups:us-east-1:123456789012:group/hpc',
    }),
    'capacity.reservationGroupArn',
  ],
  ['UC016', capacity({ reservationId: 'cr-01234567' }), 'network.availabilityZone'],
  ['UC016', capacity({ maxPrice: '1.20' }), 'capacity.maxPrice'],
  ['UC036', ingress({ description: "Bob's office" }), 'ingress[0].description'],
  ['UC036', ingress({ description: 'x'.repeat(256) }), 'ingress[0].description'],
  ['UC036', ingress({ description: 'two\nlines' }), 'ingress[0].description'],
  [
    'UC037',
    {
      ingress: [
        { cidr: '203.0.113.0/24', port: 22 },
        { cidr: '203.0.113.0/24', port: 22, toPort: 22, protocol: 'tcp' },
      ],
    },
    'ingress[1]',
  ],
  ['UC039', { ...image({ ...BAKED, engine: 'podman' }) }, 'engine'],
  ['UC039', { ...image({ ...BAKED, efa: false }), efa: true }, 'efa'],
  ['UC039', { ...image({ ...BAKED, munge: false }), munge: true }, 'munge'],
  ['UC011', { securityGroupIds: ['sg-0123456789abcdef0', 'sg_1'] }, 'securityGroupIds[1]'],
  ['UC016', capacity({ market: 'spot', maxPrice: '1,20' }), 'capacity.maxPrice'],
  ['UC016', capacity({ market: 'spot', maxPrice: '0.00' }), 'capacity.maxPrice'],
  ['UC017', { placement: 'cluster', placementGroup: 'ours' }, 'placement'],
  ['UC018', image({ id: BAKED.id, ubuntu: '24.04' }), 'image.ubuntu'],
  ['UC018', image({ id: BAKED.id, renewal: '2' }), 'image.renewal'],
  ['UC018', image({ baked: true }), 'image.id'],
  ['UC018', image({ ubuntu: '23.10' }), 'image.ubuntu'],
  ['UC018', network({ access: 'endpoints' }), 'image.baked'],
  ['UC019', { image: BAKED, versions: {} }, 'versions'],
  ['UC019', { image: BAKED, locks: { amd64: PACKAGE } }, 'locks'],
  ['UC019', { image: BAKED, usernetesCommit: 'a'.repeat(40) }, 'usernetesCommit'],
  ['UC020', { certificate: { arn: 'flux-curve' } }, 'certificate.arn'],
  ['UC020', { certificate: { arn: KEY } }, 'certificate.arn'],
  ['UC020', { certificate: { arn: CERTIFICATE, kmsKeyArn: CERTIFICATE } }, 'certificate.kmsKeyArn'],
  ['UC020', volume({ kmsKeyId: 'alias/ebs' }), 'volume.kmsKeyId'],
  ['UC020', capacity({ reservationGroupArn: KEY }), 'capacity.reservationGroupArn'],
  ['UC021', tags(41), 'tags'],
  ['UC021', { tags: { 'aws:team': 'x' } }, "tags['aws:team']"],
  ['UC021', { tags: { 'flux-usernetes:state': 'ready' } }, "tags['flux-usernetes:state']"],
  ['UC021', { tags: { Name: 'mine' } }, "tags['Name']"],
  ['UC021', { tags: { team: 'a#b' } }, "tags['team']"],
  ['UC021', { tags: { team: 'x'.repeat(257) } }, "tags['team']"],
  ['UC021', { tags: { ['x'.repeat(129)]: '' } }, `tags['${'x'.repeat(129)}']`],
  ['UC022', { versions: { fluxCore: '0.1.0' } }, 'versions'],
  ['UC022', { versions: {}, locks: { amd64: PACKAGE } }, 'versions'],
  ['UC024', { locks: { amd64: 'flux-core=0.85.0' } }, 'locks.amd64'],
  ['UC024', { locks: { arm64: PACKAGE } }, 'locks.arm64'],
  ['UC025', { mirror: { channel: 'https://me:secret@mirror.example.com/conda' } }, 'mirror.channel'],
  ['UC025', mirror({ ...DOWNLOAD, url: 'ftp://mirror' }), 'mirror.installer.amd64.url'],
  ['UC026', mirror({ ...DOWNLOAD, sha256: 'abc' }), 'mirror.installer.amd64.sha256'],
  ['UC026', { mirror: { channel: 'http://mirror.example.com/conda' } }, 'locks'],
  ['UC027', { usernetesCommit: 'master' }, 'usernetesCommit'],
  ['UC028', network({ availabilityZone: 'a' }), 'network.availabilityZone'],
];

test.each(BROKEN)('%s is told of %j', (code, fields, ...paths) => {
  expect(wrong(cluster(fields))).toEqual(paths.map((path) => `${code} ${path}`));
});

test('every rule is broken by some input', () => {
  const elsewhere = ['UC023', 'UC029', 'UC030', 'UC031', 'UC032', 'UC033', 'UC034', 'UC035', 'UC038'];
  const broken = new Set([...BROKEN.map(([code]) => code), ...elsewhere]);
  expect([...broken].sort()).toEqual(USERNETES_RULES.map(({ code }) => code));
});

const FINE: object[] = [
  {},
  { clusterName: 'x'.repeat(40), nodes: 1 },
  { nodes: 256 },
  { maxNodes: 4 },
  { maxNodes: 256, network: { cidr: '10.0.0.0/20' } },
  { instanceType: 'p6e-gb200.36xlarge' },
  { instanceType: 'm7i.metal-24xl' },
  network({ cidr: '10.0.0.0/26' }),
  { ...network({ cidr: '10.0.0.0/24' }), maxNodes: 63 },
  { ...network({ cidr: '10.0.0.0/26' }), maxNodes: 15 },
  network({ cidr: '10.95.0.0/16' }),
  network({ cidr: '10.200.0.0/16' }),
  network({ cidr: '10.104.0.0/16' }),
  network({ cidr: '172.16.0.0/16' }),
  network({ cidr: '10.88.0.0/16' }),
  network({ cidr: '100.64.0.0/16' }),
  network({ firstAddress: '10.0.16.16' }),
  network({ firstAddress: '10.0.31.224', availabilityZone: 'us-west-2-lax-1a' }),
  network(EXISTING),
  network({ ...EXISTING, firstAddress: '192.168.7.64' }),
  ingress({}),
  ingress({ cidr: '203.0.113.7/32', port: 1, toPort: 65_535 }),
  ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 6443 }),
  ingress({ cidr: '0.0.0.0/0', openToTheWorld: true, port: 8050, protocol: 'udp' }),
  ingress({ cidr: '8.0.0.0/8', port: 8050 }),
  volume({ size: 20, iops: 10_000, throughput: 1000, kmsKeyId: KEY }),
  volume({ throughput: 750 }),
  volume({ iops: 3000, throughput: 125 }),
  { wait: { timeout: 300 } },
  { wait: { enabled: false, timeout: 43_200 } },
  capacity({ market: 'spot', maxPrice: '1.20' }),
  reserved({ market: 'capacity-block', reservationId: 'cr-01234567' }),
  reserved({ reservationId: 'cr-0123456789abcdef0' }),
  {
    capacity: { reservationId: 'cr-0123456789abcdef0' },
    network: { vpcId: 'vpc-01234567', subnetId: 'subnet-01234567' },
  },
  ingress({ description: 'x'.repeat(255) }),
  ingress({ description: 'Office: a-z, 9 (@home) #1/2 [x] + = & ; {} ! $ *' }),
  {
    ingress: [
      { cidr: '203.0.113.0/24', port: 22 },
      { cidr: '203.0.113.0/24', port: 22, toPort: 23 },
      { cidr: '203.0.113.0/24', port: 22, protocol: 'udp' },
      { cidr: '203.0.113.0/25', port: 22 },
    ],
  },
  { securityGroupIds: ['sg-0123456789abcdef0'] },
  capacity({ reservationGroupArn: 'arn:aws-us-gov:resource-groups:us-gov-west-1:123456789012:group/hpc' }),
  { placement: 'none' },
  { placementGroup: 'ours' },
  image({ id: BAKED.id }),
  image({ ubuntu: '22.04', renewal: '2' }),
  { image: BAKED, engine: 'podman', network: { access: 'endpoints' } },
  { certificate: { arn: CERTIFICATE, kmsKeyArn: KEY }, munge: true },
  { certificate: { arn: 'arn:aws:ssm:eu-west-1:123456789012:parameter/flux/curve' } },
  { prices: { instanceHour: 0, volumeGibMonth: 0.08 } },
  tags(40),
  { tags: { ['x'.repeat(128)]: 'y'.repeat(256), names: 'a b', team: '' } },
  { versions: { fluxSched: '0.50.0' } },
  { locks: { amd64: PACKAGE } },
  mirror(DOWNLOAD),
  { mirror: { channel: 'http://mirror.example.com/conda' }, locks: { amd64: PACKAGE } },
  { usernetesCommit: 'a'.repeat(40) },
  { network: undefined, ingress: [], efa: false },
];

test.each(FINE)('%j is fine', (fields) => {
  expect(wrong(cluster(fields))).toEqual([]);
});

test('what is given but not known yet counts as given, and is not told of', () => {
  const later = (fields: object, ...unknown: string[]): string[] => wrong(cluster(fields), unknown);
  expect(later({ instanceType: undefined }, 'instanceType')).toEqual([]);
  expect(later(network({}), 'network.vpcId', 'network.subnetId')).toEqual([]);
  expect(later(network({}), 'network.vpcId')).toEqual(['UC010 network.subnetId']);
  expect(later(network({ cidr: '10.0.0.0/16' }), 'network.vpcId', 'network.subnetId')).toEqual([
    'UC010 network.cidr',
  ]);
  expect(later(network({ cidr: '10.0.0.0/27' }), 'network.firstAddress')).toEqual(['UC009 network.cidr']);
  expect(later({ ingress: [{}] }, 'ingress[0].cidr', 'ingress[0].port')).toEqual([]);
  expect(later(ingress({ cidr: '0.0.0.0/0' }), 'ingress[0].openToTheWorld')).toEqual([]);
  expect(later({ placement: 'cluster' }, 'placementGroup')).toEqual(['UC017 placement']);
  expect(later(image({ baked: true }), 'image.id')).toEqual([]);
  expect(later(image({ ubuntu: '24.04' }), 'image.id')).toEqual(['UC018 image.ubuntu']);
  expect(later(reserved({ market: 'capacity-block' }), 'capacity.reservationId')).toEqual([]);
  for (const field of ['nodes', 'network.access', 'ingress', 'tags.team', 'image.id'])
    expect([field, later({}, field)]).toEqual([
      field,
      ['tags.team', 'image.id'].includes(field) ? [] : [`UC038 ${field}`],
    ]);
  const ssh = { cidr: '203.0.113.0/24', port: 22 };
  for (const field of ['toPort', 'protocol', 'cidr', 'port'])
    expect(later({ ingress: [ssh, { ...ssh, [field]: undefined }] }, `ingress[1].${field}`)).toEqual([]);
  expect(later({ securityGroupIds: [undefined] }, 'securityGroupIds[0]')).toEqual([]);
  expect(later(capacity({ market: 'capacity-block' }), 'capacity.reservationId')).toEqual([
    'UC016 network.availabilityZone',
  ]);
  expect(wrong(cluster(capacity({ reservationId: 'cr-01234567' })), ['network.availabilityZone'])).toEqual(
    [],
  );
  expect(later(capacity({ market: 'spot' }), 'capacity.reservationId')).toEqual([
    'UC016 capacity.reservationId',
  ]);
  expect(later(capacity({}), 'capacity.maxPrice')).toEqual(['UC016 capacity.maxPrice']);
  expect(later({ certificate: {} }, 'certificate.arn')).toEqual([]);
  expect(later(volume({ iops: 16_000 }), 'volume.size')).toEqual([]);
  expect(later(volume({ throughput: 1000 }), 'volume.iops')).toEqual([]);
  expect(later({ tags: { team: undefined } }, 'tags.team')).toEqual([]);
});

test('user data that would be too long is told before anything is made', () => {
  const noise = Array.from({ length: 9000 }, (_, at) => ((at * 7919) % 65_521).toString(36)).join('');
  const url = `https://mirror.example.com/${noise}`;
  expect(wrong(cluster(mirror({ ...DOWNLOAD, url })))).toEqual(['UC034 mirror']);
});

test('what is no object is told as such', () => {
  expect(wrong([])).toEqual(['UC002 spec']);
  expect(wrong(undefined)).toEqual(['UC002 spec']);
});

test('all problems are told at once, with the page that explains them', () => {
  const problems = checkUsernetesCluster(
    cluster({ nodes: 300, ingress: [{ cidr: '0.0.0.0/0', port: 22 }] }) as KnownUsernetesClusterSpec,
  );
  expect(new InvalidSpecError("UsernetesCluster 'hpc'", problems).message).toBe(
    [
      "UsernetesCluster 'hpc' is not valid:",
      '  - nodes must be a number of nodes, got 300; write a whole number from 1 to 256, and for maxNodes none below ' +
        'nodes (UC005)',
      '  - ingress[0].cidr lets in all the world, got "0.0.0.0/0"; write the addresses of those who need it; if it ' +
        'must be, write openToTheWorld: true, and 0.0.0.0/0 as cidr (UC013)',
      '  (codes: docs/usernetes-cluster.md of flux-framework-constructs)',
    ].join('\n'),
  );
});
