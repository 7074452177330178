/** Supervisors of several nodes, run for real: the lead is lost, the API is away, and there are never two leads. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';
import { LOCALHOST_CERTIFICATE } from '../../support/localhost-certificate';

jest.setTimeout(180_000);

/** A key pair for 127.0.0.1 that serves these tests and nothing else. */
const TLS = join(__dirname, '../../fixtures/stand-in-api');

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);
const holder = async (cluster: StandInCluster): Promise<string> =>
  (await cluster.control()).lease.spec?.holderIdentity ?? '';
/** When this happened first on a node. */
const at = (cluster: StandInCluster, node: string, what: RegExp): number =>
  cluster.events().find((event) => event.node === node && what.test(event.what))?.at ?? NaN;

test.concurrent(
  'the lead is lost: a node with the newest copy of the state takes rank 0 and goes on with it',
  () =>
    inCluster({ stateSeconds: 2, stateCopies: 1, leadSelector: { role: 'lead' } }, async (cluster) => {
      await cluster.running('node-0', 'node-1', 'node-2');
      await cluster.node('node-3', { labels: { role: 'lead' } });
      cluster.supervise('node-3');
      await cluster.up(2, 'node-0', 'node-1', 'node-2', 'node-3');
      // Copies go to nodes that would be the next lead.
      await cluster.until('a copy is on node-3', async () => {
        const { metadata } = (await cluster.control()).lease;
        return /"node-\[0,3\]"/.test(metadata.annotations?.['flux-framework.org/state-copy'] ?? '');
      });
      cluster.kill('node-0');
      await cluster.until('node-3 leads', async () => (await holder(cluster)) === 'node-3');
      await cluster.up(3, 'node-1', 'node-2', 'node-3');
      expect(await cluster.document()).toMatchObject({
        reason: 'node-3 is the lead now',
        hosts: 'node-[3,1-2,0]',
      });
      expect(starts(cluster)).toContain('node-3 start generation=3 rank=0 size=4 restore');
      expect(cluster.read('node-3/state/state/state')).toBe('node-0@1\nnode-0@2\nnode-3@3\n');
      // The old one comes back as a follower; its own state is of no account any more.
      cluster.supervise('node-0');
      await cluster.until('node-0 is back', () =>
        starts(cluster).includes('node-0 start generation=3 rank=3 size=4'),
      );
      // And the new lead is lost in its turn, with its copies: node-0's are older than those of node-1.
      await cluster.until('a copy of generation 3', async () => {
        const { metadata } = (await cluster.control()).lease;
        return /"generation": 3/.test(metadata.annotations?.['flux-framework.org/state-copy'] ?? '');
      });
    }),
);

test.concurrent('a lead that is started again within the Lease takes it back, with its own state', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.kill('node-0');
    cluster.supervise('node-0');
    await cluster.until(
      'node-0 leads again',
      () => starts(cluster).filter((what) => /rank=0/.test(what)).length === 2,
    );
    await cluster.up(1, 'node-0', 'node-1');
    expect((await cluster.document())?.generation).toBe(1);
    expect(cluster.read('node-0/state/state/state')).toBe('node-0@1\nnode-0@1\n');
  }),
);

test.concurrent('the API is away for less than the Lease lasts: nothing is started anew', () =>
  inCluster({ leaseSeconds: 24 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await sleep(1);
    await cluster.control({ do: 'away', is: true });
    await sleep(8);
    await cluster.control({ do: 'away', is: false });
    await sleep(3);
    await cluster.control({ do: 'freeze', is: true });
    await sleep(5);
    await cluster.control({ do: 'freeze', is: false });
    await sleep(2);
    // Watches go on, also after their past was forgotten.
    await cluster.control({ do: 'compact' });
    expect(starts(cluster)).toHaveLength(2);
    await cluster.join('node-2');
    // Pauses between tries have grown by then: one ends after the end of the watch, another one after its past is gone.
    const isPlanned = async (): Promise<boolean> => (await cluster.document())?.generation === 2;
    await cluster.until('node-2 is among the hosts', isPlanned, 75);
    await cluster.up(2, 'node-0', 'node-1', 'node-2');
    const said = cluster.log('node-1').match(/can't be watched/g) ?? [];
    expect(said).toHaveLength(1);
  }),
);

test.concurrent(
  'the API is away for all for longer than that: the lead stops, followers stay, and it all goes on',
  () =>
    inCluster({}, async (cluster) => {
      await cluster.running('node-0', 'node-1');
      await cluster.control({ do: 'away', is: true });
      await cluster.until('the lead has ended', () => cluster.happened(/node-0 end/).length === 1);
      expect(starts(cluster)).toHaveLength(2);
      await cluster.control({ do: 'away', is: false });
      await cluster.up(1, 'node-0', 'node-1');
    }),
);

test.concurrent('a lead that can no longer renew the Lease has stopped before another one begins', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1', 'node-2');
    await cluster.control({ do: 'away', is: true, for: ['node-0'] });
    await cluster.until('another one leads', async () => (await holder(cluster)) !== 'node-0');
    const taken = (await cluster.control()).leases.find(([, , name]) => name !== 'node-0')?.[0] ?? NaN;
    expect(at(cluster, 'node-0', /^end/)).toBeLessThan(taken - 1);
    const lead = await holder(cluster);
    await cluster.up(2, lead, lead === 'node-1' ? 'node-2' : 'node-1');
    await cluster.control({ do: 'away', is: false });
    await cluster.up(2, 'node-0');
    // The document may tell it earlier than the Lease.
    const lost = `this node has lost the Lease to ${lead}`;
    await cluster.until('node-0 knows of the loss', () => cluster.log('node-0').includes(lost));
  }),
);

