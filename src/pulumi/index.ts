/**
 * Flux on Kubernetes, with Pulumi: components that deploy the manifests of the model.
 * @module flux-framework-constructs/pulumi
 */
export { ClusterWait } from '../model/cluster-wait';
export { FluxFrom } from '../model/job/input';
export { BrokerRunner, NodeCleanUp } from '../model/distribute/props';
export type { Manifest, Metadata } from '../model/manifest';
export { MachineSharing } from '../model/applications/spec';
export { OperatorVersion } from '../model/minicluster/operator-version';
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
export { ArchiveSave } from '../model/state/spec';
export type { SharedVolumeMountOptions } from '../model/storage/props';
export { Cdk8sChart, type Cdk8sChartArgs } from './cdk8s-chart';
export { ContentDistribution, type ContentDistributionArgs } from './content-distribution';
export { CurveCertificate, type CurveCertificateArgs } from './curve-certificate';
export { FluxDistribute, type FluxDistributeArgs } from './flux-distribute';
export { FluxOperator, type FluxOperatorArgs } from './flux-operator';
export type * from './generated/args';
export { MiniCluster, type MiniClusterArgs } from './minicluster';
export { MiniClusterJob, type MiniClusterJobArgs } from './minicluster-job';
export { MultiApplicationCluster, type MultiApplicationClusterArgs } from './multi-application-cluster';
export type { ObjectMetadata } from './object-metadata';
export { type Claim, SharedVolume, type SharedVolumeArgs } from './shared-volume';
