import { ApiObject, App, Chart, JsonPatch, ResolutionContext, Testing } from 'cdk8s';
import * as plus28 from 'cdk8s-plus-28';
import * as plus34 from 'cdk8s-plus-34';
import { InvalidSpecError, MiniCluster, MiniClusterProps, MiniClusterV1Alpha1 } from '../../src/cdk8s';
import { synth } from '../support/synth';

const CONTAINER = { image: 'ubuntu:24.04', command: 'hostname' };
const PROPS: MiniClusterProps = { size: 2, tasks: 2, reportFailure: true, containers: [CONTAINER] };

let warnings: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warnings.mockRestore();
});

function chart(namespace?: string, id = 'hpc', app: App = Testing.app()): Chart {
  return new Chart(app, id, { namespace });
}

/** The manifests of a kind. */
function ofKind(
  scope: Chart,
  kind: string,
): { metadata: Record<string, unknown>; spec: Record<string, unknown> }[] {
  return synth(scope).filter((manifest) => manifest.kind === kind) as never;
}

test('a MiniCluster with scripts renders its ConfigMap and then itself', () => {
  const scope = chart('flux');
  new MiniCluster(scope, 'lammps', {
    ...PROPS,
    containers: [{ ...CONTAINER, command: 'echo "hello world"' }],
  });
  expect(synth(scope)).toMatchSnapshot();
});

test('a v1alpha1 MiniCluster renders itself', () => {
  const scope = chart('flux');
  new MiniClusterV1Alpha1(scope, 'lammps', { size: 2, tasks: 2, containers: [CONTAINER] });
  expect(synth(scope)).toMatchSnapshot();
});

test('the name is made of the path and can be set', () => {
  const scope = chart();
  expect(new MiniCluster(scope, 'lammps', PROPS).name).toMatch(/^hpc-lammps-c[0-9a-f]{7}$/);
  expect(new MiniCluster(scope, 'other', { ...PROPS, metadata: { name: 'mine' } }).name).toBe('mine');
});

test('a generated name is kept short enough for the pods and volumes of the operator', () => {
  const scope = chart(undefined, 'a-chart-with-quite-a-long-name-for-its-own-good');
  const { name } = new MiniCluster(scope, 'and-a-cluster-with-another-one', PROPS);
  expect(name.length).toBeLessThanOrEqual(52);
  expect(name).toContain('and-a-cluster-with-another-one');
});

test('namespace, labels, annotations and finalizers of chart and props reach the manifests', () => {
  const scope = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  const metadata = { labels: { job: 'b' }, annotations: { note: 'c' }, finalizers: ['example.org/keep'] };
  new MiniCluster(scope, 'lammps', {
    ...PROPS,
    metadata,
    containers: [{ ...CONTAINER, command: 'echo "a"' }],
  });
  const shared = { namespace: 'flux', labels: { team: 'a', job: 'b' }, annotations: { note: 'c' } };
  expect(ofKind(scope, 'ConfigMap')[0]?.metadata).toMatchObject(shared);
  expect(ofKind(scope, 'MiniCluster')[0]?.metadata).toMatchObject({
    ...shared,
    finalizers: ['example.org/keep'],
  });
});

test('a JSON patch on the resource reaches the manifest as written', () => {
  const scope = chart();
  const { apiObject } = new MiniCluster(scope, 'lammps', PROPS);
  apiObject.addJsonPatch(
    JsonPatch.add('/spec/newField', { 'nvidia.com/gpu': 8 }),
    JsonPatch.add('/spec/containers/0/resources', { limits: { 'nvidia.com/gpu': 8 } }),
    JsonPatch.remove('/spec/tasks'),
  );
  // Not through the checks: this is what the spec does not know.
  const manifest = Testing.synth(scope).at(-1) as { spec: Record<string, unknown> };
  expect(manifest.spec).toMatchObject({
    newField: { 'nvidia.com/gpu': 8 },
    containers: [{ ...CONTAINER, resources: { limits: { 'nvidia.com/gpu': 8 } } }],
  });
  expect(manifest.spec).not.toHaveProperty('tasks');
});

test('a JSON patch that fails names the construct', () => {
  const scope = chart();
  new MiniCluster(scope, 'lammps', PROPS).apiObject.addJsonPatch(JsonPatch.test('/spec/size', 5));
  expect(messageOf(() => Testing.synth(scope))).toContain(
    "hpc/lammps/Resource: a JSON patch can't be applied",
  );
});

test('resolvers of the app see the spec and its scripts, and patches come after them', () => {
  const token = '${Token[IMAGE.1]}';
  const resolver = {
    resolve: (context: ResolutionContext) => {
      if (context.value === token) context.replaceValue('ubuntu:24.04');
    },
  };
  const scope = chart(undefined, 'hpc', Testing.app({ resolvers: [resolver] }));
  const cluster = new MiniCluster(scope, 'lammps', {
    ...PROPS,
    containers: [{ ...CONTAINER, image: token }],
  });
  cluster.apiObject.addJsonPatch(JsonPatch.copy('/spec/containers/0/image', '/spec/containers/0/name'));
  expect(ofKind(scope, 'MiniCluster')[0]?.spec).toMatchObject({
    containers: [{ image: 'ubuntu:24.04', name: 'ubuntu:24.04' }],
  });
});

