/** What becomes of a v1alpha1 MiniCluster, field by field, and of the two of the walkthroughs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { InvalidSpecError } from '../../../src/model/problems';
import { MiniClusterV1Alpha1Input, checkMiniCluster } from '../../../src/model/minicluster';
import {
  FluxSource,
  UpgradeEffect,
  UpgradedMiniCluster,
  upgradeMiniCluster,
} from '../../../src/model/minicluster/upgrade';
import { checked } from '../../support/checked';
import { miniCluster } from '../../support/render';

const METADATA = { name: 'lmp', namespace: 'hpc' };

type Container = MiniClusterV1Alpha1Input['containers'][number];
type Fields = Partial<MiniClusterV1Alpha1Input>;

/** Upgrades a MiniCluster that submits a plain command, with what is given in addition; the result must render. */
function upgrade(container: Container, fields: Fields = {}, flux?: FluxSource): UpgradedMiniCluster {
  const containers = [{ image: 'lammps:1', command: 'lmp -in a', ...container }];
  const result = upgradeMiniCluster(METADATA, { containers, ...fields }, { flux });
  checked([...result.objects, ...miniCluster(result.metadata, result.input)]);
  return result;
}

/** The Flux container after the upgrade. */
function runner(result: UpgradedMiniCluster) {
  return result.input.containers[0]!;
}

/** The effect and path of each note, without those that every spec of these tests brings along. */
function told({ notes }: UpgradedMiniCluster): string[] {
  const usual = ['network.headlessName', 'containers[0].fluxUser.uid', 'logging', 'pod.serviceAccountName'];
  return notes.filter(({ path }) => !usual.includes(path)).map(({ effect, path }) => `${effect} ${path}`);
}

function example(name: string): UpgradedMiniCluster {
  return exampleWith(name, FluxSource.IMAGE);
}

function exampleWith(name: string, flux: FluxSource): UpgradedMiniCluster {
  const text = readFileSync(join(__dirname, '../../../examples', `${name}-v1alpha1.yaml`), 'utf8');
  const { metadata, spec } = parse(text);
  return upgradeMiniCluster(metadata, spec, { flux });
}

/** The volume that both walkthroughs have. */
function volumeAndClaim(labels: object): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'flux-operator.data-claim', ...labels },
      spec: {
        accessModes: ['ReadWriteMany'],
        capacity: { storage: '5Gi' },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'flux-operator',
          name: 'data-claim',
        },
        hostPath: { path: '/tmp/data', type: 'DirectoryOrCreate' },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'hostpath',
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-claim', namespace: 'flux-operator' },
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '5Gi' } },
        storageClassName: 'hostpath',
        volumeName: 'flux-operator.data-claim',
      },
    },
  ];
}

const stagingRunner = {
  image: 'ghcr.io/rse-ops/singularity:tag-mamba',
  workingDir: '/data',
  batch: true,
  batchRaw: true,
  securityContext: { privileged: true },
  volumes: { data: { claimName: 'data-claim', path: '/tmp/fluxout' } },
  commands: {
    post: 'sleep infinity\nexit $?',
    brokerPre:
      'if [[ ! -e "mpi.sif" ]]; then\n    singularity pull mpi.sif oras://ghcr.io/rse-ops/singularity-mpi:mpich\nfi\n',
  },
};
const SUBMIT =
  'flux submit -n 4 --output /tmp/fluxout/job.out --error /tmp/fluxout/job.out --flags waitable ' +
  'singularity exec /data/mpi.sif /opt/mpitest\nflux queue idle\n';

