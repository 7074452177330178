export * from './props';
export { type RenderedFluxOperator, fluxOperator, renderFluxOperator } from './flux-operator';
export { FLUX_OPERATOR_RULES, type FluxOperatorRule, RULES } from './rules';
