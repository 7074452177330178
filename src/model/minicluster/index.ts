export * from './props';
export {
  type RenderedMiniCluster,
  SILENCEABLE_CODES,
  checkMiniCluster,
  miniCluster,
  renderMiniCluster,
} from './minicluster';
export type { Finding, ParseOptions, ParsedDocument, ParsedMiniCluster, ParsedObject } from './parse/parsed';
export { parseManifests, parseMiniCluster, unreadableDocument } from './parse/parse';
export {
  FluxSource,
  UpgradeEffect,
  type UpgradeNote,
  type UpgradeOptions,
  type UpgradedMiniCluster,
  upgradeMiniCluster,
} from './upgrade';
export { type ClusterInApp, type ProblemInApp, type ShownToNeighbours, checkTogether } from './together';
export type { RuleText } from './rules/rule';
export { LONGEST_NAME } from './rules/common/names';
export {
  V1ALPHA1_SILENCEABLE_CODES,
  checkMiniClusterV1Alpha1,
  miniClusterV1Alpha1,
  renderMiniClusterV1Alpha1,
} from './v1alpha1/minicluster';