test('the staging walkthrough keeps its batch text, its volume and its Flux', () => {
  const { input, objects, metadata, notes } = example('staging');
  expect(objects).toEqual(volumeAndClaim({}));
  expect(input).toEqual({
    size: 4,
    tasks: 4,
    network: { headlessName: 'flux-service' },
    flux: { container: { disable: true, image: 'ghcr.io/rse-ops/singularity:tag-mamba' } },
    containers: [
      {
        ...stagingRunner,
        command:
          'flux filemap map -C /data mpi.sif\nflux exec -x 0 -r all flux filemap get -C /data\n' +
          `${SUBMIT}flux filemap unmap\n`,
      },
    ],
  });
  expect(notes.map(({ path }) => path)).toEqual([
    'network.headlessName',
    'pod.serviceAccountName',
    'containers[0].fluxUser.name',
    'containers[0].fluxUser.uid',
    'containers[0].cores',
    'containers[0].commands.post',
    'volumes.data.delete',
    'containers[0].command',
  ]);
  checked([...objects, ...miniCluster(metadata, input)]);
});

test('the staging walkthrough with the view stages by flux archive', () => {
  const { input, objects, metadata } = exampleWith('staging', FluxSource.VIEW);
  expect(objects).toEqual(volumeAndClaim({}));
  expect(input).toEqual({
    size: 4,
    tasks: 4,
    network: { headlessName: 'flux-service' },
    containers: [
      {
        ...stagingRunner,
        command:
          'flux archive create --mmap -C /data mpi.sif\n' +
          'flux exec -x 0 -r all flux archive extract --overwrite -C /data\n' +
          `${SUBMIT}flux archive remove\n`,
      },
    ],
  });
  miniCluster(metadata, input);
});

test.each([[FluxSource.IMAGE], [FluxSource.VIEW]])(
  'the state walkthrough restores and, as its page says, saves (Flux from the %s)',
  (flux) => {
    const { input, objects, metadata } = exampleWith('state', flux);
    const image = 'ghcr.io/flux-framework/flux-restful-api:latest';
    expect(objects).toEqual(volumeAndClaim({ labels: { type: 'local' } }));
    expect(input).toEqual({
      size: 2,
      interactive: true,
      archive: { path: '/state/archive.tar.gz', save: 'on-stop' },
      network: { headlessName: 'flux-service' },
      ...(flux === FluxSource.IMAGE ? { flux: { container: { disable: true, image } } } : {}),
      containers: [
        {
          image,
          commands: { post: 'exit $?' },
          volumes: { data: { claimName: 'data-claim', path: '/state' } },
        },
      ],
    });
    checked([...objects, ...miniCluster(metadata, input)]);
    const codes = checkMiniCluster(metadata, input).map(({ code }) => code);
    expect(codes.filter((code) => ['MC017', 'MC086'].includes(code))).toEqual([]);
  },
);

test('a spec of another structure is refused with all its problems', () => {
  const spec = { containers: [{ image: 'a:1', preCommand: 'x' }], sizes: 2 } as never;
  expect(() => upgradeMiniCluster(METADATA, spec)).toThrow(InvalidSpecError);
  expect(() => upgradeMiniCluster(METADATA, spec)).toThrow(/preCommand[^]*sizes|sizes[^]*preCommand/);
  expect(() => upgradeMiniCluster({} as never, { containers: [{}] })).toThrow(/metadata\.name/);
});

test('a CSI volume keeps driver, handle, attributes and Secret', () => {
  const volume = {
    path: '/ignored',
    storageClass: 'gcs',
    driver: 'gcs.csi',
    volumeHandle: 'bucket',
    attributes: { only: 'dir' },
    secret: 'key',
    secretNamespace: 'hpc',
    capacity: '1Ti',
    annotations: { a: 'b' },
    claimAnnotations: { c: 'd' },
  };
  const result = upgrade(
    { volumes: { data: { path: '/data', readOnly: true } } },
    { volumes: { data: volume } },
  );
  const secretRef = { name: 'key', namespace: 'hpc' };
  expect(result.objects[0]).toMatchObject({
    metadata: { name: 'hpc.data-claim', annotations: { a: 'b' } },
    spec: {
      capacity: { storage: '1Ti' },
      storageClassName: 'gcs',
      csi: {
        driver: 'gcs.csi',
        volumeHandle: 'bucket',
        volumeAttributes: { only: 'dir' },
        nodePublishSecretRef: secretRef,
        nodeStageSecretRef: secretRef,
        controllerPublishSecretRef: secretRef,
      },
    },
  });
  expect(result.objects[1]).toMatchObject({
    metadata: { annotations: { c: 'd' } },
    spec: { volumeName: 'hpc.data-claim' },
  });
  expect(runner(result).volumes).toEqual({
    data: { claimName: 'data-claim', path: '/data', readOnly: true },
  });
  expect(told(result)).toEqual(['changed volumes.data.delete', 'lost volumes.data.path']);
});

