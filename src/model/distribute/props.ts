/** The types that describe Flux on the nodes, for the adapters to hand on. */
export type { Download, FluxMirror, FluxVersions, InstallerMirror, PackageLocks } from '../packages/spec';
export type { FluxBuildSpec, FluxTarball, FluxTarballs, ProxySettings } from './build-spec';
export type { NodeCleanUpSpec } from './clean-up';
export { BrokerRunner, type FluxDistributeSpec, NodeCleanUp, type UpdateStrategy } from './spec';
export type { NodeDirectories } from '../node-pod';
