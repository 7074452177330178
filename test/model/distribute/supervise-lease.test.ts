/** Supervisors of several nodes, run for real: who takes a Lease that is empty, and who leaves it to others. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(120_000);

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);
const holder = async (cluster: StandInCluster): Promise<string> =>
  (await cluster.control()).lease.spec?.holderIdentity ?? '';

/** What an earlier cluster, of which nothing is known in the API, has left on a node. */
async function leftBehind(cluster: StandInCluster, node: string, isLead: boolean): Promise<void> {
  await cluster.node(node);
  const state = join(cluster.root, node, 'state');
  for (const folder of ['copies', 'state']) mkdirSync(join(state, folder), { recursive: true });
  cluster.write(`${node}/state/state/state`, `${node}@50\n`);
  const copy = join(state, 'copies/state-000050-00000007.tar');
  execFileSync('tar', ['--create', '--file', copy, '--directory', join(state, 'state'), 'state']);
  if (isLead) cluster.write(`${node}/state/lead.json`, '{"generation": 50, "lease": "u0"}\n');
}

test.concurrent.each([
  ['emptied', { do: 'lease', spec: { holderIdentity: '', renewTime: null } }],
  ['made anew', { do: 'fresh-lease' }],
])('the lead takes a Lease back that was %s, and goes on', (_, order) =>
  inCluster({ stateSeconds: 1, stateCopies: 1 }, async (cluster) => {
    await cluster.running('node-0', 'node-1', 'node-2');
    await cluster.until('a copy', () => cluster.happened(/copied/).length > 0);
    await cluster.control(order);
    await cluster.until('node-0 holds it', async () => (await holder(cluster)) === 'node-0');
    await sleep(12);
    expect(await holder(cluster)).toBe('node-0');
    expect(starts(cluster)).toHaveLength(3);
    // What was known of copies goes into it as well.
    expect((await cluster.control()).lease.metadata.annotations).toHaveProperty([
      'flux-framework.org/state-copy',
    ]);
  }),
);

test.concurrent('a lead that has stopped for want of a Lease takes the new one before all others', () =>
  inCluster({ stateCopies: 0 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.control({ do: 'delete-lease' });
    await cluster.until('the lead has ended', () => cluster.happened(/node-0 end/).length === 1);
    await sleep(1);
    await cluster.control({ do: 'fresh-lease' });
    const made = Date.now() / 1000;
    await cluster.until('somebody holds it', async () => (await holder(cluster)) !== '');
    expect(await holder(cluster)).toBe('node-0');
    expect(Date.now() / 1000 - made).toBeLessThan(6);
    await cluster.up(1, 'node-0', 'node-1');
  }),
);

test.concurrent('if the lead is lost as well, another node takes an empty Lease after the time of one', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.kill('node-0');
    await cluster.control({ do: 'fresh-lease' });
    const made = Date.now() / 1000;
    await cluster.until('node-1 holds it', async () => (await holder(cluster)) === 'node-1');
    expect(Date.now() / 1000 - made).toBeGreaterThan(8);
    await cluster.up(2, 'node-1');
  }),
);

test.concurrent('of a cluster that is made anew that node leads first that was the last lead', () =>
  inCluster({ leaseSeconds: 24, stateCopies: 0 }, async (cluster) => {
    cluster.shorten('distribute_lease.py', 'MOST_FIRST_SECONDS', 0);
    await cluster.node('node-0');
    await leftBehind(cluster, 'node-1', false);
    await leftBehind(cluster, 'node-2', true);
    for (const name of ['node-0', 'node-1', 'node-2']) cluster.supervise(name);
    await cluster.up(51, 'node-0', 'node-1', 'node-2');
    expect(cluster.read('node-2/state/state/state')).toBe('node-2@50\nnode-2@51\n');
  }),
);

test.concurrent('nodes with copies lead before nodes with nothing', () =>
  inCluster({ leaseSeconds: 24, stateCopies: 0 }, async (cluster) => {
    cluster.shorten('distribute_lease.py', 'MOST_FIRST_SECONDS', 0);
    await cluster.node('node-0');
    await leftBehind(cluster, 'node-1', false);
    for (const name of ['node-0', 'node-1']) cluster.supervise(name);
    await cluster.up(51, 'node-0', 'node-1');
    expect(cluster.read('node-1/state/state/state')).toBe('node-1@50\nnode-1@51\n');
    expect(cluster.log('node-1')).not.toContain('no state of an earlier cluster');
  }),
);

test.concurrent('somebody else may be faster without a word; a first lead says that nothing is left', () =>
  inCluster({}, async (cluster) => {
    await cluster.control({ do: 'conflicts', count: 3 });
    await cluster.join('node-0', 'node-1');
    await cluster.up(1, 'node-0', 'node-1');
    expect(cluster.logs().match(/no state of an earlier cluster is on this node/g)).toHaveLength(1);
    expect(cluster.logs()).not.toContain("the Lease can't be read or renewed");
  }),
);

test.concurrent('a supervisor that was told to end takes no Lease', () =>
  inCluster({ drainSeconds: 25, stateCopies: 0 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.write('jobs', '1\n');
    cluster.signal('node-1', 'SIGTERM');
    await cluster.until('it ends', () => /is told to stop/.test(cluster.log('node-1')));
    cluster.kill('node-0');
    await sleep(18);
    expect(await holder(cluster)).toBe('node-0');
    expect(cluster.log('node-1')).not.toContain('has ended');
    cluster.write('jobs', '');
    expect(await cluster.exitCode('node-1')).toBe(0);
  }),
);
