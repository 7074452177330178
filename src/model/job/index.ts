export * from './props';
export {
  JOB_SILENCEABLE_CODES,
  checkMiniClusterJob,
  miniClusterJob,
  renderMiniClusterJob,
} from './minicluster-job';
export { JOB_RULE_TEXTS } from './rules';
