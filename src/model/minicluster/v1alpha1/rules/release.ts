/** The operator's 0.1 series, which serves v1alpha1. */
export const V1ALPHA1: readonly string[] = ['0.1'];
