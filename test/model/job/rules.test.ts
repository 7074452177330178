/** What is refused or warned of before a MiniClusterJob is rendered. */
import { Severity, InvalidSpecError, Problem } from '../../../src/model/problems';
import { Metadata } from '../../../src/model/manifest';
import {
  FluxFrom,
  JOB_RULE_TEXTS,
  JobContainerInput,
  MiniClusterJobInput,
  checkMiniClusterJob,
  miniClusterJob,
} from '../../../src/model/job';
import { MINICLUSTER_RULES } from '../../../src/model/minicluster/rules';
import { ArchiveSave } from '../../../src/model/state/spec';
import { CLUSTER, METADATA, RUNNER, rendered } from '../../support/job-cluster';

type Input = Partial<MiniClusterJobInput>;
type Runner = Partial<JobContainerInput>;

const VIEW = { container: { image: 'view:1' } };

/** A cluster that no rule has anything against, with these changes. */
function cluster(input: Input = {}, runner: Runner = {}): MiniClusterJobInput {
  return { ...CLUSTER, containers: [{ ...RUNNER, ...runner }], ...input };
}

/** With a sidecar that no rule has anything against. */
function withSidecar(sidecar: Runner = {}, input: Input = {}): MiniClusterJobInput {
  const native = { image: 'redis:7', name: 'cache', restartPolicy: 'Always', ...sidecar };
  return { ...CLUSTER, kubernetes: '1.29', containers: [{ ...RUNNER, runFlux: true }, native], ...input };
}

function withService(service: Runner, input: Input = {}): MiniClusterJobInput {
  return cluster({ services: [{ image: 'redis:7', name: 'store', ...service }], ...input });
}

function flux(options: MiniClusterJobInput['flux'], runner: Runner = {}): MiniClusterJobInput {
  return cluster({ flux: { ...VIEW, ...options } }, runner);
}

function volumes(one: NonNullable<Runner['volumes']>, input: Input = {}): MiniClusterJobInput {
  return cluster(input, { volumes: one });
}

function policy(rule: object): MiniClusterJobInput {
  return cluster({ podFailurePolicy: { rules: [rule] } as MiniClusterJobInput['podFailurePolicy'] });
}

const EXIT_CODES = { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } };
const CONFIGURED = '[bootstrap]\ncurve_cert = "/mnt/flux/config/curve/curve.cert"\n';
const DATA = { data: { claimName: 'data', path: '/data' } };
const READ_ONLY = { data: { claimName: 'data', path: '/data/.', readOnly: true } };

/** The rule about tags has something to say of an image that is missing, too. */
const UNTAGGED = [{ code: 'MC073', reason: 'not meant here' }];

/** What breaks a rule, where, with which value and advice; and what is next to it and does not. */
interface Row {
  readonly code: string;
  readonly path: string;
  readonly value: unknown;
  readonly message: RegExp;
  readonly fix: RegExp;
  readonly broken: MiniClusterJobInput;
  readonly sound: MiniClusterJobInput;
}

function row(
  code: string,
  [path, value, message, fix]: [path: string, value: unknown, message: RegExp, fix: RegExp],
  broken: MiniClusterJobInput,
  sound: MiniClusterJobInput,
): Row {
  return { code, path, value, message, fix, broken, sound };
}

/** Directories of nodes are warned of by another rule. */
const HOST_PATH = [{ code: 'MC032', reason: 'not meant here' }];

/** The numbers from 1 on. */
function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const LEAD = { address: '203.0.113.5', name: 'lead', size: 2 };

