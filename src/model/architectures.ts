/** The architectures of nodes for which there is Flux, as Kubernetes names them, in the order in which they are rendered. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;