test('a CSI volume without handle and namespace of the Secret gets what the operator took for them', () => {
  const volume = { path: '/x', storageClass: 'gcs', driver: 'gcs.csi', secret: 'key' };
  const { objects } = upgrade({}, { volumes: { data: volume } });
  expect(objects[0]).toMatchObject({
    spec: { csi: { volumeHandle: 'gcs', nodeStageSecretRef: { name: 'key', namespace: 'default' } } },
  });
});

test('labels and annotations of the metadata are on the objects, and those of the volume win', () => {
  const metadata = { ...METADATA, labels: { team: 'a', tier: 'b' } };
  const { objects } = upgradeMiniCluster(metadata, {
    containers: [{ image: 'a:1', command: 'x' }],
    volumes: { data: { path: '/x', labels: { tier: 'c' } } },
  });
  expect(objects.map((object) => object.metadata.labels)).toEqual([
    { team: 'a', tier: 'c' },
    { team: 'a', tier: 'b' },
  ]);
});

test('without a namespace a PersistentVolume is called after the MiniCluster and reserved for nobody', () => {
  const spec = { containers: [{ image: 'a:1', command: 'x' }], volumes: { data: { path: '/x' } } };
  const { objects, notes } = upgradeMiniCluster({ name: 'lmp' }, spec);
  expect(objects[0]?.metadata.name).toBe('lmp.data-claim');
  expect(objects[0]?.spec).not.toHaveProperty('claimRef');
  expect(notes).toContainEqual(
    expect.objectContaining({ path: 'volumes.data', effect: UpgradeEffect.ADDED }),
  );
});

test('volumes of one key but two meanings get two keys, the same in all containers of the pod', () => {
  const result = upgrade(
    { volumes: { data: { path: '/data' } }, runFlux: true },
    {
      volumes: { data: { path: '/tmp/data' } },
      containers: [
        { image: 'a:1', command: 'x', runFlux: true, volumes: { data: { path: '/data' } } },
        {
          name: 'side',
          image: 'b:1',
          volumes: { data: { path: '/other' } },
          existingVolumes: { data: { configMapName: 'data', path: '/config' } },
        },
      ],
      interactive: false,
    },
  );
  expect(result.input.containers.map(({ volumes }) => volumes)).toEqual([
    { 'data-2': { claimName: 'data-claim', path: '/data' } },
    {
      data: { configMapName: 'data', path: '/config' },
      'data-3': { claimName: 'data-claim', path: '/other' },
    },
  ]);
  expect(told(result)).toContain('changed containers[0].volumes.data');
});

test('a volume that two containers share keeps its key, and no new key is one that is taken', () => {
  const shared = { data: { path: '/data' } };
  const result = upgrade(
    {},
    {
      volumes: { data: { path: '/a' }, 'data-2': { path: '/b' } },
      containers: [
        { image: 'a:1', command: 'x', runFlux: true, volumes: shared },
        { name: 'one', image: 'b:1', volumes: shared },
        { name: 'two', image: 'b:1', volumes: { data: { path: '/other' }, 'data-2': { path: '/more' } } },
      ],
    },
  );
  expect(result.input.containers.map(({ volumes }) => Object.keys(volumes ?? {}))).toEqual([
    ['data'],
    ['data'],
    ['data-3', 'data-2'],
  ]);
});

test('existing volumes become volumes without a note', () => {
  const result = upgrade({ existingVolumes: { old: { claimName: 'old', path: '/old', readOnly: true } } });
  expect(runner(result).volumes).toEqual({ old: { claimName: 'old', path: '/old', readOnly: true } });
  expect(told(result)).toEqual([]);
});