const ROWS: readonly Row[] = [
  row(
    'MJ001',
    ['fluxFrom', 'view', /is no place/, /image, view-copy or view-volume/],
    cluster({ fluxFrom: 'view' } as unknown as Input),
    cluster({ fluxFrom: 'view-copy' } as unknown as Input),
  ),
  ...['1.27', '1', '1.31.2', 'v1.31', '2.0', ''].map((kubernetes) =>
    row(
      'MJ002',
      ['kubernetes', kubernetes, /is no release of Kubernetes from 1\.28 on/, /'1\.28'/],
      cluster({ kubernetes }),
      cluster({ kubernetes: '1.28' }),
    ),
  ),
  row(
    'MJ003',
    ['featureGates[1]', 'ImageVolumes', /is no feature gate/, /SidecarContainers, .*ImageVolume/],
    cluster({ featureGates: ['ImageVolume', 'ImageVolumes'] }),
    cluster({ featureGates: ['ImageVolume', 'SidecarContainers', 'JobSuccessPolicy'] }),
  ),
  ...(
    [
      ['brokerRestarts', -1, 0, /from 0 to 1000000/],
      ['brokerRestarts', 1_000_001, 1_000_000, /from 0/],
      ['cores', 0, 1, /from 1/],
      ['ttlSecondsAfterFinished', -1, 0, /from 0/],
      ['terminationGracePeriodSeconds', 0, 1, /from 1/],
      ['terminationGracePeriodSeconds', 2 ** 31, 2 ** 31 - 1, /to 2147483647/],
      ['port', 0, 1, /from 1 to 65535/],
      ['port', 65_536, 65_535, /from 1 to 65535/],
    ] as const
  ).map(([field, wrong, right, message]) =>
    row(
      'MJ004',
      [field, wrong, message, /in the range/],
      cluster({ [field]: wrong }),
      cluster({ [field]: right }),
    ),
  ),
  ...(
    [
      ['queueName', 'Team_A', 'team-a.b'],
      ['queueName', 'a'.repeat(64), 'a'.repeat(63)],
      ['priorityClassName', '-high', 'system-node-critical'],
      ['clusterDomain', 'cluster.local.', 'cluster.local'],
      ['networkInterface', 'eth0:1', 'eth0.100'],
      ['networkInterface', 'a'.repeat(16), 'a'.repeat(15)],
      ['networkInterface', '..', 'net1'],
      ['networkInterface', 'eth 0', 'bond_0'],
    ] as const
  ).map(([field, wrong, right]) =>
    row(
      'MJ005',
      [field, wrong, /is no name/, /eth0/],
      cluster({ [field]: wrong }),
      cluster({ [field]: right }),
    ),
  ),
  row(
    'MJ007',
    ['podFailurePolicy', undefined, /not allowed with pod.restartPolicy OnFailure/, /'Never'/],
    cluster({ pod: { restartPolicy: 'OnFailure' }, podFailurePolicy: { rules: [EXIT_CODES] } }),
    cluster({ pod: { restartPolicy: 'Never' }, podFailurePolicy: { rules: [EXIT_CODES] } }),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules', 21, /20 at most/, /PodFailurePolicy/],
    cluster({ podFailurePolicy: { rules: Array.from({ length: 21 }, () => EXIT_CODES) } }),
    cluster({ podFailurePolicy: { rules: Array.from({ length: 20 }, () => EXIT_CODES) } }),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].action', 'FailIndex', /is no action/, /Ignore, Count, FailJob/],
    policy({ ...EXIT_CODES, action: 'FailIndex' }),
    policy({ ...EXIT_CODES, action: 'Count' }),
  ),
  ...[
    { action: 'Count' },
    { ...EXIT_CODES, onPodConditions: [{ type: 'Ready' }] },
    { action: 'Count', onPodConditions: [] },
  ].map((wrong) =>
    row(
      'MJ007',
      ['podFailurePolicy.rules[0]', wrong, /exactly one of/, /one of the two/],
      policy(wrong),
      policy({ action: 'Count', onPodConditions: [{ type: 'Ready' }] }),
    ),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].onExitCodes.operator', 'Is', /is no operator/, /In or NotIn/],
    policy({ action: 'Count', onExitCodes: { operator: 'Is', values: [1] } }),
    policy({ action: 'Count', onExitCodes: { operator: 'NotIn', values: [0, 1] } }),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].onExitCodes.containerName', 'flux', /is no container/, /write one of lmp/],
    policy({ action: 'Count', onExitCodes: { containerName: 'flux', operator: 'In', values: [1] } }),
    policy({ action: 'Count', onExitCodes: { containerName: 'lmp', operator: 'In', values: [1] } }),
  ),
  ...[[], [42, 1], [1, 1], [0, 1]].map((values) =>
    row(
      'MJ007',
      ['podFailurePolicy.rules[0].onExitCodes.values', values, /rising order/, /\[1, 42\]/],
      policy({ action: 'Count', onExitCodes: { operator: 'In', values } }),
      policy({ action: 'Count', onExitCodes: { operator: 'In', values: [1, 2, 42] } }),
    ),
  ),
  row(
    'MJ008',
    ['onePodPerNode', true, /network.disableAffinity/, /keep one/],
    cluster({ cores: 2, onePodPerNode: true, network: { disableAffinity: true } }),
    cluster({ cores: 2, onePodPerNode: true, network: { disableAffinity: false } }),
  ),
  row(
    'MJ009',
    ['networkPolicy', true, /shuts out/, /leave networkPolicy out/],
    cluster({ networkPolicy: true, flux: { ...VIEW, bursting: { hostlist: 'a-[0-1],lmp-[0-1]' } } }),
    cluster({ networkPolicy: true }),
  ),
  row(
    'MJ010',
    ['publishNotReadyAddresses', false, /must not be false with probes/, /leave/],
    cluster({ publishNotReadyAddresses: false, probes: true }),
    cluster({ publishNotReadyAddresses: false }),
  ),
  row(
    'MJ011',
    ['fluxFrom', 'view-copy', /contradicts flux.container.disable/, /leave one/],
    cluster({ fluxFrom: FluxFrom.VIEW_COPY, flux: { container: { image: 'view:1', disable: true } } }),
    cluster({ fluxFrom: FluxFrom.IMAGE, flux: { container: { disable: true } } }),
  ),
  ...[{ kubernetes: '1.34' }, { kubernetes: '1.32', featureGates: ['ImageVolume'] }].map((target) =>
    row(
      'MJ012',
      [
        'fluxFrom',
        'view-volume',
        /needs Kubernetes 1\.35, or 1\.33 with the feature gate ImageVolume/,
        /view-copy/,
      ],
      cluster({ fluxFrom: FluxFrom.VIEW_VOLUME, ...target }),
      cluster({ fluxFrom: FluxFrom.VIEW_VOLUME, kubernetes: '1.33', featureGates: ['ImageVolume'] }),
    ),
  ),
  row(
    'MJ013',
    ['flux.container.image', undefined, /image whose tag moves/, /digest/],
    cluster({ flux: {} }),
    cluster({ flux: {}, fluxFrom: FluxFrom.IMAGE }),
  ),
  row(
    'MJ014',
    ['flux.curveCert', '(hidden)', /is a secret key/, /certificate: \{ secretName \}/],
    flux({ curveCert: 'curve\n secret-key = "x"' }),
    cluster({ certificate: { secretName: 'curve' } }),
  ),
  row(
    'MJ015',
    [
      'flux.brokerConfig',
      'a = 1',
      /must say curve_cert = "\/mnt\/flux\/config\/curve\/curve.cert"/,
      /\[bootstrap\]/,
    ],
    flux({ brokerConfig: 'a = 1' }),
    flux({ brokerConfig: CONFIGURED }),
  ),
  ...(
    [
      [{ port: 9050 }, 'port', 9050],
      [{ networkInterface: 'net1' }, 'networkInterface', 'net1'],
      [{ clusterDomain: 'cluster.local' }, 'clusterDomain', 'cluster.local'],
    ] as const
  ).map(([options, path, value]) =>
    row(
      'MJ015',
      [path, value, /has no effect beside flux.brokerConfig/, /one of the two/],
      cluster({ ...options, flux: { ...VIEW, brokerConfig: CONFIGURED } }),
      cluster(options),
    ),
  ),
  row(
    'MJ015',
    ['flux.scheduler.queuePolicy', 'easy', /has no effect beside/, /one of the two/],
    flux({ brokerConfig: CONFIGURED, scheduler: { queuePolicy: 'easy' } }),
    flux({ scheduler: { queuePolicy: 'easy' } }),
  ),
  row(
    'MJ016',
    ['flux.topology', 'kary', /is no topology/, /kary:N/],
    flux({ topology: 'kary' }),
    flux({ topology: 'mincrit' }),
  ),
  row(
    'MJ016',
    ['flux.connectTimeout', '5 s', /is no duration/, /5s/],
    flux({ connectTimeout: '5 s' }),
    flux({ connectTimeout: '0.5s' }),
  ),
  row(
    'MJ016',
    ['flux.logLevel', 8, /is no log level/, /0 .* to 7/],
    flux({ logLevel: 8 }),
    flux({ logLevel: 7 }),
  ),
  row(
    'MJ016',
    ['flux.environment', 'A-B', /shell cannot export/, /letters, digits and _/],
    flux({ environment: { 'A-B': '1' } }),
    flux({ environment: { A_B: '$(x) `y`\n' } }),
  ),
  row(
    'MJ017',
    ['network.disableAffinity', true, /booking every core/, /cores, or a CPU limit/],
    cluster({ network: { disableAffinity: true } }),
    cluster({ network: { disableAffinity: true } }, { resources: { limits: { cpu: '500m' } } }),
  ),
  row(
    'MJ018',
    ['archive.path', '/state/a.tgz', /is in no volume/, /volume that lasts/],
    cluster(
      { archive: { path: '/state/a.tgz' } },
      { volumes: { state: { emptyDir: true, path: '/state' } } },
    ),
    cluster({ archive: { path: '/data/a.tgz' } }, { volumes: DATA }),
  ),
  row(
    'MJ019',
    ['archive.path', 'a.tgz', /absolute path/, /from the root/],
    cluster({ archive: { path: 'a.tgz' }, silence: [{ code: 'MJ018', reason: 'not meant here' }] }),
    cluster({ archive: { path: '/data/a.tgz' } }, { volumes: DATA }),
  ),
  row(
    'MJ019',
    ['flux.container.mountPath', 'mnt', /absolute path/, /from the root/],
    flux({ container: { image: 'view:1', mountPath: 'mnt' } }),
    flux({ container: { image: 'view:1', mountPath: '/mnt' } }),
  ),
  row(
    'MJ019',
    ['containers[0].logs', 'out', /absolute path/, /from the root/],
    cluster({}, { batch: true, logs: 'out' }),
    cluster({}, { batch: true, logs: '/out' }),
  ),
  row(
    'MJ019',
    ['containers[0].workingDir', './work', /absolute path/, /from the root/],
    cluster({}, { workingDir: './work' }),
    cluster({}, { workingDir: '/work' }),
  ),
  row(
    'MJ020',
    ['flux.minimalService', true, /exclude one another/, /leave minimalService out/],
    flux({ minimalService: true, bursting: { hostlist: 'a-[0-1],lmp-[0-1]' } }),
    flux({ minimalService: true }),
  ),
  row(
    'MJ021',
    ['containers[1].restartPolicy', 'Never', /Always is the only one/, /pod.restartPolicy/],
    withSidecar({ restartPolicy: 'Never' }, { silence: [{ code: 'MJ023', reason: 'not meant here' }] }),
    withSidecar(),
  ),
  row(
    'MJ021',
    ['containers[0].restartPolicy', 'Always', /is for sidecars/, /on a sidecar/],
    cluster({ kubernetes: '1.29' }, { restartPolicy: 'Always' }),
    withSidecar(),
  ),
  row(
    'MJ022',
    [
      'containers[1].restartPolicy',
      'Always',
      /needs Kubernetes 1\.29, or 1\.28 with the feature gate/,
      /'1\.29'/,
    ],
    withSidecar({}, { kubernetes: '1.28' }),
    withSidecar({}, { kubernetes: '1.28', featureGates: ['SidecarContainers'] }),
  ),
  row(
    'MJ023',
    ['containers[1]', 'cache', /keeps its pod running/, /restartPolicy: 'Always'/],
    withSidecar({ restartPolicy: undefined }),
    withSidecar(
      { restartPolicy: undefined },
      {
        interactive: true,
        tasks: undefined,
        containers: [
          { image: 'lammps:1', runFlux: true },
          { image: 'redis:7', name: 'cache' },
        ],
      },
    ),
  ),
  row(
    'MJ024',
    ['containers[0].image', undefined, /is missing/, /digest/],
    cluster({ silence: UNTAGGED }, { image: undefined }),
    cluster(),
  ),
  row(
    'MJ024',
    ['services[0].image', ' ', /is missing/, /digest/],
    withService({ image: ' ' }, { silence: UNTAGGED }),
    withService({}),
  ),
  row(
    'MJ025',
    ['containers[0].volumes.b', '/data', /same path as containers\[0\].volumes.a/, /another path/],
    volumes({ a: { claimName: 'a', path: '/data' }, b: { claimName: 'b', path: '/data/' } }),
    volumes({ a: { claimName: 'a', path: '/data' }, b: { claimName: 'b', path: '/data/b' } }),
  ),
  ...['/mnt/flux/', '/flux-scripts', '/flux-certificate', '/home/flux-operator', '/opt/software'].map(
    (path) =>
      row(
        'MJ025',
        [
          'containers[0].volumes.a',
          path.replace(/\/$/, ''),
          /where the library mounts its own/,
          /another path/,
        ],
        volumes({ a: { claimName: 'a', path } }),
        withService({ volumes: { a: { claimName: 'a', path } } }),
      ),
  ),
  row(
    'MJ025',
    ['containers[0].volumes.b', '/dev/shm', /same path as/, /another path/],
    volumes({ a: { emptyDir: true }, b: { emptyDir: true } }),
    volumes({ a: { emptyDir: true }, b: { emptyDir: true, path: '/scratch' } }),
  ),
  row(
    'MJ046',
    ['containers[0].volumes.a.subPath', '../b', /does not leave the volume/, /root of the volume/],
    volumes({ a: { claimName: 'a', path: '/a', subPath: '../b' } }),
    volumes({ a: { claimName: 'a', path: '/a', subPath: 'b/c' } }),
  ),
  row(
    'MJ026',
    ['containers[0].volumes.My_Data', 'My_Data', /no DNS label/, /lower-case/],
    volumes({ My_Data: { claimName: 'a', path: '/data' } }),
    volumes({ 'my-data': { claimName: 'a', path: '/data' } }),
  ),
  row(
    'MJ026',
    [
      'containers[0].volumes.flux-scripts',
      'flux-scripts',
      /name of a volume of the library/,
      /none of the names/,
    ],
    volumes({ 'flux-scripts': { claimName: 'a', path: '/data' } }),
    volumes({ scripts: { claimName: 'a', path: '/data' } }),
  ),
  row(
    'MJ027',
    ['containers[0].volumes.a.emptyDirMedium', 'disk', /is no medium/, /Memory, HugePages/],
    volumes({ a: { emptyDir: true, emptyDirMedium: 'disk' } }),
    volumes({ a: { emptyDir: true, emptyDirMedium: 'HugePages-2Mi' } }),
  ),
  row(
    'MJ028',
    ['containers[0].environment.A', undefined, /stands under secrets too/, /keep one/],
    cluster({}, { environment: { A: '1' }, secrets: { A: { name: 's', key: 'k' } } }),
    cluster({}, { environment: { A: '1' }, secrets: { B: { name: 's', key: 'k' } } }),
  ),
  ...['MINICLUSTER_MODE', 'FLUX_OUTPUT_DIR'].map((name) =>
    row(
      'MJ028',
      [`containers[0].environment.${name}`, undefined, /variable of the scripts/, /another name/],
      cluster({}, { environment: { [name]: '1' } }),
      withService({ environment: { [name]: '1' } }),
    ),
  ),
  row(
    'MJ029',
    ['containers[1].commands.script', 'date', /is never run in a sidecar/, /command of the sidecar/],
    withSidecar({ command: 'redis-server', commands: { script: 'date' } }),
    withSidecar({ command: 'redis-server', commands: { init: 'date' } }),
  ),
  row(
    'MJ030',
    ['containers[1].ports', 8050, /another container of the pod has/, /ports of its own/],
    withSidecar({ ports: [8050] }),
    withSidecar({ ports: [8050] }, { port: 8051 }),
  ),
  row(
    'MJ030',
    ['services[1].ports', 6379, /another container of the pod has/, /ports of its own/],
    withService(
      { ports: [6379] },
      {
        services: [
          { image: 'redis:7', name: 'a', ports: [6379] },
          { image: 'redis:7', name: 'b', ports: [6379] },
        ],
      },
    ),
    withSidecar({ ports: [6379] }, { services: [{ image: 'redis:7', name: 'a', ports: [6379, 8050] }] }),
  ),
  row(
    'MJ004',
    ['flux.bursting.leadBroker.port', 70_000, /must be from 1 to 65535/, /./],
    flux({ bursting: { leadBroker: { ...LEAD, port: 70_000 }, clusters: [{ name: 'lmp', size: 1 }] } }),
    flux({ bursting: { leadBroker: { ...LEAD, port: 30_093 }, clusters: [{ name: 'lmp', size: 1 }] } }),
  ),
  row(
    'MJ031',
    ['network.headlessName', 'lmp-services', /name of a Service that the cluster has/, /another name/],
    withService({}, { network: { headlessName: 'lmp-services' } }),
    cluster({ network: { headlessName: 'lmp-services' } }),
  ),
  row(
    'MJ031',
    ['containers[1].name', 'lmp-services', /name of a Service that the cluster has/, /another name/],
    withSidecar({ name: 'lmp-services', ports: [1] }, { services: [{ image: 'redis:7', name: 'a' }] }),
    withSidecar({ name: 'lmp-services' }, { services: [{ image: 'redis:7', name: 'a' }] }),
  ),
  row(
    'MJ032',
    ['flux.bursting', 'lmp', /no place in the host list/, /flux.bursting.clusters/],
    flux({ bursting: { leadBroker: LEAD, clusters: [{ name: 'other', size: 1 }] } }),
    flux({ bursting: { leadBroker: LEAD, clusters: [{ name: 'lmp', size: 1 }] } }),
  ),
  ...(
    [
      ['View', /is no DNS label/, 'view'],
      ['flux-scripts', /another volume of the library/, 'scripts'],
      ['lmp', /is the name of the container that runs Flux/, 'lmp-view'],
    ] as const
  ).map(([name, message, right]) =>
    row(
      'MJ033',
      ['flux.container.name', name, message, /such as view/],
      flux({ container: { image: 'view:1', name } }),
      flux({ container: { image: 'view:1', name: right } }),
    ),
  ),
  row(
    'MJ033',
    ['flux.container.name', 'flux-certificate', /another volume/, /such as view/],
    cluster({ fluxFrom: FluxFrom.IMAGE, flux: { container: { name: 'flux-certificate' } } }),
    cluster({ fluxFrom: FluxFrom.IMAGE, flux: { container: { name: 'lmp' } } }),
  ),
  ...(
    [
      ['/', /must not be the root/, '/f'],
      ['/../.', /must not be the root/, '/f/.'],
      ['/mnt/my flux', /path of letters/, '/mnt/my_flux-1.2'],
      ['/a:b', /path of letters/, '/a.b'],
      ['/flux-scripts/a', /folder of the library/, '/flux'],
      ['/opt//software/', /folder of the library/, '/opt/flux/'],
      ['/opt', /folder of the library/, '/opt2'],
      [`/${'x'.repeat(78)}`, /up to 78/, `/${'x'.repeat(77)}`],
    ] as const
  ).map(([mountPath, message, right]) =>
    row(
      'MJ034',
      ['flux.container.mountPath', mountPath, message, /such as \/mnt\/flux/],
      flux({ container: { image: 'view:1', mountPath } }),
      flux({ container: { image: 'view:1', mountPath: right } }),
    ),
  ),
  row(
    'MJ035',
    ['size', 100_001, /at most 100000/, /several clusters/],
    cluster({ size: 100_001, maxSize: 100_000, silence: [{ code: 'MC111', reason: 'not meant here' }] }),
    cluster({ size: 100_000 }),
  ),
  row(
    'MJ035',
    ['maxSize', 100_001, /at most 100000/, /several clusters/],
    cluster({ maxSize: 100_001 }),
    cluster({ maxSize: 100_000 }),
  ),
  ...(
    [
      [{ jobLabels: { 'a/b/c': 'x' } }, 'jobLabels', 'a/b/c', /key that no label/],
      [{ jobLabels: { a: 'x y' } }, 'jobLabels.a', 'x y', /no value that a label/],
      [{ pod: { labels: { 'a b': 'x' } } }, 'pod.labels', 'a b', /key that no label/],
      [{ pod: { labels: { 'a.b/c': '-' } } }, 'pod.labels["a.b/c"]', '-', /no value that a label/],
      [{ pod: { annotations: { 'a b': '' } } }, 'pod.annotations', 'a b', /no annotation/],
      [{ pod: { nodeSelector: { a: 'x'.repeat(64) } } }, 'pod.nodeSelector.a', 'x'.repeat(64), /value/],
      [{ pod: { nodeAffinity: { '-a': ['b'] } } }, 'pod.nodeAffinity', '-a', /key that no label/],
      [{ pod: { nodeAffinity: { a: [] } } }, 'pod.nodeAffinity.a', [], /names no value/],
      [{ pod: { nodeAffinity: { a: ['b', 'c d'] } } }, 'pod.nodeAffinity.a', 'c d', /value that no label/],
    ] as const
  ).map(([input, path, value, message]) =>
    row(
      'MJ036',
      [path, value, message, /at most 63 letters/],
      cluster(input),
      cluster({
        jobLabels: { 'a.b/C_d': '' },
        pod: {
          labels: { app: 'mine', 'hpa-selector': 'x', namespace: 'y', e: 'x'.repeat(63) },
          annotations: { 'Example.com/a': 'any text at all' },
          nodeSelector: { 'kubernetes.io/arch': 'arm64' },
          nodeAffinity: { zone: ['a', 'b'] },
        },
      }),
    ),
  ),
  ...(
    [
      ['app.kubernetes.io/name', 'pod.labels["app.kubernetes.io/name"]'],
      ['job-name', 'pod.labels.job-name'],
      ['controller-uid', 'pod.labels.controller-uid'],
      ['batch.kubernetes.io/job-name', 'pod.labels["batch.kubernetes.io/job-name"]'],
    ] as const
  ).map(([label, path]) =>
    row(
      'MJ037',
      [path, 'other', /by which the pods are found/, /another label/],
      cluster({ pod: { labels: { [label]: 'other' } } }),
      cluster({ pod: { labels: { 'app.kubernetes.io/part-of': 'other' } } }),
    ),
  ),
  ...(
    [
      [{ pod: { runtimeClassName: 'G_visor' } }, {}, 'pod.runtimeClassName', 'G_visor'],
      [
        { pod: { serviceAccountName: 'A', automountServiceAccountToken: true } },
        {},
        'pod.serviceAccountName',
        'A',
      ],
      [{ pod: { schedulerName: 'a b' } }, {}, 'pod.schedulerName', 'a b'],
      [
        { flux: { container: { image: 'view:1', imagePullSecret: 'a_b' } } },
        {},
        'flux.container.imagePullSecret',
        'a_b',
      ],
      [{}, { imagePullSecret: 'A' }, 'containers[0].imagePullSecret', 'A'],
      [{}, { secrets: { A: { name: 'a_b', key: 'k' } } }, 'containers[0].secrets.A.name', 'a_b'],
      [{}, { secrets: { A: { name: 'a', key: '..k' } } }, 'containers[0].secrets.A.key', '..k'],
      [{}, { volumes: { a: { claimName: 'A', path: '/a' } } }, 'containers[0].volumes.a.claimName', 'A'],
      [
        {},
        { volumes: { a: { secretName: 'a'.repeat(254), path: '/a' } } },
        'containers[0].volumes.a.secretName',
        'a'.repeat(254),
      ],
      [
        {},
        { volumes: { a: { configMapName: 'a..b', path: '/a' } } },
        'containers[0].volumes.a.configMapName',
        'a..b',
      ],
      [
        {},
        { volumes: { a: { configMapName: 'a', path: '/a', items: { 'k k': 'f' } } } },
        'containers[0].volumes.a.items',
        'k k',
      ],
      [{}, { volumes: { a: { csiDriver: 'a_b', path: '/a' } } }, 'containers[0].volumes.a.csiDriver', 'a_b'],
    ] as [Input, Runner, string, string][]
  ).map(([input, runner, path, value]) =>
    row(
      'MJ038',
      [path, value, /is no (name|key)/, /letters, digits/],
      cluster({ ...input }, runner),
      cluster(
        {
          pod: {
            runtimeClassName: 'g-visor',
            serviceAccountName: 'a.b',
            automountServiceAccountToken: true,
            schedulerName: 'My_scheduler',
          },
          flux: { container: { image: 'view:1', imagePullSecret: 'a' } },
          certificate: { secretName: 'a'.repeat(253) },
        },
        {
          imagePullSecret: 'a',
          secrets: { A: { name: 'a.b', key: '.K_k' } },
          volumes: {
            a: { claimName: 'a', path: '/a' },
            b: { secretName: 'a', path: '/b' },
            c: { configMapName: 'a', path: '/c', items: { 'k.k': 'f' } },
            d: { csiDriver: 'CSI.example.com', path: '/d' },
          },
        },
      ),
    ),
  ),
  ...(
    [
      [{ key: 'a', operator: 'Exists', value: 'x' }, 'value', 'x', /does not go with/],
      [{ operator: 'Equal', value: 'x' }, 'key', undefined, /is missing/],
      [{ effect: 'NoSchedule' }, 'key', undefined, /is missing/],
      [{ key: 'a b', operator: 'Exists' }, 'key', 'a b', /no key that a taint/],
      [{ key: 'a', value: 'x y' }, 'value', 'x y', /no value that a taint/],
      [{ key: 'a', operator: 'In', value: 'x' }, 'operator', 'In', /Equal or Exists/],
      [{ key: 'a', effect: 'Evict' }, 'effect', 'Evict', /NoSchedule, PreferNoSchedule, NoExecute/],
    ] as const
  ).map(([wrong, field, value, message]) =>
    row(
      'MJ039',
      [`pod.tolerations[1].${field}`, value, message, /as the taint/],
      cluster({ pod: { tolerations: [{ operator: 'Exists' }, wrong] } }),
      cluster({
        pod: {
          tolerations: [
            { operator: 'Exists' },
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a/b', operator: 'Equal', value: 'x', effect: 'NoExecute' },
          ],
        },
      }),
    ),
  ),
  ...(
    [
      [{ limits: { cpu: '-1' } }, '.limits.cpu', '-1', /not be negative/],
      [{ limits: { cpu: '1' }, requests: { cpu: '1001m' } }, '.requests.cpu', '1001m', /above the limit, 1/],
      [{ limits: { memory: '1G' }, requests: { memory: '1Gi' } }, '.requests.memory', '1Gi', /above/],
      [{ limits: { 'a b': '1' } }, '.limits', 'a b', /no resource/],
      [{ requests: { gpu: '1' } }, '.requests', 'gpu', /no resource/],
      [{ requests: { 'nvidia.com/gpu': '1' } }, '.requests["nvidia.com/gpu"]', '1', /needs a limit/],
      [
        { limits: { 'nvidia.com/gpu': '2' }, requests: { 'nvidia.com/gpu': '1' } },
        '.requests["nvidia.com/gpu"]',
        '1',
        /must be the limit, 2/,
      ],
      [{ limits: { 'nvidia.com/gpu': '1.5' } }, '.limits["nvidia.com/gpu"]', '1.5', /whole number/],
      [{ limits: { 'hugepages-2Mi': '4Mi' } }, '', 'hugepages-2Mi', /huge pages alone/],
      [
        { limits: { memory: '1Gi', 'hugepages-2Mi': '3Mi' } },
        '.limits.hugepages-2Mi',
        '3Mi',
        /multiple of the size/,
      ],
    ] as [NonNullable<Runner['resources']>, string, unknown, RegExp][]
  ).map(([resources, path, value, message]) =>
    row(
      'MJ040',
      [`flux.container.resources${path}`, value, message, /./],
      flux({ container: { image: 'view:1', resources } }),
      cluster(
        {},
        {
          resources: {
            limits: {
              cpu: '0.7',
              'hugepages-2Mi': '4Mi',
              'nvidia.com/gpu': '1000m',
              'ephemeral-storage': '1G',
            },
            requests: { cpu: '700m', memory: '1Gi', 'hugepages-2Mi': '4096Ki', 'nvidia.com/gpu': '1' },
          },
        },
      ),
    ),
  ),
  row(
    'MJ040',
    ['services[0].resources.limits.memory', '-1Gi', /not be negative/, /4Gi/],
    withService({ resources: { limits: { memory: '-1Gi' } } }),
    withService({ resources: { limits: { memory: '0' } } }),
  ),
  ...(
    [
      [{ emptyDir: true, emptyDirSizeLimit: '-1' }, 'emptyDirSizeLimit', '-1', /not be negative/],
      [{ hostPath: '/a/../b' }, 'hostPath', '/a/../b', /without \.\./],
      [{ configMapName: 'a', items: { a: '/x' } }, 'items', '/x', /below the mount.*'a'/],
      [{ configMapName: 'a', items: { a: 'x/../y' } }, 'items', 'x/../y', /below the mount/],
      [{ configMapName: 'a', items: { a: '..x' } }, 'items', '..x', /below the mount/],
    ] as const
  ).map(([volume, field, value, message]) =>
    row(
      'MJ041',
      [`containers[0].volumes.a.${field}`, value, message, /./],
      volumes({ a: { ...volume, path: '/a' } }, { silence: HOST_PATH }),
      volumes(
        {
          a: { emptyDir: true, emptyDirSizeLimit: '0' },
          b: { hostPath: '/a..b', path: '/b' },
          c: { configMapName: 'c', path: '/c', items: { a: 'x/..y/z', b: '.x' } },
        },
        { silence: HOST_PATH },
      ),
    ),
  ),
  row(
    'MJ042',
    ['shareProcessNamespace', true, /pod.hostPID exclude/, /one of the two/],
    cluster({ shareProcessNamespace: true, pod: { hostPID: true } }),
    cluster({ shareProcessNamespace: true, pod: { hostPID: false } }),
  ),
  row(
    'MJ042',
    ['pod.securityContext.sysctls[0].name', 'kernel.shmmax', /pod.hostIPC exclude/, /one of the two/],
    cluster({
      pod: { hostIPC: true, securityContext: { sysctls: [{ name: 'kernel.shmmax', value: '1' }] } },
    }),
    cluster({ pod: { hostIPC: true, securityContext: { sysctls: [{ name: 'net.core.x', value: '1' }] } } }),
  ),
  row(
    'MJ036',
    ['pod.annotations', '262145 bytes', /262144 bytes at most/, /ConfigMap/],
    cluster({ pod: { annotations: { a: 'x'.repeat(2 ** 18) } } }),
    cluster({ pod: { annotations: { a: 'x'.repeat(2 ** 18 - 1) } } }),
  ),
  row(
    'MJ042',
    ['containers[0].securityContext.privileged', true, /allowPrivilegeEscalation: false/, /one of the two/],
    cluster({}, { securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    cluster({}, { securityContext: { privileged: true, allowPrivilegeEscalation: true } }),
  ),
  row(
    'MJ042',
    ['flux.container.securityContext.capabilities.add', 'CAP_SYS_ADMIN', /exclude one another/, /one of/],
    flux({
      container: {
        image: 'view:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } },
      },
    }),
    flux({
      container: {
        image: 'view:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['SYS_PTRACE'] } },
      },
    }),
  ),
  ...(
    [
      [{ runAsUser: -1 }, '.runAsUser', -1, /from 0 to 2147483647/],
      [{ runAsGroup: 2 ** 31 }, '.runAsGroup', 2 ** 31, /from 0 to 2147483647/],
      [{ fsGroup: -1 }, '.fsGroup', -1, /from 0/],
      [{ supplementalGroups: [0, -1] }, '.supplementalGroups[1]', -1, /from 0/],
      [{ fsGroupChangePolicy: 'Never' }, '.fsGroupChangePolicy', 'Never', /Always or OnRootMismatch/],
      [{ sysctls: [{ name: 'a b', value: '1' }] }, '.sysctls[0].name', 'a b', /kernel parameter/],
      [
        { sysctls: ['1', '2'].map((value) => ({ name: 'net.core.somaxconn', value })) },
        '.sysctls[1].name',
        'net.core.somaxconn',
        /stands twice/,
      ],
      [{ seccompProfile: { type: 'None' } }, '.seccompProfile.type', 'None', /RuntimeDefault, Localhost/],
      [{ windowsOptions: { hostProcess: true } }, '.windowsOptions.hostProcess', true, /Windows/],
    ] as const
  ).map(([securityContext, path, value, message]) =>
    row(
      'MJ043',
      [`pod.securityContext${path}`, value, message, /leave it out/],
      cluster({ pod: { securityContext } }),
      cluster({
        pod: {
          securityContext: {
            ...{ runAsUser: 0, runAsGroup: 2 ** 31 - 1, fsGroup: 0, supplementalGroups: [0] },
            fsGroupChangePolicy: 'OnRootMismatch',
            sysctls: [{ name: 'net/ipv4/ip_local_port_range', value: '1 2' }],
            seccompProfile: { type: 'RuntimeDefault' },
          },
        },
      }),
    ),
  ),
  ...(
    [
      [{ runAsUser: -5 }, 'runAsUser', -5, /from 0/],
      [
        { seccompProfile: { type: 'Localhost' } },
        'seccompProfile.localhostProfile',
        undefined,
        /must be a path/,
      ],
      [
        { seccompProfile: { type: 'Localhost', localhostProfile: '/a' } },
        'seccompProfile.localhostProfile',
        '/a',
        /must be a path below/,
      ],
      [
        { seccompProfile: { type: 'Unconfined', localhostProfile: 'a' } },
        'seccompProfile.localhostProfile',
        'a',
        /'Localhost' only/,
      ],
      [{ procMount: 'Unmasked' }, 'procMount', 'Unmasked', /users of their own/],
      [{ windowsOptions: { hostProcess: true } }, 'windowsOptions.hostProcess', true, /Windows/],
    ] as const
  ).map(([securityContext, path, value, message]) =>
    row(
      'MJ043',
      [`containers[0].securityContext.${path}`, value, message, /leave it out/],
      cluster({}, { securityContext }),
      cluster(
        {},
        {
          securityContext: {
            runAsUser: 1000,
            procMount: 'Default',
            seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' },
          },
        },
      ),
    ),
  ),
  row(
    'MJ018',
    ['archive.path', '/data/', /is a folder/, /a file in it/],
    cluster({ archive: { path: '/data/', save: ArchiveSave.NEVER } }, { volumes: DATA }),
    cluster({ archive: { path: '/data/../data/a', save: ArchiveSave.NEVER } }, { volumes: DATA }),
  ),
  row(
    'MJ018',
    ['archive.path', '/data/a.tgz', /is in a volume that is readOnly/, /mount it writable/],
    cluster({ archive: { path: '/data/a.tgz' } }, { volumes: READ_ONLY }),
    cluster({ archive: { path: '/data/a.tgz', save: ArchiveSave.NEVER } }, { volumes: READ_ONLY }),
  ),
  row(
    'MJ018',
    ['archive.path', '/data/in/a.tgz', /is in no volume/, /volume that lasts/],
    cluster(
      { archive: { path: '/data/in/a.tgz' } },
      { volumes: { ...DATA, in: { emptyDir: true, path: '/data/in' } } },
    ),
    cluster(
      { archive: { path: '/data/in/a.tgz' } },
      { volumes: { data: { emptyDir: true, path: '/data' }, in: { claimName: 'in', path: '/data/in' } } },
    ),
  ),
  row(
    'MJ047',
    ['terminationGracePeriodSeconds', 69, /is too short for archive.drainSeconds/, /10 more/],
    cluster(
      { terminationGracePeriodSeconds: 69, archive: { path: '/data/a.tgz', drainSeconds: 60 } },
      { volumes: DATA },
    ),
    cluster(
      { terminationGracePeriodSeconds: 70, archive: { path: '/data/a.tgz', drainSeconds: 60 } },
      { volumes: DATA },
    ),
  ),
  row(
    'MJ047',
    ['terminationGracePeriodSeconds', 10, /is too short for archive.drainSeconds/, /leave it out/],
    cluster(
      { terminationGracePeriodSeconds: 10, archive: { path: '/data/a.tgz', drainSeconds: 1 } },
      { volumes: DATA },
    ),
    cluster({ terminationGracePeriodSeconds: 1, archive: { path: '/data/a.tgz' } }, { volumes: DATA }),
  ),
  ...(
    [
      ['//mnt/flux', '/mnt/flux', /library mounts its own/],
      ['/mnt/flux/.', '/mnt/flux', /library mounts its own/],
      ['/', '/', /over the whole image/],
      ['/flux-scripts/a', '/flux-scripts/a', /nothing can be made in/],
      ['/mnt/flux/config', '/mnt/flux/config', /over the files of Flux/],
    ] as const
  ).map(([path, value, message]) =>
    row(
      'MJ025',
      ['containers[0].volumes.a', value, message, /another path/],
      volumes({ a: { claimName: 'a', path } }),
      volumes({ a: { claimName: 'a', path: '/mnt' }, b: { claimName: 'b', path: '/mnt/flux/data' } }),
    ),
  ),
  row(
    'MJ025',
    ['containers[0].volumes.a', '/f', /library mounts its own/, /another path/],
    cluster(
      { flux: { container: { image: 'view:1', mountPath: '//f/' } } },
      { volumes: { a: { claimName: 'a', path: '/f' } } },
    ),
    cluster(
      { flux: { container: { image: 'view:1', mountPath: '//f/' } } },
      { volumes: { a: { claimName: 'a', path: '/mnt/flux' } } },
    ),
  ),
  row(
    'MJ027',
    ['containers[0].volumes.a.emptyDirMedium', 'HugePages-x', /is no medium/, /HugePages-SIZE/],
    volumes({ a: { emptyDir: true, emptyDirMedium: 'HugePages-x' } }),
    volumes({ a: { emptyDir: true, emptyDirMedium: 'HugePages' } }),
  ),
  row(
    'MJ005',
    ['queueName', `${'a'.repeat(40)}.${'b'.repeat(40)}`, /is no name/, /eth0/],
    cluster({ queueName: `${'a'.repeat(40)}.${'b'.repeat(40)}` }),
    cluster({ priorityClassName: `${'a'.repeat(40)}.${'b'.repeat(80)}` }),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].onExitCodes.values', 256, /255 at most/, /NotIn/],
    policy({ action: 'Count', onExitCodes: { operator: 'In', values: numbered(256) } }),
    policy({ action: 'Count', onExitCodes: { operator: 'In', values: numbered(255) } }),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].onPodConditions', 21, /20 at most/, /leave out/],
    policy({ action: 'Count', onPodConditions: numbered(21).map((one) => ({ type: `T${one}` })) }),
    policy({ action: 'Count', onPodConditions: numbered(20).map((one) => ({ type: `T${one}` })) }),
  ),
  ...['', 'a b'].map((type) =>
    row(
      'MJ007',
      ['podFailurePolicy.rules[0].onPodConditions[0].type', type, /is no condition/, /'DisruptionTarget'/],
      policy({ action: 'Ignore', onPodConditions: [{ type }] }),
      policy({ action: 'Ignore', onPodConditions: [{ type: 'example.com/Bad', status: 'Unknown' }] }),
    ),
  ),
  row(
    'MJ007',
    ['podFailurePolicy.rules[0].onPodConditions[0].status', 'true', /is no status/, /True, False, Unknown/],
    policy({ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'true' }] }),
    policy({ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'False' }] }),
  ),
];

