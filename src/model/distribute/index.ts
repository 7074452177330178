export * from './props';
export { checkFluxDistribute } from './check';
export { PROXY } from './check-build';
export { type RenderedCleanUp, fluxDistributeCleanUp, renderCleanUp } from './clean-up';
export { type RenderedFluxDistribute, fluxDistribute, renderFluxDistribute } from './flux-distribute';
export { FLUX_DISTRIBUTE_RULES, type FluxDistributeRule } from './rules';
export { type DistributeInCluster, checkDistributesTogether } from './together';
export { directoriesOf, namesOf } from './identity';