test.each<[string, Container, number | undefined, string[]]>([
  ['a number', { fluxUser: { uid: 1234 } }, 1234, ['changed containers[0].fluxUser.uid']],
  ['0, which was taken for 1000', { fluxUser: { uid: 0 } }, 1000, ['changed containers[0].fluxUser.uid']],
  ['root', { commands: { runFluxAsRoot: true } }, 0, ['changed containers[0].commands.runFluxAsRoot']],
  [
    'nobody',
    { fluxUser: { name: 'me' } },
    undefined,
    ['lost containers[0].fluxUser.name', 'changed containers[0].fluxUser.uid'],
  ],
])('the user %s is that of the container and of the init container', (_what, container, uid, expected) => {
  const result = upgrade(container);
  expect(runner(result).securityContext?.runAsUser).toBe(uid);
  expect(result.input.flux?.container?.securityContext?.runAsUser).toBe(uid);
  const { notes } = result;
  expect(
    notes.filter(({ path }) => /fluxUser|runFlux/.test(path)).map(({ effect, path }) => `${effect} ${path}`),
  ).toEqual(expected);
});

test('capabilities are added under their new name, without a note', () => {
  const result = upgrade({ securityContext: { addCapabilities: ['SYS_PTRACE'], privileged: false } });
  expect(runner(result).securityContext).toEqual({
    privileged: false,
    capabilities: { add: ['SYS_PTRACE'] },
  });
  expect(told(result)).toEqual([]);
});

test.each<[string, Fields['logging'], boolean | undefined, object | undefined]>([
  ['logging without strict, which was strict', { quiet: true }, true, { quiet: true }],
  ['strict logging', { strict: true }, true, undefined],
  ['logging that is not strict', { strict: false, quiet: true }, undefined, { strict: false, quiet: true }],
  ['no logging', undefined, undefined, undefined],
])(
  '%s decides about reportFailure where a post hook could hide a failure',
  (_what, logging, reportFailure, expected) => {
    const result = upgrade({ commands: { post: 'date' } }, { logging });
    expect([result.input.reportFailure, result.input.logging]).toEqual([reportFailure, expected]);
    expect(told(result)).toEqual([
      reportFailure ? 'changed logging.strict' : 'changed containers[0].commands.post',
    ]);
  },
);

test('without a post hook a failure of Flux reaches the Job, strict or not, as it did', () => {
  for (const logging of [undefined, { strict: false }]) {
    const { input, notes } = upgrade({}, { logging });
    expect(input).toMatchObject({ reportFailure: true, ...(logging && { logging }) });
    expect(notes.map(({ effect, path }) => `${effect} ${path}`)).toContain('added logging');
  }
  expect(upgrade({}, { interactive: true }).input.reportFailure).toBeUndefined();
});

test.each<[string, Container, Fields, string[]]>([
  ['interactive cluster with a command', {}, { interactive: true }, ['lost containers[0].command']],
  [
    'diagnosis',
    { diagnostics: true },
    {},
    ['changed interactive', 'lost containers[0].diagnostics', 'lost containers[0].command'],
  ],
  ['RESTful server', { command: undefined }, {}, ['changed interactive']],
  [
    'RESTful server with options',
    { command: undefined },
    { fluxRestful: { token: 'secret', port: 5001 }, users: [{ name: 'me', password: 'secret' }] },
    ['lost users', 'lost fluxRestful', 'changed interactive'],
  ],
])('a %s is an interactive cluster without a command', (_what, container, fields, expected) => {
  const result = upgrade(container, fields);
  expect(result.input.interactive).toBe(true);
  expect(runner(result).command).toBeUndefined();
  expect(told(result)).toEqual(expected);
  expect(JSON.stringify(result)).not.toContain('"secret"');
});

test.each([
  ['plain words', 'lmp -in a', []],
  ['quotes', `echo 'a b'`, ['changed containers[0].command']],
  ['a variable', 'echo $HOME', ['changed containers[0].command']],
  ['two lines', 'a\nb', ['changed containers[0].command']],
])('a command of %s stays, with a note where bash reads it otherwise', (_what, command, expected) => {
  const result = upgrade({ command });
  expect(runner(result).command).toBe(command);
  expect(told(result)).toEqual(expected);
});

