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
  expect(cluster.members('10.0.16.34:30003')).toMatchObject({
    'u7s-hpc-2': { overwrite: '10.0.16.34', used: '10.0.16.34', taints: '' },
    'u7s-hpc-3': { overwrite: '10.0.16.35', used: '10.0.16.35', taints: '' },
  });
  expect(cluster.container(3, 254258708480)).toMatchObject({
    NODE_NAME: 'u7s-hpc-3',
    HOST_IP: '10.0.16.35',
    NODE_SUBNET: '10.100.0.24/29',
    NODE_IP: '10.100.0.26',
    PORT_ETCD: '30000',
    PORT_KUBELET: '30001',
    PORT_FLANNEL: '30002',
    PORT_KUBE_APISERVER: '30003',
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
  for (const operation of ['up', 'init']) await node(operation);
  expect(await node('sync', '--flannel', '--nodes', 'u7s-hpc-0')).toEqual({
    code: 0,
    out: 'usernetes-fine\n',
    err: '',
  });
  const { code, err } = await node('ready', '--nodes', 'u7s-hpc-0,u7s-hpc-5', '--limit', '2');
  expect(code).toBe(1);
  expect(err).toMatch(/^usernetes: not Ready within 2 s: (u7s-hpc-0, )?u7s-hpc-5\n$/);
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

test('a node that is gone at the end keeps its slot and is drained; clean gives the slot back', async () => {
  const cluster = new UsernetesNodes();
  cluster.job(41);
  await cluster.prolog(41, '1-2');
  cluster.goDown(2);
  const { code, err } = await cluster.epilog(41, '1-2');
  expect([code, err]).toEqual([1, 'usernetes: rank 2 (hpc-2), step down: No route to host\n']);
  expect(cluster.said()).toContain(`resource drain --update 2 run usernetes clean --job ${f58(41)}, since: `);
  expect(cluster.left()).toEqual({ 2: ['41'] });
  expect(cluster.held()['41']).toMatchObject({ ranks: [2], state: 'held' });
  // It isn't swept, and its ports are nobody else's.
  cluster.job(42);
  cluster.goDown();
  await cluster.prolog(42, '2');
  expect(cluster.held()['42']?.slot).toBe(1);
  const status = await cluster.run(0, ['status']);
  expect(status.out).toMatch(new RegExp(`${f58(41)} +0 +2 +held +30000,30001,30002,30003 +-\n`));
  expect(await cluster.run(2, ['clean', '--job', f58(41)])).toMatchObject({
    code: 0,
    out: 'removed on ranks 2\nthese nodes were drained: flux resource undrain 2\n',
  });
  expect(cluster.left()).toEqual({ 2: ['42'] });
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
  cluster.fault(0, 'remove');
  expect((await cluster.run(0, ['clean', '--job', '43'])).code).toBe(0);
  expect([cluster.left(), cluster.held()]).toEqual([{}, {}]);
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
  expect((await cluster.run(0, ['clean', '--stale'])).code).toBe(0);
  expect(cluster.left()).toEqual({ 1: ['63'] });
  expect(Object.keys(cluster.held())).toEqual(['63']);
});
