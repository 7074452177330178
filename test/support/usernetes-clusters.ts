/** Clusters that stand for all kinds there are, by name. */
import {
  ContainerEngine,
  Market,
  NetworkAccess,
  Placement,
  UsernetesMode,
} from '../../src/model/usernetes/spec';
import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { UsernetesClusterArgs } from '../../src/aws/usernetes-cluster-args';
import { ACCOUNT, EXISTING_SUBNET, EXISTING_VPC, REGION, UBUNTU_ARM64 } from './aws-account';
import { Deployment, DeployOptions, deploy } from './pulumi-deploy';

/** Two nodes without EFA. */
export const SMALL: UsernetesClusterArgs = { nodes: 2, instanceType: 'm7i.large' };

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const RESERVATION = 'cr-0123456789abcdef0';
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:flux/curve-AbCdEf`;

export const CLUSTERS: Readonly<Record<string, UsernetesClusterArgs>> = {
  small: SMALL,
  single: { nodes: 1, instanceType: 't3.medium', mode: UsernetesMode.BATCH },
  hpc: { nodes: 32, maxNodes: 64, instanceType: 'hpc7g.4xlarge' },
  growing: { nodes: 8, maxNodes: 256, instanceType: 'c7g.large', mode: UsernetesMode.BATCH },
  intel: { nodes: 2, instanceType: 'c5n.18xlarge', efa: false, placement: Placement.NONE },
  cards: { nodes: 2, instanceType: 'p4d.24xlarge' },
  gpus: {
    nodes: 2,
    instanceType: 'p5.48xlarge',
    capacity: { market: Market.CAPACITY_BLOCK, reservationId: RESERVATION },
    network: { availabilityZone: `${REGION}b` },
  },
  spot: { ...SMALL, capacity: { market: Market.SPOT, maxPrice: '0.05' }, placementGroup: 'theirs' },
  reserved: {
    ...SMALL,
    capacity: { reservationId: RESERVATION },
    network: { availabilityZone: `${REGION}a` },
  },
  group: {
    ...SMALL,
    capacity: { reservationGroupArn: `arn:aws:resource-groups:${REGION}:${ACCOUNT}:group/flux` },
  },
  closed: {
    nodes: 4,
    instanceType: 'hpc7g.4xlarge',
    network: { access: NetworkAccess.ENDPOINTS, cidr: '172.31.0.0/20' },
    image: { id: UBUNTU_ARM64, baked: true },
    certificate: { arn: SECRET, kmsKeyArn: KEY },
  },
  public: {
    ...SMALL,
    engine: ContainerEngine.PODMAN,
    network: { access: NetworkAccess.PUBLIC },
    ingress: [
      { cidr: '203.0.113.0/24', port: 22, description: 'Office' },
      { cidr: '198.51.100.7/32', port: 30000, toPort: 32767, protocol: 'udp' },
    ],
  },
  existing: {
    ...SMALL,
    engine: ContainerEngine.NERDCTL,
    network: { vpcId: EXISTING_VPC, subnetId: EXISTING_SUBNET, firstAddress: '10.20.18.64' },
    certificate: { arn: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/flux/curve` },
    wait: { enabled: false },
  },
  bounded: {
    ...SMALL,
    munge: true,
    volume: { size: 500, iops: 6000, throughput: 500, kmsKeyId: KEY },
    tags: { team: 'hpc', 'cost-center': '42' },
    permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
    prices: { instanceHour: 0.1008, volumeGibMonth: 0.088 },
  },
};

const deployed = new Map<string, Promise<Deployment<UsernetesCluster>>>();

/** Deploys one cluster; the same one only once in a file of tests. */
export function deployCluster(
  args: UsernetesClusterArgs = SMALL,
  options: DeployOptions & { readonly name?: string } = {},
): Promise<Deployment<UsernetesCluster>> {
  const key = JSON.stringify([args, options]);
  const deployment =
    deployed.get(key) ?? deploy(() => new UsernetesCluster(options.name ?? 'hpc', args), options);
  deployed.set(key, deployment);
  return deployment;
}