test('a batch text that protected itself from the echo gets a note', () => {
  const result = upgrade({ command: 'echo \\$X', batch: true, batchRaw: true });
  expect(runner(result).command).toBe('echo \\$X');
  expect(told(result)).toEqual(['changed containers[0].command']);
});

test('a submit command moves into a batch text, stays for a command, and is dropped where it had no effect', () => {
  const flux = { submitCommand: 'flux mini submit' };
  const batch = upgrade({ command: 'a 1\nb 2', batch: true }, { flux });
  expect(runner(batch)).toMatchObject({
    batchRaw: true,
    command: expect.stringMatching(
      /^flux mini submit --flags waitable .* a 1\nflux mini submit .* b 2\nflux queue idle/,
    ),
  });
  expect(batch.input.flux).not.toHaveProperty('submitCommand');
  expect(upgrade({}, { flux }).input.flux?.submitCommand).toBe('flux mini submit');
  const raw = upgrade({ command: 'flux submit a', batch: true, batchRaw: true }, { flux });
  expect(runner(raw).command).toBe('flux submit a');
  expect(told(raw)).toEqual(['lost flux.submitCommand']);
  const launcher = upgrade({ launcher: true }, { flux });
  expect(launcher.input.flux).not.toHaveProperty('submitCommand');
  expect(told(launcher)).toEqual(['lost flux.submitCommand']);
});

test('a batch text whose lines can not be submitted stays, for the rules to tell', () => {
  const containers = [{ image: 'a:1', command: 'for i in 1\n', batch: true }];
  const { input } = upgradeMiniCluster(METADATA, { containers, flux: { submitCommand: 'flux run' } });
  expect([input.containers[0]?.batchRaw, input.flux?.submitCommand]).toEqual([undefined, 'flux run']);
  expect(checkMiniCluster(METADATA, input).map(({ code }) => code)).toContain('MC006');
});

test('hooks of the Flux container keep their order: pre follows init at the beginning', () => {
  const commands = { init: 'a', pre: 'b', brokerPre: 'c', workerPre: 'd', post: 'e', prefix: 'strace -f' };
  const result = upgrade({ commands }, { size: 2, tasks: 2 });
  expect(runner(result).commands).toEqual({
    init: 'a\nb',
    brokerPre: 'c',
    workerPre: 'd',
    post: 'e\nexit $?',
    prefix: 'strace -f',
  });
  expect(told(result)).toEqual([
    'changed containers[0].commands.pre',
    'changed containers[0].commands.post',
    'changed containers[0].commands.prefix',
  ]);
});

test('a wrap is told about where there are workers that lose it', () => {
  const flux = { wrap: 'strace,-f' };
  expect(told(upgrade({}, { flux, size: 2, tasks: 2 }))).toEqual(['changed flux.wrap']);
  expect(told(upgrade({}, { flux }))).toEqual([]);
});

test('a prefix of an interactive cluster is lost', () => {
  const result = upgrade({ command: undefined, commands: { prefix: 'strace' } }, { interactive: true });
  expect(runner(result).commands).toEqual({ post: 'exit $?' });
  expect(told(result)).toEqual(['lost containers[0].commands.prefix']);
});

test('a container beside Flux runs its command only if it had a hook', () => {
  const flux = { image: 'a:1', command: 'x', runFlux: true };
  const hooks = { init: 'i', brokerPre: 'b', workerPre: 'w', pre: 'p', post: 'q', prefix: 'never' };
  const beside = { image: 'b:1', command: 'serve' };
  const result = upgrade(
    {},
    { containers: [flux, { name: 'one', ...beside }, { name: 'two', ...beside, commands: hooks }] },
  );
  expect(result.input.containers.slice(1)).toEqual([
    { name: 'one', image: 'b:1', noWrapEntrypoint: true },
    {
      name: 'two',
      image: 'b:1',
      command: 'serve',
      commands: { init: 'i', servicePre: 'b\nw\np', post: 'q' },
    },
  ]);
  expect(told(result)).toEqual([
    'lost containers[1].command',
    'lost containers[2].commands.prefix',
    'changed containers[2].commands.brokerPre',
    'changed containers[2].commands.workerPre',
    'changed containers[2].commands.pre',
  ]);
});

