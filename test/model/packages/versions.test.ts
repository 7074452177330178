/** The versions of Flux that conda-forge has, in pairs that install together. */
import { ARCHITECTURES } from '../../../src/model/architectures';
import { FLUX_PAIRS, packagesOf, pairOf } from '../../../src/model/packages/versions';

const numbersOf = (version: string): number[] => version.split('.').map(Number);

/** Below 0 if the first one is older. */
function compare(one: string, other: string): number {
  const [left, right] = [numbersOf(one), numbersOf(other)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

test('the newest pair comes first, and is the default', () => {
  const sorted = [...FLUX_PAIRS].sort(
    (one, other) => compare(other.fluxCore, one.fluxCore) || compare(other.fluxSched, one.fluxSched),
  );
  expect(FLUX_PAIRS).toEqual(sorted);
  expect(pairOf()).toBe(FLUX_PAIRS[0]);
  expect(pairOf()).toEqual({ fluxCore: '0.85.0', fluxSched: '0.51.0', architectures: ARCHITECTURES });
});

test('each pair is there once', () => {
  const names = FLUX_PAIRS.map(({ fluxCore, fluxSched }) => `${fluxCore} ${fluxSched}`);
  expect(new Set(names).size).toBe(names.length);
});

test('one version leads to the newest other one that belongs to it', () => {
  expect(pairOf({ fluxCore: '0.78.0' })).toMatchObject({ fluxSched: '0.47.0' });
  expect(pairOf({ fluxSched: '0.48.0' })).toMatchObject({ fluxCore: '0.81.0' });
  expect(pairOf({ fluxSched: '0.38.0' })).toMatchObject({ fluxCore: '0.69.0' });
  expect(pairOf({ fluxCore: '0.83.1', fluxSched: '0.50.0' })).toBeDefined();
});

test('versions that were not built with one another are no pair', () => {
  expect(pairOf({ fluxCore: '0.66.0', fluxSched: '0.38.0' })).toBeUndefined();
  expect(pairOf({ fluxCore: '0.85.0', fluxSched: '0.50.0' })).toBeUndefined();
  expect(pairOf({ fluxCore: '0.66.0' })).toBeUndefined();
});

test('what is asked of the channel leaves no choice of the build', () => {
  for (const pair of FLUX_PAIRS)
    expect(packagesOf(pair)).toEqual([
      `flux-core=${pair.fluxCore}`,
      `flux-sched=${pair.fluxSched}`,
      'python=3.13',
      'mpich',
    ]);
});
