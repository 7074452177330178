/** The trees are those that flux-core builds: broker/topology.c of flux-core, worked out by hand. */
import * as fc from 'fast-check';
import { MOST_BROKERS, parentsOf } from '../../../src/model/diagram/draw/topology';

test('a k-ary tree fills each level from the left', () => {
  expect(parentsOf('kary:2', 8)).toEqual([-1, 0, 0, 1, 1, 2, 2, 3]);
  expect(parentsOf('kary:1', 4)).toEqual([-1, 0, 1, 2]);
  expect(parentsOf('kary:256', 4)).toEqual([-1, 0, 0, 0]);
});

test.each(['flat', 'kary:0', 'mincrit', 'mincrit:', 'mincrit:0'])(
  '%s puts all brokers below rank 0',
  (topology) => {
    expect(parentsOf(topology, 5)).toEqual([-1, 0, 0, 0, 0]);
  },
);

test('mincrit deals the leaves out to its routers', () => {
  expect(parentsOf('mincrit:2', 8)).toEqual([-1, 0, 0, 1, 2, 1, 2, 1]);
});

test('mincrit takes routers of its own accord when rank 0 would have more than 1024 children', () => {
  const widthOf = (size: number): number =>
    parentsOf('mincrit', size)!.filter((parent) => parent === 0).length;
  expect([widthOf(1025), widthOf(1026), widthOf(2051), widthOf(2052)]).toEqual([1024, 2, 2, 3]);
});

test('in a binomial tree a parent is its child without the lowest bit', () => {
  expect(parentsOf('binomial', 11)).toEqual([-1, 0, 0, 2, 0, 4, 4, 6, 0, 8, 8]);
});

test.each(['custom', 'kary', 'kary:x', 'bogus', ''])('the tree of %j is not known', (topology) => {
  expect(parentsOf(topology, 5)).toBeUndefined();
});

test('trees that nobody looks at are not worked out', () => {
  expect(parentsOf('flat', MOST_BROKERS + 1)).toBeUndefined();
});

test('every broker has one parent with a lower rank, and no parent of a k-ary tree has more than k children', () => {
  const topologies = fc.constantFrom(
    'kary:1',
    'kary:3',
    'kary:16',
    'mincrit',
    'mincrit:7',
    'binomial',
    'flat',
  );
  fc.assert(
    fc.property(topologies, fc.integer({ min: 1, max: 400 }), (topology, size) => {
      const [lead, ...others] = parentsOf(topology, size)!;
      expect(lead).toBe(-1);
      expect(others).toHaveLength(size - 1);
      others.forEach((parent, index) => {
        expect(parent).toBeGreaterThanOrEqual(0);
        expect(parent).toBeLessThan(index + 1);
      });
      const fanout = Number(/^kary:(\d+)$/.exec(topology)?.[1] ?? size);
      for (const parent of new Set(others))
        expect(others.filter((one) => one === parent).length).toBeLessThanOrEqual(fanout);
    }),
  );
});
