/** How nodes reach what is outside, and what reaches them. */
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';
import { NetworkAccess } from '../../src/model/usernetes/spec';
import { ACCOUNT, EXISTING_SUBNET, EXISTING_VPC, REGION, UBUNTU_AMD64 } from '../support/aws-account';
import { Registered, all, deploy, labelOf, one } from '../support/pulumi-deploy';
import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { SMALL, deployCluster } from '../support/usernetes-clusters';
import { TYPES, statementsIn } from '../support/usernetes-resources';

jest.setTimeout(60_000);

async function resourcesOf(network: object, more: object = {}): Promise<readonly Registered[]> {
  return (await deployCluster({ ...SMALL, network, ...more })).resources;
}

const CLOSED = { access: NetworkAccess.ENDPOINTS };
const BAKED = { image: { id: UBUNTU_AMD64, baked: true } };
const ANYWHERE = '0.0.0.0/0';

test('nodes get out through a NAT gateway in another subnet, and nobody gets in', async () => {
  const resources = await resourcesOf({});
  const { inputsNeed, inputs } = one(resources, TYPES.route, 'hpc-nodes');
  expect(inputs.destinationCidrBlock).toBe(ANYWHERE);
  expect(inputsNeed).toMatchObject({
    natGatewayId: ['NatGateway hpc'],
    routeTableId: ['RouteTable hpc-nodes'],
  });
  expect(one(resources, TYPES.natGateway).inputsNeed.subnetId).toEqual(['Subnet hpc-nat']);
  expect(one(resources, TYPES.natGateway).dependsOn).toContain('Route hpc-nat');
  expect(one(resources, TYPES.route, 'hpc-nat').inputsNeed.gatewayId).toEqual(['InternetGateway hpc']);
  for (const { inputs: subnet } of all(resources, TYPES.subnet))
    expect(subnet.mapPublicIpOnLaunch).toBeUndefined();
  expect(all(resources, TYPES.address).map(labelOf)).toEqual(['Eip hpc-nat']);
  expect(one(resources, TYPES.endpoint).inputs).toMatchObject({
    vpcEndpointType: 'Gateway',
    serviceName: `com.amazonaws.${REGION}.s3`,
  });
});

test('without a way out there are endpoints, and nodes reach nothing else', async () => {
  const resources = await resourcesOf(CLOSED, BAKED);
  for (const type of [TYPES.route, TYPES.internetGateway, TYPES.natGateway, TYPES.address])
    expect(all(resources, type)).toEqual([]);
  const endpoints = all(resources, TYPES.endpoint).map(({ inputs }) => [
    String(inputs.serviceName).split('.').at(-1),
    inputs.vpcEndpointType,
    inputs.privateDnsEnabled,
  ]);
  expect(endpoints).toEqual([
    ['ec2', 'Interface', true],
    ['s3', 'Gateway', undefined],
    ['ssm', 'Interface', true],
    ['ssmmessages', 'Interface', true],
  ]);
  const egress = all(resources, TYPES.egress);
  expect(egress.map(({ name, inputs }) => [name, inputs.cidrIpv4, inputs.toPort])).toEqual([
    ['hpc-members', undefined, undefined],
    ['hpc-s3', undefined, 443],
    ['hpc-services', undefined, 443],
  ]);
  expect(one(resources, TYPES.ingress, 'hpc-endpoints').inputs).toMatchObject({
    cidrIpv4: '10.0.0.0/16',
    toPort: 443,
  });
  const { dependsOn } = one(resources, TYPES.instance, 'hpc-0');
  expect(
    all(resources, TYPES.endpoint)
      .map(labelOf)
      .filter((label) => !dependsOn.includes(label)),
  ).toEqual([]);
});

test('a secret of Secrets Manager needs its endpoint', async () => {
  const certificate = { arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:flux-AbCdEf` };
  const resources = await resourcesOf(CLOSED, { ...BAKED, certificate });
  expect(one(resources, TYPES.endpoint, 'hpc-secretsmanager').inputs.serviceName).toMatch(
    /\.secretsmanager$/,
  );
});

test('a parameter that holds the certificate needs no further endpoint', async () => {
  const certificate = { arn: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/flux/curve` };
  const endpoints = all(await resourcesOf(CLOSED, { ...BAKED, certificate }), TYPES.endpoint);
  expect(endpoints.map(({ name }) => name)).toEqual(['hpc-ec2', 'hpc-s3', 'hpc-ssm', 'hpc-ssmmessages']);
});

