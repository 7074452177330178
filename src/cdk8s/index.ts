/**
 * Constructs for cdk8s: they wrap the manifests of the model.
 * @module
 */
export type { NamedObject } from '../model/manifest';
export { InvalidSpecError, type Problem, Severity } from '../model/problems';
export { MiniCluster, type MiniClusterProps } from './minicluster';
export { MiniClusterV1Alpha1, type MiniClusterV1Alpha1Props } from './minicluster-v1alpha1';
export * from '../model/minicluster/props';
