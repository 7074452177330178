import * as fc from 'fast-check';
import { MiniClusterInput } from '../../src/model/minicluster';

/** The first value most of the time. */
function often<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** Specs with and without traps, of small values, so that many get past the rules. */
export const tameSpec: fc.Arbitrary<MiniClusterInput> = fc.record(
  {
    size: fc.integer({ min: 1, max: 4 }),
    maxSize: fc.integer({ min: 4, max: 8 }),
    tasks: fc.integer({ min: 0, max: 9 }),
    interactive: fc.boolean(),
    backoffLimit: fc.integer({ min: 1, max: 3 }),
    logging: fc.record({ quiet: fc.boolean(), strict: fc.boolean() }, { requiredKeys: [] }),
    flux: fc.record(
      {
        brokerConfig: often('a = 1\n', 'a = "$HOME"'),
        environment: fc.dictionary(fc.constantFrom('A', 'B'), often('plain', 'two words', "it's")),
        container: fc.record({ disable: fc.boolean(), image: fc.constant('view:1') }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    containers: fc
      .record(
        {
          image: fc.constant('ubuntu:24.04'),
          command: often('lmp -in a', 'echo "a b"', 'a && b', "flux submit 'x'\n"),
          batch: fc.boolean(),
          batchRaw: fc.boolean(),
          commands: fc.record(
            { pre: often('date', 'a\nb', 'cat <<E\nE'), init: fc.constant('date') },
            { requiredKeys: [] },
          ),
          securityContext: fc.record({ runAsUser: fc.constantFrom(0, 1000) }, { requiredKeys: [] }),
          volumes: fc.dictionary(
            fc.constantFrom('a', 'b'),
            often<object>(
              { claimName: 'b', path: '/b' },
              { configMapName: 'a', path: '/a' },
              { emptyDir: true, emptyDirMedium: 'Memory' },
            ),
          ),
          lifeCycle: fc.record({ preStopExec: often('/stop', 'stop now') }, { requiredKeys: [] }),
        },
        { requiredKeys: ['image'] },
      )
      .map((container) => [container]),
  },
  { requiredKeys: ['containers', 'tasks'] },
);
