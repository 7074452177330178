/** The broker of a node as a child of its supervisor, run for real with a stand-in flux. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeNodes);

/** A broker that is up, on its own node. */
async function up(node: DistributeNode, isLead = false): Promise<void> {
  await node.configure();
  await node.call('broker.start', isLead);
  await until(() => node.call('broker.is_up') as Promise<boolean>);
}

test('a broker gets its files, with a certificate that only the owner may read, and attributes by the settings', async () => {
  const node = new DistributeNode({ topology: 'kary:16', quorum: 9 });
  expect(await node.configure(4, '[bootstrap]\nx = 1\n', 'the key')).toBe(true);
  expect(readFileSync(join(node.run, 'config/broker.toml'), 'utf8')).toBe('[bootstrap]\nx = 1\n');
  expect(readFileSync(join(node.run, 'config/curve.cert'), 'utf8')).toBe('the key');
  expect(statSync(join(node.run, 'config/curve.cert')).mode & 0o777).toBe(0o400);
  expect(statSync(join(node.state, 'state')).mode & 0o777).toBe(0o700);
  await node.call('broker.start', false);
  await until(() => node.brokers().length === 1);
  const words = node.brokers()[0]?.words.map((word) => word.replaceAll(node.root, ''));
  expect(words).toEqual([
    'broker',
    '--config-path=/node-0/run/config',
    '-Srundir=/node-0/state/rundir',
    '-Sstatedir=/node-0/state/state',
    '-Slocal-uri=local:///node-0/run/local',
    '-Shostname=node-a',
    '-Sbroker.rc2_none=1',
    '-Sbroker.quorum=4',
    '-Slog-stderr-level=6',
    '-Slog-stderr-mode=local',
    '-Stbon.topo=kary:16',
  ]);
  const { PATH, HOME, SHLVL, ...rest } = node.brokers()[0]?.environment ?? {};
  expect(PATH).toContain(`${node.prefix}/bin:/usr/local/sbin:`);
  expect([HOME, SHLVL]).toEqual(['/root', '1']);
  expect(Object.keys(rest).filter((name) => !['_', 'LC_CTYPE', 'PWD'].includes(name))).toEqual([
    'FLUX_DISTRIBUTE_BROKER',
    'LANG',
  ]);
});

test('files that are as they are to be stay untouched, and any change of them is told', async () => {
  const node = new DistributeNode();
  await node.configure();
  const { ino } = statSync(join(node.run, 'config/curve.cert'));
  expect(await node.configure()).toBe(false);
  expect(statSync(join(node.run, 'config/curve.cert')).ino).toBe(ino);
  expect(await node.configure(5)).toBe(true);
  expect(await node.configure(5, '[bootstrap]\n', 'another key')).toBe(true);
  expect(statSync(join(node.run, 'config/curve.cert')).mode & 0o777).toBe(0o400);
});

test('what a broker says is said by its supervisor', async () => {
  const node = new DistributeNode();
  await up(node);
  expect(node.said).toContain('broker says hello\n');
});

test('a broker is up when it says that it runs, and not while it starts or after its end', async () => {
  const node = new DistributeNode();
  expect(await node.call('broker.is_running')).toBe(false);
  await up(node);
  node.write('state', 'quorum');
  expect(await node.call('broker.is_up')).toBe(false);
  node.write('state', 'run');
  expect(await node.call('broker.is_up')).toBe(true);
  expect(await node.call('broker.exit_code')).toBeNull();
  expect(await node.call('broker.stop', 0, 10)).toBe(true);
  expect(await node.call('broker.is_up')).toBe(false);
  expect(await node.call('broker.exit_code')).toBe(0);
});

test('a second start does nothing while the broker runs, and starts another one after its end', async () => {
  const node = new DistributeNode();
  await up(node);
  await node.call('broker.start', false);
  expect(node.brokers()).toHaveLength(1);
  await node.call('broker.stop', 0, 10);
  await up(node);
  expect(node.brokers()).toHaveLength(2);
});

test('the exit code of a broker that ends by itself is told, and nothing of it is left', async () => {
  const node = new DistributeNode();
  node.write('fails/broker', '3');
  await node.configure();
  await node.call('broker.start', false);
  await until(async () => (await node.call('broker.exit_code')) === 3);
  expect(await node.call('broker.is_running')).toBe(false);
});

