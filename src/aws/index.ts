/**
 * Flux on AWS, with Pulumi.
 * @module flux-framework-constructs/aws
 */
export type { ConstructRule } from '../model/construct-rule';
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
  type UsernetesInstallSpec,
  UsernetesMode,
  type WaitSpec,
} from '../model/usernetes/spec';
export { USERNETES_RULES, type UsernetesRule } from '../model/usernetes';
export { USERNETES_IMAGE_RULES, type UsernetesImageRule } from '../model/usernetes/image-rules';
export { Architecture, FluxBuild } from '../model/usernetes/image-spec';
export { UsernetesCluster } from './usernetes-cluster';
export type {
  Capacity,
  Ingress,
  NodeImage,
  NodeVolume,
  StoredSecret,
  UsernetesClusterArgs,
  UsernetesNetwork,
} from './usernetes-cluster-args';
export { type BakedImage, UsernetesImage } from './usernetes-image';
export type { UsernetesImageArgs } from './usernetes-image-args';
