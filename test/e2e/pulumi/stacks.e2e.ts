/** Pulumi's own engine deploys the stacks, changes and destroys them. */
import { join } from 'node:path';

import { ROOT } from '../../support/package';
import { Clouds } from './clouds';
import { Engine, type EngineStack, type Steps } from './engine';

const PARAMETER = '/flux-usernetes/hpc/kubeconfig';
const KUBECONFIG = 'apiVersion: v1\nkind: Config\nusers: [{ user: { token: a-token-of-the-tests } }]\n';

const clouds = new Clouds({ parameters: { [PARAMETER]: KUBECONFIG } });
clouds.secrets.add('a-token-of-the-tests');

let engine: Engine;
let nodes: EngineStack;
let workloads: EngineStack;

beforeAll(async () => {
  engine = await Engine.start(clouds);
  nodes = await engine.stack(ROOT);
  workloads = await engine.stack(join(ROOT, 'stacks/usernetes-workloads'));
  await workloads.set('cluster', 'organization/usernetes/e2e');
});

afterAll(() => {
  engine.stop();
});

/** What changes something. */
function changes({ same, refresh, read, ...others }: Steps): Steps {
  return others;
}

/** The secrets that a state holds in clear. */
async function inClear(stack: EngineStack): Promise<string[]> {
  const { text, resources } = await stack.state();
  expect(resources.length).toBeGreaterThan(1);
  return Array.from(clouds.secrets).filter((secret) => text.includes(secret));
}

// Each test goes on where the one before has left the stacks.
test('the nodes come up, with no secret in the state', async () => {
  const { create, ...others } = changes(await nodes.up());
  expect(create).toEqual(expect.arrayContaining(['Instance hpc-0', 'Instance hpc-1']));
  expect(others).toEqual({});
  expect(clouds.secrets.size).toBeGreaterThan(1);
  expect(await inClear(nodes)).toEqual([]);
});

test('a second run changes nothing of the nodes', async () => {
  const before = clouds.made;
  const steps = await nodes.up();
  expect(steps.same?.length).toBeGreaterThan(before.length);
  expect(changes(steps)).toEqual({});
  expect(clouds.made).toEqual(before);
});

test('the workloads come up on the nodes, with no secret in the state', async () => {
  const { create, ...others } = changes(await workloads.up());
  expect(create).toEqual(expect.arrayContaining([expect.stringMatching(/^Job /)]));
  expect(others).toEqual({});
  expect(await inClear(workloads)).toEqual([]);
});

test('a second run changes nothing of the workloads', async () => {
  expect(changes(await workloads.up())).toEqual({});
});

test('more nodes make instances of the highest ranks, and touch no other', async () => {
  await nodes.set('nodes', '4');
  expect(changes(await nodes.up())).toEqual({
    create: ['Instance hpc-2', 'Instance hpc-3', 'NetworkInterface hpc-2', 'NetworkInterface hpc-3'],
    update: ['Parameter hpc-nodes', 'Stack hpc-ready'],
  });
});

test('fewer nodes end instances of the highest ranks, and touch no other', async () => {
  await nodes.set('nodes', '3');
  expect(changes(await nodes.up())).toEqual({
    delete: ['Instance hpc-3', 'NetworkInterface hpc-3'],
    update: ['Parameter hpc-nodes', 'Stack hpc-ready'],
  });
});

test('destroying both leaves nothing', async () => {
  await workloads.destroy();
  await nodes.destroy();
  expect(clouds.made).toEqual([]);
  expect((await workloads.state()).resources).toEqual([]);
  expect((await nodes.state()).resources).toEqual([]);
});
