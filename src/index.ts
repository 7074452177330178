/**
 * The model: plain functions from typed input to Kubernetes manifests. It loads no infrastructure SDK.
 * @module flux-framework-constructs
 */
export type { ConstructRule } from './model/construct-rule';
export type { Manifest, Metadata, NamedObject } from './model/manifest';
export { InvalidSpecError, type Problem, Severity } from './model/problems';
export { type BrokerConfig, type BrokerHost, brokerConfig } from './model/flux/broker-config';
export * from './model/content/props';
export {
  CONTENT_DISTRIBUTION_RULES,
  type ContentDistributionRule,
  checkContentDistribution,
  contentDistribution,
} from './model/content';
export {
  type Diagram,
  type DiagramArrow,
  DiagramArrowKind,
  type DiagramBox,
  DiagramBoxKind,
  type DiagramOptions,
  DiagramTheme,
  type DrawingOptions,
  type UsernetesDiagramSpec,
  diagram,
  mermaid,
  svg,
  usernetesDiagram,
} from './model/diagram';
export * from './model/distribute/props';
export {
  FLUX_DISTRIBUTE_RULES,
  type FluxDistributeRule,
  checkFluxDistribute,
  fluxDistribute,
  fluxDistributeCleanUp,
} from './model/distribute';
export * from './model/flux-operator/props';
export { FLUX_OPERATOR_RULES, type FluxOperatorRule, fluxOperator } from './model/flux-operator';
export * from './model/job/props';
export { checkMiniClusterJob, miniClusterJob } from './model/job';
export * from './model/applications/props';
export { checkMultiApplicationCluster, multiApplicationCluster } from './model/applications';
export * from './model/minicluster/props';
export { RULE_TEXTS } from './model/rule-texts';
export {
  type Finding,
  FluxSource,
  type ParseOptions,
  type ParsedDocument,
  type ParsedMiniCluster,
  type ParsedObject,
  type RuleText,
  UpgradeEffect,
  type UpgradeNote,
  type UpgradeOptions,
  type UpgradedMiniCluster,
  checkMiniCluster,
  checkMiniClusterV1Alpha1,
  miniCluster,
  miniClusterV1Alpha1,
  parseManifests,
  parseMiniCluster,
  upgradeMiniCluster,
} from './model/minicluster';
export type { StagedPath } from './model/staging/spec';
export { stagedBatch } from './model/staging';
export * from './model/state/spec';
export * from './model/storage/props';
export {
  SHARED_VOLUME_RULES,
  type SharedVolumeRule,
  checkSharedVolume,
  lacksLocking,
  lacksRename,
  sharedVolume,
} from './model/storage';
export * from './model/usernetes/props';
