import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { App, Chart, JsonPatch, Testing } from 'cdk8s';
import * as kplus28 from 'cdk8s-plus-28';
import * as kplus34 from 'cdk8s-plus-34';
import { MiniCluster, MiniClusterJob, SharedVolume, SharedVolumeProps } from '../../src/cdk8s';
import { Manifest } from '../../src/model/manifest';
import { VolumeInput } from '../../src/model/minicluster';
import { synth } from '../support/synth';

const HOST: SharedVolumeProps = { hostPath: { path: '/tmp/data' } };
const CONTAINER = { image: 'ubuntu:24.04', command: 'hostname' };
const SIZE = { size: 2, tasks: 2 };

let warnings: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warnings.mockRestore();
});

function flux(): Chart {
  return new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
}

function only(chart: Chart, kind: string): Manifest | undefined {
  return synth(chart).find((manifest) => manifest.kind === kind);
}

test('a volume of each kind renders as it did', () => {
  const chart = flux();
  new SharedVolume(chart, 'host', HOST);
  new SharedVolume(chart, 'nfs', { nfs: { server: 'nfs.example.com', path: '/export' } });
  new SharedVolume(chart, 'csi', { csi: { driver: 'efs.csi.aws.com', volumeHandle: 'fs-0' } });
  new SharedVolume(chart, 'class', { capacity: '100Gi', storageClassName: 'efs' });
  new SharedVolume(chart, 'theirs', { existingClaim: 'theirs' });
  expect(synth(chart)).toMatchSnapshot();
});

test('the PersistentVolume comes first, in no namespace, and the claim has the name and namespace that it names', () => {
  const chart = flux();
  const { name } = new SharedVolume(chart, 'data', HOST);
  const [volume, claim] = synth(chart);
  expect(volume).toMatchObject({ kind: 'PersistentVolume', metadata: { name: `flux.${name}` } });
  expect(volume?.metadata).not.toHaveProperty('namespace');
  expect(volume?.spec).toMatchObject({ claimRef: { namespace: 'flux', name } });
  expect(claim).toMatchObject({ kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'flux' } });
  expect(claim?.spec).toMatchObject({ volumeName: `flux.${name}` });
});

test('the same construct in two namespaces has two PersistentVolumes', () => {
  const app = Testing.app();
  const volumes = ['a', 'b'].map((namespace) => {
    const chart = new Chart(app, `chart-${namespace}`, { namespace });
    new SharedVolume(chart, 'data', { ...HOST, metadata: { name: 'data' } });
    return only(chart, 'PersistentVolume')?.metadata.name;
  });
  expect(volumes).toEqual(['a.data', 'b.data']);
});

test('a mount is what a container of either engine takes', () => {
  const chart = flux();
  const data = new SharedVolume(chart, 'data', { ...HOST, metadata: { name: 'data' } });
  const containers = [{ ...CONTAINER, volumes: { data: data.mount('/data', { readOnly: true }) } }];
  new MiniCluster(chart, 'one', { metadata: { name: 'one' }, ...SIZE, containers });
  new MiniClusterJob(chart, 'other', { metadata: { name: 'other' }, ...SIZE, containers });

  expect(only(chart, 'MiniCluster')?.spec).toMatchObject({
    containers: [{ volumes: { data: { claimName: 'data', path: '/data', readOnly: true } } }],
  });
  const job = synth(chart).find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'other');
  expect(job?.spec).toMatchObject({
    template: {
      spec: {
        volumes: expect.arrayContaining([
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        ]) as unknown,
      },
    },
  });
});

test('a directory of a volume is mounted without the operator, and refused with it', () => {
  const chart = flux();
  const data = new SharedVolume(chart, 'data', { ...HOST, metadata: { name: 'data' } });
  const containers = [{ ...CONTAINER, volumes: { data: data.mount('/data', { subPath: 'run-7' }) } }];
  new MiniClusterJob(chart, 'other', { metadata: { name: 'other' }, ...SIZE, containers });
  const job = synth(chart).find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'other');
  expect(JSON.stringify(job)).toContain('{"mountPath":"/data","name":"data","subPath":"run-7"}');
  expect(() => new MiniCluster(chart, 'one', { ...SIZE, containers })).toThrow(
    /containers\[0\]\.volumes\.data\.subPath is no field of the operator, got "run-7".*\(MC136\)/,
  );
  const outside = [{ ...CONTAINER, volumes: { data: { ...data.mount('/data'), subPath: '../x' } } }];
  expect(() => new MiniClusterJob(chart, 'up', { ...SIZE, containers: outside })).toThrow('MJ046');
});

