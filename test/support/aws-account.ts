/** An AWS account as the mocks of Pulumi have it: what is in it, and what its resources return when they are made. */
import { createHash } from 'node:crypto';

import { INSTANCE_TYPES, InstanceTypeOfTests, describeInstanceType } from './aws-instance-types';

export const REGION = 'eu-west-1';
export const ACCOUNT = '123456789012';

/** A VPC that exists. */
export interface VpcOfTests {
  readonly cidrs: readonly string[];
  readonly dnsSupport?: boolean;
}

/** A subnet that exists. */
export interface SubnetOfTests {
  readonly cidr: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
}

/** An image that exists. */
export interface ImageOfTests {
  readonly architecture: string;
  readonly rootDeviceName: string;
  /** GiB. */
  readonly rootVolumeSize: number;
}

/** What is in the account; what a test names here takes the place of what all tests have. */
export interface AwsAccount {
  readonly instanceTypes?: Readonly<Record<string, InstanceTypeOfTests>>;
  /** Zones that offer an instance type; else the first two of the region. */
  readonly offers?: Readonly<Record<string, readonly string[]>>;
  readonly vpcs?: Readonly<Record<string, VpcOfTests>>;
  readonly subnets?: Readonly<Record<string, SubnetOfTests>>;
  readonly images?: Readonly<Record<string, ImageOfTests>>;
  /** Parameters of SSM. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What parameters of the program hold since an earlier deployment, where `ignoreChanges` keeps it. */
  readonly held?: Readonly<Record<string, string>>;
  /** Ids of instances that were made anew, by names of their resources; else names decide. */
  readonly instanceIds?: Readonly<Record<string, string>>;
}

/** Outputs of other stacks, by name. */
const STACKS: Readonly<Record<string, unknown>> = {
  'organization/usernetes/dev': { kubeconfigParameter: '/flux-usernetes/hpc/kubeconfig' },
};

type Values = Readonly<Record<string, unknown>>;

/** What exists in the account of all tests. */
export const EXISTING_VPC = 'vpc-0123456789abcdef0';
export const EXISTING_SUBNET = 'subnet-0123456789abcdef0';
export const UBUNTU_AMD64 = 'ami-0aa00000000000864';
export const UBUNTU_ARM64 = 'ami-0bb00000000000064';

const PUBLIC = '/aws/service/canonical/ubuntu/server/24.04/stable/current';

const HAS: Required<AwsAccount> = {
  instanceTypes: INSTANCE_TYPES,
  offers: {},
  vpcs: { [EXISTING_VPC]: { cidrs: ['10.20.0.0/16'] } },
  subnets: {
    [EXISTING_SUBNET]: { cidr: '10.20.16.0/20', vpcId: EXISTING_VPC, availabilityZone: `${REGION}b` },
  },
  images: {
    [UBUNTU_AMD64]: { architecture: 'x86_64', rootDeviceName: '/dev/sda1', rootVolumeSize: 8 },
    // That of the page of UsernetesImage.
    [madeImage('flux-node')]: { architecture: 'arm64', rootDeviceName: '/dev/sda1', rootVolumeSize: 30 },
    [UBUNTU_ARM64]: { architecture: 'arm64', rootDeviceName: '/dev/sda1', rootVolumeSize: 8 },
  },
  parameters: {
    [`${PUBLIC}/amd64/hvm/ebs-gp3/ami-id`]: UBUNTU_AMD64,
    [`${PUBLIC}/arm64/hvm/ebs-gp3/ami-id`]: UBUNTU_ARM64,
    '/flux-usernetes/hpc/kubeconfig': 'apiVersion: v1\nkind: Config\n',
  },
  held: {},
  instanceIds: {},
};

/** Answers a look-up as the provider does, with its errors. */
export function callOf(account: AwsAccount, token: string, inputs: Values): Values {
  const look = LOOKS[token];
  if (!look) throw new Error(`no test has an answer for ${token}`);
  const has = Object.fromEntries(
    Object.entries(HAS).map(([name, things]) => [
      name,
      { ...(things as object), ...account[name as keyof AwsAccount] },
    ]),
  ) as unknown as Required<AwsAccount>;
  return look(has, inputs);
}

