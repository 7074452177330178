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
