/** Prolog and epilog of jobs, run for real with stand-ins for flux and for what usernetes does on a node. */
import { statSync } from 'node:fs';
import { Ended, UsernetesNodes, f58, removeClusters } from '../../support/usernetes-nodes';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeClusters);

const ups = (cluster: UsernetesNodes, rank: number): number =>
  cluster.calls(rank).filter((call) => call.startsWith('docker compose up')).length;

test('a job that asks for no Kubernetes is left alone, and so are its nodes', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  cluster.job(7, {});
  expect(await cluster.prolog(7, '0')).toEqual({ code: 0, out: '', err: '' });
  expect(await cluster.epilog(7, '0')).toEqual({ code: 0, out: '', err: '' });
  expect([cluster.left(), cluster.held(), cluster.read(0, 'calls')]).toEqual([{}, {}, '']);
});

test('a job on nodes 2 and 3 only has its control plane on node 2, all of it on both, and nothing afterwards', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(254258708480);
  const { code, out, err } = await cluster.prolog(254258708480, '2-3');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('Kubernetes is up on 2 nodes');
  expect(cluster.left()).toEqual({ 2: ['254258708480'], 3: ['254258708480'] });
  expect(cluster.members('10.0.16.34:20003')).toMatchObject({
    'u7s-hpc-2': { overwrite: '10.0.16.34', used: '10.0.16.34', taints: '' },
    'u7s-hpc-3': { overwrite: '10.0.16.35', used: '10.0.16.35', taints: '' },
  });
  expect(cluster.container(3, 254258708480)).toMatchObject({
    NODE_NAME: 'u7s-hpc-3',
    HOST_IP: '10.0.16.35',
    NODE_SUBNET: '10.100.0.24/29',
    NODE_IP: '10.100.0.26',
    PORT_ETCD: '20000',
    PORT_KUBELET: '20001',
    PORT_FLANNEL: '20002',
    PORT_KUBE_APISERVER: '20003',
  });
  const workdir = cluster.state(2, 'jobs/254258708480');
  for (const file of ['kubeconfig', 'join-command'])
    expect(statSync(`${workdir}/${file}`).mode & 0o777).toBe(0o600);
  expect(statSync(workdir).mode & 0o777).toBe(0o700);
  expect(cluster.list(3, 'var/lib/flux-usernetes/jobs/254258708480')).not.toContain('kubeconfig');
  // One container on each node, and no pod of flannel that read its address too early.
  expect([ups(cluster, 2), ups(cluster, 3)]).toEqual([1, 1]);
  expect(cluster.calls(2).filter((call) => call.includes('delete pods'))).toEqual([]);
  // The token of the join command is neither in a log nor in what was said.
  const log = cluster.read(3, 'var/lib/flux-usernetes/log/usernetes-254258708480.log');
  expect(log).toContain('kubeadm-join');
  expect(log + out).not.toContain('0123456789abcdef');

  expect(await cluster.epilog(254258708480, '2-3')).toEqual({ code: 0, out: '', err: '' });
  expect([cluster.left(), cluster.held(), cluster.said()]).toEqual([{}, {}, '']);
});

test('two jobs at the same moment on a node get different slots, one elsewhere gets the first again', async () => {
  const cluster = new UsernetesNodes();
  for (const id of [11, 12, 13]) cluster.job(id);
  const ended = await Promise.all([
    cluster.prolog(11, '0-1'),
    cluster.prolog(12, '1-2'),
    cluster.prolog(13, '3'),
  ]);
  expect(ended.map(({ code, err }) => [code, err])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  const held = cluster.held();
  expect([held['11']?.slot, held['12']?.slot].sort()).toEqual([0, 1]);
  expect(held['13']?.slot).toBe(0);
  expect(cluster.left()).toEqual({ 0: ['11'], 1: ['11', '12'], 2: ['12'], 3: ['13'] });
  await cluster.epilog(11, '0-1');
  expect(cluster.left()).toEqual({ 1: ['12'], 2: ['12'], 3: ['13'] });
});

test('a worker that never joins: the job is told node, step and cause, and nothing stays', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(21);
  cluster.fault(2, 'join', 'fail error execution phase preflight: no route, token abcdef.0123456789abcdef');
  const { code, err } = await cluster.prolog(21, '1-2');
  expect(code).toBe(1);
  expect(err).toMatch(
    /^usernetes: rank 2 \(hpc-2\), step join: make kubeadm-join ended with 2: error .*: no route, token \(token\) \(log: .*\)\n$/,
  );
  expect(cluster.said()).toContain(
    `job raise --severity=0 --type=usernetes ${f58(21)} -- usernetes: rank 2 (hpc-2), step join: `,
  );
  expect(cluster.said()).not.toContain('drain');
  expect([cluster.left(), cluster.held()]).toEqual([{}, {}]);
  expect(await cluster.epilog(21, '1-2')).toEqual({ code: 0, out: '', err: '' });
});

