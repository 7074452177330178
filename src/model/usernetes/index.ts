export * from './props';
export * from './defaults';
export { type MadeSubnets, type NodeBlock, blockSize, madeSubnets, nodeBlock } from './addresses';
export { type BootBundle, bootBundle, imageBundle } from './boot-bundle';
export { CERTIFICATE_BYTES, MUNGE_KEY_BYTES, clusterCertificate } from './certificate';
export { checkUsernetesCluster } from './check';
export { hourlyCost } from './cost';
export { checkFacts, unanswered, zoneNotOffered } from './check-facts';
export type {
  ClusterFacts,
  ImageFacts,
  InstanceTypeFacts,
  NetworkCardFacts,
  SubnetFacts,
  VpcFacts,
} from './facts';
export {
  type InterfaceLayout,
  type NodeLayout,
  architectureOf,
  layoutOf,
  nodeBlockOf,
  zoneOf,
} from './layout';
export type { KnownUsernetesClusterSpec } from './known';
export {
  type BundleObject,
  PORTS,
  type ResolvedCluster,
  installConfig,
  nodeConfig,
  parametersOf,
} from './node-config';
export { USERNETES_RULES, type UsernetesRule } from './rules';
export { LARGEST_USER_DATA, type UserData, checkUserData, userData } from './user-data';
export { type WaitTemplate, waitTemplate, waveOf } from './wait-template';
export { publicParameterOf } from './ubuntu';
