/** System mode: `usernetes system` on each node, at the first boot and at later ones. */
import { statSync, rmSync } from 'node:fs';
import { UsernetesNodes, removeClusters } from '../../support/usernetes-nodes';

jest.setTimeout(60_000);
afterEach(removeClusters);

const API = '10.0.16.32:6443';
/** What root of rank 0 keeps. */
const NODES = 'var/lib/flux-usernetes-boot/nodes';
const IMAGES = 'opt/usernetes-images';

const system = (cluster: UsernetesNodes, ...ranks: readonly number[]): Promise<readonly string[]> =>
  Promise.all(
    ranks.map(async (rank) => {
      const { code, out, err } = await cluster.run(rank, ['system']);
      return `${String(code)} ${out}${err}`;
    }),
  );
const imported = (cluster: UsernetesNodes): readonly string[] =>
  cluster.calls(0).filter((call) => call.startsWith('ctr '));
const made = (cluster: UsernetesNodes, rank: number): readonly string[] =>
  cluster.calls(rank).filter((call) => /kubeadm init|usernetes\/join-command$|compose down/.test(call));

test('first boot, a late node, a second boot, and a node that was taken away', async () => {
  const cluster = new UsernetesNodes({ mode: 'system', nodes: 3 });
  cluster.write(0, NODES, '3\n');
  cluster.write(0, `${IMAGES}/flannel.tar`, 'images of flannel');
  // What isn't taken in is pulled.
  cluster.write(1, `${IMAGES}/flannel.tar`, 'images of flannel');
  cluster.fault(1, 'import', 'fail no space left');
  // The worker may be there first: it asks until rank 0 is ready.
  const [worker, lead] = await system(cluster, 1, 0);
  expect(lead).toMatch(/^0 rank 0 \(hpc-0\): the container is up .*\n[^]*Kubernetes is ready on this node/);
  expect(worker).toMatch(/^0 [^]*rank 1 \(hpc-1\): Kubernetes is ready on this node/);
  expect(worker).toContain(`${cluster.at(1, IMAGES)} can't be taken in: no space left\n`);
  await system(cluster, 2);
  for (const rank of [0, 1, 2])
    expect(cluster.members(API)[`u7s-hpc-${String(rank)}`]).toMatchObject({
      used: `10.0.16.${String(32 + rank)}`,
      taints: '',
    });
  const workdir = cluster.state(0, 'system');
  for (const file of ['kubeconfig', 'join-command'])
    expect(statSync(`${workdir}/${file}`).mode & 0o777).toBe(0o600);
  expect(cluster.read(0, 'var/lib/flux-usernetes/system/kubeconfig')).toContain(
    'server: https://127.0.0.1:6443',
  );
  // Flannel comes after the first annotation; pods that were there before their own are deleted, once each.
  const calls = cluster.calls(0);
  const [flannel, sync] = [/install-flannel/, /sync-external-ip/].map((what) =>
    calls.findIndex((call) => what.test(call)),
  );
  expect(sync).toBeLessThan(flannel ?? -1);
  expect(calls.filter((call) => call.includes('delete pods'))).toHaveLength(2);
  const restart = cluster.read(1, 'var/lib/flux-usernetes/system/flux-usernetes.compose.yaml');
  expect(restart).toContain('restart: "always"');
  expect(restart).toContain(`    volumes:\n      - ${cluster.at(1, IMAGES)}:/flux-usernetes-images:ro\n`);
  expect(imported(cluster)).toEqual([
    `ctr --namespace k8s.io images import ${cluster.at(0, IMAGES)}/flannel.tar`,
  ]);
  expect((await cluster.run(2, ['attr'])).out).toBe(
    `${cluster.state(2, 'system/kubeconfig')}\n${cluster.state(2, 'system')}\n`,
  );

  cluster.write(0, NODES, '2\n');
  cluster.replaceNode(2);
  cluster.forgetReady(API, 'u7s-hpc-2');
  for (const rank of [0, 1]) rmSync(cluster.at(rank, 'calls'));
  expect((await system(cluster, 0, 1)).map((text) => text[0])).toEqual(['0', '0']);
  expect([made(cluster, 0), made(cluster, 1)]).toEqual([[], []]);
  expect(Object.keys(cluster.members(API))).toEqual(['u7s-hpc-0', 'u7s-hpc-1']);
  expect(imported(cluster)).toEqual([]);
});

test('what was never completed, or belongs to a control plane that is gone, is reset, said and done anew', async () => {
  const cluster = new UsernetesNodes({ mode: 'system', nodes: 2 });
  cluster.fault(0, 'init', 'fail error execution phase wait-control-plane');
  const [failed] = await system(cluster, 0);
  expect(failed).toMatch(
    /^1 [^]*usernetes: rank 0 \(hpc-0\), step control-plane: make kubeadm-init ended with 2: error execution phase wait-/,
  );
  cluster.fault(0, 'init');
  cluster.fault(0, 'complete', 'fail no answer');
  cluster.patience();
  const [again] = await system(cluster, 0);
  expect(again).toContain('a control plane that was never completed is there: it is reset and made anew\n');
  await system(cluster, 1);

  cluster.replaceNode(0);
  const [, worker] = await system(cluster, 0, 1);
  expect(worker).toContain('belongs to another control plane, or was never completed: it is reset and joins');
  expect(worker).toMatch(/^0 /);
  expect(Object.keys(cluster.members(API))).toEqual(['u7s-hpc-0', 'u7s-hpc-1']);
});

test('a worker whose lead never answers ends in time, with a sentence', async () => {
  const cluster = new UsernetesNodes({ mode: 'system', nodes: 2, limits: { ready: 2 } });
  cluster.goDown(0);
  expect((await system(cluster, 1))[0]).toMatch(
    /^1 [^]*rank 1 \(hpc-1\), step worker: rank 0 \(hpc-0\) doesn't answer to authority within \d s: .*No route to host\n$/,
  );
});
