import { ApiObject, Chart, JsonPatch, ResolutionContext, Testing } from 'cdk8s';
import * as plus28 from 'cdk8s-plus-28';
import {
  FluxFrom,
  InvalidSpecError,
  MiniCluster,
  MiniClusterJob,
  MiniClusterJobProps,
} from '../../src/cdk8s';
import { Manifest } from '../../src/model/manifest';
import { chart, jobOf, manifestsOf, messageOf, withoutScripts } from '../support/charts';
import { templateOf } from '../support/pod-references';

const CONTAINER = { image: 'lammps:1', command: 'hostname' };
const PROPS: MiniClusterJobProps = {
  size: 2,
  tasks: 2,
  flux: { container: { image: 'view:1' } },
  containers: [CONTAINER],
};

let warnings: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warnings.mockRestore();
});

test('a cluster with a sidecar, a service and volumes renders its objects', () => {
  const scope = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  new MiniClusterJob(scope, 'lammps', {
    ...PROPS,
    metadata: { name: 'lammps', annotations: { note: 'b' } },
    kubernetes: '1.31',
    networkPolicy: true,
    containers: [
      {
        ...CONTAINER,
        runFlux: true,
        command: 'echo "$GREETING"',
        environment: { GREETING: 'hello' },
        resources: { limits: { cpu: '2500m' } },
        volumes: { data: { claimName: 'data', path: '/data' } },
      },
      { image: 'redis:7', name: 'cache', restartPolicy: 'Always', ports: [6379] },
    ],
    services: [{ image: 'postgres:17', name: 'database', ports: [5432] }],
  });
  expect(manifestsOf(scope).map(withoutScripts)).toMatchSnapshot();
});

test('the name is made of the path, short enough for all objects, and can be set', () => {
  const scope = chart('flux', 'a-chart-with-quite-a-long-name-for-its-own-good');
  const { name } = new MiniClusterJob(scope, 'and-a-cluster-with-another-one', PROPS);
  expect(name.length).toBeLessThanOrEqual(52);
  expect(name).toContain('and-a-cluster-with-another-one');
  expect(jobOf(scope).metadata.name).toBe(name);
  const own = chart();
  expect(new MiniClusterJob(own, 'a', { ...PROPS, metadata: { name: 'mine' } }).name).toBe('mine');
});

test('namespace, labels and annotations of chart and props reach every object', () => {
  const scope = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  const metadata = { labels: { job: 'b' }, annotations: { note: 'c' }, finalizers: ['example.org/keep'] };
  new MiniClusterJob(scope, 'lammps', { ...PROPS, metadata, jobLabels: { tier: 'd' }, queueName: 'queue' });
  const shared = { namespace: 'flux', labels: { team: 'a', job: 'b' }, annotations: { note: 'c' } };
  const manifests = manifestsOf(scope);
  expect(manifests).toHaveLength(9);
  for (const manifest of manifests) expect(manifest.metadata).toMatchObject(shared);
  expect(jobOf(scope).metadata).toMatchObject({
    labels: { team: 'a', job: 'b', tier: 'd', 'kueue.x-k8s.io/queue-name': 'queue' },
    finalizers: ['example.org/keep'],
  });
});

test('a namespace of its own beats that of the chart', () => {
  const scope = chart();
  new MiniClusterJob(scope, 'lammps', { ...PROPS, metadata: { namespace: 'other' } });
  expect(new Set(manifestsOf(scope).map(({ metadata }) => metadata.namespace))).toEqual(new Set(['other']));
});

