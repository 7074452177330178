/** What holds for every spec that has the right types, traps or not. */
import * as fc from 'fast-check';
import { InvalidSpecError } from '../../../src/model/problems';
import { MiniClusterInput, MiniClusterSpec, OperatorVersion } from '../../../src/model/minicluster';
import { readCluster } from '../../../src/model/minicluster/cluster';
import { ROUTED_CODES } from '../../../src/model/minicluster/routes';
import { MINICLUSTER_RULES } from '../../../src/model/minicluster/rules';
import { applyRules } from '../../../src/model/minicluster/rules/rule';
import { arbitrarySpec } from '../../support/arbitrary-spec';
import { tameSpec } from '../../support/tame-spec';
import { miniCluster, miniClusterV1Alpha1 } from '../../support/render';

jest.setTimeout(60_000);

const METADATA = { name: 'lmp', namespace: 'hpc' };

/** The manifests, or nothing where the spec is refused; any other error is a fault. */
function orRefused<T>(render: () => T): T | undefined {
  try {
    return render();
  } catch (error) {
    if (error instanceof InvalidSpecError) return undefined;
    throw error;
  }
}

test('any v1alpha2 spec is refused or renders manifests that are valid, the same each time', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha2'), (spec) => {
      const first = orRefused(() => miniCluster(METADATA, spec as MiniClusterInput));
      const second = orRefused(() => miniCluster(METADATA, spec as MiniClusterInput));
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    }),
    { numRuns: 300 },
  );
});

test('any v1alpha1 spec is refused or renders manifests that are valid', () => {
  fc.assert(
    fc.property(arbitrarySpec('v1alpha1'), (spec) => {
      orRefused(() => miniClusterV1Alpha1(METADATA, spec as never));
    }),
    { numRuns: 300 },
  );
});

const MAIN = OperatorVersion.MAIN;
let untouched = 0;
let mended = 0;

test('a spec in which nothing is to be mended is rendered as written, and one that was mended has nothing left', () => {
  fc.assert(
    fc.property(tameSpec, (spec) => {
      const manifests = orRefused(() => miniCluster(METADATA, spec));
      if (!manifests) return;
      const toMend = applyRules(MINICLUSTER_RULES, readCluster(METADATA, spec, MAIN), MAIN).filter(
        ({ code }) => ROUTED_CODES.has(code),
      );
      const rendered = manifests.at(-1)?.spec as MiniClusterSpec;
      if (toMend.length === 0) {
        untouched += 1;
        expect(manifests).toHaveLength(1);
        expect(rendered).toEqual(spec);
      } else {
        mended += 1;
        expect(rendered).not.toEqual(spec);
        // Escaped text looks like the trap that it is not: those two are proven by execution.
        const left = applyRules(
          MINICLUSTER_RULES,
          readCluster(METADATA, rendered, MAIN),
          MAIN,
          new Set(['MC009', 'MC010']),
        );
        expect(left.filter(({ code }) => ROUTED_CODES.has(code))).toEqual([]);
      }
    }),
    { numRuns: 2500 },
  );
  // The property means something only if both kinds came up.
  expect([untouched > 20, mended > 100]).toEqual([true, true]);
});
