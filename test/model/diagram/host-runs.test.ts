import * as fc from 'fast-check';
import { hostRange } from '../../../src/model/flux/host-list';
import { hostAt, hostRuns } from '../../../src/model/flux/host-runs';

/** All hosts of a list, by their names. */
function hosts(list: string): string[] {
  return hostRuns(list).flatMap((run) => Array.from({ length: run.count }, (_, index) => hostAt(run, index)));
}

test('ranges, single numbers and plain names are read in their order', () => {
  expect(hosts('lead.example.org,lead-[1-2],n[08-10,12].rack')).toEqual([
    'lead.example.org',
    'lead-1',
    'lead-2',
    'n08.rack',
    'n09.rack',
    'n10.rack',
    'n12.rack',
  ]);
});

test.each(['a[3-1]', 'a[x]', 'a[]', 'a[1-2][3-4]', 'a]b['])(
  '%s is no host list, and counts as one host',
  (list) => {
    expect(hosts(list)).toEqual([list]);
  },
);

test('what hostRange writes is read as the same hosts', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/),
      fc.nat(999),
      fc.integer({ min: 1, max: 50 }),
      (prefix, first, count) => {
        const names = Array.from({ length: count }, (_, index) => `${prefix}-${first + index}`);
        expect(hosts(hostRange(prefix, first, count))).toEqual(names);
      },
    ),
  );
});
