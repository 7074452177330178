/** The types that describe a shared volume, for the adapters to hand on. */
export type {
  ClaimObject,
  CsiSource,
  HostPathSource,
  NfsSource,
  SharedVolumeMountOptions,
  SharedVolumeSpec,
  VolumeSecretReference,
} from './spec';
