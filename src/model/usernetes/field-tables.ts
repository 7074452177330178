/** Names and types of the fields, for input that no compiler has seen. */
import { FLAG, NUMBER, TEXT, TREE, TREES, treeOf, oneOf } from '../field-types';
import { FieldType, Fields, Unfit, unfit } from '../fields';
import { unfitInPackages, unfitWithin } from '../packages/check';
import { isTree } from '../tree';
import {
  CapacitySpec,
  ContainerEngine,
  IngressSpec,
  Market,
  NetworkAccess,
  Placement,
  PricesSpec,
  SecretSpec,
  UsernetesClusterSpec,
  NodeImageSpec,
  UsernetesInstallSpec,
  UsernetesMode,
  UsernetesNetworkSpec,
  NodeVolumeSpec,
  WaitSpec,
} from './spec';

const PRICE: FieldType = {
  expected: 'a number of US dollars, none below 0',
  accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
};
/** Some values may not be known yet. */
const TAGS: FieldType = {
  expected: 'texts by name',
  accepts: (value) =>
    isTree(value) && Object.values(value).every((one) => one === undefined || typeof one === 'string'),
};
/** Some of them may not be known yet. */
const IDS: FieldType = {
  expected: 'a list of ids',
  accepts: (value) =>
    Array.isArray(value) && value.every((one) => one === undefined || typeof one === 'string'),
};

/** What is installed: of clusters and of images. */
export const INSTALL: Fields<UsernetesInstallSpec> = {
  engine: oneOf(Object.values(ContainerEngine)),
  versions: TREE,
  locks: TREE,
  mirror: TREE,
  usernetesCommit: TEXT,
};

const SPEC: Fields<UsernetesClusterSpec> = {
  clusterName: TEXT,
  nodes: NUMBER,
  maxNodes: NUMBER,
  instanceType: TEXT,
  mode: oneOf(Object.values(UsernetesMode)),
  ...INSTALL,
  efa: FLAG,
  placement: oneOf(Object.values(Placement)),
  placementGroup: TEXT,
  network: TREE,
  ingress: TREES,
  securityGroupIds: IDS,
  image: TREE,
  volume: TREE,
  capacity: TREE,
  certificate: TREE,
  munge: FLAG,
  wait: TREE,
  prices: TREE,
  tags: TAGS,
  permissionsBoundary: TEXT,
};
const INGRESS: Fields<IngressSpec> = {
  cidr: TEXT,
  port: NUMBER,
  toPort: NUMBER,
  protocol: oneOf(['tcp', 'udp']),
  description: TEXT,
  openToTheWorld: FLAG,
};
const NETWORK: Fields<UsernetesNetworkSpec> = {
  cidr: TEXT,
  access: oneOf(Object.values(NetworkAccess)),
  availabilityZone: TEXT,
  vpcId: TEXT,
  subnetId: TEXT,
  firstAddress: TEXT,
};
const IMAGE: Fields<NodeImageSpec> = {
  id: TEXT,
  baked: FLAG,
  engine: oneOf(Object.values(ContainerEngine)),
  efa: FLAG,
  munge: FLAG,
  ubuntu: TEXT,
  renewal: TEXT,
};
const VOLUME: Fields<NodeVolumeSpec> = {
  size: NUMBER,
  iops: NUMBER,
  throughput: NUMBER,
  kmsKeyId: TEXT,
};
const CAPACITY: Fields<CapacitySpec> = {
  market: oneOf(Object.values(Market)),
  reservationId: TEXT,
  reservationGroupArn: TEXT,
  maxPrice: TEXT,
};
const SECRET: Fields<SecretSpec> = { arn: TEXT, kmsKeyArn: TEXT };
const WAIT: Fields<WaitSpec> = { enabled: FLAG, timeout: NUMBER };
const PRICES: Fields<PricesSpec> = { instanceHour: PRICE, volumeGibMonth: PRICE, networkHour: PRICE };

/** The fields, at any depth, that have another name or type than they may. */
export function unfitInCluster(spec: unknown): Unfit[] {
  const given = treeOf(spec);
  const ingress: readonly unknown[] = Array.isArray(given.ingress) ? given.ingress : [];
  return [
    ...unfit('', spec, SPEC),
    ...unfitWithin('network', given.network, NETWORK),
    ...ingress.flatMap((one, index) => unfitWithin(`ingress[${index}]`, one, INGRESS)),
    ...unfitWithin('image', given.image, IMAGE),
    ...unfitWithin('volume', given.volume, VOLUME),
    ...unfitWithin('capacity', given.capacity, CAPACITY),
    ...unfitWithin('certificate', given.certificate, SECRET),
    ...unfitWithin('wait', given.wait, WAIT),
    ...unfitWithin('prices', given.prices, PRICES),
    ...unfitInPackages(given),
  ];
}
