/** The kernel's limits of a node and the owner of its folders, run for real on a folder that stands in for the node. */
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';
import { PYTHON } from '../../support/python';

jest.setTimeout(60_000);
afterEach(removeNodes);

const RAISED = { instances: '8192\n', watches: '524288\n' };

function withLimits(raiseSysctls: boolean, instances: number, watches: number): DistributeNode {
  const node = new DistributeNode({ raiseSysctls });
  node.write('sysctls/max_user_instances', `${instances}\n`);
  node.write('sysctls/max_user_watches', `${watches}\n`);
  return node;
}

const NOTES = 'sysctls/.raised-limits.json';

const limits = (node: DistributeNode): object => ({
  instances: node.read('sysctls/max_user_instances'),
  watches: node.read('sysctls/max_user_watches'),
});

test('limits that are lower are raised, and put back as they were before the first time', async () => {
  const node = withLimits(true, 128, 1_000_000);
  await node.call('sysctls.prepare');
  expect(limits(node)).toEqual({ instances: RAISED.instances, watches: '1000000\n' });
  await node.call('sysctls.prepare');
  expect(node.has(NOTES)).toBe(true);
  await node.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '128\n', watches: '1000000\n' });
  expect(node.has(NOTES)).toBe(false);
  await node.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '128\n', watches: '1000000\n' });
});

test('a limit that somebody else has set since is left alone', async () => {
  const node = withLimits(true, 128, 8192);
  await node.call('sysctls.prepare');
  expect(limits(node)).toEqual(RAISED);
  node.write('sysctls/max_user_watches', '700000\n');
  await node.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '128\n', watches: '700000\n' });
});

test('a limit that was lowered again is raised again, and goes back to what it was at first', async () => {
  const node = withLimits(true, 200, 8192);
  await node.call('sysctls.prepare');
  node.write('sysctls/max_user_instances', '128\n');
  await node.call('sysctls.prepare');
  expect(limits(node)).toEqual(RAISED);
  await node.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '200\n', watches: '8192\n' });
});

/** Another FluxDistribute of the same node. */
function beside(node: DistributeNode, raiseSysctls: boolean, name = 'other'): DistributeNode {
  const other = new DistributeNode({ name, raiseSysctls });
  symlinkSync(join(node.root, 'sysctls'), join(other.root, 'sysctls'));
  return other;
}

test('limits that are wanted no more are put back by the next supervisor', async () => {
  const node = withLimits(true, 120, 8192);
  await node.call('sysctls.prepare');
  expect(limits(node)).toEqual(RAISED);
  const changed = beside(node, false, 'flux');
  await changed.call('sysctls.prepare');
  expect(limits(node)).toEqual({ instances: '120\n', watches: '8192\n' });
  expect(changed.sentences()).toEqual([expect.stringMatching(/^fs\.inotify\.max_user_instances is 120: /)]);
});

test('of two FluxDistributes on a node the last one that wants the limits puts them back', async () => {
  const node = withLimits(true, 128, 8192);
  const other = beside(node, true);
  const third = beside(node, false, 'third');
  await node.call('sysctls.prepare');
  await other.call('sysctls.prepare');
  for (const each of [node, third]) {
    await each.call(each === node ? 'sysctls.put_back' : 'sysctls.prepare');
    expect(limits(node)).toEqual(RAISED);
  }
  await other.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '128\n', watches: '8192\n' });
  expect(node.has(NOTES)).toBe(false);
});

test('supervisors that start and end at the same time leave the limits as they were', async () => {
  const node = withLimits(true, 128, 8192);
  const others = [beside(node, true), node];
  for (let round = 0; round < 40; round += 1) {
    await Promise.all(others.map((each) => each.call('sysctls.prepare')));
    expect(limits(node)).toEqual(RAISED);
    const [first, second] = round % 2 === 0 ? others : [...others].reverse();
    await Promise.all([first?.call('sysctls.put_back'), second?.call('sysctls.prepare')]);
    expect(limits(node)).toEqual(RAISED);
    await second?.call('sysctls.put_back');
    expect(limits(node)).toEqual({ instances: '128\n', watches: '8192\n' });
  }
});

test('notes that the one before removes meanwhile are made anew', async () => {
  const node = withLimits(true, 128, 8192);
  node.write(NOTES, '');
  const hold =
    'import fcntl, os, sys, time; file = open(sys.argv[1]); fcntl.flock(file, 2); print(); time.sleep(1); os.remove(file.name)';
  const holder = spawn(PYTHON, ['-uc', hold, join(node.root, NOTES)]);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  await node.call('sysctls.prepare');
  expect(limits(node)).toEqual(RAISED);
  await node.call('sysctls.put_back');
  expect(limits(node)).toEqual({ instances: '128\n', watches: '8192\n' });
});

test('without being asked nothing is touched, and limits that are too low are told', async () => {
  const enough = withLimits(false, 128, 8192);
  const low = withLimits(false, 100, 8192);
  for (const node of [enough, low]) {
    const before = limits(node);
    await node.call('sysctls.prepare');
    expect(limits(node)).toEqual(before);
    expect(node.has(NOTES)).toBe(false);
  }
  expect(enough.sentences()).toEqual([]);
  expect(low.sentences()).toEqual([
    'fs.inotify.max_user_instances is 100: brokers may fail for it; set raiseSysctls, or raise it on the node',
  ]);
});

test('a limit that can not be written is told, and the others are raised', async () => {
  const node = withLimits(true, 128, 8192);
  node.write(NOTES, 'what is this');
  node.forget('sysctls/max_user_instances');
  mkdirSync(join(node.root, 'sysctls/max_user_instances'));
  await node.call('sysctls.prepare');
  expect(node.read('sysctls/max_user_watches')).toBe(RAISED.watches);
});

test('folders on a node are claimed once, and belong to one FluxDistribute', async () => {
  const node = new DistributeNode();
  node.write('account/namespace', 'hpc');
  await node.call('owner.claim');
  await node.call('owner.claim');
  for (const folder of ['opt', 'state'])
    expect(JSON.parse(node.read(`node-0/${folder}/owner.json`))).toEqual({ namespace: 'hpc', name: 'flux' });
  node.write('node-0/state/owner.json', '{"namespace": "other", "name": "flux"}');
  await expect(node.call('owner.claim')).rejects.toThrow(
    `OwnerError: ${node.state} on this node belongs to the FluxDistribute flux in namespace other: give this one ` +
      'another name or other folders, or clean up after that one',
  );
  node.write('node-0/state/owner.json', '[]');
  await expect(node.call('owner.check')).rejects.toThrow(
    `OwnerError: ${node.state}/owner.json can't be read: remove it if the folder belongs to nobody else`,
  );
});
