export * from './props';
export { checkContentDistribution } from './check';
export {
  type RenderedContentDistribution,
  contentDistribution,
  renderContentDistribution,
} from './content-distribution';
export { CONTENT_DISTRIBUTION_RULES, type ContentDistributionRule } from './rules';