const LOOKS: Readonly<Record<string, (has: Required<AwsAccount>, inputs: Values) => Values>> = {
  'aws:eks/getCluster:getCluster': (_, { name }) => ({
    name,
    endpoint: `https://${digest('cluster', String(name)).toUpperCase()}.gr7.${REGION}.eks.amazonaws.com`,
    certificateAuthorities: [{ data: Buffer.from(`certificate of ${String(name)}`).toString('base64') }],
  }),
  'aws:ec2/getInstanceType:getInstanceType': ({ instanceTypes }, { instanceType }) => {
    const type = instanceTypes[String(instanceType)];
    if (!type)
      throw new Error(
        `reading EC2 Instance Type: operation error EC2: DescribeInstanceTypes, api error InvalidInstanceType: The following supplied instance types do not exist: [${String(instanceType)}]`,
      );
    return describeInstanceType(String(instanceType), type);
  },
  'aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings': ({ instanceTypes, offers }, inputs) => {
    const type = filterOf(inputs, 'instance-type');
    const isThere = instanceTypes[type] !== undefined;
    const locations = offers[type] ?? (isThere ? [`${REGION}b`, `${REGION}a`] : []);
    return {
      id: REGION,
      instanceTypes: locations.map(() => type),
      locations,
      locationTypes: locations.map(() => 'availability-zone'),
    };
  },
  'aws:ec2/getVpc:getVpc': ({ vpcs }, { id }) => {
    const vpc = vpcs[String(id)];
    if (!vpc) throw new Error('no matching EC2 VPC found');
    return {
      id,
      arn: arnOf('ec2', `vpc/${String(id)}`),
      cidrBlock: vpc.cidrs[0],
      cidrBlockAssociations: vpc.cidrs.map((cidrBlock, index) => ({
        associationId: `vpc-cidr-assoc-${index}`,
        cidrBlock,
        state: 'associated',
      })),
      enableDnsSupport: vpc.dnsSupport ?? true,
      enableDnsHostnames: vpc.dnsSupport ?? true,
    };
  },
  'aws:ec2/getSubnet:getSubnet': ({ subnets }, { id }) => {
    const subnet = subnets[String(id)];
    if (!subnet) throw new Error('no matching EC2 Subnet found');
    const { cidr: cidrBlock, vpcId, availabilityZone } = subnet;
    return { id, arn: arnOf('ec2', `subnet/${String(id)}`), cidrBlock, vpcId, availabilityZone };
  },
  'aws:ec2/getAmi:getAmi': ({ images }, inputs) => {
    const id = filterOf(inputs, 'image-id');
    const image = images[id];
    if (!image)
      throw new Error('Your query returned no results. Please change your search criteria and try again.');
    const { architecture, rootDeviceName, rootVolumeSize } = image;
    const ebs = { volume_size: String(rootVolumeSize), volume_type: 'gp3', encrypted: 'false' };
    return {
      id,
      imageId: id,
      architecture,
      rootDeviceName,
      rootDeviceType: 'ebs',
      blockDeviceMappings: [
        { deviceName: rootDeviceName, ebs, noDevice: '', virtualName: '' },
        { deviceName: '/dev/sdb', ebs: {}, noDevice: '', virtualName: 'ephemeral0' },
      ],
    };
  },
  'aws:ssm/getParameter:getParameter': ({ parameters }, { name }) => {
    const value = parameters[String(name)];
    if (value === undefined)
      throw new Error(`reading SSM Parameter (${String(name)}): couldn't find resource`);
    return { id: name, name, value, insecureValue: value, type: 'String', version: 1 };
  },
};

/** The only value of a filter. */
function filterOf({ filters }: Values, name: string): string {
  const all = (filters ?? []) as readonly { name: string; values: readonly string[] }[];
  return all.find((filter) => filter.name === name)?.values[0] ?? '';
}

/** How ids of EC2's resources begin. */
const PREFIXES: Readonly<Record<string, string>> = {
  'aws:ec2/eip:Eip': 'eipalloc',
  'aws:ec2/instance:Instance': 'i',
  'aws:ec2/internetGateway:InternetGateway': 'igw',
  'aws:ec2/launchTemplate:LaunchTemplate': 'lt',
  'aws:ec2/natGateway:NatGateway': 'nat',
  'aws:ec2/networkInterface:NetworkInterface': 'eni',
  'aws:ec2/routeTable:RouteTable': 'rtb',
  'aws:ec2/routeTableAssociation:RouteTableAssociation': 'rtbassoc',
  'aws:ec2/securityGroup:SecurityGroup': 'sg',
  'aws:ec2/subnet:Subnet': 'subnet',
  'aws:ec2/subnetCidrReservation:SubnetCidrReservation': 'scr',
  'aws:ec2/vpc:Vpc': 'vpc',
  'aws:ec2/vpcEndpoint:VpcEndpoint': 'vpce',
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': 'sgr',
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': 'sgr',
};

