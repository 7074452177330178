/** Supervisors of several nodes, run for real: supervisors and brokers that hang, and disks that can't be written. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StandInCluster, inCluster, sleep } from '../../support/distribute-cluster';

jest.setTimeout(120_000);

const starts = (cluster: StandInCluster): readonly string[] => cluster.happened(/start generation/);
const signalBroker = (cluster: StandInCluster, node: string, signal: NodeJS.Signals): void => {
  process.kill(Number(cluster.read(`${node}/broker-pid`)), signal);
};
/** Waits until the supervisor of this node has said that the broker is up. */
const seenUp = (cluster: StandInCluster, node: string): Promise<void> =>
  cluster.until(`${node} is seen up`, () => /the broker is up/.test(cluster.log(node)));

test.concurrent('a frozen supervisor of the lead: its broker has ended before another lead begins', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.signal('node-0', 'SIGSTOP');
    await cluster.until('node-1 leads', () => starts(cluster).some((text) => /^node-1 .*rank=0/.test(text)));
    expect(cluster.log('node-0')).toMatch(
      /the supervisor gives no sign of life for [4-6] s: the broker is killed/,
    );
    cluster.signal('node-0', 'SIGCONT');
    await cluster.up(2, 'node-0', 'node-1');
    expect(starts(cluster)).toContain('node-0 start generation=2 rank=1 size=2');
  }),
);

test.concurrent('a frozen supervisor of a follower leaves the broker alone', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    cluster.signal('node-1', 'SIGSTOP');
    await sleep(10);
    cluster.signal('node-1', 'SIGCONT');
    await sleep(2);
    expect(cluster.log('node-1')).not.toContain('no sign of life');
    expect(cluster.happened(/^node-1 end|start generation/)).toHaveLength(2);
  }),
);

test.concurrent('a main loop that hangs for long is no life', () =>
  inCluster({}, async (cluster) => {
    cluster.shorten('supervise.py', 'LONGEST_STEP', 3);
    cluster.write('scripts/distribute_installer.py', hangs(cluster, 'distribute_installer.py'));
    await cluster.running('node-0');
    cluster.write('hang', '');
    await cluster.until('the broker is killed', () => /no sign of life/.test(cluster.log('node-0')));
  }),
);

/** A script whose step() hangs once there is a file `hang`. */
function hangs(cluster: StandInCluster, script: string): string {
  const step = 'def step(self, architectures=()):\n';
  const text = cluster.read(`scripts/${script}`);
  expect(text).toContain(step);
  const path = join(cluster.root, 'hang');
  const wait = `        import time\n        while os.path.exists("${path}"):\n            time.sleep(0.1)\n`;
  return text.replace(`    ${step}`, `    ${step}${wait}`);
}

test.concurrent.each(['node-0', 'node-1'])('a frozen broker of %s is told once, and started again', (node) =>
  inCluster({}, async (cluster) => {
    for (const [name, seconds] of Object.entries({ TELL_SECONDS: 3, LONGEST_SECONDS: 12 }))
      cluster.shorten('distribute_silence.py', name, seconds);
    cluster.shorten('distribute_broker.py', 'LONGEST_ANSWER', 1);
    await cluster.running('node-0', 'node-1');
    await seenUp(cluster, node);
    signalBroker(cluster, node, 'SIGSTOP');
    await cluster.until('it is started again', () =>
      starts(cluster).some((text, index) => index > 1 && text.startsWith(`${node} `)),
    );
    await cluster.up(1, 'node-0', 'node-1');
    expect(
      cluster.log(node).match(/the broker has not answered for \d+ s: after 12 s it is started again/g),
    ).toHaveLength(1);
    expect(cluster.log(node)).toMatch(/the broker has not answered for 1\d s: it is killed/);
  }),
);

test.concurrent('a broker that waits for its lead is not taken for a frozen one', () =>
  inCluster({}, async (cluster) => {
    for (const [name, seconds] of Object.entries({ TELL_SECONDS: 1, LONGEST_SECONDS: 3 }))
      cluster.shorten('distribute_silence.py', name, seconds);
    cluster.shorten('distribute_follower.py', 'LOOK_SECONDS', 1);
    await cluster.running('node-0', 'node-1');
    await seenUp(cluster, 'node-1');
    cluster.remove('node-1/broker-is-up');
    await sleep(10);
    expect(starts(cluster)).toHaveLength(2);
    expect(cluster.log('node-1')).not.toContain('has not answered');
  }),
);

test.concurrent('a lead that can not write down that it led is watched and started again as any other', () =>
  inCluster({}, async (cluster) => {
    await cluster.running('node-0', 'node-1');
    const marker = join(cluster.root, 'node-0/state/lead.json');
    rmSync(marker);
    mkdirSync(`${marker}.new`);
    for (const count of [3, 4]) {
      const before = starts(cluster).filter((text) => text.startsWith('node-0 ')).length;
      signalBroker(cluster, 'node-0', 'SIGTERM');
      await cluster.until(
        `start ${count}`,
        () => starts(cluster).filter((text) => text.startsWith('node-0 ')).length === before + 1,
      );
      await cluster.up(1, 'node-0', 'node-1');
      await sleep(2);
    }
    expect(cluster.log('node-0').match(/can't write .*lead\.json/g)).toHaveLength(1);
    expect(cluster.log('node-0').match(/starts the broker/g)).toHaveLength(3);
    expect(cluster.log('node-0')).not.toContain('something went wrong');
    rmSync(`${marker}.new`, { recursive: true });
    await cluster.until('it is written', () => cluster.read('node-0/state/lead.json') !== '');
  }),
);

test.concurrent('a broker that can not be started is tried ever less often', () =>
  inCluster({}, async (cluster) => {
    const clear = '    def clear(self):\n';
    const text = cluster.read('scripts/distribute_broker.py');
    expect(text).toContain(clear);
    const fail = `        if os.path.exists("${join(cluster.root, 'full')}"):\n            raise OSError(28, "No space left")\n`;
    cluster.write('scripts/distribute_broker.py', text.replace(clear, clear + fail));
    await cluster.running('node-0');
    cluster.write('full', '');
    signalBroker(cluster, 'node-0', 'SIGTERM');
    await sleep(8);
    expect((cluster.log('node-0').match(/starts the broker/g) ?? []).length).toBeLessThan(6);
    cluster.remove('full');
    await cluster.up(1, 'node-0');
  }),
);

test.concurrent(
  'a drain of a supervisor before is undone as soon as somebody can say that there is one',
  () =>
    inCluster({}, async (cluster) => {
      cluster.shorten('distribute_follower.py', 'UNDRAIN_AGAIN_SECONDS', 1);
      await cluster.node('node-1');
      cluster.write('fabric/drained-node-1', 'flux-distribute: the supervisor of this node ends');
      cluster.write('node-1/resource-fails', '');
      await cluster.running('node-0', 'node-1');
      await sleep(4);
      expect(cluster.read('fabric/drained-node-1')).not.toBe('');
      cluster.remove('node-1/resource-fails');
      await cluster.until('it is undone', () => cluster.read('fabric/drained-node-1') === '');
      const count = cluster.happened(/node-1 resource/).length;
      await sleep(3);
      expect(cluster.happened(/node-1 resource/)).toHaveLength(count);
    }),
);
