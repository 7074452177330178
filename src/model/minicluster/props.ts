/** The types that write a MiniCluster, for the adapters to hand on. */
export type * from './api/kubernetes';
export type * from './api/container';
export type * from './api/flux-options';
export type * from './api/v1alpha2';
export type * from './api/v1alpha1';
export type * from './input';
export { OPERATOR_VERSIONS, OperatorVersion } from './operator-version';
export type * from './v1alpha1/input';