test.each([MiniCluster, MiniClusterJob])(
  'a claim for one pod is refused in %p of several, one for a single node told, one for many fine',
  (Engine) => {
    const codes = (accessModes: string[], size = 2): string => {
      const chart = flux();
      const data = new SharedVolume(chart, 'data', { ...HOST, accessModes });
      const containers = [{ ...CONTAINER, volumes: { data: data.mount('/data') } }];
      warnings.mockClear();
      try {
        new Engine(chart, 'one', { size, tasks: size, containers });
        App.of(chart).synth();
      } catch (error) {
        return String(error);
      }
      return warnings.mock.calls.map(([message]) => String(message)).join();
    };
    expect(codes(['ReadWriteOncePod'])).toContain('MC137');
    expect(codes(['ReadWriteOnce'])).toContain('MC138');
    for (const told of [
      codes(['ReadWriteMany']),
      codes(['ReadWriteOnce', 'ReadOnlyMany']),
      codes(['ReadWriteOncePod'], 1),
    ]) {
      expect(told).not.toMatch(/MC13[78]/);
    }
  },
);

test.each([MiniCluster, MiniClusterJob])('a claim of another namespace is refused in %p', (Engine) => {
  const chart = flux();
  const elsewhere = new Chart(App.of(chart), 'elsewhere', { namespace: 'elsewhere' });
  const mounting = (data: SharedVolume) => () =>
    new Engine(chart, `mounts-${data.name}`, {
      containers: [{ ...CONTAINER, volumes: { data: data.mount('/data') } }],
    });
  expect(mounting(new SharedVolume(elsewhere, 'theirs', HOST))).toThrow(
    /volumes\.data\.claim is a claim of another namespace, got "elsewhere".*MC139/,
  );
  expect(mounting(new SharedVolume(chart, 'ours', HOST))).not.toThrow();
  expect(mounting(new SharedVolume(chart, 'existing', { existingClaim: 'old' }))).not.toThrow();
});

test.each([MiniCluster, MiniClusterJob])(
  'a volume whose mount is forgotten is one problem, and the fix says how: %p',
  (Engine) => {
    const chart = flux();
    const data = new SharedVolume(chart, 'data', HOST);
    const volumes = { s: data as unknown as VolumeInput };
    const forgotten = (): unknown =>
      new Engine(chart, 'cluster', { containers: [{ ...CONTAINER, volumes }] });
    expect(forgotten).toThrow(
      new RegExp(
        '^\\[.*/cluster\\] \\w+ is not valid:\\n *- containers\\[0\\]\\.volumes\\.s is a volume, not a mount of it; ' +
          "write s: data\\.mount\\('/path'\\) \\(MC108\\)\\n.*docs/.*$",
      ),
    );
  },
);

test('a volume that nobody can write is mounted read-only', () => {
  const data = new SharedVolume(flux(), 'data', { nfs: { server: 'a', path: '/x', readOnly: true } });
  expect(data.mount('/data')).toEqual({ claim: data, path: '/data', readOnly: true });
  const writable = new SharedVolume(flux(), 'data', HOST);
  expect(writable.mount('/data', { subPath: 'a/b' })).toEqual({
    claim: writable,
    path: '/data',
    subPath: 'a/b',
  });
});

test('a mount that can not work is refused with the path of the volume', () => {
  const data = new SharedVolume(flux(), 'data', HOST);
  expect(() => data.mount('/data', null as unknown as object)).toThrow(/options must be an object.*SV002/);
  expect(() => data.mount('data', { subPath: '..' })).toThrow(
    /^\[hpc\/data\] mount is not valid:\n.*path must be .*\(SV016\)\n.*subPath must be .*\(SV016\)/,
  );
});

