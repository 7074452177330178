/**
 * Flux on AWS, with Pulumi.
 * @module
 */
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
export type {
  FluxMirror,
  FluxVersions,
  InstallerMirror,
  PackageLocks,
  Download,
} from '../model/packages/spec';
export {
  ContainerEngine,
  Market,
  NetworkAccess,
  Placement,
  type PricesSpec,
  UsernetesMode,
  type WaitSpec,
} from '../model/usernetes/spec';
export { USERNETES_RULES, type UsernetesRule } from '../model/usernetes';
export { UsernetesCluster } from './usernetes-cluster';
export type {
  CapacityArgs,
  IngressArgs,
  NodeImageArgs,
  NodeVolumeArgs,
  SecretArgs,
  UsernetesClusterArgs,
  UsernetesNetworkArgs,
} from './usernetes-cluster-args';
