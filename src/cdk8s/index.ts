/**
 * Constructs for cdk8s: they wrap the manifests of the model.
 * @module flux-framework-constructs/cdk8s
 */
export type { NamedObject } from '../model/manifest';
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
export { ContentDistribution, type ContentDistributionProps } from './content-distribution';
export { FluxDistribute, type FluxDistributeProps } from './flux-distribute';
export { FluxDistributeCleanUp, type FluxDistributeCleanUpProps } from './flux-distribute-clean-up';
export { FluxOperator, type FluxOperatorProps } from './flux-operator';
export { MiniCluster, type MiniClusterProps } from './minicluster';
export { MiniClusterJob, type MiniClusterJobProps } from './minicluster-job';
export { MiniClusterV1Alpha1, type MiniClusterV1Alpha1Props } from './minicluster-v1alpha1';
export { MultiApplicationCluster, type MultiApplicationClusterProps } from './multi-application-cluster';
export { SharedVolume, type SharedVolumeProps, type VolumeClaim } from './shared-volume';
export * from '../model/applications/props';
export * from '../model/content/props';
export * from '../model/distribute/props';
export * from '../model/flux-operator/props';
export * from '../model/job/props';
export * from '../model/minicluster/props';
export type { StagedPath } from '../model/staging/spec';
export * from '../model/state/spec';
export * from '../model/storage/props';