test.concurrent('a lead whose main loop hangs is killed before the Lease ends', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    // Reading the certificate takes for ever from now on.
    const certificate = join(cluster.root, 'node-0/certificate/curve.cert');
    execFileSync('mkfifo', [`${certificate}-fifo`]);
    renameSync(`${certificate}-fifo`, certificate);
    await sleep(2);
    await cluster.control({ do: 'away', is: true, for: ['node-0'] });
    await cluster.until('node-1 leads', async () => (await holder(cluster)) === 'node-1');
    await cluster.up(2, 'node-1');
  }),
);

test.concurrent('somebody gives the Lease to another node: the old lead stops, the other one begins', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    const given = Date.now() / 1000;
    await cluster.control({ do: 'lease', spec: { holderIdentity: 'node-1', renewTime: null } });
    await cluster.up(2, 'node-0', 'node-1');
    // The old one may not know yet: the Lease is waited for as if it were another's.
    const taken = (await cluster.control()).leases.find(([, node]) => node === 'node-1')?.[0] ?? NaN;
    expect(taken - given).toBeGreaterThan(7);
    expect((await cluster.document())?.hosts).toBe('node-[1,0]');
  }),
);

test.concurrent('others may write to the ConfigMap meanwhile: nothing of theirs is lost', () =>
  inCluster({ settleSeconds: 0 }, async (cluster) => {
    await cluster.running('node-0');
    const progress = { isDone: false };
    const writer = (async () => {
      for (let count = 0; !progress.isDone; count += 1) {
        await cluster.control({ do: 'data', data: { [`other-${count % 5}`]: String(count) } });
        await sleep(0.02);
      }
    })();
    for (const name of ['node-1', 'node-2']) {
      await cluster.join(name);
      await cluster.until(`${name} belongs`, async () =>
        Boolean((await cluster.document())?.hosts.includes(name.slice(5))),
      );
    }
    progress.isDone = true;
    await writer;
    await cluster.up((await cluster.document())?.generation ?? 0, 'node-0', 'node-1', 'node-2');
    expect(Object.keys((await cluster.control()).config_map?.data ?? {})).toContain('other-4');
  }),
);

test.concurrent('two supervisors that both take themselves for elected never both write', () =>
  inCluster({}, async (cluster) => {
    await cluster.join('node-0', 'node-1');
    await cluster.up(1, 'node-0', 'node-1');
    const other = (await holder(cluster)) === 'node-0' ? 'node-1' : 'node-0';
    await cluster.control({ do: 'lease', spec: { holderIdentity: other, renewTime: null } });
    await cluster.join('node-2');
    await cluster.until('all are up', async () => {
      const generation = (await cluster.document())?.generation ?? 0;
      return ['node-0', 'node-1', 'node-2'].every(
        (name) => cluster.read(`${name}/broker-is-up`) === String(generation),
      );
    });
    const generations = (await cluster.control()).writes
      .filter(([, , keys]) => keys.includes('membership.json'))
      .map(([, , , text]) => (JSON.parse(text ?? '') as { generation: number }).generation);
    expect(generations).toEqual([...new Set(generations)].sort((one, two) => one - two));
  }),
);

test.concurrent(
  'supervisors speak to an API server with TLS, and to no other than that of their account',
  () =>
    inCluster(
      {},
      async (cluster) => {
        await cluster.join('node-0');
        await cluster.up(1, 'node-0');
        await cluster.node('node-1');
        cluster.supervise('node-1', {}, LOCALHOST_CERTIFICATE);
        await cluster.until('node-1 trusts nobody', () =>
          /certificate verify failed/i.test(cluster.log('node-1')),
        );
      },
      [join(TLS, 'server.key'), join(TLS, 'server.crt')],
    ),
);
