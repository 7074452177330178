/** How programs run on a node: from folders that may be mounted so that nothing runs from them, and with which variables. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DistributeNode, removeNodes } from '../../support/distribute-node-pod';
import { PYTHON } from '../../support/python';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeNodes);

test('nothing is executed from the run directory, which systems mount noexec', async () => {
  const node = new DistributeNode();
  node.noexec = [node.run];
  await node.configure();
  await node.call('broker.start', true);
  await until(() => node.call('broker.is_up') as Promise<boolean>);
  expect(await node.call('queue.queue_is_idle')).toBe(true);
  expect(await node.call('broker.stop', 0, 10)).toBe(true);
  expect(node.calls('shutdown')).toHaveLength(1);
  expect(node.sentences()).toEqual([]);
});

test('an installation that nothing can be executed from is told once, with what to do', async () => {
  const node = new DistributeNode();
  node.noexec = [node.directory];
  await node.configure();
  await node.call('broker.start', true);
  for (let round = 0; round < 2; round += 1) {
    await until(() => node.has('state') && node.read('state') === 'run');
    expect(await node.call('broker.is_up')).toBe(false);
    expect(await node.call('queue.queue_is_idle')).toBe(false);
  }
  expect(node.sentences()).toHaveLength(1);
  expect(node.sentences()[0]).toMatch(
    /^\/node-0\/opt\/bin\/flux can't be executed on this node \(.*Permission denied\): set directories on a file system that is not mounted noexec$/,
  );
});

test('a shell whose input is a socket reads nothing that root has for logins', () => {
  const node = new DistributeNode();
  node.write('home/.bashrc', 'READ=yes\n');
  const program = `
import socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from distribute_node import on_node
words = on_node(["/bin/bash", "-c", "echo \${READ:-no} $SHLVL"], {"HOME": sys.argv[2]})
subprocess.run(words, stdin=socket.socketpair()[0], check=True)
`;
  const given = [join(node.root, 'scripts'), join(node.root, 'home')];
  const { stdout } = spawnSync(PYTHON, ['-B', '-c', program, ...given], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, DISTRIBUTE_NSENTER: '' },
  });
  expect(stdout).toBe('no 2\n');
});