test('a cluster that breaks no rule has no problems', () => {
  for (const input of [cluster(), withSidecar(), withService({})]) expect(problemsOf(input)).toEqual([]);
});

test.each(ROWS)('$code tells of $path with $value, and of nothing that is right', (expected) => {
  const { code, path, value, broken, sound } = expected;
  const problems = problemsOf(broken);
  expect(problems.map((problem) => [problem.code, problem.path, problem.value])).toEqual([
    [code, path, value],
  ]);
  expect(problems[0]?.message).toMatch(expected.message);
  expect(problems[0]?.fix).toMatch(expected.fix);
  expect(problemsOf(sound)).toEqual([]);
});

test('MJ006 asks for the namespace where something names it', () => {
  const problems = (input: MiniClusterJobInput): [string, string][] =>
    checkMiniClusterJob({ name: 'lmp' }, input).map(({ code, path, message }) => [
      `${code} ${path}`,
      message,
    ]);
  const certificate = { secretName: 'curve' };
  expect(problems(cluster())).toEqual([
    ['MJ006 metadata.namespace', expect.stringContaining('where the certificate is made')],
  ]);
  expect(problems(cluster({ certificate, clusterDomain: 'cluster.local' }))).toEqual([
    ['MJ006 metadata.namespace', 'is needed with clusterDomain'],
  ]);
  expect(problems(cluster({ certificate }))).toEqual([]);
  expect(problemsOf(cluster({ clusterDomain: 'cluster.local' }))).toEqual([]);
});