test('the bytes are those of a plain object with the same content', () => {
  const plain = chart('flux');
  const ours = chart('flux');
  const spec = {
    tasks: 2,
    size: 2,
    containers: [{ image: 'ubuntu:24.04', command: 'hostname', commands: { post: 'exit' } }],
  };
  new ApiObject(plain, 'same', {
    apiVersion: 'flux-framework.org/v1alpha2',
    kind: 'MiniCluster',
    metadata: { name: 'same' },
    spec,
  });
  new MiniCluster(ours, 'same', { metadata: { name: 'same' }, ...spec });
  expect(JSON.stringify(Testing.synth(ours))).toBe(JSON.stringify(Testing.synth(plain)));
});

test('the resource is the default child', () => {
  const cluster = new MiniCluster(chart(), 'lammps', PROPS);
  expect(ApiObject.of(cluster)).toBe(cluster.apiObject);
});

test.each([
  ['cdk8s-plus-28', plus28],
  ['cdk8s-plus-34', plus34 as unknown as typeof plus28],
])('objects of %s are taken wherever a name is needed', (_name, plus) => {
  const scope = chart('flux');
  const claim = new plus.PersistentVolumeClaim(scope, 'data', { storageClassName: 'efs' });
  const configMap = new plus.ConfigMap(scope, 'settings', { data: { a: 'b' } });
  const secret = new plus.Secret(scope, 'key', { stringData: {} });
  const serviceAccount = new plus.ServiceAccount(scope, 'account');
  new MiniCluster(scope, 'lammps', {
    ...PROPS,
    pod: { serviceAccount, automountServiceAccountToken: true },
    certificate: { secret },
    containers: [
      {
        ...CONTAINER,
        pullSecret: secret,
        secrets: { TOKEN: { name: secret.name, key: 'token' } },
        volumes: {
          data: { claim, path: '/data' },
          [configMap.name]: { configMap, path: '/settings' },
          key: { secret, path: '/key' },
        },
      },
    ],
  });
  const [manifest] = ofKind(scope, 'MiniCluster');
  expect(manifest?.spec).toMatchObject({
    pod: { serviceAccountName: serviceAccount.name },
    containers: [
      {
        imagePullSecret: secret.name,
        volumes: {
          data: { claimName: claim.name, path: '/data' },
          [configMap.name]: { configMapName: configMap.name, path: '/settings' },
          key: { secretName: secret.name, path: '/key' },
          'curve-certificate': { secretName: secret.name },
        },
      },
    ],
  });
});

test('an error names the path of the construct and every problem, and nothing is rendered', () => {
  const scope = chart();
  const build = (): MiniCluster => new MiniCluster(scope, 'lammps', { ...PROPS, size: 0, tasks: -1 });
  expect(build).toThrow(InvalidSpecError);
  const message = messageOf(build);
  expect(Testing.synth(scope)).toEqual([]);
  expect(message).toMatch(/^\[hpc\/lammps\] MiniCluster is not valid:\n {2}- size .*, got 0; .* \(MC110\)\n/);
  expect(message).toMatch(/\n {2}- tasks .*, got -1; .* \(MC126\)/);
});

function messageOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

test('each warning is told once at synth, with the constructs that it is about', () => {
  const app = Testing.app();
  const scope = chart(undefined, 'hpc', app);
  for (const id of ['a', 'b', 'c', 'd', 'e']) new MiniCluster(scope, id, PROPS);
  expect(warnings).not.toHaveBeenCalled();
  app.synth();
  app.synth();
  expect(warnings).toHaveBeenCalledTimes(1);
  expect(warnings).toHaveBeenCalledWith(
    expect.stringMatching(/^\[hpc\/a, hpc\/b, hpc\/c and 2 more\] certificate is not set.*\(MC065\)$/),
    { type: 'MiniClusterWarning', code: 'MC065' },
  );
});

test('a silenced warning is not told', () => {
  const scope = chart();
  new MiniCluster(scope, 'a', {
    ...PROPS,
    silence: [{ code: 'MC065', reason: 'nobody else is in this namespace' }],
  });
  Testing.synth(scope);
  expect(warnings).not.toHaveBeenCalled();
});

test('two clusters of a namespace with one headless Service, one sidecar Service or one name are refused at synth', () => {
  const scope = chart('flux');
  const sidecar = { image: 'redis:7', name: 'cache', ports: [6379] };
  const containers = [{ ...CONTAINER, runFlux: true }, sidecar];
  new MiniCluster(scope, 'a', { ...PROPS, metadata: { name: 'same' }, containers });
  new MiniCluster(scope, 'b', { ...PROPS, metadata: { name: 'same' } });
  new MiniCluster(scope, 'c', { ...PROPS, metadata: { name: 'other' }, containers });
  const message = messageOf(() => Testing.synth(scope));
  expect(message).toContain(
    '[hpc/b] metadata.name is the name of another MiniCluster of the namespace (hpc/a), got "same"',
  );
  expect(message).toContain(
    '[hpc/b] network.headlessName needs a Service that another MiniCluster of the namespace has (hpc/a), got "same"',
  );
  expect(message).toContain(
    '[hpc/c] containers[1].name needs a Service that another MiniCluster of the namespace has (hpc/a), got "cache"',
  );
});

test('clusters in different namespaces may share names', () => {
  const app = Testing.app();
  new MiniCluster(chart('one', 'one', app), 'a', { ...PROPS, metadata: { name: 'same' } });
  const second = chart('two', 'two', app);
  new MiniCluster(second, 'a', { ...PROPS, metadata: { name: 'same' } });
  expect(() => Testing.synth(second)).not.toThrow();
});

test('two v1alpha1 clusters share the default headless Service, which is refused', () => {
  const scope = chart('flux');
  for (const id of ['a', 'b']) new MiniClusterV1Alpha1(scope, id, { size: 1, containers: [CONTAINER] });
  expect(messageOf(() => Testing.synth(scope))).toContain('got "flux-service"');
});
