/** Pulumi's own engine deploys components by the plugin, as programs in Python, Go, C# and YAML do. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Project, installPackage, write } from '../../support/package';
import { pluginIn } from '../../support/plugin';
import { Clouds, type Made } from './clouds';
import { Engine, type EngineStack } from './engine';
import { hostPlugin } from './plugin-host';
import { type Served } from './provider';

/**
 * A program that has the names of types, and arguments: all that the SDKs of other languages have. With `classes` in its
 * configuration it takes the classes of the package instead.
 */
const PROGRAM = `
const pulumi = require('@pulumi/pulumi');
const config = new pulumi.Config();

function component(type, name, args, ...outputs) {
  if (config.getBoolean('classes')) {
    const from = type.startsWith('Usernetes') ? 'aws' : 'pulumi';
    return new (require('flux-framework-constructs/' + from)[type])(name, args);
  }
  const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
  const token = 'flux-framework-constructs:index:' + type;
  return new pulumi.ComponentResource(token, name, { ...args, ...unknown }, {}, true);
}

const metadata = { namespace: 'flux', labels: { team: 'science' } };
const image = 'ghcr.io/example/app@sha256:${'a'.repeat(64)}';
const data = component('SharedVolume', 'data', { metadata, storageClassName: 'efs', capacity: '1Ti' }, 'claim');
const key = component('CurveCertificate', 'key', { metadata }, 'secretName');
const queue = component('MiniClusterJob', 'queue', {
  metadata,
  size: config.getNumber('size') ?? 2,
  interactive: true,
  certificate: { secretName: key.secretName },
  flux: { container: { image } },
  containers: [{ image, volumes: { data: { claim: data.claim, path: '/data' } } }],
}, 'name');
component('MiniCluster', 'batch', {
  metadata,
  size: 2,
  tasks: 2,
  containers: [{ image, command: 'hostname "$HOME"' }],
});
const nodes = component('UsernetesCluster', 'hpc', { nodes: 2, instanceType: 'm7g.xlarge' }, 'hostNames');

exports.queue = queue.name;
exports.hosts = nodes.hostNames;
`;

const clouds = new Clouds();
const below = realpathSync(mkdtempSync(join(tmpdir(), 'e2e-plugin-')));

let plugin: Served | undefined;
let engine: Engine | undefined;
let stack: EngineStack;

beforeAll(async () => {
  const project = await installPackage(below);
  plugin = await hostPlugin(pluginIn(project));
  engine = await Engine.start(clouds, { 'flux-framework-constructs': plugin.port });
  stack = await engine.stack(programIn(project));
});

afterAll(() => {
  engine?.stop();
  plugin?.stop();
  rmSync(below, { recursive: true });
});

function programIn(project: Project): string {
  const folder = join(project.folder, 'program');
  write(folder, 'Pulumi.yaml', 'name: program\nruntime: nodejs\nmain: index.js\n');
  write(folder, 'package.json', '{}');
  write(folder, 'index.js', PROGRAM);
  return folder;
}

/** What does not come from random bytes. */
function comparable(made: readonly Made[]): readonly Made[] {
  return made
    .filter(({ type }) => !/Secret$|RandomBytes$/.test(type))
    .map((one) => ({ ...one, filledIn: {} }))
    .sort((one, other) => `${one.type} ${one.name}`.localeCompare(`${other.type} ${other.name}`));
}

// Each test goes on where the one before has left the stack.
let byPlugin: readonly Made[];

test('a program that knows no more than names deploys components by the plugin', async () => {
  const preview = await stack.preview();
  const up = await stack.up();
  expect(up.create).toEqual(
    expect.arrayContaining(['Job queue:flux/queue', 'MiniCluster batch:flux/batch', 'Instance hpc-1']),
  );
  expect(up.create).toEqual(expect.arrayContaining([...(preview.create ?? [])]));
  byPlugin = comparable(clouds.made);
});

test('the state holds no secret in clear', async () => {
  expect(clouds.secretsIn((await stack.state()).texts)).toEqual([]);
  expect(clouds.secretsIn((await stack.stateWithSecrets()).texts).length).toBeGreaterThan(0);
});

test('a second run changes nothing', async () => {
  const { same, ...changes } = await stack.up();
  expect(same?.length).toBeGreaterThan(byPlugin.length);
  expect(changes).toEqual({});
});

test('bad input is the same sentence as in TypeScript', async () => {
  await stack.set('size', '0');
  await expect(stack.preview()).rejects.toThrow('size must be a whole number of at least 1, got 0');
  await stack.set('size', '2');
});

test('destroying leaves nothing', async () => {
  await stack.destroy();
  expect(clouds.made).toEqual([]);
});

test('the classes of the package give the same resources', async () => {
  await stack.set('classes', 'true');
  await stack.up();
  expect(comparable(clouds.made)).toEqual(byPlugin);
  await stack.destroy();
});