/** Problems of a cluster with such a name, or such labels. */
function told(
  metadata: Partial<Metadata>,
  input: MiniClusterJobInput = cluster(),
): [code: string, path: string, message: string][] {
  return checkMiniClusterJob({ ...METADATA, ...metadata }, input).map(({ code, path, message }) => [
    code,
    path,
    message,
  ]);
}

test('MJ045: what is called after a cluster must fit: its last pod, its services, its certificate', () => {
  const name = (length: number): Partial<Metadata> => ({ name: 'a'.repeat(length) });
  const certificate = { secretName: 'curve' };
  const long = (text: string): unknown => [['MJ045', 'metadata.name', expect.stringContaining(text)]];
  expect(told(name(57))).toEqual([]);
  expect(told(name(58))).toEqual(long("'<name>-curve' and the last pod, '<name>-1'"));
  expect(told(name(61), cluster({ certificate }))).toEqual([]);
  expect(told(name(62), cluster({ certificate }))).toEqual(long("but the last pod, '<name>-1', must fit 63"));
  expect(told(name(59), cluster({ certificate, maxSize: 1000 }))).toEqual([]);
  expect(told(name(60), cluster({ certificate, maxSize: 1000 }))).toEqual(long("'<name>-999'"));
  expect(told(name(54), withService({}))).toEqual([]);
  expect(told(name(55), withService({}))).toEqual(long("'<name>-services'"));
  expect(told({ name: 'osu_latency' })).toEqual([
    ['MJ045', 'metadata.name', expect.stringMatching(/no DNS/)],
  ]);
  expect(told({}, withSidecar({ name: '1st', ports: [1] }))).toEqual([
    ['MJ045', 'containers[1].name', 'becomes the name of a Service, and is none'],
  ]);
});

