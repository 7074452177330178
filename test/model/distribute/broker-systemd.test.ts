/** The broker of a node as a unit of its systemd, run for real with stand-ins for systemctl, journalctl and flux. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeNodes);

const SYSTEMCTL = readFileSync(join(__dirname, '../../support/distribute-node-systemctl.py'), 'utf8');
const UNIT = 'flux-distribute-flux.service';
const FORCED = { runner: 'systemd' };

function withSystemd(node: DistributeNode, build = '+systemd'): DistributeNode {
  node.program('stand-ins/systemctl', SYSTEMCTL);
  node.program('stand-ins/journalctl', SYSTEMCTL);
  node.write('systemd-build', build);
  return node;
}

async function up(node: DistributeNode, isLead = false, ...restore: readonly string[]): Promise<void> {
  await node.configure();
  await node.call('broker.start', isLead, ...restore);
  await until(() => node.call('broker.is_up') as Promise<boolean>);
}

const calls = (node: DistributeNode): readonly string[] =>
  node.has('systemctl-calls') ? node.read('systemctl-calls').trim().split('\n') : [];
const starts = (node: DistributeNode): number =>
  calls(node).filter((call) => call.startsWith('start ')).length;

test('systemd runs the broker where the node has it and Flux was built with it', async () => {
  const node = withSystemd(new DistributeNode({ runner: 'auto' }));
  await up(node, true);
  expect(calls(node)).toContain(`start --no-block ${UNIT}`);
  expect(node.brokers()[0]?.words).toContain('-Sbroker.sd-notify=1');
  expect(node.brokers()[0]?.environment).toMatchObject({ HOME: '/root', FLUX_DISTRIBUTE_BROKER: node.run });
  const unit = node.read(`units/${UNIT}`);
  for (const line of ['Type=notify', 'KillMode=mixed', 'Restart=no', 'Delegate=yes', 'TimeoutStopSec=40'])
    expect(unit.split('\n')).toContain(line);
  expect(await node.call('broker.is_running')).toBe(true);
  await until(() => node.said.includes('broker says hello'));
});

test('the supervisor runs the broker where there is no systemd, or Flux knows none, or nobody wants it', async () => {
  const without = new DistributeNode({ runner: 'auto' });
  without.forget('units');
  without.write('systemd-build', '+systemd');
  const unknown = withSystemd(new DistributeNode({ runner: 'auto' }), '');
  const unwanted = withSystemd(new DistributeNode({ runner: 'supervisor' }));
  for (const node of [without, unknown, unwanted]) {
    await up(node);
    expect(starts(node)).toBe(0);
    expect(node.leftovers()).toContain('keeper');
  }
});

test('systemd that is asked for and can not be had is an error of one sentence', async () => {
  const without = new DistributeNode(FORCED);
  without.forget('units');
  const unknown = withSystemd(new DistributeNode(FORCED), '');
  const causes = [
    [without, "systemd doesn't run there"],
    [unknown, 'Flux was built without it'],
  ] as const;
  for (const [node, cause] of causes) {
    await node.configure();
    await expect(node.call('broker.start', true)).rejects.toThrow('exit 1');
    await until(() => node.sentences().length > 0);
    expect(node.sentences()).toEqual([
      `the broker can't run under systemd on this node (${cause}): set runner to auto or supervisor`,
    ]);
    expect(node.brokers()).toEqual([]);
  }
});

test('a broker whose supervisor is killed goes on, and the next supervisor takes it over with its log', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  await up(node);
  await node.killSupervisor();
  expect(node.leftovers()).toContain('broker');
  node.startSupervisor();
  await node.configure();
  await node.call('broker.start', false);
  expect(await node.call('broker.is_up')).toBe(true);
  expect([starts(node), node.brokers().length]).toEqual([1, 1]);
  expect(node.sentences()).toEqual(['the broker that systemd runs already is taken over']);
  writeFileSync(join(node.root, 'journal'), 'one more line\n', { flag: 'a' });
  await until(() => node.said.includes('one more line'));
});

test('what a broker reads stays as long as one runs, and goes with its key after that', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  await up(node);
  await node.killSupervisor();
  node.startSupervisor();
  await node.configure();
  await node.call('broker.start', false);
  await node.call('broker.forget');
  expect(node.has('node-0/run/config/curve.cert')).toBe(true);
  await node.call('broker.stop', 0, 10);
  await node.call('broker.forget');
  for (const path of ['run/config', 'run/local', 'state/rundir'])
    expect(node.has(`node-0/${path}`)).toBe(false);
});

test('a broker with another configuration is stopped and started again, and so is one that is to restore', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  await up(node, true);
  await node.killSupervisor();
  node.startSupervisor();
  await node.configure(4, '[bootstrap]\nother = 1\n');
  await node.call('broker.start', true);
  await until(() => node.brokers().length === 2);
  expect(node.read('ended-by-itself')).toBe(String(node.brokers()[0]?.process));
  await node.killSupervisor();
  node.startSupervisor();
  await node.configure(4, '[bootstrap]\nother = 1\n');
  node.write('dump.tar', 'x');
  const dump = join(node.root, 'dump.tar');
  await node.call('broker.start', true, dump);
  await until(() => node.brokers().length === 3);
  expect(node.brokers()[2]?.words).toContain(`-Scontent.restore=${dump}`);
  expect(node.sentences()).toEqual([]);
});

test('a unit that is started by hand later does not restore the old state again', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  node.write('dump.tar', 'x');
  await up(node, true, join(node.root, 'dump.tar'));
  expect(node.brokers()[0]?.words.join(' ')).toContain('restore=');
  expect(node.read(`units/${UNIT}`)).not.toContain('dump.tar');
  expect(readdirSync(join(node.run, 'config'))).not.toContain('restore');
});

test('a timer stops a broker that has lost its supervisor: a lead before its Lease may be another’s', async () => {
  const lead = withSystemd(new DistributeNode({ ...FORCED, leaseSeconds: 120 }));
  await up(lead, true);
  const seconds = Number(
    /^OnActiveSec=(\d+)$/m.exec(lead.read('units/flux-distribute-flux-guard.timer'))?.[1],
  );
  const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(lead.read(`units/${UNIT}`))?.[1]);
  expect(seconds + stop).toBeLessThanOrEqual(100);
  expect(lead.read('units/flux-distribute-flux-guard.service')).toMatch(
    new RegExp(`^ExecStart=/.*systemctl stop ${UNIT}$`, 'm'),
  );
  expect(calls(lead)).toContain('restart flux-distribute-flux-guard.timer');
  // Else systemd would refuse the fifth start within ten seconds.
  expect(lead.read('units/flux-distribute-flux-guard.timer')).toContain('StartLimitIntervalSec=0\n');
  const follower = withSystemd(new DistributeNode(FORCED));
  await up(follower);
  expect(follower.read('units/flux-distribute-flux-guard.timer')).toContain('OnActiveSec=900\n');
});

test('the timer is set back for as long as the supervisor looks after the broker', async () => {
  // A guard of 10 s, set back every 10 / 6 s.
  const node = withSystemd(new DistributeNode({ ...FORCED, leaseSeconds: 20 }));
  await up(node, true);
  const resets = (): number => calls(node).filter((call) => call.startsWith('restart ')).length;
  const before = resets();
  // It may have other things to do for a while.
  await until(() => resets() >= before + 2);
  expect(resets()).toBeLessThan(before + 5);
  await node.call('broker.stop', 0, 10);
  expect(
    calls(node)
      .filter((call) => call.includes('guard'))
      .at(-1),
  ).toMatch(/^stop /);
});

test('a supervisor that has no broker to start ends one that systemd still runs', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  await up(node);
  await node.killSupervisor();
  node.startSupervisor();
  expect(await node.call('broker.stop', 0, 10)).toBe(true);
  expect(node.read('ended-by-itself')).toBe(String(node.brokers()[0]?.process));
  expect(readdirSync(join(node.root, 'units'))).toEqual([]);
});

test('a broker under systemd is stopped as any other, and killed at the deadline', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  await up(node, true);
  expect(await node.call('broker.stop', 0, 10)).toBe(true);
  expect(node.calls('shutdown')).toHaveLength(1);
  expect([await node.call('broker.exit_code'), await node.call('broker.is_running')]).toEqual([0, false]);
  await up(node, false);
  node.write('stubborn', '');
  expect(await node.call('broker.stop', 0, 0.5)).toBe(false);
  expect(calls(node)).toContain(`kill --kill-who=all --signal=KILL ${UNIT}`);
  expect(await node.call('broker.exit_code')).toBe(137);
  // What carries no mark of Flux is in the unit's cgroup, which the stand-in has not.
  await until(() => node.leftovers().every((name) => name === 'daemon'));
  expect(calls(node).filter((call) => call === 'stop flux-distribute-flux-guard.timer')).not.toEqual([]);
});

test('a broker that ends by itself under systemd tells how', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  node.write('fails/broker', '3');
  await node.configure();
  await node.call('broker.start', false);
  await until(async () => (await node.call('broker.exit_code')) === 3);
  node.forget('fails/broker');
  await up(node);
  process.kill(Number(node.read('broker-process')), 'SIGKILL');
  await until(async () => (await node.call('broker.exit_code')) === 137);
});

test('a systemd that does not start the unit is told in one sentence, and the broker counts as ended', async () => {
  const node = withSystemd(new DistributeNode(FORCED));
  node.write('systemctl-fails', 'start');
  await node.configure();
  await node.call('broker.start', false);
  expect([await node.call('broker.is_running'), await node.call('broker.exit_code')]).toEqual([false, 1]);
  expect(node.sentences()).toEqual([`systemd can't start ${UNIT}: Failed to do it: no`]);
});

test('a broker that systemd ran before is stopped, and its units go, when the supervisor is to run it', async () => {
  const settings = { runner: 'auto' };
  const node = withSystemd(new DistributeNode(settings));
  await up(node);
  await node.killSupervisor();
  node.write('systemd-build', '');
  node.startSupervisor();
  await node.configure();
  await node.call('broker.start', false);
  await until(() => node.brokers().length === 2 && node.read('state') === 'run');
  expect(readdirSync(join(node.root, 'units'))).toEqual([]);
  expect(node.leftovers().filter((name) => name === 'broker')).toEqual(['broker']);
});
