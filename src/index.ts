/**
 * The model: plain functions from typed input to Kubernetes manifests. It loads no infrastructure SDK.
 * @module
 */
export type { Manifest, Metadata, NamedObject } from './model/manifest';
export { InvalidSpecError, type Problem, Severity } from './model/problems';
export { type BrokerConfig, type BrokerHost, brokerConfig } from './model/flux/broker-config';
export * from './model/flux-operator/props';
export { FLUX_OPERATOR_RULES, type FluxOperatorRule, fluxOperator } from './model/flux-operator';
export * from './model/minicluster/props';
export {
  type Finding,
  FluxSource,
  type ParseOptions,
  type ParsedDocument,
  type ParsedMiniCluster,
  type ParsedObject,
  RULE_TEXTS,
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
