/** Supervisors of several nodes, run for real: what an earlier cluster has left, who is gone, and what stays installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(120_000);

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);
const annotation = async (cluster: StandInCluster): Promise<string> =>
  (await cluster.control()).lease.metadata.annotations?.['flux-framework.org/state-copy'] ?? '';

/** What an earlier cluster of this name has left on a node, which had come to generation 50. */
async function leftBehind(cluster: StandInCluster, node: string, isLead: boolean): Promise<void> {
  await cluster.node(node);
  const state = join(cluster.root, node, 'state');
  for (const folder of ['copies', 'state']) mkdirSync(join(state, folder), { recursive: true });
  cluster.write(`${node}/state/state/state`, 'old@50\n');
  const copy = join(state, 'copies/state-000050-00000007.tar');
  execFileSync('tar', ['--create', '--file', copy, '--directory', join(state, 'state'), 'state']);
  if (isLead) cluster.write(`${node}/state/lead.json`, '{"generation": 50, "lease": "u0"}\n');
}

test.concurrent(
  'a new lead goes on with the copy that is known, not with what an earlier cluster has left',
  () =>
    inCluster({ stateSeconds: 1, stateCopies: 1 }, async (cluster) => {
      await cluster.node('node-0');
      await leftBehind(cluster, 'node-1', true);
      await cluster.running('node-0', 'node-1');
      await cluster.until('node-1 has a copy', async () =>
        (await annotation(cluster)).includes('node-[0-1]'),
      );
      cluster.kill('node-0');
      await cluster.up(51, 'node-1');
      expect(starts(cluster)).toContain('node-1 start generation=51 rank=0 size=2 restore');
      expect(cluster.read('node-1/state/state/state')).toBe('node-0@1\nnode-1@51\n');
    }),
);

test.concurrent('a copy that is newer by its name does not make a node the one with the newest copy', () =>
  inCluster({ leaseSeconds: 16, stateSeconds: 8, stateCopies: 1 }, async (cluster) => {
    await cluster.node('node-0');
    await leftBehind(cluster, 'node-1', false);
    await cluster.running('node-0', 'node-1');
    // It gets no copy.
    await cluster.node('node-1', { taints: [{ key: 'away', effect: 'NoSchedule' }] });
    await cluster.until('there is a copy', async () => (await annotation(cluster)) !== '');
    cluster.kill('node-0');
    await cluster.until('node-1 leads', () => starts(cluster).some((text) => /^node-1 .*rank=0/.test(text)));
    const { leases } = await cluster.control();
    const renewed = leases.filter(([, node]) => node === 'node-0').at(-1)?.[0] ?? NaN;
    const taken = leases.find(([, node]) => node === 'node-1')?.[0] ?? NaN;
    // The Lease, and half of it for want of the copy.
    expect(taken - renewed).toBeGreaterThan(16 + 8);
    expect(taken - renewed).toBeLessThan(16 + 8 + 8);
  }),
);

test.concurrent(
  'generations begin above what is found on the node, and the state that was kept goes on',
  () =>
    inCluster({}, async (cluster) => {
      await leftBehind(cluster, 'node-0', false);
      await cluster.join('node-0');
      await cluster.up(51, 'node-0');
      expect(cluster.log('node-0')).toContain('restores the state of the queue: copy 7 of generation 50');
      expect(cluster.read('node-0/state/state/state')).toBe('old@50\nnode-0@51\n');
    }),
);

test.concurrent('the own state of a lead is the newest in its cluster, also when another copy is known', () =>
  inCluster({ stateSeconds: 1, stateCopies: 1 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.until('node-1 has a copy', async () => (await annotation(cluster)).includes('node-[0-1]'));
    cluster.kill('node-0');
    cluster.supervise('node-0');
    await cluster.until(
      'it leads again',
      () => starts(cluster).filter((text) => /rank=0/.test(text)).length === 2,
    );
    expect(starts(cluster).filter((text) => text.includes('restore'))).toEqual([]);
    expect(cluster.read('node-0/state/state/state')).toBe('node-0@1\nnode-0@1\n');
  }),
);

test.concurrent(
  'hosts that have left, or are back, are told without a generation, and not all the time',
  () =>
    inCluster({ settleSeconds: 2 }, async (cluster) => {
      cluster.shorten('distribute_gone.py', 'AGAIN_SECONDS', 6);
      await cluster.running('node-0', 'node-1', 'node-2');
      const gone = async (): Promise<string | undefined> => (await cluster.document())?.gone;
      cluster.kill('node-2');
      const left = Date.now() / 1000;
      await cluster.removeNode('node-2');
      await cluster.until('node-2 is gone', async () => (await gone()) === '2');
      await cluster.join('node-2');
      await cluster.until('node-2 is back', async () => (await gone()) === '');
      await cluster.up(1, 'node-2');
      const writes = (await cluster.control()).writes.filter(([, , keys]) =>
        keys.includes('membership.json'),
      );
      expect(writes.map(([, , keys]) => keys)).toEqual([['membership.json'], ['membership.json']]);
      expect((writes[0]?.[0] ?? NaN) - left).toBeGreaterThan(2);
      expect((writes[1]?.[0] ?? NaN) - (writes[0]?.[0] ?? NaN)).toBeGreaterThan(5.9);
      // A node that is away for a moment only is not told.
      await cluster.removeNode('node-1');
      await sleep(1);
      await cluster.node('node-1');
      await sleep(8);
      expect((await cluster.control()).writes).toHaveLength(writes.length);
      // Nobody was started anew for it, but for the one that was away.
      expect(starts(cluster)).toHaveLength(4);
      expect((await cluster.document())?.generation).toBe(1);
    }),
);

test.concurrent('of three environments none that is wanted goes for another', () => {
  const conda = { source: 'conda', packages: ['flux-core'], channel: 'https://conda.example', locks: {} };
  return inCluster({ flux: { environment: 'flux-1', ...conda } }, async (cluster) => {
    cluster.fakeInstaller();
    // In use is flux-1; the others are those of settings that the pod of this node hasn't got yet.
    await cluster.node('node-0');
    const data = Object.fromEntries(
      ['1', '2', '3'].map((number) => [`packages-flux-${number}-amd64`, `list ${number}`]),
    );
    await cluster.control({ do: 'data', data });
    await cluster.running('node-0');
    await cluster.until('all are installed', () => cluster.happened(/install flux-3/).length > 0);
    await sleep(2);
    for (const number of ['1', '2', '3'])
      expect(existsSync(join(cluster.root, `node-0/install/envs/flux-${number}`))).toBe(true);
  });
});
