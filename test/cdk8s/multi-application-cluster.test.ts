import { ApiObject, Chart, JsonPatch, ResolutionContext, Testing } from 'cdk8s';
import * as plus28 from 'cdk8s-plus-28';
import {
  InvalidSpecError,
  MachineSharing,
  MiniClusterJob,
  MultiApplicationCluster,
  MultiApplicationClusterProps,
} from '../../src/cdk8s';
import { Manifest } from '../../src/model/manifest';
import { chart, jobOf, manifestsOf, messageOf, withoutScripts } from '../support/charts';
import { templateOf } from '../support/pod-references';

const PROPS: MultiApplicationClusterProps = {
  size: 2,
  flux: { container: { image: 'view:1' } },
  applications: [
    { name: 'lammps', image: 'lammps:1' },
    { name: 'ior', image: 'ior:1' },
  ],
};

let warnings: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warnings.mockRestore();
});

test('a cluster with Fluxion and volumes renders its objects', () => {
  const scope = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  new MultiApplicationCluster(scope, 'pancake', {
    ...PROPS,
    metadata: { name: 'pancake', annotations: { note: 'b' } },
    size: 2,
    maxSize: 4,
    sharing: MachineSharing.FLUXION,
    fluxion: { serviceImage: 'fluxion:1', controllerImage: 'controller:1' },
    networkPolicy: true,
    runAsUser: 1000,
    queue: {
      command: 'flux-app run --app ior -n4 ior',
      volumes: { state: { claimName: 'state', path: '/state' } },
      resources: { requests: { cpu: '10' } },
    },
    applications: [
      {
        name: 'lammps',
        image: 'lammps:1',
        workingDir: '/opt/lammps',
        environment: { OMP_NUM_THREADS: '2' },
        commands: { pre: 'echo "$GREETING"' },
      },
      { name: 'ior', image: 'ior:1', ports: [9000], staging: [{ path: 'a', from: '/x', to: '/b' }] },
    ],
  });
  expect(manifestsOf(scope).map(withoutScripts)).toMatchSnapshot();
});

test('a cluster whose queue shares the cores, with an archive, renders its objects', () => {
  const scope = chart();
  new MultiApplicationCluster(scope, 'pancake', {
    ...PROPS,
    metadata: { name: 'pancake' },
    cores: 4,
    certificate: { secretName: 'curve' },
    queue: { volumes: { state: { claimName: 'state', path: '/state' } } },
    archive: { path: '/state/archive.tgz', drainSeconds: 60 },
  });
  expect(manifestsOf(scope).map(withoutScripts)).toMatchSnapshot();
});

test('the archive of a queue that runs nothing is refused', () => {
  const archive = { path: '/state/archive.tgz' };
  const sharing = MachineSharing.STATIC;
  const applications = [{ name: 'ior', image: 'ior:1', cores: 2 }];
  const build = (): unknown =>
    new MultiApplicationCluster(chart(), 'pancake', { ...PROPS, sharing, applications, archive });
  expect(messageOf(build)).toMatch(
    /\n {2}- archive\.path is of the queue's instance, .*, got "\/state\/archive\.tgz"; .* \(MA013\)\n/,
  );
});

test('the name is made of the path, short enough for all objects, and can be set', () => {
  const scope = chart('flux', 'a-chart-with-quite-a-long-name-for-its-own-good');
  const { name } = new MultiApplicationCluster(scope, 'and-a-cluster-with-another-one', PROPS);
  expect(name.length).toBeLessThanOrEqual(52);
  expect(name).toContain('and-a-cluster-with-another-one');
  expect(jobOf(scope).metadata.name).toBe(name);
  const own = chart();
  const named = new MultiApplicationCluster(own, 'a', { ...PROPS, metadata: { name: 'mine' } });
  expect([named.name, jobOf(own).metadata.name]).toEqual(['mine', 'mine']);
});

