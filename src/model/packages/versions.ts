/**
 * Versions of Flux on conda-forge that install together.
 *
 * From the history of the recipes (github.com/conda-forge/flux-core-feedstock up to 2026-05-06, and
 * flux-sched-feedstock): each commit on main that raises a version or a build number is a build, and the files in its
 * .ci_support are the architectures and variants that were built. flux-core has `run_exports` with `max_pin: x.x`, so a
 * build of flux-sched asks for a flux-core of the minor version that it was built with, no older and no newer: that
 * which was the newest on conda-forge at its commit, unless the recipe or the pin of libhwloc held it back. A
 * flux-core that flux-sched was never built with (0.66.0, 0.67.0, 0.68.0, 0.70.0 to 0.77.0, 0.83.0) can't be installed
 * beside any.
 *
 * Later builds are there on conda-forge, but their history is not in what was read.
 */
import { ARCHITECTURES } from '../architectures';
import { FluxVersions } from './spec';

/** A flux-core and a flux-sched that was built with it. */
export interface FluxPair {
  readonly fluxCore: string;
  readonly fluxSched: string;
  /** For which both were built. */
  readonly architectures: readonly string[];
}

/** Newest first: flux-core, and the versions of flux-sched that were built with it. */
const BUILDS: readonly (readonly [string, readonly string[]])[] = [
  ['0.85.0', ['0.51.0']],
  ['0.84.0', ['0.50.0']],
  ['0.83.1', ['0.50.0']],
  ['0.82.0', ['0.49.0']],
  ['0.81.0', ['0.48.0']],
  ['0.80.0', ['0.48.0']],
  ['0.79.0', ['0.48.0']],
  ['0.78.0', ['0.47.0', '0.46.0', '0.45.0', '0.44.0', '0.43.0', '0.42.2', '0.42.1', '0.42.0', '0.41.0']],
  ['0.69.0', ['0.40.0', '0.39.0', '0.38.0']],
];

/** All pairs, newest first; the first one is the default. */
export const FLUX_PAIRS: readonly FluxPair[] = BUILDS.flatMap(([fluxCore, scheds]) =>
  scheds.map((fluxSched) => ({ fluxCore, fluxSched, architectures: ARCHITECTURES })),
);

/** The newest pair with these versions, or undefined if none has them; without versions the newest of all. */
export function pairOf({ fluxCore, fluxSched }: FluxVersions = {}): FluxPair | undefined {
  return FLUX_PAIRS.find(
    (pair) =>
      (fluxCore === undefined || pair.fluxCore === fluxCore) &&
      (fluxSched === undefined || pair.fluxSched === fluxSched),
  );
}

/**
 * What is asked of the channel for a pair.
 *
 * Each flux-core was built twice, to come with mpich or with openmpi; it links with neither, and there is none without.
 * The two differ by nothing but the hash in their build string, so that the solver may take either: mpich, the smaller
 * one, decides. Python 3.13 is the newest one that all pairs were built for.
 */
export function packagesOf({ fluxCore, fluxSched }: FluxPair): readonly string[] {
  return [`flux-core=${fluxCore}`, `flux-sched=${fluxSched}`, 'python=3.13', 'mpich'];
}
