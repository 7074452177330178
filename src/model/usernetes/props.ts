/** The types that describe a cluster with user-space Kubernetes on EC2, for the adapter to hand on. */
export {
  type CapacitySpec,
  ContainerEngine,
  type IngressSpec,
  Market,
  NetworkAccess,
  Placement,
  type PricesSpec,
  type SecretSpec,
  type UsernetesClusterSpec,
  type NodeImageSpec,
  type UsernetesInstallSpec,
  UsernetesMode,
  type UsernetesNetworkSpec,
  type NodeVolumeSpec,
  type WaitSpec,
} from './spec';
