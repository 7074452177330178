/**
 * The model: plain functions from typed input to Kubernetes manifests. It loads no infrastructure SDK.
 * @module
 */
export type { Manifest, Metadata, NamedObject } from './model/manifest';
export { InvalidSpecError, type Problem, Severity } from './model/problems';
export { type BrokerConfig, type BrokerHost, brokerConfig } from './model/flux/broker-config';
export * from './model/minicluster/props';
export {
  RULE_TEXTS,
  type RuleText,
  checkMiniCluster,
  checkMiniClusterV1Alpha1,
  miniCluster,
  miniClusterV1Alpha1,
} from './model/minicluster';
