/** The types that write a MiniClusterJob, for the adapters to hand on. */
export { FluxFrom, type JobContainerInput, type MiniClusterJobInput } from './input';
export type * from './options';
