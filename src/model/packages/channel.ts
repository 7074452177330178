/** The channel that has Flux and all that it needs. */
export const CONDA_FORGE = 'https://conda.anaconda.org/conda-forge';