test('namespace, labels and annotations of chart and props reach every object', () => {
  const scope = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  const metadata = { labels: { job: 'b' }, annotations: { note: 'c' }, finalizers: ['example.org/keep'] };
  new MultiApplicationCluster(scope, 'pancake', { ...PROPS, metadata, jobLabels: { tier: 'd' } });
  const shared = { namespace: 'flux', labels: { team: 'a', job: 'b' }, annotations: { note: 'c' } };
  const manifests = manifestsOf(scope);
  expect(manifests).toHaveLength(12);
  for (const manifest of manifests) expect(manifest.metadata).toMatchObject(shared);
  expect(jobOf(scope).metadata).toMatchObject({
    labels: { team: 'a', job: 'b', tier: 'd' },
    finalizers: ['example.org/keep'],
  });
  const elsewhere = chart();
  new MultiApplicationCluster(elsewhere, 'pancake', { ...PROPS, metadata: { namespace: 'other' } });
  expect(new Set(manifestsOf(elsewhere).map((one) => one.metadata.namespace))).toEqual(new Set(['other']));
});

test('what the pods need comes before the Job, each object before those that name it', () => {
  const scope = chart();
  new MultiApplicationCluster(scope, 'pancake', {
    ...PROPS,
    metadata: { name: 'lmp' },
    services: [{ image: 'redis:7', name: 'cache', ports: [6379] }],
  });
  const order = manifestsOf(scope).map(
    ({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{8}$/, '')}`,
  );
  expect(order.at(-1)).toBe('Job lmp');
  for (const first of [
    'Secret lmp-curve',
    'Job lmp-curve',
    'ConfigMap lmp-scripts',
    'ConfigMap lmp-queue-files',
    'ConfigMap lmp-ior-files',
    'Service lmp',
    'Deployment lmp-services',
    'Service lmp-services',
  ])
    expect([first, order.indexOf(first) >= 0 && order.indexOf(first) < order.indexOf('Job lmp')]).toEqual([
      first,
      true,
    ]);
});

test('a JSON patch on the Job reaches the manifest as written, and one that fails names the construct', () => {
  const scope = chart();
  const cluster = new MultiApplicationCluster(scope, 'pancake', PROPS);
  expect(ApiObject.of(cluster)).toBe(cluster.apiObject);
  cluster.apiObject.addJsonPatch(
    JsonPatch.add('/spec/managedBy', 'example.org/controller'),
    JsonPatch.remove('/spec/podFailurePolicy'),
  );
  expect(jobOf(scope).spec).toMatchObject({ managedBy: 'example.org/controller', completions: 2 });
  expect(jobOf(scope).spec).not.toHaveProperty('podFailurePolicy');
  cluster.apiObject.addJsonPatch(JsonPatch.test('/spec/completions', 5));
  expect(messageOf(() => Testing.synth(scope))).toContain(
    "hpc/pancake/Resource: a JSON patch can't be applied",
  );
});

test('resolvers of the app see all objects', () => {
  const token = '${Token[IMAGE.1]}';
  const resolver = {
    resolve: (context: ResolutionContext) => {
      if (context.value === token) context.replaceValue('ior:2');
    },
  };
  const scope = chart('flux', 'hpc', Testing.app({ resolvers: [resolver] }));
  new MultiApplicationCluster(scope, 'pancake', { ...PROPS, applications: [{ name: 'ior', image: token }] });
  expect(templateOf(jobOf(scope))?.spec.containers.map(({ image }) => image)).toEqual(['view:1', 'ior:2']);
});

test('objects of cdk8s-plus are taken wherever a name is needed', () => {
  const scope = chart();
  const claim = new plus28.PersistentVolumeClaim(scope, 'data', { storageClassName: 'efs' });
  const secret = new plus28.Secret(scope, 'key', { stringData: {} });
  const serviceAccount = new plus28.ServiceAccount(scope, 'account');
  new MultiApplicationCluster(scope, 'pancake', {
    ...PROPS,
    certificate: { secret },
    pod: { serviceAccount, automountServiceAccountToken: true },
    queue: { volumes: { data: { claim, path: '/data' } } },
    applications: [
      { name: 'ior', image: 'ior:1', pullSecret: secret, volumes: { key: { secret, path: '/key' } } },
    ],
  });
  const job = manifestsOf(scope).find(({ kind }) => kind === 'Job') as Manifest;
  expect(templateOf(job)?.spec).toMatchObject({
    serviceAccountName: serviceAccount.name,
    imagePullSecrets: [{ name: secret.name }],
    volumes: expect.arrayContaining([
      { name: 'data', persistentVolumeClaim: { claimName: claim.name } },
      { name: 'key', secret: { secretName: secret.name } },
    ]) as unknown,
  });
});

test('an error names the path of the construct and every problem, and nothing is rendered', () => {
  const scope = chart();
  const build = (): MultiApplicationCluster =>
    new MultiApplicationCluster(scope, 'pancake', {
      ...PROPS,
      size: 0,
      applications: [{ name: 'queue', image: 'ior:1' }],
    });
  expect(build).toThrow(InvalidSpecError);
  const message = messageOf(build);
  expect(message).toMatch(
    /^\[hpc\/pancake\] MultiApplicationCluster is not valid:\n {2}- applications\[0\]\.name .*, got "queue"; .* \(MA003\)\n/,
  );
  expect(message).toMatch(/\n {2}- size must be .*, got 0; .* \(MC110\)/);
  expect(Testing.synth(scope)).toEqual([]);
});

test('each warning is told once at synth, with the constructs that it is about', () => {
  const app = Testing.app();
  const scope = chart('flux', 'hpc', app);
  const resources = { limits: { 'nvidia.com/gpu': '1' } };
  const applications = [{ name: 'ior', image: 'ior:1', resources }];
  for (const id of ['a', 'b']) new MultiApplicationCluster(scope, id, { ...PROPS, applications });
  const silence = [{ code: 'MA010', reason: 'the application finds its devices' }];
  new MultiApplicationCluster(scope, 'c', { ...PROPS, applications, silence });
  expect(warnings).not.toHaveBeenCalled();
  app.synth();
  app.synth();
  expect(warnings).toHaveBeenCalledTimes(1);
  expect(warnings).toHaveBeenCalledWith(
    expect.stringMatching(
      /^\[hpc\/a, hpc\/b\] applications\[0\]\.resources\.limits is a device .*\(MA010\)$/,
    ),
    { type: 'MiniClusterWarning', code: 'MA010' },
  );
});

test('two clusters of a namespace with one name, one Service or one archive are refused at synth', () => {
  const scope = chart();
  const metadata = { name: 'same' };
  const archive = { path: '/state/archive.tgz' };
  const volumes = { state: { claimName: 'state', path: '/state' } };
  const services = [{ image: 'redis:7', name: 'cache', ports: [6379] }];
  new MultiApplicationCluster(scope, 'a', { ...PROPS, metadata, archive, services, queue: { volumes } });
  new MiniClusterJob(scope, 'b', {
    size: 1,
    tasks: 1,
    flux: { container: { image: 'view:1' } },
    containers: [{ image: 'lammps:1', command: 'hostname', volumes }],
    archive,
    metadata: { name: 'other' },
    network: { headlessName: 'same-services' },
  });
  new MultiApplicationCluster(scope, 'c', { ...PROPS, metadata });
  const message = messageOf(() => Testing.synth(scope));
  expect(message).toContain('[hpc/b] network.headlessName needs a Service that another MiniCluster');
  expect(message).toMatch(/\[hpc\/b\] archive\.path .*hpc\/a/);
  expect(message).toContain(
    '[hpc/c] metadata.name is the name of another MiniCluster of the namespace (hpc/a), got "same"',
  );
});

test('without a namespace a certificate that exists is needed', () => {
  const scope = new Chart(Testing.app(), 'hpc');
  expect(messageOf(() => new MultiApplicationCluster(scope, 'a', PROPS))).toMatch(
    /metadata\.namespace is needed .*\(MJ006\)/,
  );
  new MultiApplicationCluster(scope, 'b', { ...PROPS, certificate: { secretName: 'mine' } });
  expect(jobOf(scope).kind).toBe('Job');
});

test('the same properties give the same bytes', () => {
  const [one, other] = [chart(), chart()];
  for (const scope of [one, other])
    new MultiApplicationCluster(scope, 'pancake', { ...PROPS, metadata: { name: 'lmp' } });
  expect(JSON.stringify(Testing.synth(one))).toBe(JSON.stringify(Testing.synth(other)));
});