test('a worker that hangs is given up when the time for the prolog is over', async () => {
  const cluster = new UsernetesNodes({ limits: { job: 3 } });
  cluster.job(22);
  cluster.fault(1, 'up', 'hang');
  const { code, err } = await cluster.prolog(22, '0-1');
  expect(code).toBe(1);
  expect(err).toMatch(/rank 1 \(hpc-1\), step up: .* took longer than \d s/);
  expect([cluster.left(), cluster.held()]).toEqual([{}, {}]);
});

test('a worker that joins and never gets ready is named', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  const node = (operation: string, ...words: readonly string[]): Promise<Ended> =>
    cluster.run(0, ['node', operation, '--id', '23', '--slot', '0', ...words]);
  // At a reboot the engine comes up a moment later: that isn't an image that is missing.
  cluster.write(0, 'faults/begin', '2');
  expect(await node('up')).toEqual({ code: 0, out: 'usernetes-fine\n', err: '' });
  await node('init');
  expect(await node('sync', '--flannel', '--nodes', 'u7s-hpc-0')).toEqual({
    code: 0,
    out: 'usernetes-fine\n',
    err: '',
  });
  const { code, err } = await node('ready', '--nodes', 'u7s-hpc-0,u7s-hpc-5', '--limit', '2');
  expect(code).toBe(1);
  expect(err).toMatch(/^usernetes: not Ready within 2 s: (u7s-hpc-0, )?u7s-hpc-5\n$/);
  cluster.write(0, 'faults/begin', '99');
  expect((await node('up', '--limit', '1')).err).toMatch(
    /^usernetes: docker doesn't answer within 1 s: Cannot connect to the Docker daemon.* \(look at journalctl _UID=\d+\)\n$/,
  );
});

test('hundreds of nodes may ask rank 0: reading takes no lock, and one sync serves all who wait for it', async () => {
  const cluster = new UsernetesNodes({ nodes: 1, mode: 'system' });
  for (const operation of ['up', 'init']) await cluster.run(0, ['node', operation, '--id', 'system']);
  const calls = (what: RegExp): number => cluster.calls(0).filter((call) => what.test(call)).length;
  const [made, synced] = [calls(/kubeadm token create/), calls(/inside\.sh sync$/)];
  const out = await cluster.python(
    0,
    `import os, threading, time, usernetes_settings as s, usernetes_node as n, usernetes_files as f, usernetes_workdir as w
settings = s.Settings()
node = n.Node(settings, w.Workdir(settings, "system", 0), 0, 10)
give = lambda: print(node.give_join_command().split()[-4:-2])
with f.locked(n.lock_path(node.workdir), 1, "test"):
    give()
    waiting = [threading.Thread(target=node.sync, args=(False,)) for _ in range(5)]
    for thread in waiting: thread.start()
    time.sleep(0.3)
for thread in waiting: thread.join()
file = node.workdir.join_command
f.replace_file(file, f.read_file(file)[:-9])
give()
os.utime(file, (0, 0))
give()
give()
os.makedirs(settings.workdir("99"))
import usernetes_user as u
u.sweep_node(n.Node(settings, node.workdir, 0, 0), [], 10 ** 20)
u.Flux.active_jobs = lambda flux: u.Slots(settings).allocate("77", [0]) and set()
u.Job.take_down = lambda job, *_, **__: print("swept", job.id)
u.clean_stale(settings)`,
  );
  expect(out.split('\n')).toEqual([
    ...Array<string>(4).fill("['--token', 'abcdef.0123456789abcdef']"),
    // Those that have little time sweep little.
    'unswept 99: no time is left to remove it',
    // A job that begins while it is looked which ones there are is not swept.
    '',
  ]);
  expect([calls(/kubeadm token create/) - made, calls(/inside\.sh sync$/) - synced]).toEqual([2, 1]);
});

test('a job that is canceled during its prolog leaves nothing, even while a node hangs', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(31);
  cluster.fault(1, 'up', 'hang');
  const running = cluster.startProlog(31, '0-1');
  await until(() => cluster.calls(1).some((call) => call.startsWith('docker compose up')));
  running.process.kill('SIGTERM');
  const { code, err } = await running.ended;
  expect([code, err]).toEqual([143, `usernetes: the prolog of ${f58(31)} was stopped\n`]);
  expect([cluster.left(), cluster.held()]).toEqual([{}, {}]);
});

