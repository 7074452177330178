/** Supervisors of several nodes, run for real: who belongs, and when all brokers start anew. */
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(120_000);

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);

test.concurrent('the first generation has all nodes, and is written once', () =>
  inCluster({}, async (cluster) => {
    await cluster.join('node-0', 'node-1', 'node-2');
    await cluster.up(1, 'node-0', 'node-1', 'node-2');
    const { config_map, writes, lease, watches } = await cluster.control();
    const lead = lease.spec?.holderIdentity ?? '';
    const document = JSON.parse(config_map?.data?.['membership.json'] ?? '') as Record<string, unknown>;
    expect(document).toMatchObject({
      generation: 1,
      reason: 'the first one',
      gone: '',
      environment: 'flux-1',
    });
    expect(starts(cluster).filter((what) => what.includes('rank=0'))).toEqual([
      `${lead} start generation=1 rank=0 size=3`,
    ]);
    expect(writes.filter(([, , keys]) => keys.includes('membership.json'))).toHaveLength(1);
    expect(watches.filter(([, what]) => what === 'nodes')).toEqual([[lead, 'nodes']]);
    expect(watches.filter(([, what]) => what === 'configmaps')).toHaveLength(3);
  }),
);

test.concurrent(
  'what nodes really have is learned once, and booked as soon as nobody is disturbed by that',
  () =>
    inCluster({}, async (cluster) => {
      await cluster.node('node-0', { cpu: 8 });
      cluster.write('node-0/cores', '0-3');
      cluster.write('jobs', '1\n');
      cluster.supervise('node-0');
      await cluster.up(1, 'node-0');
      expect((await cluster.document())?.resources).toEqual([{ ranks: '0', cores: '0-7', gpus: '' }]);
      await cluster.until('kinds are learned', async () => {
        const data = (await cluster.control()).config_map?.data?.['kinds.json'];
        return data === '{"m5.large/amd64/8": {"cores": "0-3", "gpus": ""}}';
      });
      await sleep(3);
      expect((await cluster.document())?.generation).toBe(1);
      cluster.write('jobs', '');
      await cluster.up(2, 'node-0');
      expect(await cluster.document()).toMatchObject({
        reason: 'node-0 has other resources',
        resources: [{ ranks: '0', cores: '0-3', gpus: '' }],
      });
    }),
);

test.concurrent('nodes that join shortly after one another make one generation, and get the last ranks', () =>
  inCluster({ settleSeconds: 2 }, async (cluster) => {
    await cluster.running('node-5', 'node-1');
    await cluster.join('node-10');
    await sleep(0.7);
    await cluster.join('node-9');
    await cluster.up(2, 'node-5', 'node-1', 'node-9', 'node-10');
    await sleep(3);
    expect(await cluster.document()).toMatchObject({
      generation: 2,
      reason: 'node-[9-10] joined',
      hosts: 'node-[5,1,9-10]',
    });
  }),
);

test.concurrent('a node that flaps makes no generation, and does not keep others out', () =>
  inCluster({ settleSeconds: 2 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.join('node-2');
    const belongs = async (): Promise<boolean> => (await cluster.document())?.hosts === 'node-[0-1,3]';
    // It never comes to rest.
    for (let round = 0; !(await belongs()); round += 1) {
      if (round === 2) await cluster.join('node-3');
      expect(round).toBeLessThan(30);
      await cluster.node('node-2', { ready: round % 2 === 0 });
      await sleep(0.8);
    }
    await cluster.node('node-2', { ready: false });
    await cluster.up(2, 'node-0', 'node-1', 'node-3');
    // A member stays one, Ready or not, cordoned or not.
    await cluster.node('node-1', { ready: false });
    await sleep(0.5);
    await cluster.node('node-1', { cordoned: true });
    await cluster.node('node-3', { taints: [{ key: 'x', effect: 'NoSchedule' }] });
    await sleep(4);
    expect((await cluster.document())?.generation).toBe(2);
    expect(cluster.log('node-2')).toContain('this node is not among the hosts of generation 1');
  }),
);

test.concurrent('a node that leaves a flat tree makes no generation, and finds its rank again', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1', 'node-2');
    cluster.kill('node-1');
    await cluster.removeNode('node-1');
    await sleep(4);
    expect((await cluster.document())?.generation).toBe(1);
    await cluster.node('node-1');
    cluster.supervise('node-1');
    await cluster.until('node-1 is back', () => starts(cluster).length === 4);
    expect(starts(cluster)[3]).toBe('node-1 start generation=1 rank=1 size=3');
  }),
);

test.concurrent('a node that others connect to leaves: one of those takes its place', () =>
  inCluster({ topology: 'kary:2' }, async (cluster) => {
    const names = [0, 1, 2, 3, 4, 5].map((number) => `node-${number}`);
    await cluster.running(...names);
    await cluster.removeNode('node-4');
    await sleep(3);
    expect((await cluster.document())?.generation).toBe(1);
    cluster.kill('node-1');
    await cluster.removeNode('node-1');
    const left = names.filter((name) => name !== 'node-1' && name !== 'node-4');
    await cluster.up(2, ...left);
    expect(await cluster.document()).toMatchObject({
      reason: 'node-1 left',
      hosts: 'node-[0,5,2-4,1]',
      gone: '4-5',
    });
    // node-1's children connect to node-5 now.
    const toml = cluster.read('node-3/run/config/broker.toml');
    expect(toml).toContain(`host = "node-5", connect = "tcp://${cluster.addressOf('node-5')}:8050"`);
  }),
);

test.concurrent('generations are no closer to one another than minGenerationSeconds', () =>
  inCluster({ minGenerationSeconds: 8 }, async (cluster) => {
    await cluster.running('node-0');
    await cluster.join('node-1');
    await cluster.up(2, 'node-0', 'node-1');
    await cluster.join('node-2');
    await cluster.up(3, 'node-0', 'node-1', 'node-2');
    const times = (await cluster.control()).writes
      .filter(([, , keys]) => keys.includes('membership.json'))
      .map(([at]) => at);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(7);
  }),
);

test.concurrent('running jobs get drainSeconds, and no longer, before a generation', () =>
  inCluster({ drainSeconds: 3 }, async (cluster) => {
    await cluster.running('node-0');
    cluster.write('jobs', '1\n');
    await cluster.join('node-1');
    await cluster.up(2, 'node-0', 'node-1');
    const events = cluster.events();
    const at = (what: RegExp): number => events.find((event) => what.test(event.what))?.at ?? NaN;
    expect(at(/^queue stop/)).toBeLessThan(at(/^queue idle/));
    expect(at(/^shutdown/) - at(/^queue stop/)).toBeGreaterThan(2.9);
    expect(at(/^shutdown/) - at(/^queue stop/)).toBeLessThan(8);
    expect(cluster.log('node-0')).not.toContain('the queue is empty');
    expect(cluster.log('node-0')).toContain('running jobs that have not ended after 3 s');
  }),
);