test('public nodes have an address each, before they boot, and still nobody gets in', async () => {
  const resources = await resourcesOf({ access: NetworkAccess.PUBLIC });
  expect(all(resources, TYPES.natGateway)).toEqual([]);
  expect(one(resources, TYPES.route).inputsNeed.gatewayId).toEqual(['InternetGateway hpc']);
  for (const rank of [0, 1]) {
    const { inputsNeed } = one(resources, TYPES.address, `hpc-${rank}`);
    expect(inputsNeed.networkInterface).toEqual([`NetworkInterface hpc-${rank}`]);
    expect(one(resources, TYPES.instance, `hpc-${rank}`).dependsOn).toContain(`Eip hpc-${rank}`);
  }
  expect(all(resources, TYPES.ingress).map(({ name }) => name)).toEqual(['hpc-members']);
});

test('in a network that exists nothing is made but the group and the nodes', async () => {
  const resources = await resourcesOf({ vpcId: EXISTING_VPC, subnetId: EXISTING_SUBNET });
  for (const type of [
    TYPES.vpc,
    TYPES.subnet,
    TYPES.route,
    TYPES.endpoint,
    TYPES.internetGateway,
    TYPES.natGateway,
  ])
    expect(all(resources, type)).toEqual([]);
  expect(one(resources, TYPES.group).inputs.vpcId).toBe(EXISTING_VPC);
  expect(one(resources, TYPES.reservation).inputs).toMatchObject({
    subnetId: EXISTING_SUBNET,
    cidrBlock: '10.20.16.16/28',
  });
  expect(one(resources, TYPES.interface, 'hpc-1').inputs).toMatchObject({
    subnetId: EXISTING_SUBNET,
    privateIps: ['10.20.16.17'],
  });
});

test('addresses begin where it is said', async () => {
  const network = { vpcId: EXISTING_VPC, subnetId: EXISTING_SUBNET, firstAddress: '10.20.20.128' };
  const resources = await resourcesOf(network, { nodes: 20 });
  expect(one(resources, TYPES.reservation).inputs.cidrBlock).toBe('10.20.20.128/27');
  expect(one(resources, TYPES.interface, 'hpc-19').inputs.privateIps).toEqual(['10.20.20.147']);
});

test('members reach each other by everything, in and out, as EFA demands', async () => {
  const resources = await resourcesOf({});
  for (const type of [TYPES.ingress, TYPES.egress]) {
    const { inputs } = one(resources, type, 'hpc-members');
    expect(inputs).toMatchObject({ ipProtocol: '-1', referencedSecurityGroupId: inputs.securityGroupId });
    expect([inputs.cidrIpv4, inputs.fromPort]).toEqual([undefined, undefined]);
  }
});

/** Protocol and ports of what nodes may reach anywhere. */
async function waysOut(network: object, more: object = {}): Promise<string[]> {
  const outside = all(await resourcesOf(network, more), TYPES.egress).filter(
    ({ inputs }) => inputs.cidrIpv4 === ANYWHERE,
  );
  return outside.map(({ inputs }) => [inputs.ipProtocol, inputs.fromPort, inputs.toPort].join(' ')).sort();
}

const WEB = ['tcp 443 443', 'tcp 80 80'];

test('nodes fetch by HTTPS and HTTP, and speak no other way', async () => {
  expect(await waysOut({})).toEqual(WEB);
});

test('nodes reach the ports of mirrors, each once', async () => {
  const sha256 = 'a'.repeat(64);
  const installer = { version: '2', amd64: { url: 'https://files.example.com:9443/micromamba', sha256 } };
  const channel = 'https://mirror.example.com:8443/conda';
  expect(await waysOut({}, { mirror: { channel, installer } })).toEqual([
    ...WEB,
    'tcp 8443 8443',
    'tcp 9443 9443',
  ]);
  const web = 'https://mirror.example.com:443/conda';
  expect(await waysOut({}, { mirror: { channel: web, installer } })).toEqual([...WEB, 'tcp 9443 9443']);
});

test('in a network that exists, nodes reach its own servers of names', async () => {
  const there = { vpcId: EXISTING_VPC, subnetId: EXISTING_SUBNET };
  expect(await waysOut(there)).toEqual(['tcp 443 443', 'tcp 53 53', 'tcp 80 80', 'udp 53 53']);
});