test('tasks and daemons of a broker that is killed end with it, and its supervisor learns how it ended', async () => {
  const node = new DistributeNode();
  await up(node);
  expect(node.leftovers()).toEqual(['broker', 'daemon', 'keeper', 'task']);
  process.kill(Number(node.read('broker-process')), 'SIGKILL');
  await until(async () => (await node.call('broker.exit_code')) === 137);
  await until(() => node.leftovers().length === 0);
});

test('broker, tasks and daemons end with a supervisor that is killed', async () => {
  const node = new DistributeNode();
  await up(node);
  await node.killSupervisor();
  await until(() => node.leftovers().length === 0, 5);
});

test('a broker ends with its keeper, and what carries its marks ends before the next broker starts', async () => {
  const node = new DistributeNode();
  await up(node);
  const parent = readFileSync(`/proc/${node.read('broker-process')}/stat`, 'utf8').split(' ')[3];
  expect(readFileSync(`/proc/${parent}/cmdline`, 'utf8')).toContain('distribute_keeper.py');
  process.kill(Number(parent), 'SIGKILL');
  await until(() => !node.leftovers().includes('broker'), 3);
  expect(node.leftovers()).toContain('task');
  node.write('task-mark', '3');
  await node.call('broker.start', false);
  expect(node.leftovers()).not.toContain('task');
  await until(() => node.brokers().length === 2);
});

test('the sweep before a start leaves programs alone that only talk to the broker', async () => {
  const node = new DistributeNode();
  await node.configure();
  const uri = `local://${join(node.run, 'local')}`;
  const start = (env: Record<string, string>) =>
    spawn('sleep', ['60'], { env: { PATH: process.env.PATH, ...env } });
  const others = [
    start({ FLUX_URI: uri }),
    start({ FLUX_URI: `${uri}-other`, FLUX_JOB_ID: 'f2' }),
    start({ FLUX_DISTRIBUTE_BROKER: `${node.run}-other` }),
  ];
  const task = start({ FLUX_URI: uri, FLUX_JOB_ID: 'f2' });
  await node.call('broker.start', false);
  await until(() => task.signalCode === 'SIGKILL');
  expect(others.map(({ signalCode }) => signalCode)).toEqual([null, null, null]);
  for (const other of others) other.kill('SIGKILL');
});

test('a follower is told to end by a signal, and a lead by a shutdown, which takes the others along', async () => {
  const follower = new DistributeNode();
  await up(follower);
  expect(await follower.call('broker.stop', 0, 10)).toBe(true);
  expect(follower.calls('shutdown')).toEqual([]);
  const lead = new DistributeNode();
  await up(lead, true);
  expect(await lead.call('broker.stop', 0, 10)).toBe(true);
  expect(lead.calls('shutdown')).toEqual([['shutdown', '--background']]);
  for (const node of [follower, lead]) {
    expect(node.leftovers()).toEqual([]);
    expect(node.sentences()).toEqual([]);
  }
});

test('a lead that can not be shut down is told by a signal', async () => {
  const node = new DistributeNode();
  await up(node, true);
  node.write('fails/shutdown', 'flux-shutdown: no answer');
  expect(await node.call('broker.stop', 0, 10)).toBe(true);
  expect(await node.call('broker.exit_code')).toBe(0);
});

test('a broker that does not end is killed at the deadline, with all of its jobs', async () => {
  const node = new DistributeNode();
  await up(node, true);
  node.write('stubborn', '');
  const begin = Date.now();
  expect(await node.call('broker.stop', 0, 1)).toBe(false);
  expect((Date.now() - begin) / 1000).toBeLessThan(4);
  expect((Date.now() - begin) / 1000).toBeGreaterThan(0.9);
  expect(node.leftovers()).toEqual([]);
  expect(await node.call('broker.exit_code')).toBe(137);
  expect(node.sentences()).toEqual(['the broker has not ended within 1 s: it is killed, and its jobs']);
});

test('a follower whose lead is gone is not waited for once all it does is to say goodbye', async () => {
  const node = new DistributeNode();
  await up(node);
  node.write('goodbye', '');
  const begin = Date.now();
  expect(await node.call('broker.stop', 0, 30)).toBe(false);
  expect((Date.now() - begin) / 1000).toBeLessThan(5);
  expect(node.leftovers()).toEqual([]);
  expect(node.sentences()).toEqual([]);
});