test('MJ033: a cluster can not have the name of the init container, unless there is none', () => {
  expect(told({ name: 'flux-view' })).toEqual([
    ['MJ033', 'flux.container.name', expect.stringContaining('container that runs Flux')],
  ]);
  expect(told({ name: 'flux-view' }, cluster({ fluxFrom: FluxFrom.IMAGE }))).toEqual([]);
});

/** Not in rows: such texts would stand in the titles of the tests. */
const BROKEN_TEXTS: readonly [Input, Runner, string, string, RegExp][] = [
  [{}, { command: 'a\0b' }, 'containers[0].command', 'a\0b', /NUL byte/],
  [{}, { environment: { A: 'a\ud83d' } }, 'containers[0].environment.A', 'a\ud83d', /half of a character/],
  [{ jobLabels: {}, networkInterface: 'e\0' }, {}, 'networkInterface', 'e\0', /NUL byte/],
  [
    { flux: { ...VIEW, environment: { A: '\udc00\ud800' } } },
    {},
    'flux.environment.A',
    '\udc00\ud800',
    /half of a character/,
  ],
  [{ pod: { annotations: { 'a/b': '\0' } } }, {}, 'pod.annotations["a/b"]', '\0', /NUL byte/],
];

test('MJ044 tells of texts that no file can hold, wherever they are, and of no others', () => {
  for (const [input, runner, path, value, message] of BROKEN_TEXTS)
    expect(problemsOf(cluster(input, runner))).toEqual([
      expect.objectContaining({
        code: 'MJ044',
        path,
        value,
        message: expect.stringMatching(message) as string,
      }),
    ]);
  const sound = { command: 'echo \u{1f600} \x01 é', environment: { A: '\u{1f600}' } };
  expect(problemsOf(cluster({}, sound))).toEqual([]);
});

