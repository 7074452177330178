/** Ends of supervisors, run for real: what tells that the FluxDistribute was deleted, and what stays on the node. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(120_000);

const has = (cluster: StandInCluster, path: string): boolean => existsSync(join(cluster.root, path));
const kept = (cluster: StandInCluster, node: string): readonly boolean[] =>
  ['install/owner.json', 'state/owner.json'].map((path) => has(cluster, `${node}/${path}`));
const UNKNOWN = /it isn't known whether the FluxDistribute flux was deleted \(.*\): nothing is removed/g;

test.concurrent('a refusal tells a deletion to a pod that had its rights until just now', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.signal('node-1', 'SIGTERM');
    await cluster.control({ do: 'forbid', is: true });
    expect(await cluster.exitCode('node-1')).toBe(0);
    expect(kept(cluster, 'node-1')).toEqual([false, false]);
    expect(cluster.log('node-1')).not.toMatch(UNKNOWN);
  }),
);

test.concurrent('a pod that has been refused for longer knows nothing of a deletion', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    cluster.shorten('distribute_ending.py', 'KNOWN_SECONDS', 2);
    cluster.shorten('distribute_ending.py', 'ANSWER_SECONDS', 1);
    await cluster.running('node-0', 'node-1');
    await cluster.control({ do: 'forbid', is: true });
    await sleep(9);
    expect(await cluster.terminate('node-1')).toBe(0);
    expect(kept(cluster, 'node-1')).toEqual([true, true]);
    expect(cluster.log('node-1').match(UNKNOWN)).toHaveLength(1);
  }),
);

test.concurrent('without any rights nothing is removed, and that is said', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.control({ do: 'forbid', is: true });
    await cluster.join('node-0');
    await cluster.until('it is refused', () => /Role or its binding is missing/.test(cluster.log('node-0')));
    expect(await cluster.terminate('node-0')).toBe(0);
    expect(kept(cluster, 'node-0')).toEqual([true, true]);
    expect(cluster.log('node-0').match(UNKNOWN)).toHaveLength(1);
  }),
);

test.concurrent('one refusal among answers is no deletion', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.control({ do: 'forget' });
    await cluster.control({ do: 'forbid', is: true });
    cluster.signal('node-1', 'SIGTERM');
    await cluster.until('the ConfigMap was refused', async () =>
      (await cluster.control()).requests.some(([, who, what]) => `${who} ${what}` === 'node-1 get configmap'),
    );
    await cluster.control({ do: 'forbid', is: false });
    expect(await cluster.exitCode('node-1')).toBe(0);
    expect(kept(cluster, 'node-1')).toEqual([true, true]);
    expect(cluster.log('node-1')).not.toMatch(UNKNOWN);
  }),
);

test.concurrent('neither certificate nor signs of life stay on a node whose supervisor has ended', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    for (const file of ['config/curve.cert', 'ready', 'alive', 'local'])
      await cluster.until(`there is ${file}`, () => has(cluster, `node-1/run/${file}`));
    expect(await cluster.terminate('node-1')).toBe(0);
    expect(readdirSync(join(cluster.root, 'node-1/run')).sort()).toEqual(['has-flux-1', 'lock']);
    expect(has(cluster, 'node-1/state/rundir')).toBe(false);
    cluster.supervise('node-1');
    await cluster.up(1, 'node-1');
    expect(has(cluster, 'node-1/run/config/curve.cert')).toBe(true);
  }),
);

test.concurrent('a ConfigMap that was deleted by hand is no deletion of the FluxDistribute', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.control({ do: 'delete-config-map' });
    expect(await cluster.terminate('node-1')).toBe(0);
    expect(kept(cluster, 'node-1')).toEqual([true, true]);
    expect(cluster.log('node-1')).toContain(
      'the FluxDistribute flux is still there (or its namespace is being deleted): nothing is removed from this node; see the clean-up Job',
    );
  }),
);

test.concurrent('that neither ConfigMap nor Lease is there tells a deletion', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.signal('node-1', 'SIGTERM');
    await cluster.control({ do: 'delete-config-map' });
    await cluster.control({ do: 'delete-lease' });
    expect(await cluster.exitCode('node-1')).toBe(0);
    expect(kept(cluster, 'node-1')).toEqual([false, false]);
    expect(cluster.log('node-1')).not.toContain('is still there');
  }),
);

test.concurrent(
  'a removal that takes too long is left to the clean-up Job; marks of the state go first',
  () =>
    inCluster({ onDelete: 'everything', stateCopies: 0 }, async (cluster) => {
      for (const [name, value] of Object.entries({ ALL_SECONDS: 20, STOP_SECONDS: 3, REMOVE_SECONDS: 2 }))
        cluster.shorten('distribute_ending.py', name, value);
      cluster.write(
        'scripts/distribute_remove.py',
        'import time\n\n\ndef remove(*_):\n    time.sleep(600)\n',
      );
      await cluster.running('node-0');
      await cluster.until('it has marks', () => has(cluster, 'node-0/state/lead.json'));
      const began = Date.now();
      cluster.signal('node-0', 'SIGTERM');
      await cluster.control({ do: 'delete' });
      expect(await cluster.exitCode('node-0')).toBe(0);
      expect(Date.now() - began).toBeLessThan(22_000);
      expect(cluster.log('node-0')).toContain(
        'not all was removed from this node (there was no time for more): see the clean-up Job',
      );
      for (const file of ['state/lead.json', 'state/lease-taken', 'run/alive', 'run/ready'])
        expect([file, has(cluster, `node-0/${file}`)]).toEqual([file, false]);
    }),
);

test.concurrent('all that comes before the end has one deadline', () =>
  inCluster({ drainSeconds: 4, onDelete: 'everything' }, async (cluster) => {
    for (const [name, value] of Object.entries({ ALL_SECONDS: 30, DELETED_SECONDS: 4, REMOVE_SECONDS: 4 }))
      cluster.shorten('distribute_ending.py', name, value);
    await cluster.running('node-0', 'node-1');
    cluster.write('jobs', '1\n');
    // To save the state and to stop the broker takes for ever.
    cluster.write('node-0/hangs-after-drain', '');
    const began = Date.now();
    expect(await cluster.terminate('node-0')).toBe(0);
    expect(Date.now() - began).toBeLessThan(38_000);
  }),
);

test.concurrent.each([
  ['alone', []],
  ['after all was deleted', [{ do: 'delete' }]],
  ['after their rights were deleted', [{ do: 'forbid', is: true }]],
])('if all pods end together, %s, the followers wait for the lead to take them along', (_, orders) =>
  inCluster({ stateCopies: 0 }, async (cluster) => {
    await cluster.running('node-0', 'node-1', 'node-2');
    for (const name of ['node-2', 'node-1']) cluster.signal(name, 'SIGTERM');
    for (const order of orders) await cluster.control(order);
    await sleep(1);
    cluster.signal('node-0', 'SIGTERM');
    for (const name of ['node-0', 'node-1', 'node-2']) expect(await cluster.exitCode(name)).toBe(0);
    const events = cluster.events();
    const at = (node: string, what: string): number =>
      events.find((event) => event.node === node && event.what.startsWith(what))?.at ?? NaN;
    for (const name of ['node-1', 'node-2'])
      expect(at(name, 'end')).toBeGreaterThan(at('node-0', 'shutdown'));
  }),
);

test.concurrent('a follower that ends alone does not wait for long, also after an end of the lead', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.terminate('node-0');
    cluster.supervise('node-0');
    await cluster.up(1, 'node-0', 'node-1');
    const began = Date.now();
    expect(await cluster.terminate('node-1')).toBe(0);
    expect(Date.now() - began).toBeLessThan(8000);
  }),
);
