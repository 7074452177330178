/** Pulumi's own engine deploys the stacks, changes and destroys them. */
import { join } from 'node:path';

import { ROOT } from '../../support/package';
import { Clouds } from './clouds';
import { Engine, type EngineStack, type State, type Steps } from './engine';

const PARAMETER = '/flux-usernetes/hpc/kubeconfig';
const KUBECONFIG = 'apiVersion: v1\nkind: Config\nusers: [{ user: { token: a-token-of-the-tests } }]\n';

const clouds = new Clouds();

let engine: Engine;
let nodes: EngineStack;
let workloads: EngineStack;
let efa: EngineStack;

beforeAll(async () => {
  engine = await Engine.start(clouds);
  nodes = await engine.stack(ROOT);
  workloads = await engine.stack(join(ROOT, 'stacks/usernetes-workloads'));
  await workloads.set('cluster', 'organization/usernetes/e2e');
  efa = await engine.stack(join(ROOT, 'stacks/eks-efa'));
  await efa.set('cluster', 'science');
});

afterAll(() => {
  engine.stop();
});

/** What changes something. */
function changes({ same, refresh, read, ...others }: Steps): Steps {
  return others;
}

/** The steps that make one resource anew. */
function replacementOf(label: string): Steps {
  return { 'create-replacement': [label], 'delete-replaced': [label], replace: [label] };
}

/** How many secrets a state has that holds none of them in clear. */
async function secretsKept(stack: EngineStack): Promise<number> {
  expect(secretsIn(await stack.state())).toEqual([]);
  return secretsIn(await stack.stateWithSecrets()).length;
}

function secretsIn({ texts, resources }: State): string[] {
  expect(resources.length).toBeGreaterThan(1);
  return clouds.secretsIn(texts);
}

// Each test goes on where the one before has left the stacks.
test('a preview makes nothing, and tells what will be made', async () => {
  const preview = await nodes.preview();
  expect(clouds.made).toEqual([]);

  const up = await nodes.up();
  expect(up.create).toEqual(expect.arrayContaining(['Instance hpc-0', 'Instance hpc-1']));
  expect(changes(up)).toEqual({ create: preview.create });
});

test('the state of the nodes holds no secret in clear', async () => {
  expect(await secretsKept(nodes)).toBeGreaterThan(0);
});

test('a second run changes nothing of the nodes', async () => {
  const before = clouds.made;
  const steps = await nodes.up();
  expect(steps.same?.length).toBeGreaterThan(before.length);
  expect(changes(steps)).toEqual({});
  expect(clouds.made).toEqual(before);
});

test('the workloads say that Kubernetes of the nodes is not up yet', async () => {
  await expect(workloads.preview()).rejects.toThrow('Kubernetes of the other stack has not been up yet');
});

test('a kubeconfig that a node wrote is left as it is, and is a secret of the state', async () => {
  clouds.write(PARAMETER, KUBECONFIG);
  const before = await secretsKept(nodes);
  expect(changes(await nodes.up())).toEqual({});
  expect(clouds.get(PARAMETER, 'aws:ssm/parameter:Parameter')?.inputs.value).toBe(KUBECONFIG);
  expect(await secretsKept(nodes)).toBeGreaterThan(before);
});

test('the workloads come up on the nodes, with no secret in clear in the state', async () => {
  const preview = await workloads.preview();
  const up = await workloads.up();
  expect(up.create).toEqual(expect.arrayContaining(['Job queue:flux/queue', 'Job reports:flux/hello']));
  expect(changes(up)).toEqual({ create: preview.create });
  expect(await secretsKept(workloads)).toBeGreaterThan(0);
});

test('a second run changes nothing of the workloads', async () => {
  expect(changes(await workloads.up())).toEqual({});
});

test('another size of the queue replaces its Job and scripts, and nothing of the rest', async () => {
  await workloads.set('size', '3');
  expect(changes(await workloads.up())).toEqual({
    create: [expect.stringMatching(/^ConfigMap queue:flux\/queue-entrypoint-/)],
    delete: [expect.stringMatching(/^ConfigMap queue:flux\/queue-entrypoint-/)],
    ...replacementOf('Job queue:flux/queue'),
    update: ['MiniClusterJob queue'],
  });
});

test('more nodes make instances of the highest ranks, and touch no other', async () => {
  await nodes.set('nodes', '4');
  expect(changes(await nodes.up())).toEqual({
    create: ['Instance hpc-2', 'Instance hpc-3', 'NetworkInterface hpc-2', 'NetworkInterface hpc-3'],
    update: ['Parameter hpc-nodes', 'Stack hpc-ready', 'UsernetesCluster hpc'],
  });
});

test('fewer nodes end instances of the highest ranks, and touch no other', async () => {
  await nodes.set('nodes', '3');
  expect(changes(await nodes.up())).toEqual({
    delete: ['Instance hpc-3', 'NetworkInterface hpc-3'],
    update: ['Parameter hpc-nodes', 'Stack hpc-ready', 'UsernetesCluster hpc'],
  });
});

test('the stack with EFA comes up, and a second run changes nothing', async () => {
  const preview = await efa.preview();
  const up = await efa.up();
  expect(up.create).toEqual(expect.arrayContaining(['MiniCluster lammps']));
  expect(changes(up)).toEqual({ create: preview.create });
  expect(await secretsKept(efa)).toBeGreaterThan(0);
  expect(changes(await efa.up())).toEqual({});
});

test('what the operator reads once replaces the MiniCluster', async () => {
  await efa.set('tasksPerNode', '18');
  expect(changes(await efa.up())).toEqual({
    ...replacementOf('MiniCluster lammps:hpc/lammps'),
    update: ['MiniCluster lammps'],
  });
});

test('destroying all leaves nothing', async () => {
  for (const stack of [efa, workloads, nodes]) await stack.destroy();
  expect(clouds.made).toEqual([]);
  for (const stack of [efa, workloads, nodes]) expect((await stack.state()).resources).toEqual([]);
});
