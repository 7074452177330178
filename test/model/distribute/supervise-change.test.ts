/** Supervisors of several nodes, run for real: certificates, environments and people change; supervisors end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, fingerprint, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(180_000);

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);
const conda = (environment: string): Record<string, unknown> => ({
  flux: {
    environment,
    source: 'conda',
    packages: ['flux-core'],
    channel: 'https://conda.example',
    locks: {},
  },
});

test.concurrent('a rotated certificate makes one generation, in which nobody starts with the old one', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1', 'node-2');
    // The kubelet brings it to each node at another time.
    cluster.certify('node-1', 'b');
    await sleep(3);
    expect(starts(cluster)).toHaveLength(3);
    cluster.certify('node-0', 'b');
    await cluster.up(2, 'node-0', 'node-1');
    await cluster.until('node-2 waits for it', () => /waits for the certificate/.test(cluster.log('node-2')));
    expect(await cluster.document()).toMatchObject({
      reason: 'another certificate',
      certificate: fingerprint('b'),
    });
    expect(starts(cluster)).toHaveLength(5);
    cluster.certify('node-2', 'b');
    await cluster.up(2, 'node-2');
    expect(cluster.read('node-2/run/config/curve.cert')).toContain('b'.repeat(40));
    await sleep(3);
    expect((await cluster.document())?.generation).toBe(2);
  }),
);

test.concurrent('a broker that ends while its certificate is being rotated is started with the old one', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.certify('node-1', 'b');
    process.kill(Number(cluster.read('node-1/broker-pid')), 'SIGTERM');
    await cluster.until('node-1 is back', () => starts(cluster).length === 3);
    expect(cluster.read('node-1/run/config/curve.cert')).toContain('a'.repeat(40));
  }),
);

test.concurrent(
  'packages are found out once for all nodes, and another environment is there before it is used',
  () =>
    inCluster(conda('flux-1'), async (cluster) => {
      cluster.fakeInstaller();
      await cluster.join('node-0', 'node-1', 'node-2');
      await cluster.up(1, 'node-0', 'node-1', 'node-2');
      expect(cluster.happened(/resolve/)).toHaveLength(1);
      const list = 'list of flux-1 for amd64';
      expect(cluster.happened(/^\S+ install /).map((text) => text.slice(7))).toEqual(
        Array(3).fill(`install flux-1 from ${list}`),
      );
      // A rolling update, in which the elected one comes second.
      const lead = (await cluster.control()).lease.spec?.holderIdentity ?? '';
      const [first = '', last = ''] = ['node-0', 'node-1', 'node-2'].filter((name) => name !== lead);
      cluster.write(`${last}/install-hangs`, '');
      for (const name of [first, lead]) {
        await cluster.terminate(name);
        cluster.supervise(name, conda('flux-2'));
        await cluster.up(1, name);
      }
      await cluster.until('two have it', () => cluster.happened(/^\S+ install flux-2/).length === 2);
      await sleep(4);
      // The last one's pod has the settings of before, and prepares the environment of after all the same.
      expect((await cluster.document())?.generation).toBe(1);
      cluster.remove(`${last}/install-hangs`);
      await cluster.up(2, 'node-0', 'node-1', 'node-2');
      const { config_map } = await cluster.control();
      expect(Object.keys(config_map?.data ?? {}).filter((key) => key.startsWith('packages-'))).toEqual([
        'packages-flux-2-amd64',
      ]);
      expect(await cluster.document()).toMatchObject({
        reason: 'flux-2 is installed',
        environment: 'flux-2',
      });
      expect(starts(cluster).filter((text) => /generation=2/.test(text))).toHaveLength(3);
      expect(cluster.happened(/resolve flux-2/)).toHaveLength(1);
    }),
);

test.concurrent('a node for which there are no packages yet is not taken in before there are', () =>
  inCluster(conda('flux-1'), async (cluster) => {
    cluster.fakeInstaller();
    await cluster.join('node-0');
    await cluster.up(1, 'node-0');
    await cluster.node('arm-0', { architecture: 'arm64' });
    await cluster.until('it is taken in', async () => (await cluster.document())?.hosts === 'node-0,arm-0');
    const data = (await cluster.control()).config_map?.data ?? {};
    expect(data['packages-flux-1-arm64']).toBe('list of flux-1 for arm64');
    const writes = (await cluster.control()).writes.map(([, , keys]) => keys.join());
    expect(writes.indexOf('packages-flux-1-arm64')).toBeLessThan(writes.lastIndexOf('membership.json'));
  }),
);

test.concurrent('an installation that fails is tried again, and says so once each time', () =>
  inCluster(conda('flux-1'), async (cluster) => {
    cluster.fakeInstaller();
    await cluster.node('node-0');
    cluster.write('node-0/install-fails', '');
    cluster.supervise('node-0');
    await cluster.until('it says so', () => /the disk is full/.test(cluster.log('node-0')));
    await sleep(3);
    expect(cluster.log('node-0').match(/the disk is full/g)).toHaveLength(1);
    expect(await cluster.document()).toBeUndefined();
  }),
);

test.concurrent('a document that somebody has broken is said once, written again, and disturbs nobody', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    const good = await cluster.document();
    for (const text of ['{', '[]', JSON.stringify({ ...good, hosts: 'node-[0-' }), '']) {
      await cluster.control({ do: 'data', data: { 'membership.json': text, 'kinds.json': '[1' } });
      await cluster.until('it is written again', async () => {
        const written = (await cluster.control()).config_map?.data?.['membership.json'] ?? '';
        return written.startsWith('{\n "generation": 1,');
      });
    }
    expect(starts(cluster)).toHaveLength(2);
    expect(cluster.log('node-1').match(/is not what flux-distribute writes/g)).toHaveLength(3);
    expect(cluster.log('node-0') + cluster.log('node-1')).not.toContain('Traceback');
  }),
);

test.concurrent('of a ConfigMap that was emptied also that comes back what nodes have', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0');
    const kinds = {
      'gone/arm64/4': { cores: '0-3', gpus: '0' },
      'm5.large/amd64/2': { cores: '0-1', gpus: '' },
    };
    await cluster.control({ do: 'data', data: { 'kinds.json': JSON.stringify(kinds) } });
    await sleep(3);
    await cluster.control({ do: 'data', data: { 'membership.json': null, 'kinds.json': null } });
    await cluster.until('the document is back', async () => (await cluster.document())?.generation === 1);
    const data = (await cluster.control()).config_map?.data ?? {};
    expect(JSON.parse(data['kinds.json'] ?? 'null')).toEqual(kinds);
  }),
);

test.concurrent('supervisors that find a broken document make a new one, with a higher generation', () =>
  inCluster({ stateSeconds: 1, stateCopies: 1 }, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    await cluster.until('a copy', () => cluster.happened(/copied/).length > 0);
    for (const name of ['node-0', 'node-1']) cluster.kill(name);
    await cluster.control({ do: 'data', data: { 'membership.json': '{"generation": "many"}' } });
    for (const name of ['node-0', 'node-1']) cluster.supervise(name);
    await cluster.up(2, 'node-0', 'node-1');
    expect(cluster.log('node-1')).toContain(
      'membership.json in the ConfigMap flux-membership is not what flux-distribute writes (generation is no number of at least 1): a new one is made',
    );
    expect(cluster.read('node-0/state/state/state')).toMatch(/^node-0@1\n(node-\d@\d\n)*node-0@2\n$/);
  }),
);

test.concurrent(
  'the end of a follower: no new jobs there, time for those that run, and its own drain is undone',
  () =>
    inCluster({ drainSeconds: 3 }, async (cluster) => {
      await cluster.running('node-0', 'node-1');
      cluster.write('jobs', '1\n');
      const began = Date.now();
      expect(await cluster.terminate('node-1')).toBe(0);
      expect(Date.now() - began).toBeGreaterThan(2900);
      expect(Date.now() - began).toBeLessThan(12_000);
      expect(cluster.read('fabric/drained-node-1')).toBe('flux-distribute: the supervisor of this node ends');
      expect(cluster.happened(/^node-1 end/)).toHaveLength(1);
      expect(existsSync(join(cluster.root, 'node-1/run/ready'))).toBe(false);
      cluster.supervise('node-1');
      await cluster.up(1, 'node-1');
      await cluster.until('it is undrained', () => cluster.read('fabric/drained-node-1') === '');
      expect((await cluster.document())?.generation).toBe(1);
    }),
);

test.concurrent(
  'the end of the lead: the queue is drained, its state is copied, then the broker is shut down',
  () =>
    inCluster({ drainSeconds: 2, stateCopies: 1 }, async (cluster) => {
      await cluster.running('node-0', 'node-1');
      expect(await cluster.terminate('node-0')).toBe(0);
      const done = cluster
        .happened(/node-0 (queue stop|copied|shutdown|end)/)
        .map((text) => text.split(' ')[1]);
      expect(done).toEqual(['queue', 'copied', 'shutdown', 'end']);
      const { metadata, spec } = (await cluster.control()).lease;
      expect(metadata.annotations?.['flux-framework.org/state-copy']).toContain('node-[0-1]');
      // It isn't given away: the next pod of this node takes it back.
      expect(spec?.holderIdentity).toBe('node-0');
    }),
);

test.concurrent(
  'the end of a supervisor leaves what is installed, unless the FluxDistribute was deleted',
  () =>
    inCluster({ onDelete: 'everything' }, async (cluster) => {
      await cluster.running('node-0', 'node-1');
      cluster.write('node-1/install/flux-distribute-was-here', '');
      await cluster.terminate('node-1');
      expect(existsSync(join(cluster.root, 'node-1/install/owner.json'))).toBe(true);
      cluster.supervise('node-1');
      await cluster.up(1, 'node-1');
      cluster.signal('node-1', 'SIGTERM');
      await sleep(1);
      await cluster.control({ do: 'delete' });
      expect(await cluster.exitCode('node-1')).toBe(0);
      for (const folder of ['install', 'state', 'run'])
        expect(existsSync(join(cluster.root, 'node-1', folder, 'owner.json'))).toBe(false);
      expect(existsSync(join(cluster.root, 'node-1/install/flux-distribute-was-here'))).toBe(false);
      expect(cluster.log('node-1').match(/is still there \(or its namespace/g)).toHaveLength(1);
    }),
);

test.concurrent('an API that is away is no deletion', () =>
  inCluster({ onDelete: 'everything' }, async (cluster) => {
    await cluster.running('node-0');
    await cluster.control({ do: 'away', is: true });
    expect(await cluster.terminate('node-0')).toBe(0);
    expect(existsSync(join(cluster.root, 'node-0/install/owner.json'))).toBe(true);
  }),
);

test.concurrent(
  'a second supervisor on a node waits for the first one, and a broker that fails is started ever less often',
  () =>
    inCluster({}, async (cluster) => {
      await cluster.running('node-0', 'node-1');
      cluster.supervise('node-1');
      await cluster.until('it waits', () =>
        /another supervisor of flux runs on this node/.test(cluster.log('node-1')),
      );
      cluster.write('node-0/broker-fails', '');
      process.kill(Number(cluster.read('node-0/broker-pid')), 'SIGTERM');
      await sleep(8);
      const failures = cluster.events().filter(({ what }) => what === 'fail');
      expect(failures.length).toBeGreaterThan(1);
      expect(failures.length).toBeLessThan(6);
      expect(existsSync(join(cluster.root, 'node-0/run/ready'))).toBe(false);
      expect(existsSync(join(cluster.root, 'node-0/run/alive'))).toBe(true);
    }),
);