/** What AWS fills in when something is made: its id and ARN, and what others read of it. */
export function outputsOf(
  { instanceIds = {} }: AwsAccount,
  type: string,
  name: string,
  inputs: Values,
): { readonly id: string } & Values {
  const id = idOf(type, name);
  const own = text(inputs.name) ?? `${name}-${digest(type, name).slice(0, 7)}`;
  const [service = '', resource = ''] = type.split(/[:/]/).slice(1);
  const kind = resource.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  switch (type) {
    case 'aws:ec2/launchTemplate:LaunchTemplate':
      return { id, arn: arnOf('ec2', `${kind}/${id}`), name: own, latestVersion: 1, defaultVersion: 1 };
    case 'aws:ec2/placementGroup:PlacementGroup':
      return { id: own, arn: arnOf('ec2', `${kind}/${own}`), name: own, placementGroupId: `pg-${id}` };
    case 'aws:ec2/vpcEndpoint:VpcEndpoint':
      return { id, arn: arnOf('ec2', `${kind}/${id}`), prefixListId: 'pl-6da54004' };
    case 'aws:ec2/instance:Instance':
      return { id: instanceIds[name] ?? id, arn: arnOf('ec2', `${kind}/${id}`), instanceState: 'running' };
    case 'aws:ec2/eip:Eip':
      return { id, allocationId: id, publicIp: `198.51.100.${parseInt(digest(type, name).slice(0, 2), 16)}` };
    case 'aws:s3/bucket:Bucket': {
      const bucket = text(inputs.bucket) ?? `${text(inputs.bucketPrefix) ?? name}20260101000000000000000001`;
      return { id: bucket, bucket, arn: `arn:aws:s3:::${bucket}` };
    }
    case 'aws:s3/bucketObjectv2:BucketObjectv2':
      return { id: `${text(inputs.bucket) ?? ''}/${text(inputs.key) ?? ''}` };
    case 'aws:iam/role:Role':
    case 'aws:iam/instanceProfile:InstanceProfile':
      return { id: own, name: own, arn: `arn:aws:iam::${ACCOUNT}:${kind}/${own}` };
    case 'aws:ssm/parameter:Parameter':
      return { id: own, name: own, arn: arnOf('ssm', `parameter/${own.replace(/^\//, '')}`), version: 1 };
    case 'aws:imagebuilder/component:Component':
      return { id, arn: arnOf(service, `${kind}/${own}/${text(inputs.version) ?? ''}/1`) };
    case 'aws:imagebuilder/imageRecipe:ImageRecipe':
      return { id, arn: arnOf(service, `${kind}/${own}/${text(inputs.version) ?? ''}`) };
    case 'aws:imagebuilder/image:Image': {
      const amis = ['us-east-1', REGION].map((region) => ({ region, image: madeImage(name, region) }));
      return {
        id,
        arn: arnOf(service, `${kind}/${own}/1.0.0/1`),
        outputResources: [{ amis, containers: [] }],
      };
    }
    case 'pulumi:pulumi:StackReference':
      return { id, outputs: STACKS[text(inputs.name) ?? ''] ?? {}, secretOutputNames: [] };
    case 'random:index/randomBytes:RandomBytes': {
      const bytes = bytesOf(name, Number(inputs.length));
      return { id: 'none', base64: bytes.toString('base64'), hex: bytes.toString('hex') };
    }
    default:
      return { id, name: own, arn: arnOf(service, `${kind}/${service === 'ec2' ? id : own}`) };
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

function idOf(type: string, name: string): string {
  return `${PREFIXES[type] ?? 'id'}-${digest(type, name).slice(0, 17)}`;
}

/** Id of an image that Image Builder makes. */
function madeImage(name: string, region = REGION): string {
  return `ami-${digest(name, region).slice(0, 17)}`;
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex');
}

/** Bytes that are the same in every run. */
function bytesOf(name: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${name} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}
