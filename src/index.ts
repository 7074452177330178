/**
 * The model: plain functions from typed input to Kubernetes manifests. It loads no infrastructure SDK.
 * @module
 */
export type * from './model/manifest';
export * from './model/problems';
export { type BrokerConfig, type BrokerHost, brokerConfig } from './model/flux/broker-config';
export * from './model/minicluster';
