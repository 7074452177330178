export { type UpgradedMiniCluster, upgradeMiniCluster } from './upgrade';
export { UpgradeEffect, type UpgradeNote } from './notes';
export { FluxSource, type UpgradeOptions } from './upgrade-context';