test('services are copied, without what only the Flux container had', () => {
  const service = { name: 'db', image: 'redis:7', ports: [6379], cores: 2 };
  const result = upgrade({}, { services: [service] });
  expect(result.input.services).toEqual([{ name: 'db', image: 'redis:7', ports: [6379] }]);
  expect(told(result)).toEqual(['lost services[0].cores']);
});

test('secrets of Flux become a certificate and a volume', () => {
  const flux = { curveCertSecret: 'curve', curveCert: 'text', mungeSecret: 'munge-secret' };
  const result = upgrade({}, { flux });
  expect(result.input.certificate).toEqual({ secretName: 'curve' });
  expect(runner(result).volumes).toEqual({
    munge: { secretName: 'munge-secret', path: '/etc/munge', readOnly: true },
  });
  expect(result.input.flux).toEqual({ container: { disable: true, image: 'lammps:1' } });
  expect(told(result)).toEqual([
    'changed flux.mungeSecret',
    'changed flux.curveCertSecret',
    'lost flux.curveCert',
  ]);
});

test('defaults that differ are written down', () => {
  const result = upgrade({}, { size: 4, pod: { serviceAccountName: 'flux' } });
  expect(result.input).toMatchObject({
    tasks: 1,
    network: { headlessName: 'flux-service' },
    pod: { serviceAccountName: 'flux', automountServiceAccountToken: true },
  });
  expect(told(result)).toEqual(['added tasks', 'added pod.automountServiceAccountToken']);
  expect(upgrade({}, { network: { headlessName: 'own' } }).input.network).toEqual({ headlessName: 'own' });
});

test('labels that the operator writes over are dropped with a note', () => {
  const labels = { app: 'a', namespace: 'b', team: 'c' };
  const result = upgrade({}, { pod: { labels } });
  expect(result.input.pod?.labels).toEqual({ team: 'c' });
  expect(told(result)).toEqual(['lost pod.labels.app', 'lost pod.labels.namespace']);
});

test.each([
  ['flux proxy local:///var/run/flux/local flux jobs', ['/mnt/flux/config/run/flux/local']],
  ['ls /var/lib/flux', ['/mnt/flux/config/var/lib/flux']],
  ['cat /etc/flux/config/broker.toml', ['/mnt/flux/config/etc/flux/config']],
  ['cat /etc/curve/curve.cert', ['/mnt/flux/config/curve/curve.cert']],
  ['sudo -u flux flux jobs', ['sudo -u']],
  ['${asFlux} flux jobs', ['asFlux']],
  ['ls /mnt/flux/config/var/lib/flux /opt/var/lib/flux /var/lib/fluxion', []],
])('%s gets a note with the new names, and stays', (text, names) => {
  const result = upgrade({ commands: { brokerPre: text }, environment: { WHERE: text } });
  expect(runner(result)).toMatchObject({ commands: { brokerPre: text }, environment: { WHERE: text } });
  for (const path of ['containers[0].commands.brokerPre', 'containers[0].environment.WHERE']) {
    const notes = result.notes.filter((note) => note.path === path);
    expect(notes).toHaveLength(Math.min(names.length, 1));
    for (const name of names) expect(notes[0]?.message).toContain(name);
  }
});

test('what is lost gets no note about its old names', () => {
  const result = upgrade({ command: 'cat /etc/flux/config' }, { interactive: true });
  expect(told(result)).toEqual(['lost containers[0].command']);
});

