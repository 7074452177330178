/** The types that write a MiniCluster, for the adapters to hand on. */
export * from './api/kubernetes';
export * from './api/container';
export * from './api/flux-options';
export * from './api/v1alpha2';
export * from './api/v1alpha1';
export * from './input';
export { OPERATOR_VERSIONS, OperatorVersion } from './operator-version';
export * from './v1alpha1/input';