test('what the pods need comes before the Job, each object before those that name it', () => {
  const scope = chart();
  new MiniClusterJob(scope, 'lammps', {
    ...PROPS,
    metadata: { name: 'lmp' },
    services: [{ image: 'redis:7', name: 'cache', ports: [6379] }],
  });
  const order = manifestsOf(scope).map(
    ({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{8}$/, '')}`,
  );
  expect(order.at(-1)).toBe('Job lmp');
  for (const [first, second] of [
    ['ServiceAccount lmp-curve', 'RoleBinding lmp-curve'],
    ['Role lmp-curve', 'RoleBinding lmp-curve'],
    ['Secret lmp-curve', 'Job lmp-curve'],
    ['RoleBinding lmp-curve', 'Job lmp-curve'],
    ['ConfigMap lmp-curve', 'Job lmp-curve'],
    ['ConfigMap lmp-entrypoint', 'Job lmp'],
    ['Service lmp', 'Job lmp'],
  ] as const) {
    expect([first, order.includes(first), order.indexOf(first) < order.indexOf(second)]).toEqual([
      first,
      true,
      true,
    ]);
  }
});

test('a JSON patch on the Job reaches the manifest as written, and one that fails names the construct', () => {
  const scope = chart();
  const { apiObject } = new MiniClusterJob(scope, 'lammps', PROPS);
  apiObject.addJsonPatch(
    JsonPatch.add('/spec/managedBy', 'example.org/controller'),
    JsonPatch.remove('/spec/podFailurePolicy'),
  );
  expect(jobOf(scope).spec).toMatchObject({ managedBy: 'example.org/controller', completions: 2 });
  expect(jobOf(scope).spec).not.toHaveProperty('podFailurePolicy');
  apiObject.addJsonPatch(JsonPatch.test('/spec/completions', 5));
  expect(messageOf(() => Testing.synth(scope))).toContain(
    "hpc/lammps/Resource: a JSON patch can't be applied",
  );
});

test('resolvers of the app see all objects', () => {
  const token = '${Token[IMAGE.1]}';
  const resolver = {
    resolve: (context: ResolutionContext) => {
      if (context.value === token) context.replaceValue('lammps:2');
    },
  };
  const scope = chart('flux', 'hpc', Testing.app({ resolvers: [resolver] }));
  new MiniClusterJob(scope, 'lammps', {
    ...PROPS,
    fluxFrom: FluxFrom.IMAGE,
    flux: {},
    containers: [{ ...CONTAINER, image: token }],
  });
  const images = manifestsOf(scope).flatMap(
    (manifest) => templateOf(manifest)?.spec.containers.map(({ image }) => image) ?? [],
  );
  expect(images).toEqual(['lammps:2', 'lammps:2']);
});

test('the Job is the default child', () => {
  const cluster = new MiniClusterJob(chart(), 'lammps', PROPS);
  expect(ApiObject.of(cluster)).toBe(cluster.apiObject);
  expect(cluster.apiObject.kind).toBe('Job');
});

test('objects of cdk8s-plus are taken wherever a name is needed', () => {
  const scope = chart();
  const claim = new plus28.PersistentVolumeClaim(scope, 'data', { storageClassName: 'efs' });
  const secret = new plus28.Secret(scope, 'key', { stringData: {} });
  const serviceAccount = new plus28.ServiceAccount(scope, 'account');
  new MiniClusterJob(scope, 'lammps', {
    ...PROPS,
    certificate: { secret },
    pod: { serviceAccount, automountServiceAccountToken: true },
    containers: [
      { ...CONTAINER, volumes: { data: { claim, path: '/data' }, key: { secret, path: '/key' } } },
    ],
  });
  const job = manifestsOf(scope).find(({ kind }) => kind === 'Job') as Manifest;
  expect(templateOf(job)?.spec).toMatchObject({
    serviceAccountName: serviceAccount.name,
    volumes: expect.arrayContaining([
      { name: 'data', persistentVolumeClaim: { claimName: claim.name } },
      { name: 'key', secret: { secretName: secret.name } },
    ]) as unknown,
  });
});

test('an error names the path of the construct and every problem, and nothing is rendered', () => {
  const scope = chart();
  const build = (): MiniClusterJob => new MiniClusterJob(scope, 'lammps', { ...PROPS, size: 0, port: 0 });
  expect(build).toThrow(InvalidSpecError);
  const message = messageOf(build);
  expect(message).toMatch(
    /^\[hpc\/lammps\] MiniClusterJob is not valid:\n {2}- size .*, got 0; .* \(MC110\)\n/,
  );
  expect(message).toMatch(/\n {2}- port must be from 1 to 65535, got 0; .* \(MJ004\)/);
  expect(Testing.synth(scope)).toEqual([]);
});

test('without a namespace a certificate can not be made, which the error says, and one that exists will do', () => {
  const scope = new Chart(Testing.app(), 'hpc');
  expect(messageOf(() => new MiniClusterJob(scope, 'a', PROPS))).toMatch(
    /metadata\.namespace is needed .*\(MJ006\)/,
  );
  new MiniClusterJob(scope, 'b', { ...PROPS, certificate: { secretName: 'mine' } });
  expect(manifestsOf(scope).map(({ kind }) => kind)).toEqual(['ConfigMap', 'Service', 'Job']);
});

test('each warning is told once at synth, with the constructs that it is about', () => {
  const app = Testing.app();
  const scope = chart('flux', 'hpc', app);
  for (const id of ['a', 'b']) new MiniClusterJob(scope, id, { ...PROPS, flux: {} });
  const silence = [{ code: 'MJ013', reason: 'the newest is what we want' }];
  new MiniClusterJob(scope, 'c', { ...PROPS, flux: {}, silence });
  expect(warnings).not.toHaveBeenCalled();
  app.synth();
  app.synth();
  expect(warnings).toHaveBeenCalledTimes(1);
  expect(warnings).toHaveBeenCalledWith(
    expect.stringMatching(/^\[hpc\/a, hpc\/b\] flux\.container\.image is missing.*\(MJ013\)$/),
    { type: 'MiniClusterWarning', code: 'MJ013' },
  );
});

test('two clusters of a namespace with one name or one Service are refused at synth, of either engine', () => {
  const scope = chart();
  const sidecar = { image: 'redis:7', name: 'cache', ports: [6379], restartPolicy: 'Always' };
  const containers = [{ ...CONTAINER, runFlux: true }, sidecar];
  const services = [{ image: 'redis:7', name: 'store', ports: [6380] }];
  new MiniClusterJob(scope, 'a', {
    ...PROPS,
    metadata: { name: 'same' },
    kubernetes: '1.29',
    containers,
    services,
  });
  new MiniClusterJob(scope, 'b', { ...PROPS, metadata: { name: 'other' }, kubernetes: '1.29', containers });
  new MiniCluster(scope, 'c', { size: 1, tasks: 1, containers: [CONTAINER], metadata: { name: 'same' } });
  new MiniClusterJob(scope, 'd', {
    ...PROPS,
    metadata: { name: 'third' },
    network: { headlessName: 'same-services' },
  });
  const message = messageOf(() => Testing.synth(scope));
  expect(message).toContain(
    '[hpc/b] containers[1].name needs a Service that another MiniCluster of the namespace has (hpc/a), got "cache"',
  );
  expect(message).toContain(
    '[hpc/c] metadata.name is the name of another MiniCluster of the namespace (hpc/a), got "same"',
  );
  expect(message).toContain(
    '[hpc/c] network.headlessName needs a Service that another MiniCluster of the namespace has (hpc/a), got "same"',
  );
  expect(message).toContain(
    '[hpc/d] network.headlessName needs a Service that another MiniCluster of the namespace has (hpc/a), got "same-services"',
  );
});

test('clusters in different namespaces may share names', () => {
  const app = Testing.app();
  for (const namespace of ['one', 'two'])
    new MiniClusterJob(chart(namespace, namespace, app), 'a', { ...PROPS, metadata: { name: 'same' } });
  expect(() => app.synth()).not.toThrow();
});

test('the same properties give the same bytes', () => {
  const [one, other] = [chart(), chart()];
  for (const scope of [one, other])
    new MiniClusterJob(scope, 'lammps', { ...PROPS, metadata: { name: 'lmp' } });
  expect(JSON.stringify(Testing.synth(one))).toBe(JSON.stringify(Testing.synth(other)));
});