test('MJ036 and MJ044 look at the metadata too', () => {
  const metadata = { labels: { a: 'b c', 'd e': '' }, annotations: { 'f g': '', h: '\0' } };
  expect(told(metadata).map(([code, path]) => `${code} ${path}`)).toEqual([
    'MJ036 metadata.labels.a',
    'MJ036 metadata.labels',
    'MJ036 metadata.annotations',
    'MJ044 metadata.annotations.h',
  ]);
  expect(told({ labels: { a: 5 } as never })).toEqual([
    ['MJ036', 'metadata.labels.a', 'is no value that a label can have'],
  ]);
  expect(told({ labels: { a: 'b' }, annotations: { h: 'i j' } })).toEqual([]);
});

test('a restart policy that no container can have is told once, on an old Kubernetes too', () => {
  const input = withSidecar(
    { restartPolicy: 'Never' },
    { kubernetes: '1.28', silence: [{ code: 'MJ023', reason: 'not meant here' }] },
  );
  expect(problemsOf(input).map(({ code }) => code)).toEqual(['MJ021']);
});

test('empty texts say nothing, in every field where the operator takes them for nothing', () => {
  const empty: MiniClusterJobInput = {
    ...CLUSTER,
    kubernetes: '1.29',
    pod: {
      ...{
        restartPolicy: '',
        serviceAccountName: '',
        runtimeClassName: '',
        schedulerName: '',
        dnsPolicy: '',
      },
      labels: { empty: '' },
    },
    network: { headlessName: '' },
    archive: { path: '' },
    flux: {
      ...{ arch: '', brokerConfig: '', connectTimeout: '', curveCert: '', mungeSecret: '', optionFlags: '' },
      ...{ submitCommand: '', topology: '', wrap: '' },
      container: {
        ...{ image: 'view:1', imagePullSecret: '', mountPath: '', name: '', pythonPath: '', workingDir: '' },
      },
      scheduler: { queuePolicy: '' },
      bursting: { hostlist: '' },
    },
    containers: [
      {
        ...{
          ...RUNNER,
          runFlux: true,
          name: '',
          imagePullPolicy: '',
          imagePullSecret: '',
          logs: '',
          workingDir: '',
        },
        commands: { pre: '', init: '', post: '', prefix: '', script: '' },
        environment: { EMPTY: '' },
        lifeCycle: { preStopExec: '' },
        volumes: {
          a: { emptyDir: true, emptyDirMedium: '', emptyDirSizeLimit: '', claimName: '', path: '/a' },
        },
      },
      { image: 'redis:7', name: 'cache', restartPolicy: 'Always', command: '', commands: { init: '' } },
    ],
  };
  const absent: MiniClusterJobInput = {
    ...CLUSTER,
    kubernetes: '1.29',
    pod: { labels: { empty: '' } },
    flux: { container: { image: 'view:1' }, bursting: {} },
    containers: [
      {
        ...RUNNER,
        runFlux: true,
        environment: { EMPTY: '' },
        volumes: { a: { emptyDir: true, path: '/a' } },
      },
      { image: 'redis:7', name: 'cache', restartPolicy: 'Always' },
    ],
  };
  expect(problemsOf(empty)).toEqual(problemsOf(absent));
  expect(miniClusterJob(METADATA, empty)).toEqual(miniClusterJob(METADATA, absent));
});

