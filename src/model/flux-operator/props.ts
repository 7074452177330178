/** The types that install an operator, for the adapters to hand on. */
export type { FluxOperatorImages, FluxOperatorMetadata, FluxOperatorSpec } from './spec';
