/** The types that write a cluster with several applications, for the adapters to hand on. */
export * from './spec';