test('every rule of the job engine has a row', () => {
  const exercised = new Set([...ROWS.map(({ code }) => code), 'MJ006', 'MJ044', 'MJ045']);
  expect(JOB_RULE_TEXTS.map(({ code }) => code).filter((code) => !exercised.has(code))).toEqual([]);
});

test('every code of the job engine is used by one rule', () => {
  const codes = JOB_RULE_TEXTS.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  expect(codes.every((code) => /^MJ\d{3}$/.test(code))).toBe(true);
});

test('warnings are what works all the same, errors are what cannot', () => {
  const warnings = JOB_RULE_TEXTS.filter(({ severity }) => severity === Severity.WARNING);
  expect(warnings.map(({ code }) => code)).toEqual(['MJ013', 'MJ017', 'MJ018', 'MJ023']);
  expect(() => rendered({ flux: {} })).not.toThrow();
});

/** Rules of the operator's resource that hold without the operator too. */
function claimed(mode: string): MiniClusterJobInput {
  return volumes({ a: { claim: { name: 'a', accessModes: [mode] }, path: '/a' } });
}

const SHARED: [code: string, path: string, input: MiniClusterJobInput, name?: string][] = [
  ['MC110', 'size', cluster({ size: 0 })],
  ['MC111', 'maxSize', cluster({ maxSize: 1 })],
  ['MC112', 'minSize', cluster({ minSize: 3 })],
  ['MC113', 'backoffLimit', cluster({ backoffLimit: -1 })],
  ['MC114', 'containers', cluster({ containers: [RUNNER, { ...RUNNER, name: 'b' }] })],
  ['MC115', 'services[0].name', withService({ name: undefined })],
  ['MC116', 'containers[0].launcher', cluster({}, { launcher: true, batch: true })],
  ['MC117', 'containers[0].commands.script', cluster({}, { commands: { script: 'date' } })],
  ['MC118', 'flux.bursting.hostlist', flux({ bursting: { hostlist: 'a', clusters: [{ size: 1 }] } })],
  ['MC006', 'containers[0].command', cluster({}, { batch: true, command: '# a comment\nhostname' })],
  ['MC135', 'containers[0].command', cluster({}, { command: ' \n' })],
  ['MC137', 'containers[0].volumes.a.claim', claimed('ReadWriteOncePod')],
  ['MC138', 'containers[0].volumes.a.claim', claimed('ReadWriteOnce')],
  [
    'MC139',
    'containers[0].volumes.a.claim',
    volumes({ a: { claim: { name: 'a', namespace: 'elsewhere' }, path: '/a' } }),
  ],
  [
    'MC008',
    'containers[0].commands.script',
    cluster({}, { command: undefined, batch: true, commands: { script: 'date' } }),
  ],
  ['MC120', 'containers[0].commands.pre', cluster({}, { commands: { pre: 'date\r\ndate' } })],
  ['MC016', 'containers[0].command', cluster({ interactive: true, tasks: undefined })],
  ['MC019', 'flux.submitCommand', flux({ submitCommand: 'flux run' }, { batch: true })],
  ['MC020', 'tasks', cluster({}, { launcher: true })],
  ['MC021', 'tasks', cluster({ tasks: undefined })],
  ['MC126', 'tasks', cluster({ tasks: -1 })],
  [
    'MC028',
    'containers[0].volumes.a.emptyDirSizeLimit',
    volumes({ a: { emptyDir: true, emptyDirSizeLimit: '64 GB' } }),
  ],
  ['MC030', 'containers[0].volumes.a.path', volumes({ a: { secretName: 'a' } })],
  ['MC031', 'containers[0].volumes.a', volumes({ a: { path: '/a' } })],
  ['MC032', 'containers[0].volumes.a.hostPath', volumes({ a: { hostPath: '/tmp', path: '/a' } })],
  ['MC035', 'containers[0].volumes.a', volumes({ a: { claimName: 'a', hostPath: '/tmp', path: '/a' } })],
  ['MC122', 'containers[0].volumes.a.path', volumes({ a: { claimName: 'a', path: 'data' } })],
  ['MC037', 'pod.resources', cluster({ pod: { resources: { cpu: '1' } } })],
  ['MC038', 'pod.automountServiceAccountToken', cluster({ pod: { serviceAccountName: 'hpc' } })],
  ['MC039', 'pod.restartPolicy', cluster({ pod: { restartPolicy: 'Always' } })],
  ['MC045', 'deadlineSeconds', cluster({ deadlineSeconds: 0 })],
  ['MC046', 'containers[0].imagePullPolicy', cluster({}, { imagePullPolicy: 'Sometimes' })],
  ['MC073', 'containers[0].image', cluster({}, { image: 'lammps:latest' })],
  ['MC131', 'containers[0].ports', cluster({}, { ports: [0] })],
  ['MC132', 'containers[0].environment', cluster({}, { environment: { 'A B': '1' } })],
  ['MC050', 'containers[1].command', withSidecar({ commands: { init: 'date' } })],
  ['MC051', 'containers[1].command', withSidecar({ command: 'a', noWrapEntrypoint: true })],
  ['MC052', 'containers[1].commands.pre', withSidecar({ command: 'a', commands: { pre: 'date' } })],
  ['MC053', 'services[0].command', withService({ command: 'redis-server' })],
  ['MC055', 'containers[1].name', withSidecar({ name: 'lmp' })],
  ['MC155', 'containers[0].name', cluster({}, { name: 'other' })],
  ['MC074', 'flux.mungeSecret', flux({ mungeSecret: 's' })],
  ['MC174', 'flux.arch', flux({ arch: 'arm' })],
  ['MC056', 'pod.dnsPolicy', cluster({ pod: { dnsPolicy: 'Default' } })],
  ['MC059', 'flux.topology', flux({ minimalService: true, topology: 'kary:2' })],
  ['MC063', 'flux.bursting.clusters[0].size', flux({ bursting: { clusters: [{ name: 'a', size: 0 }] } })],
  ['MC163', 'flux.bursting.clusters', flux({ bursting: { clusters: [{ name: 'a', size: 1 }] } })],
];