test('running jobs of a lead get time to end, within the deadline', async () => {
  const node = new DistributeNode({}, ['broker.SHUT_DOWN=1']);
  await up(node, true);
  node.write('answers/jobs---user=all', 'f1\n');
  expect(await node.call('broker.stop', 7, 6)).toBe(true);
  const idle = node.calls('queue').filter(([, verb]) => verb === 'idle');
  expect(idle).toEqual([['queue', 'idle', '--quiet', '--timeout=5s']]);
  const order = node.calls().map(([verb]) => verb);
  expect(order.indexOf('queue')).toBeLessThan(order.indexOf('shutdown'));
});

test('a dump is given to Flux for a lead if it is there: one that is missing would wipe the state', async () => {
  const node = new DistributeNode();
  await node.configure();
  writeFileSync(join(node.root, 'dump.tar'), 'x');
  const dump = join(node.root, 'dump.tar');
  const restores = (): string[] =>
    (node.brokers().at(-1)?.words ?? []).filter((word) => word.includes('restore'));
  const restart = async (isLead: boolean, file: string): Promise<void> => {
    const count = node.brokers().length;
    await node.call('broker.start', isLead, file);
    await until(() => node.brokers().length === count + 1 && node.read('state') === 'run');
  };
  node.write('state', '');
  await restart(true, dump);
  expect(restores()).toEqual([`-Scontent.restore=${dump}`]);
  await node.call('broker.stop', 0, 10);
  await restart(true, `${dump}-missing`);
  expect(restores()).toEqual([]);
  await node.call('broker.stop', 0, 10);
  await restart(false, dump);
  expect(restores()).toEqual([]);
  expect(node.sentences()).toEqual([
    'there is no state to restore at /dump.tar-missing: the broker starts with the state that it has',
    'there is no state to restore at /dump.tar: the broker starts with the state that it has',
  ]);
});

test('what a killed broker has left in its folders is no hindrance', async () => {
  const node = new DistributeNode();
  await up(node);
  process.kill(Number(node.read('broker-process')), 'SIGKILL');
  await until(async () => !(await node.call('broker.is_running')));
  expect(node.has('node-0/run/local')).toBe(true);
  node.write('state', '');
  // Its bind would fail if the socket were still there.
  await up(node);
  expect(await node.call('broker.is_up')).toBe(true);
});

test('flux and flux-connect on the node need nothing but a shell', async () => {
  const node = new DistributeNode();
  await up(node);
  node.write('answers/resource-list', 'STATE\n');
  const run = (name: string, ...words: readonly string[]) =>
    spawnSync(join(node.directory, 'bin', name), words, { encoding: 'utf8', env: {} });
  expect(run('flux', 'resource', 'list').stdout).toBe('STATE\n');
  const script = 'echo "$FLUX_URI|$0|$1"; exit 7';
  const connected = run('flux-connect', 'sh', '-c', script, 'a b', "it's");
  expect([connected.status, connected.stdout]).toEqual([7, `local://${node.run}/local|a b|it's\n`]);
  run('flux-connect');
  expect(node.calls().at(-1)).toEqual(['proxy', `local://${node.run}/local`]);
  await node.call('broker.stop', 0, 10);
  node.forget('node-0/run/local');
  const alone = run('flux-connect', 'true');
  expect([alone.status, alone.stderr]).toEqual([
    1,
    'flux-distribute: no broker runs on this node now: see the log of the pod\n',
  ]);
});

test('flux-connect of the pod runs on the node what it is given', async () => {
  const node = new DistributeNode();
  node.startSupervisor();
  const run = (...words: readonly string[]) =>
    spawnSync('bash', [join(node.root, 'scripts/flux-connect.sh'), ...words], {
      encoding: 'utf8',
      env: { ...node.environment(), PATH: process.env.PATH, TERM: 'xterm', SECRET: 'x' },
    });
  expect(run('true').stderr).toBe(
    'flux-distribute: no broker has run on this node yet: see the log of this pod\n',
  );
  await up(node);
  const { status, stdout } = run('sh', '-c', 'echo "$TERM|${SECRET:-none}|$1"; exit 4', '_', 'a  b');
  expect([status, stdout]).toEqual([4, 'xterm|none|a  b\n']);
});