test('a node that is gone at the end is not drained, keeps its slot, and is swept once it is back', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(41);
  await cluster.prolog(41, '1-2');
  cluster.goDown(2);
  const { code, err } = await cluster.epilog(41, '1-2');
  expect([code, err]).toEqual([1, 'usernetes: rank 2 (hpc-2), step down: No route to host\n']);
  expect([cluster.said(), cluster.left()]).toEqual(['', { 2: ['41'] }]);
  expect(cluster.held()['41']).toMatchObject({ ranks: [2], state: 'up' });
  cluster.job(41, { usernetes: 'yes' }, false);
  cluster.job(42);
  cluster.goDown();
  // Until it is removed its ports are nobody else's.
  const { out } = await cluster.prolog(42, '2');
  expect(out).toContain(`rank 2 (hpc-2): what job ${f58(41)} had left was removed\n`);
  expect(cluster.left()).toEqual({ 2: ['42'] });
  expect(Object.entries(cluster.held()).map(([id, { slot }]) => [id, slot])).toEqual([['42', 1]]);
});

test('a missing image is built; what can not be removed drains the node; what make can not remove, the engine does', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  cluster.job(43);
  cluster.write(0, 'engine/images', '');
  const { out } = await cluster.prolog(43, '0');
  expect(out).toMatch(
    /the image flux-usernetes-node:0123456789ab is missing on this node: it is built now\n/,
  );
  cluster.fault(0, 'down', 'fail device busy');
  cluster.fault(0, 'remove', 'fail device busy');
  const { code, err } = await cluster.epilog(43, '0');
  expect(code).toBe(1);
  expect(err).toContain("docker can't remove what is left of usernetes-43: container usernetes-43-node-1");
  expect(cluster.said()).toContain('resource drain --update 0 ');
  expect(cluster.drained()).toMatch(
    new RegExp(`^0 run usernetes clean --job ${f58(43)}, since: docker can't`),
  );
  // It isn't swept, and its ports are nobody else's.
  cluster.job(43, { usernetes: 'yes' }, false);
  cluster.job(44);
  await cluster.prolog(44, '0');
  expect([cluster.left(), cluster.held()['44']?.slot]).toEqual([{ 0: ['43', '44'] }, 1]);
  const status = await cluster.run(0, ['status']);
  expect(status.out).toMatch(new RegExp(`${f58(43)} +0 +0 +held +20000,20001,20002,20003 +-\n`));
  expect(await cluster.run(0, ['clean', '--job', '43'])).toMatchObject({ code: 1, out: '' });
  cluster.fault(0, 'remove');
  cluster.drain(1, `run usernetes clean --job ${f58(44)}, since: x`);
  cluster.drain(2, 'broken fan');
  expect(await cluster.run(0, ['clean', '--job', '43'])).toEqual({
    code: 0,
    out: 'removed on ranks 0\nundrained: ranks 0\n',
    err: '',
  });
  expect(cluster.drained()).toMatch(/^1 run .*\n2 broken fan\n$/);
  expect([cluster.left(), Object.keys(cluster.held())]).toEqual([{ 0: ['44'] }, ['44']]);
});

test('usernetes_debug keeps all of it after the job, and says in one line how it is removed', async () => {
  const cluster = new UsernetesNodes({ nodes: 1 });
  const user = { usernetes: 'yes', usernetes_debug: 'yes' };
  cluster.job(51, user);
  await cluster.prolog(51, '0');
  const { code, out } = await cluster.epilog(51, '0');
  expect([code, out]).toEqual([
    0,
    `${f58(51)}: left for inspection on ranks 0 (usernetes_debug); remove it by: usernetes clean --job ${f58(51)}\n`,
  ]);
  cluster.job(51, user, false);
  await cluster.run(0, ['clean', '--stale']);
  expect(cluster.left()).toEqual({ 0: ['51'] });
  await cluster.run(0, ['clean', '--job', '51']);
  expect([cluster.left(), cluster.held()]).toEqual([{}, {}]);
});

test('what a job left that ended without an epilog is swept by the next job on the node, or by clean --stale', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(61);
  await cluster.prolog(61, '0-1');
  cluster.job(61, { usernetes: 'yes' }, false);
  cluster.job(63);
  const { out } = await cluster.prolog(63, '1');
  expect(out).toContain(`rank 1 (hpc-1): what job ${f58(61)} had left was removed\n`);
  expect(cluster.left()).toEqual({ 0: ['61'], 1: ['63'] });
  expect(cluster.held()['61']?.ranks).toEqual([0]);
  // Two at once, as after a start of the broker: neither ends the other.
  cluster.fault(0, 'down', 'wait 3.5');
  const both = await Promise.all([1, 2].map(() => cluster.run(0, ['clean', '--stale'])));
  expect(both).toEqual(Array(2).fill({ code: 0, out: '', err: '' }));
  expect([cluster.said(), cluster.left()]).toEqual(['', { 1: ['63'] }]);
  expect(Object.keys(cluster.held())).toEqual(['63']);
});
