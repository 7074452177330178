export {
  checkMultiApplicationCluster,
  multiApplicationCluster,
  renderMultiApplicationCluster,
} from './multi-application-cluster';
export { APPLICATION_RULE_TEXTS } from './rules';
