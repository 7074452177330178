/** The types that describe a distribution of content, for the adapters to hand on. */
export type { ContentDistributionSpec, ContentFile, Containerd, DistributedFlux } from './spec';