test.each(SHARED)('%s holds for a Job too, at %s', (code, path, input, name = 'lmp') => {
  const problems = checkMiniClusterJob({ ...METADATA, name }, input);
  expect(problems.map((problem) => [problem.code, problem.path])).toContainEqual([code, path]);
});

test('every rule that is said to hold for a Job is tried, and no other tells of anything in what a Job can do', () => {
  const held = MINICLUSTER_RULES.filter(({ releases }) => releases.includes('job')).map(({ code }) => code);
  expect(held.filter((code) => !SHARED.some(([tried]) => tried === code))).toEqual([]);
  const told = new Set(
    [...ROWS.flatMap(({ broken, sound }) => [broken, sound]), ...SHARED.map(([, , input]) => input)]
      .flatMap((input) => problemsOf(input))
      .map(({ code }) => code),
  );
  const operatorOnly = MINICLUSTER_RULES.map(({ code }) => code).filter((code) => !held.includes(code));
  expect(operatorOnly.filter((code) => told.has(code))).toEqual([]);
});

/** Traps of the operator that are none here. */
const NO_TRAPS: [string, MiniClusterJobInput][] = [
  [
    'MC001 to MC003: quotes, variables, chains',
    cluster({}, { command: `echo "$HOME" && python3 -c 'print(1)'` }),
  ],
  ['MC004, MC005: texts of batch', cluster({}, { batch: true, batchRaw: true, command: 'echo "a b" $HOME' })],
  [
    'MC007: a script with $1 and EOF',
    cluster({}, { command: undefined, commands: { script: 'echo $1\nEOF\n' } }),
  ],
  ['MC010: blanks in the environment of Flux', flux({ environment: { A: 'one two' } })],
  ['MC011: blanks in paths', cluster({}, { logs: '/a b;c' })],
  ['MC012: a hook of several words', cluster({}, { lifeCycle: { preStopExec: 'flux shutdown' } })],
  ['MC013: heredocs in hooks', cluster({ logging: { quiet: true } }, { commands: { pre: 'cat <<E\nx\nE' } })],
  ['MC015, MC140: strict and timed', cluster({ logging: { strict: true, timed: true } })],
  ['MC025: a ConfigMap under another key', volumes({ a: { configMapName: 'b', path: '/a' } })],
  ['MC026: an empty directory elsewhere', volumes({ a: { emptyDir: true, path: '/a', readOnly: true } })],
  [
    'MC036: a whole security context',
    cluster({ pod: { securityContext: { fsGroup: 1, runAsNonRoot: true } } }),
  ],
  ['MC041: labels of the operator', cluster({ pod: { labels: { app: 'x', namespace: 'y' } } })],
  ['MC042: references among variables', cluster({}, { environment: { A: '1', B: '$(A)2' } })],
  ['MC044: no retries', cluster({ backoffLimit: 0 })],
  ['MC058: a minimal Service', flux({ minimalService: true })],
  ['MC060: two ports of a sidecar', withSidecar({ ports: [1, 2] })],
  ['MC065: a certificate', cluster()],
  ['MC069: cleanup', cluster({ cleanup: true })],
  ['MC079: cores by CPU limits', cluster({}, { resources: { limits: { cpu: '500m' } } })],
  ['MC081: the user of the broker', cluster({}, { securityContext: { runAsUser: 1000 } })],
];

test.each(NO_TRAPS)('%s: no problem of a Job', (_what, input) => {
  expect(problemsOf(input)).toEqual([]);
});

test('all problems are told at once, in the same order each time, and nothing is rendered', () => {
  const input = cluster(
    {
      size: 0,
      kubernetes: '1.20',
      featureGates: ['X'],
      port: 0,
      fluxFrom: 'here',
      unknown: 1,
    } as unknown as Input,
    { volumes: { A_b: { claimName: 'a', path: 'a' } } },
  );
  const error = errorOf(() => miniClusterJob(METADATA, input));
  expect(error).toBeInstanceOf(InvalidSpecError);
  expect((error as InvalidSpecError).problems.map(({ code }) => code)).toEqual([
    'MC100',
    'MJ001',
    'MC110',
    'MC122',
    'MJ002',
    'MJ003',
    'MJ004',
    'MJ026',
  ]);
  expect((error as Error).message).toMatch(/^MiniClusterJob 'lmp' is not valid:\n {2}- unknown /);
  expect((error as Error).message).toContain('  - port must be from 1 to 65535, got 0; write a number');
});

test.each<[unknown, string[]]>([
  [undefined, ['MC102']],
  ['text', ['MC102']],
  [{}, ['MC102']],
  [{ ...CLUSTER, port: '8050' }, ['MC101']],
  [{ ...CLUSTER, probes: 'yes' }, ['MC101']],
  [{ ...CLUSTER, featureGates: 'ImageVolume' }, ['MC101']],
  [{ ...CLUSTER, podFailurePolicy: { rules: [{}] } }, ['MC102']],
  [{ ...CLUSTER, podFailurePolicy: { rules: [{ action: 'Count', when: 1 }] } }, ['MC100', 'MJ007']],
  [{ ...CLUSTER, containers: [] }, ['MC114', 'MC020']],
  [{ ...CLUSTER, certificate: { name: 'x' } }, ['MC107']],
  [{ ...CLUSTER, certificate: { secretName: '.a' } }, ['MC160']],
  [{ ...CLUSTER, operatorVersion: 'main' }, ['MC100']],
  [{ ...CLUSTER, services: [{ image: 'a:1', name: 'a', restartPolicy: 'Always' }] }, ['MC100']],
])('%j is told, whatever it is', (input, codes) => {
  expect(problemsOf(input as MiniClusterJobInput).map(({ code }) => code)).toEqual(codes);
});

test('a field that is nearly one of the options is told with its right name', () => {
  const [problem] = problemsOf({ ...CLUSTER, ttlSecondsAfterFinish: 5 } as MiniClusterJobInput);
  expect(problem).toMatchObject({ code: 'MC100', path: 'ttlSecondsAfterFinish' });
  expect(`${problem?.message} ${problem?.fix}`).toContain('ttlSecondsAfterFinished');
});

test('a rule that is silenced is not told, needs a reason, and a structural one can not be silenced', () => {
  const silence = [{ code: 'MJ013', reason: 'the newest is what we want' }];
  expect(problemsOf(cluster({ flux: {}, silence }))).toEqual([]);
  const codes = (one: object): string[] =>
    problemsOf(cluster({ flux: {}, silence: [one] as never })).map(({ code }) => code);
  expect(codes({ code: 'MJ013', reason: '' })).toEqual(['MC105', 'MJ013']);
  expect(codes({ code: 'MC100', reason: 'r' })).toEqual(['MC105', 'MJ013']);
  // A trap of the operator's is no rule here that could be silenced.
  expect(codes({ code: 'MC001', reason: 'r' })).toEqual(['MC105', 'MJ013']);
});

function problemsOf(input: MiniClusterJobInput): readonly Problem[] {
  return checkMiniClusterJob(METADATA, input);
}

function errorOf(build: () => unknown): unknown {
  try {
    build();
  } catch (error) {
    return error;
  }
  return undefined;
}