test.each([
  ['cdk8s-plus-28', kplus28],
  ['cdk8s-plus-34', kplus34],
] as const)('workloads of %s mount the claim', (_name, kplus) => {
  const chart = flux();
  const data = new SharedVolume(chart, 'data', { ...HOST, metadata: { name: 'data' } });
  const claim: kplus28.IPersistentVolumeClaim & kplus34.IPersistentVolumeClaim = data.claim;
  const volume = kplus.Volume.fromPersistentVolumeClaim(chart, 'volume', claim);
  const deployment = new kplus.Deployment(chart, 'web', { containers: [{ image: 'nginx:1.29' }] });
  // The two packages have types of their own for the same things.
  (deployment.containers[0] as kplus28.Container).mount('/data', volume as kplus28.Volume);
  expect(only(chart, 'Deployment')?.spec).toMatchObject({
    template: { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } },
  });
});

test('roles of cdk8s-plus-28 grant rights on the one claim', () => {
  const chart = flux();
  const data = new SharedVolume(chart, 'data', { ...HOST, metadata: { name: 'data' } });
  new kplus28.Role(chart, 'role').allowRead(data.claim);
  expect(only(chart, 'Role')).toMatchObject({
    rules: [{ apiGroups: [''], resources: ['persistentvolumeclaims'], resourceNames: ['data'] }],
  });
});

test('the construct needs no cdk8s-plus', () => {
  const program = `
    const { App, Chart } = require('cdk8s');
    const { SharedVolume } = require('./src/cdk8s/shared-volume.ts');
    const chart = new Chart(new App(), 'hpc', { namespace: 'flux' });
    new SharedVolume(chart, 'data', { hostPath: { path: '/x' } }).claim;
    console.log(Object.keys(require.cache).some((file) => file.includes('/cdk8s-plus')));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '-e', program], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['false\n', '']);
});

test('an existing claim renders nothing, has its name, and can be mounted', () => {
  const chart = flux();
  const theirs = new SharedVolume(chart, 'data', { existingClaim: 'theirs' });
  expect([theirs.name, theirs.apiObject, theirs.persistentVolume, theirs.accessModes]).toEqual([
    'theirs',
    undefined,
    undefined,
    undefined,
  ]);
  new MiniCluster(chart, 'one', {
    size: 1,
    containers: [{ ...CONTAINER, volumes: { data: theirs.mount('/data') } }],
  });
  expect(synth(chart).map(({ kind }) => kind)).toEqual(['MiniCluster']);
});

test('what a volume lacks is told to those that mount it', () => {
  const csi = { driver: 's3.csi.aws.com', volumeAttributes: { bucketName: 'results' } };
  const bucket = new SharedVolume(flux(), 'data', { csi });
  expect([bucket.lacksRename, bucket.lacksLocking, bucket.accessModes]).toEqual([
    true,
    true,
    ['ReadWriteMany'],
  ]);
  const directory = new SharedVolume(flux(), 'data', HOST);
  expect([directory.lacksRename, directory.lacksLocking]).toEqual([false, false]);
});

test('JSON patches reach claim and PersistentVolume, and labels of the chart stand on both', () => {
  const chart = flux();
  const data = new SharedVolume(chart, 'data', HOST);
  data.apiObject?.addJsonPatch(JsonPatch.add('/spec/volumeMode', 'Filesystem'));
  data.persistentVolume?.addJsonPatch(JsonPatch.replace('/spec/persistentVolumeReclaimPolicy', 'Recycle'));
  const [volume, claim] = synth(chart);
  expect(claim?.spec).toMatchObject({ volumeMode: 'Filesystem' });
  expect(volume?.spec).toMatchObject({ persistentVolumeReclaimPolicy: 'Recycle' });
  expect([volume, claim].map((one) => one?.metadata.labels?.team)).toEqual(['a', 'a']);
});

test('a refused volume leaves nothing behind, and its error names the construct', () => {
  const chart = new Chart(Testing.app(), 'hpc');
  expect(() => new SharedVolume(chart, 'data', HOST)).toThrow(
    /^\[hpc\/data\] SharedVolume is not valid:\n {2}- metadata\.namespace is needed for hostPath.*\(SV005\)/,
  );
  expect(() => new SharedVolume(chart, 'data', undefined as never)).toThrow('SV006');
  expect(chart.node.children).toEqual([]);
});
