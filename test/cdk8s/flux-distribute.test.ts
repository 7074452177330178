/** The constructs of Flux on the nodes, and of content for them. */
import { App, JsonPatch, Testing } from 'cdk8s';
import {
  ContentDistribution,
  FluxDistribute,
  FluxDistributeCleanUp,
  MiniCluster,
  SharedVolume,
} from '../../src/cdk8s';
import { Manifest } from '../../src/model/manifest';
import { chart, manifestsOf, messageOf, withoutScripts } from '../support/charts';
import { synth } from '../support/synth';

const IMAGE = 'ghcr.io/rse-ops/lammps:1.0';
const FLUX = { metadata: { name: 'flux' } };

beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('they render as they did', () => {
  const hpc = chart();
  const through = new FluxDistribute(hpc, 'flux', { ...FLUX, versions: { fluxCore: '0.85.0' } });
  new ContentDistribution(hpc, 'image', {
    metadata: { name: 'lammps' },
    through,
    images: [IMAGE],
    keep: true,
  });
  expect(manifestsOf(hpc).map(withoutScripts)).toMatchSnapshot();
});

test('without a name it has one of its path, of at most 40 characters', () => {
  const hpc = chart('flux', 'a-chart-with-a-name-that-is-long');
  const flux = new FluxDistribute(hpc, 'the-flux-of-our-nodes');
  expect(flux.name).toMatch(/^[a-z][-a-z0-9]*[a-z0-9]$/);
  expect(flux.name.length).toBeLessThanOrEqual(40);
  expect(flux.namespace).toBe('flux');
  expect(synth(hpc).at(-1)).toMatchObject({ kind: 'DaemonSet', metadata: { name: flux.name } });
});

test('objects of the whole cluster have no namespace, and what the pods need is applied before them', () => {
  const hpc = chart();
  new FluxDistribute(hpc, 'flux', FLUX);
  const manifests = synth(hpc);
  for (const { kind, metadata } of manifests)
    expect([kind, metadata.namespace]).toEqual([kind, kind.startsWith('Cluster') ? undefined : 'flux']);
  expect(manifests.at(-1)?.kind).toBe('DaemonSet');
});

test('content comes after the Flux that carries it, and what depends on it after that', () => {
  const hpc = chart();
  const through = new FluxDistribute(hpc, 'flux', FLUX);
  const cluster = new MiniCluster(hpc, 'lammps', {
    metadata: { name: 'lammps' },
    containers: [{ image: IMAGE, command: 'lmp' }],
  });
  const content = new ContentDistribution(hpc, 'image', {
    metadata: { name: 'image' },
    through,
    images: [IMAGE],
  });
  cluster.node.addDependency(content);
  const order = synth(hpc).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const places = ['DaemonSet flux', `Job ${content.name}`, 'MiniCluster lammps'].map((one) =>
    order.indexOf(one),
  );
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test('content goes to the nodes and by the folders of the Flux that carries it', () => {
  const hpc = chart();
  const through = new FluxDistribute(hpc, 'flux', { ...FLUX, nodeSelector: { pool: 'hpc' } });
  new ContentDistribution(hpc, 'image', { through, images: [IMAGE] });
  const job = synth(hpc).find(({ kind, metadata }) => kind === 'Job' && !metadata.name.includes('curve'));
  expect(job?.spec).toMatchObject({ template: { spec: { nodeSelector: { pool: 'hpc' } } } });
});

test('two on one port are told with the path of the second, unless they have nodes of their own', () => {
  const app = Testing.app();
  const [one, two, three] = ['a', 'b', 'c'].map((id) => chart('flux', id, app));
  new FluxDistribute(one!, 'flux', { metadata: { name: 'one' }, nodeSelector: { pool: 'a' } });
  expect(messageOf(() => new FluxDistribute(two!, 'flux', { metadata: { name: 'two' } }))).toContain(
    "[b/flux] FluxDistribute is not valid:\n  - port is also that of 'one' in namespace 'flux' on the same nodes, got 8050; give one of them",
  );
  expect(two!.node.children).toEqual([]);
  new FluxDistribute(three!, 'flux', { metadata: { name: 'three' }, nodeSelector: { pool: 'b' } });
  expect(() => new FluxDistribute(chart('flux', 'd', new App()), 'flux', FLUX)).not.toThrow();
});

test('an error names the construct, and nothing of it is rendered', () => {
  const hpc = chart();
  expect(messageOf(() => new FluxDistribute(hpc, 'flux', { ...FLUX, port: 80 }))).toMatch(
    /^\[hpc\/flux\] .*\n.*FD008/,
  );
  expect(
    messageOf(() => new ContentDistribution(hpc, 'image', { through: { name: 'flux' }, images: ['lammps'] })),
  ).toMatch(/^\[hpc\/image\] .*\n.*CD006/);
  expect(hpc.node.children).toEqual([]);
});

test('a chart without a namespace is told so', () => {
  const hpc = new (chart().constructor as new (app: App, id: string) => ReturnType<typeof chart>)(
    Testing.app(),
    'hpc',
  );
  expect(messageOf(() => new FluxDistribute(hpc, 'flux', FLUX))).toContain('metadata.namespace is needed');
});

test('a SharedVolume holds the state', () => {
  const hpc = chart();
  const stateVolume = new SharedVolume(hpc, 'state', { metadata: { name: 'state' }, capacity: '10Gi' });
  const flux = new FluxDistribute(hpc, 'flux', { ...FLUX, stateVolume });
  flux.apiObject.addDependency(stateVolume);
  const set = synth(hpc).find(({ kind }) => kind === 'DaemonSet');
  expect(JSON.stringify(set)).toContain('"persistentVolumeClaim":{"claimName":"state"}');
});

test('content of a Flux in another namespace is told', () => {
  const app = Testing.app();
  const through = new FluxDistribute(chart('a', 'a', app), 'flux', FLUX);
  const other = chart('b', 'b', app);
  expect(messageOf(() => new ContentDistribution(other, 'image', { through, images: [IMAGE] }))).toContain(
    'through must be in the same namespace, b, got "a"',
  );
});

test('the nodes of one that is gone are cleaned by a Job', () => {
  const hpc = chart();
  const job = new FluxDistributeCleanUp(hpc, 'clean', { ...FLUX, nodes: 4 });
  expect(synth(hpc).at(-1)).toMatchObject({ kind: 'Job', spec: { completions: 4 } });
  expect(job.apiObject.name).toMatch(/^flux-clean-up-/);
});

test('a JSON patch on the DaemonSet reaches the manifest', () => {
  const hpc = chart();
  const flux = new FluxDistribute(hpc, 'flux', FLUX);
  flux.apiObject.addJsonPatch(JsonPatch.add('/spec/minReadySeconds', 30));
  expect(synth(hpc).at(-1) as Manifest).toMatchObject({ spec: { minReadySeconds: 30 } });
});