test('a rule for those outside is what it says, and another one before it leaves it alone', async () => {
  const office = { cidr: '203.0.113.0/24', port: 22 };
  const udp = { cidr: '198.51.100.0/24', port: 30000, toPort: 30100, protocol: 'udp', description: 'Games' };
  const rulesOf = async (...ingress: object[]): Promise<readonly Registered[]> =>
    all(await resourcesOf({}, { ingress }), TYPES.ingress).filter(({ name }) => name !== 'hpc-members');
  const [alone] = await rulesOf(office);
  expect(alone?.inputs).toMatchObject({
    cidrIpv4: office.cidr,
    fromPort: 22,
    toPort: 22,
    ipProtocol: 'tcp',
    description: 'hpc',
  });
  const both = await rulesOf(udp, office);
  expect(both).toHaveLength(2);
  expect(both).toContainEqual(alone);
  expect(both.map(({ inputs }) => inputs)).toContainEqual(
    expect.objectContaining({
      cidrIpv4: udp.cidr,
      fromPort: 30000,
      toPort: 30100,
      ipProtocol: 'udp',
      description: 'Games',
    }),
  );
});

test('all the world may connect where that is said in so many words', async () => {
  const resources = await resourcesOf({}, { ingress: [{ cidr: ANYWHERE, port: 443, openToTheWorld: true }] });
  const open = all(resources, TYPES.ingress).filter(({ inputs }) => inputs.cidrIpv4 === ANYWHERE);
  expect(open.map(({ inputs }) => [inputs.fromPort, inputs.toPort])).toEqual([[443, 443]]);
});

test('two rules with addresses of other resources are two rules', async () => {
  const { resources } = await deploy(() => {
    const cidrs = ['a', 'b'].map(
      (name) => pulumi.interpolate`${new ec2.Eip(name, { domain: 'vpc' }).publicIp}/32`,
    );
    return new UsernetesCluster('hpc', { ...SMALL, ingress: cidrs.map((cidr) => ({ cidr, port: 22 })) });
  });
  expect(all(resources, TYPES.ingress).filter(({ inputs }) => inputs.fromPort === 22)).toHaveLength(2);
});

test('nodes may do what their boot needs, and nothing else', async () => {
  const resources = await resourcesOf({});
  const parameter = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/flux-usernetes/hpc`;
  const { bucket, key } = one(resources, TYPES.object).inputs;
  const allowed = statementsIn(resources).map(({ Effect, Action, Resource, Condition }) => [
    Effect,
    Action,
    Resource,
    Condition,
  ]);
  expect(allowed).toEqual([
    [
      'Allow',
      [
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      ['*'],
      undefined,
    ],
    ['Allow', ['s3:GetObject'], [`arn:aws:s3:::${String(bucket)}/${String(key)}`], undefined],
    ['Allow', ['ssm:GetParameter'], [`${parameter}/*`], undefined],
    ['Allow', ['ssm:PutParameter'], [`${parameter}/packages`, `${parameter}/kubeconfig`], undefined],
    [
      'Allow',
      ['ec2:CreateTags'],
      [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/*`],
      {
        StringEquals: { 'aws:ARN': '${ec2:SourceInstanceARN}' },
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['flux-usernetes:state', 'flux-usernetes:step', 'flux-usernetes:message'],
        },
      },
    ],
  ]);
  const trust = JSON.parse(String(one(resources, TYPES.role).inputs.assumeRolePolicy)) as {
    Statement: unknown;
  };
  expect(trust.Statement).toEqual([
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ]);
});

test('the scripts of the boot are where nobody else reads them', async () => {
  const resources = await resourcesOf({});
  expect(one(resources, TYPES.publicAccess).inputs).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const { Statement } = JSON.parse(String(one(resources, TYPES.bucketPolicy).inputs.policy));
  expect(Statement).toMatchObject([
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
  expect(one(resources, TYPES.object).dependsOn).toContain('BucketPublicAccessBlock hpc-boot');
});

test('metadata are asked with a token, and by the node only', async () => {
  expect(one(await resourcesOf({}), TYPES.template).inputs.metadataOptions).toEqual({
    httpEndpoint: 'enabled',
    httpTokens: 'required',
    httpPutResponseHopLimit: 1,
  });
});