test.each([
  ['flux filemap map a b', 'flux archive create --mmap a b'],
  ['flux filemap map --directory=/d $F && x', 'flux archive create --mmap -C /d $F && x'],
  ['flux filemap get -C /d "*.sif"', undefined],
  ['flux filemap map -T tag a', undefined],
  ['flux filemap map a\nflux filemap map b', undefined],
  ['flux filemap list', undefined],
  [
    'flux filemap get; flux filemap unmap # done',
    'flux archive extract --overwrite; flux archive remove # done',
  ],
])('with the view, %s is %s', (text, expected) => {
  const { input, notes } = upgradeMiniCluster(
    METADATA,
    { containers: [{ image: 'a:1', command: text, batch: true, batchRaw: true }] },
    { flux: FluxSource.VIEW },
  );
  expect(input.containers[0]?.command).toBe(expected ?? text);
  const message = expected ? /in place of flux filemap/ : /uses flux filemap/;
  expect(notes).toContainEqual(
    expect.objectContaining({ path: 'containers[0].command', message: expect.stringMatching(message) }),
  );
});

test('with the view nothing is said about the container of Flux but its user', () => {
  expect(upgrade({}, {}, FluxSource.VIEW).input.flux).toBeUndefined();
  const { input, notes } = upgrade({ fluxUser: { uid: 5 } }, {}, FluxSource.VIEW);
  expect(input.flux).toEqual({ container: { securityContext: { runAsUser: 5 } } });
  expect(notes.map(({ path }) => path)).toContain('containers[0].image');
});

test('a pod ends as its last command did, and strict hooks stop at errors where v1alpha1 ran them', () => {
  const post = 'upload';
  expect(runner(upgrade({ commands: { post } }, { logging: { strict: false } })).commands?.post).toBe(
    'upload\nexit $?',
  );
  expect(runner(upgrade({ commands: { post } }, { logging: {} })).commands?.post).toBe(
    '[ "$flux_exit_code" -eq 0 ] || exit "$flux_exit_code"\nset -eEu -o pipefail\nupload',
  );
  expect(runner(upgrade({ command: undefined }, { interactive: true })).commands?.post).toBe('exit $?');
});

test('a container beside Flux stays strict', () => {
  const sidecar = { name: 'db', image: 'db:1', command: 'serve', commands: { post: 'date' } };
  const containers = [{ image: 'lammps:1', command: 'lmp -in a', runFlux: true }, sidecar];
  const servicePre = (logging?: object): unknown =>
    upgradeMiniCluster(METADATA, { containers, logging }).input.containers[1]?.commands?.servicePre;
  expect(servicePre({})).toBe('set -eEu -o pipefail');
  expect(servicePre()).toBeUndefined();
});

test('references of Kubernetes in a command become those of bash, where there is such a variable', () => {
  const environment = { GREETING: 'hello' };
  const secrets = { TOKEN: { name: 'a', key: 'b' } };
  const result = upgrade({ command: 'echo $(GREETING) $(TOKEN) $(hostname)', environment, secrets });
  expect(runner(result).command).toBe('echo ${GREETING} ${TOKEN} $(hostname)');
  expect(told(result)).toEqual(['changed containers[0].command', 'changed containers[0].command']);
});

test('what a service never ran is left out, with a note', () => {
  const services = [{ name: 'db', image: 'db:1', command: 'serve', commands: { init: 'date' } }];
  const result = upgrade({}, { services });
  expect(result.input.services).toEqual([{ name: 'db', image: 'db:1' }]);
  expect(told(result)).toEqual(['lost services[0].command', 'lost services[0].commands.init']);
});

test('a path on the host is cleaned as the operator did, and an empty namespace is none', () => {
  const volumes = { data: { path: '/tmp/../srv/h/' } };
  const { objects } = upgradeMiniCluster({ name: 'lmp', namespace: '' }, { volumes, containers: [{}] });
  expect(objects[0]).toMatchObject({
    metadata: { name: 'lmp.data-claim' },
    spec: { hostPath: { path: '/srv/h/' } },
  });
  expect(objects[1]?.metadata).not.toHaveProperty('namespace');
});

test('notes name the places of commands, hooks and variables, and never what is in them', () => {
  const secret = 'run --password=topsecret';
  const { notes } = upgrade({ command: `${secret} "x"`, commands: { pre: secret, post: secret } });
  expect(notes.length).toBeGreaterThan(3);
  expect(JSON.stringify(notes)).not.toContain('topsecret');
});
