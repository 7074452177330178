/** What is refused or warned of before a cluster with several applications is rendered. */
import {
  APPLICATION_RULE_TEXTS,
  checkMultiApplicationCluster,
  multiApplicationCluster,
} from '../../../src/model/applications';
import {
  ApplicationInput,
  MachineSharing,
  MultiApplicationClusterInput,
} from '../../../src/model/applications/spec';
import { FluxFrom } from '../../../src/model/job';
import { InvalidSpecError, Problem, Severity } from '../../../src/model/problems';
import { CLUSTER, IOR, LAMMPS, METADATA, rendered, withIor } from '../../support/applications-cluster';

type Input = Partial<MultiApplicationClusterInput>;

/** The usual cluster with these changes. */
function cluster(input: Input = {}): MultiApplicationClusterInput {
  return { ...CLUSTER, ...input };
}

/** A cluster in which each application has cores of its own. */
function withCores(ior: Partial<ApplicationInput> = {}, input: Input = {}): MultiApplicationClusterInput {
  const applications = [
    { ...LAMMPS, cores: 2 },
    { ...IOR, cores: 2, ...ior },
  ];
  return cluster({ sharing: MachineSharing.STATIC, applications, ...input });
}

const FLUXION = { serviceImage: 'fluxion:1', controllerImage: 'controller:1' };

function withFluxion(fluxion: object = {}, input: Input = {}): MultiApplicationClusterInput {
  return cluster({ sharing: MachineSharing.FLUXION, fluxion: { ...FLUXION, ...fluxion }, ...input });
}

function flux(options: MultiApplicationClusterInput['flux']): MultiApplicationClusterInput {
  return cluster({ flux: { ...CLUSTER.flux, ...options } });
}

/** The folder of Flux has a path of this length. */
function at(length: number): Input {
  return { flux: { container: { image: 'view:1', mountPath: `/${'f'.repeat(length - 1)}` } } };
}

/** What is not of the right type. */
function any(input: object): MultiApplicationClusterInput {
  return { ...CLUSTER, ...input };
}

/** CPU and memory that Kubernetes promises a container. */
function promised(cpu: string, requests: object = {}): object {
  return { resources: { limits: { cpu, memory: '1Gi' }, requests } };
}

const WHOLE_CORES = promised('2');

/** A cluster in pods of the class Guaranteed: the second application has two whole cores, all others a part of one. */
function guaranteed({
  queue = {},
  ior = WHOLE_CORES,
  view = promised('500m'),
  ...input
}: Input & { ior?: object; view?: object } = {}): MultiApplicationClusterInput {
  return withIor(ior, {
    flux: { container: { image: 'view:1', ...view } },
    queue: { ...promised('1500m'), ...queue },
    applications: [
      { ...LAMMPS, ...promised('2500m') },
      { ...IOR, ...ior },
    ],
    ...input,
  });
}

/** All containers of the pods have whole cores. */
const ALL_WHOLE: MultiApplicationClusterInput = guaranteed({
  queue: WHOLE_CORES,
  view: WHOLE_CORES,
  applications: [LAMMPS, IOR].map((one) => ({ ...one, ...WHOLE_CORES })),
});

const GPU = 'nvidia.com/gpu';

const DATA = { data: { claimName: 'data', path: '/data' } };

const ARCHIVED: Input = { queue: { volumes: DATA }, archive: { path: '/data/a.tgz' } };

/** What breaks a rule, where, with which value and advice; and what is next to it and does not. */
interface Row {
  readonly code: string;
  readonly path: string;
  readonly value: unknown;
  readonly message: RegExp;
  readonly fix: RegExp;
  readonly broken: MultiApplicationClusterInput;
  readonly sound: MultiApplicationClusterInput;
}

function row(
  code: string,
  [path, value, message, fix]: [path: string, value: unknown, message: RegExp, fix: RegExp],
  broken: MultiApplicationClusterInput,
  sound: MultiApplicationClusterInput,
): Row {
  return { code, path, value, message, fix, broken, sound };
}

const ROWS: readonly Row[] = [
  ...['Queue', '', null, 3].map((sharing) =>
    row(
      'MA001',
      ['sharing', sharing, /is no way to share the cores/, /queue, fluxion or static/],
      any({ sharing }),
      any({ sharing: 'queue' }),
    ),
  ),
  ...[undefined, null, [], { 0: LAMMPS }, 'lammps'].map((applications) =>
    row(
      'MA002',
      ['applications', applications, /at least one application/, /MiniClusterJob/],
      any({ applications }),
      any({ applications: [LAMMPS] }),
    ),
  ),
  ...(
    [
      ['', 'a'],
      ['IOR', 'ior-2'],
      ['i.o', '0-ior'],
      ['-ior', 'ior0'],
      ['a'.repeat(51), 'a'.repeat(50)],
      ['a'.repeat(200), 'a'.repeat(50)],
    ] as const
  ).map(([wrong, right]) =>
    row(
      'MA003',
      ['applications[1].name', wrong, /is no name that an application can have/, /up to 50/],
      withIor({ name: wrong }),
      withIor({ name: right }),
    ),
  ),
  ...['queue', 'lammps', 'flux-view'].map((name) =>
    row(
      'MA003',
      ['applications[1].name', name, /is the name of another container/, /something else/],
      withIor({ name }),
      withIor({ name: `${name}-2` }),
    ),
  ),
  row(
    'MA003',
    ['applications[1].name', 'view', /is the name of another container/, /something else/],
    withIor({ name: 'view' }, { flux: { container: { image: 'view:1', name: 'view' } } }),
    withIor({ name: 'flux-view' }, { flux: { container: { image: 'view:1', name: 'view' } } }),
  ),
  row(
    'MA003',
    [
      'applications[1].name',
      'i'.repeat(50),
      /sockets a path of 97 characters, and Flux takes 96/,
      /shorten it/,
    ],
    withIor({ name: 'i'.repeat(50) }, at(20)),
    withIor({ name: 'i'.repeat(50) }, at(19)),
  ),
  row(
    'MA003',
    [
      'flux.container.mountPath',
      `/${'f'.repeat(64)}`,
      /sockets a path of 97 characters, and Flux takes 96/,
      /shorten it/,
    ],
    cluster({ ...at(65), applications: [{ ...IOR, name: 'ior' }] }),
    cluster({ ...at(64), applications: [{ ...IOR, name: 'ior' }] }),
  ),
  row(
    'MA004',
    ['applications[1].securityContext.runAsUser', 1000, /is not 0, which all/, /once, for the cluster/],
    withIor({ securityContext: { runAsUser: 1000 } }),
    withIor({ securityContext: { runAsUser: 1000, runAsNonRoot: true } }, { runAsUser: 1000 }),
  ),
  row(
    'MA004',
    ['queue.securityContext.runAsGroup', 0, /is not 7, which all/, /once, for the cluster/],
    cluster({ runAsGroup: 7, queue: { securityContext: { runAsGroup: 0 } } }),
    cluster({ runAsGroup: 7, queue: { securityContext: { runAsGroup: 7 } } }),
  ),
  row(
    'MA004',
    ['flux.container.securityContext.runAsUser', 5, /is not 0, which all/, /once, for the cluster/],
    flux({ container: { image: 'view:1', securityContext: { runAsUser: 5 } } }),
    flux({ container: { image: 'view:1', securityContext: { runAsUser: 0, privileged: true } } }),
  ),
  row(
    'MA004',
    ['pod.securityContext.runAsUser', 2, /is not 1, which all/, /once, for the cluster/],
    cluster({ runAsUser: 1, pod: { securityContext: { runAsUser: 2 } } }),
    cluster({ pod: { securityContext: { runAsUser: 2 } } }),
  ),
  row(
    'MA004',
    ['pod.securityContext.runAsNonRoot', true, /refuses the user 0/, /write runAsUser/],
    cluster({ pod: { securityContext: { runAsNonRoot: true } } }),
    cluster({ runAsUser: 1000, pod: { securityContext: { runAsNonRoot: true } } }),
  ),
  row(
    'MA005',
    ['applications[1].cores', undefined, /is missing/, /how many cores of each pod/],
    withCores({ cores: undefined }),
    withCores(),
  ),
  row(
    'MA005',
    ['applications[1].cores', 2, /goes with MachineSharing\.STATIC/, /share them by the queue/],
    withIor({ cores: 2 }),
    withCores(),
  ),
  row(
    'MA005',
    ['cores', 4, /says nothing here/, /for each application/],
    withCores({}, { cores: 4 }),
    cluster({ cores: 4 }),
  ),
  row(
    'MA006',
    ['fluxion', FLUXION, /goes with MachineSharing\.FLUXION/, /leave it out/],
    cluster({ fluxion: FLUXION }),
    withFluxion(),
  ),
  ...(['serviceImage', 'controllerImage'] as const).flatMap((field) =>
    [undefined, '', ' '].map((image) =>
      row(
        'MA006',
        [`fluxion.${field}`, image, /is missing/, /name the image/],
        withFluxion({ [field]: image }),
        withFluxion({ [field]: 'other:1' }),
      ),
    ),
  ),
  ...(
    [
      ['brokerConfig', '[bootstrap]', ''],
      ['bursting', { clusters: [{ name: 'burst', size: 1 }] }, undefined],
      ['minimalService', true, false],
      ['disableSocket', true, false],
      ['submitCommand', 'flux run', ''],
    ] as const
  ).map(([field, wrong, right]) =>
    row(
      'MA007',
      [`flux.${field}`, wrong, /several brokers at once/, /leave it out/],
      flux({ [field]: wrong }),
      flux({ [field]: right }),
    ),
  ),
  row(
    'MA008',
    ['port', 65_534, /no port for the last of 3 brokers, 65536/, /one port each/],
    cluster({ port: 65_534 }),
    cluster({ port: 65_533 }),
  ),
  row(
    'MA008',
    ['applications[1].ports', 8050, /is the port of the broker of queue/, /another one/],
    withIor({ ports: [8050] }),
    withIor({ ports: [8053] }),
  ),
  row(
    'MA008',
    ['queue.ports', 8052, /is the port of the broker of ior/, /another one/],
    cluster({ queue: { ports: [8052] } }),
    cluster({ queue: { ports: [8052] }, port: 8053 }),
  ),
  row(
    'MA008',
    ['applications[1].ports', 9000, /is the port of queue\.ports/, /another one/],
    withIor({ ports: [9000] }, { queue: { ports: [9000] } }),
    withIor({ ports: [9000] }, { queue: { ports: [9001] } }),
  ),
  row(
    'MA008',
    ['fluxion.controllerPort', 8051, /is the port of the broker of lammps/, /another one/],
    withFluxion({ controllerPort: 8051 }),
    withFluxion({ controllerPort: 8049, servicePort: 8051 }),
  ),
  row(
    'MA008',
    ['applications[1].ports', 5000, /is the port of fluxion\.controllerPort/, /another one/],
    withIor({ ports: [5000] }, { sharing: MachineSharing.FLUXION, fluxion: FLUXION }),
    withIor({ ports: [5000] }),
  ),
  ...(
    [
      ['size', { size: 65 }],
      ['maxSize', { size: 2, maxSize: 65 }],
    ] as const
  ).map(([path, sizes]) =>
    row(
      'MA011',
      [path, 65, /times the cores of a pod is 13065/, /share them by MachineSharing\.QUEUE/],
      withFluxion({}, { ...sizes, cores: 201 }),
      withFluxion({}, { ...sizes, cores: 200 }),
    ),
  ),
  ...(
    [
      ['2', { view: {} }],
      ['2', { queue: { resources: {} } }],
      ['2000m', { ior: promised('1500m') }],
      ['2', { ior: { resources: { limits: { cpu: '2' } } } }],
      ['2', { ior: promised('2', { cpu: '1' }) }],
      ['2', { queue: promised('1500m', { memory: '512Mi' }) }],
    ] as const
  ).map(([cpu, sound]) =>
    row(
      'MA009',
      [
        'applications[1].resources.limits.cpu',
        cpu,
        /whole cores .* Guaranteed/,
        /leave the CPU limit of one/,
      ],
      guaranteed({ ior: promised(cpu, { cpu: '2', memory: '1024Mi' }) }),
      guaranteed(sound),
    ),
  ),
  row(
    'MA009',
    ['queue.resources.limits.cpu', '1', /whole cores .* Guaranteed/, /leave the CPU limit of one/],
    guaranteed({ queue: promised('1'), ior: promised('1500m') }),
    guaranteed({ queue: promised('1250m'), ior: promised('1500m') }),
  ),
  row(
    'MA009',
    // There is no container that copies Flux.
    ['applications[1].resources.limits.cpu', '2', /whole cores .* Guaranteed/, /leave the CPU limit of one/],
    guaranteed({ flux: {}, fluxFrom: FluxFrom.IMAGE, queue: { image: 'flux:1' } }),
    guaranteed({ flux: {}, fluxFrom: FluxFrom.IMAGE, queue: { image: 'flux:1', resources: {} } }),
  ),
  row(
    'MA010',
    ['applications[1].resources.limits', GPU, /only this container sees/, /submit jobs without -g/],
    withIor({ resources: { limits: { [GPU]: '1' } } }),
    withCores({ resources: { limits: { [GPU]: '1' } } }),
  ),
  ...[{}, { sharing: MachineSharing.FLUXION, fluxion: FLUXION }].flatMap((sharing) => [
    row(
      'MA012',
      ['onePodPerNode', false, /plan with the same cores/, /by cores or CPU limits which part of a node/],
      cluster({ ...sharing, onePodPerNode: false }),
      cluster({ ...sharing, onePodPerNode: false, cores: 2 }),
    ),
    row(
      'MA012',
      ['onePodPerNode', false, /plan with the same cores/, /by cores or CPU limits which part of a node/],
      // A limit of the queue says nothing of the cores of its applications.
      cluster({ ...sharing, onePodPerNode: false, queue: { resources: { limits: { cpu: '2' } } } }),
      withIor({ resources: { limits: { cpu: '2' } } }, { ...sharing, onePodPerNode: false }),
    ),
  ]),
  row(
    'MA012',
    ['onePodPerNode', false, /plan with the same cores/, /^leave it out$/],
    withCores({}, { onePodPerNode: false }),
    withCores({}, { onePodPerNode: true }),
  ),
  row(
    'MA012',
    ['onePodPerNode', false, /plan with the same cores/, /leave it out/],
    cluster({ size: 1, maxSize: 2, onePodPerNode: false }),
    cluster({ size: 1, onePodPerNode: false }),
  ),
  ...[withFluxion, (fluxion: object, input: Input) => withCores(fluxion, input)].map((shared) =>
    row(
      'MA013',
      ['archive.path', '/data/a.tgz', /queue's instance, which runs nothing/, /MachineSharing\.QUEUE/],
      shared({}, ARCHIVED),
      cluster(ARCHIVED),
    ),
  ),
  row(
    'MA014',
    ['applications[1].resources.limits.cpu', '3500m', /less CPU time than the cores/, /raise the limit/],
    withIor({ resources: { limits: { cpu: '3500m' } } }, { cores: 4 }),
    withIor({ resources: { limits: { cpu: '3500m' } } }, { cores: 3 }),
  ),
  row(
    'MA014',
    ['applications[1].resources.limits.cpu', '1', /less CPU time than the cores/, /fewer cores/],
    withCores({ resources: { limits: { cpu: '1' } } }),
    withCores({ resources: { limits: { cpu: '2' } } }),
  ),
  row(
    'MA014',
    ['applications[1].resources.limits.cpu', '500m', /less CPU time than the cores/, /leave it out/],
    withIor({ resources: { limits: { cpu: '500m' } } }, { cores: 2 }),
    // One core is the least that Flux can plan with, and what the queue has is for its own work.
    withIor(
      { resources: { limits: { cpu: '500m' } } },
      { cores: 1, queue: { resources: { limits: { cpu: '100m' } } } },
    ),
  ),
  ...['OnFailure', 'Always', 'never'].map((restartPolicy) =>
    row(
      'MA015',
      [
        'pod.restartPolicy',
        restartPolicy,
        /no container goes on without the others/,
        /'Never' is the default/,
      ],
      cluster({ pod: { restartPolicy } }),
      cluster({ pod: { restartPolicy: 'Never' } }),
    ),
  ),
];

test('a cluster that breaks no rule has no problems', () => {
  for (const input of [cluster(), withCores(), withFluxion()]) expect(problemsOf(input)).toEqual([]);
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

test('every rule of several applications has a row, and a code of its own', () => {
  const codes = APPLICATION_RULE_TEXTS.map(({ code }) => code);
  const exercised = new Set(ROWS.map(({ code }) => code));
  expect(codes.filter((code) => !exercised.has(code))).toEqual([]);
  expect([...new Set(codes)]).toEqual(codes);
  expect(codes.every((code) => /^MA\d{3}$/.test(code))).toBe(true);
});

test('warnings are what works all the same, errors are what cannot', () => {
  const warnings = APPLICATION_RULE_TEXTS.filter(({ severity }) => severity === Severity.WARNING);
  expect(warnings.map(({ code }) => code)).toEqual(['MA009', 'MA010', 'MA012', 'MA014']);
  expect(multiApplicationCluster(METADATA, ALL_WHOLE)).not.toHaveLength(0);
});

test('each container with whole cores in pods of the class Guaranteed is told of', () => {
  const containers = ['queue', 'applications[0]', 'applications[1]'];
  const told = containers.map((one) => `MA009 ${one}.resources.limits.cpu`);
  expect(codesOf(ALL_WHOLE)).toEqual(told);
  expect(codesOf({ ...ALL_WHOLE, fluxFrom: FluxFrom.VIEW_VOLUME, kubernetes: '1.35' })).toEqual(told);
});

test('a warning hides no error about the same field, and no error of the field is told twice', () => {
  const limits = { cpu: '-1', [GPU]: '1' };
  expect(codesOf(withIor({ resources: { limits } }, { cores: 2 }))).toEqual([
    'MA010 applications[1].resources.limits',
    'MA014 applications[1].resources.limits.cpu',
    'MJ040 applications[1].resources.limits.cpu',
  ]);
  // That it is on no volume goes without saying where there can be none.
  expect(codesOf(withFluxion({}, { archive: { path: '/data/a.tgz' } }))).toEqual(['MA013 archive.path']);
});

test('where no rule of placement is wanted, none is made up, and the pods are told apart by their cores', () => {
  const network = { disableAffinity: true };
  expect(codesOf(withCores({}, { network }))).toEqual(['MJ017 network.disableAffinity']);
  expect(codesOf(cluster({ network, cores: 4 }))).toEqual([]);
  expect(codesOf(cluster({ network, onePodPerNode: true }))).toContain('MJ008 onePodPerNode');
});

test('where it is not clear how the cores are shared, nothing is said of what depends on it', () => {
  const unclear = any({
    ...ALL_WHOLE,
    ...ARCHIVED,
    cores: 3,
    onePodPerNode: false,
    sharing: 'exclusive',
    fluxion: FLUXION,
    size: 0,
  });
  expect(codesOf(unclear)).toEqual(['MA001 sharing', 'MC110 size']);
  expect(codesOf(any({ ...withCores(), sharing: 'exclusive', onePodPerNode: false }))).toEqual([
    'MA001 sharing',
  ]);
});

test('each problem of a broker is told where it stands in this input, and those of the pods once', () => {
  const wrong = (index: number): object => ({
    workingDir: `work-${index}`,
    environment: { MINICLUSTER_ROOT: '/' },
    volumes: { data: { claimName: 'data', path: 'data' }, more: { path: '/more' } },
    resources: { limits: { cpu: '1' }, requests: { cpu: '2' } },
    imagePullPolicy: 'Sometimes',
    imagePullSecret: 'A_b',
    lifeCycle: { preStopExec: 'a\0' },
    securityContext: { privileged: true, allowPrivilegeEscalation: false },
    commands: { pre: 'date\r\ndate' },
    ports: [70_000 + index],
  });
  const paths = [
    'MC120 X.commands.pre',
    'MC031 X.volumes.more',
    'MC122 X.volumes.data.path',
    'MC046 X.imagePullPolicy',
    'MC131 X.ports',
    'MJ019 X.workingDir',
    'MJ028 X.environment.MINICLUSTER_ROOT',
    'MJ038 X.imagePullSecret',
    'MJ040 X.resources.requests.cpu',
    'MJ042 X.securityContext.privileged',
    'MJ044 X.lifeCycle.preStopExec',
  ];
  const input = cluster({
    size: 0,
    port: 80_000,
    runAsUser: -1,
    runAsGroup: -1,
    pod: { securityContext: { fsGroup: -1 }, dnsPolicy: 'Default' },
    kubernetes: '1.20',
    deadlineSeconds: 0,
    queue: wrong(0),
    applications: [
      { ...LAMMPS, ...wrong(1) },
      { ...IOR, ...wrong(2) },
    ],
  });
  const told = codesOf(input);
  for (const broker of ['queue', 'applications[0]', 'applications[1]']) {
    const own = paths.map((path) => path.replace('X', broker)).sort();
    expect(told.filter((one) => one.includes(` ${broker}.`)).sort()).toEqual(own);
  }
  expect(told.filter((one) => !/ (queue|applications\[\d\])\./.test(one)).sort()).toEqual([
    'MC045 deadlineSeconds',
    'MC056 pod.dnsPolicy',
    'MC110 size',
    'MJ002 kubernetes',
    'MJ004 port',
    'MJ043 pod.securityContext.fsGroup',
    'MJ043 runAsGroup',
    'MJ043 runAsUser',
  ]);
});

/** What rules of the job engine say of one field, and where. */
const OF_JOB_ENGINE: [input: MultiApplicationClusterInput, told: string][] = [
  [cluster({ flux: {} }), 'MJ013 flux.container.image'],
  [cluster({ queue: { command: 'flux-app jobs\r\n' } }), 'MC120 queue.command'],
  [cluster({ queue: { image: 'queue:latest' } }), 'MC073 queue.image'],
  [withIor({ image: 'ior' }), 'MC073 applications[1].image'],
  [withFluxion({ controllerImage: 'controller' }), 'MC073 fluxion.controllerImage'],
  [withFluxion({ serviceImage: 'fluxion' }), 'MC073 fluxion.serviceImage'],
  [withFluxion({}, { queue: { image: 'own' } }), 'MC073 queue.image'],
  [withFluxion({ resources: { limits: { cpu: '-1' } } }), 'MJ040 fluxion.resources.limits.cpu'],
  [withFluxion({ securityContext: { runAsUser: -1 } }), 'MJ043 fluxion.securityContext.runAsUser'],
  [
    withFluxion({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    'MJ042 fluxion.securityContext.privileged',
  ],
  [withFluxion({}, { services: [{ name: 'fluxion', image: 'a:1' }] }), 'MC055 services[0].name'],
  [withFluxion({}, { services: [{ name: 'db', image: 'a:1', ports: [4242] }] }), 'MJ030 services[0].ports'],
  [cluster({ services: [{ name: 'db', image: 'a' }] }), 'MC073 services[0].image'],
  [cluster({ archive: { path: '/data/a.tgz' } }), 'MJ018 archive.path'],
  [
    withIor({ volumes: { data: { claimName: 'a', path: '/data' } } }, { archive: { path: '/data/a.tgz' } }),
    'MJ018 archive.path',
  ],
  [cluster({ queue: { workingDir: 'work' } }), 'MJ019 queue.workingDir'],
  [withIor({ workingDir: './work' }), 'MJ019 applications[1].workingDir'],
  [cluster({ network: { disableAffinity: true }, onePodPerNode: true, cores: 2 }), 'MJ008 onePodPerNode'],
  [cluster({ network: { disableAffinity: true } }), 'MJ017 network.disableAffinity'],
  [flux({ optionFlags: '-o cpu-affinity=off' }), 'MC020 flux.optionFlags'],
  [withIor({ ports: [8052] }), 'MJ030 applications[1].ports'],
  [withIor({ ports: [9000, 9000] }), 'MJ030 applications[1].ports'],
  [
    withIor({
      volumes: { a: { claimName: 'a', path: '/a' }, b: { claimName: 'b', path: '/a/' } },
    }),
    'MJ025 applications[1].volumes.b',
  ],
  [
    withIor({ volumes: { a: { claimName: 'a', path: '/mnt/flux/config' } } }),
    'MJ025 applications[1].volumes.a',
  ],
  [withIor({ staging: [{ path: '/a', to: '/b' }] }), 'MC142 applications[1].staging[0].path'],
  [
    withIor({
      staging: [
        { path: 'a', from: '/x', to: '/b' },
        { path: 'a', from: '/y', to: '/b' },
      ],
    }),
    'MC147 applications[1].staging[1].path',
  ],
  [
    cluster({
      podFailurePolicy: {
        rules: [{ action: 'Count', onExitCodes: { containerName: 'lmp', operator: 'In', values: [1] } }],
      },
    }),
    'MJ007 podFailurePolicy.rules[0].onExitCodes.containerName',
  ],
  [flux({ container: { image: 'view:1', name: 'queue' } }), 'MJ033 flux.container.name'],
];

test.each(OF_JOB_ENGINE)('%#: what the job engine refuses is told once, as %2$s', (input, expected) => {
  expect(codesOf(input)).toEqual([expected]);
  const [problem] = problemsOf(input);
  expect(`${problem?.message}; ${problem?.fix}`).not.toMatch(
    /containers\[|the Flux container|launcher|(?<!\.)staging\[/,
  );
});

test('texts name the containers that there are', () => {
  const fixOf = (input: MultiApplicationClusterInput): string => problemsOf(input)[0]?.fix ?? '';
  const [, policy] = OF_JOB_ENGINE.map(([input]) => input).slice(-3);
  expect(fixOf(policy as MultiApplicationClusterInput)).toBe('write one of queue, lammps, ior, flux-view');
  const twice = withIor({
    volumes: { a: { claimName: 'a', path: '/a' }, b: { claimName: 'b', path: '/a' } },
  });
  expect(problemsOf(twice)[0]?.message).toBe('is mounted at the same path as applications[1].volumes.a');
});

/** What people write, and what is no reason for a word. */
const ORDINARY: [what: string, input: MultiApplicationClusterInput][] = [
  ['volumes, one claim in several containers', withIor({ volumes: DATA }, { queue: { volumes: DATA } })],
  [
    'every hook of every broker',
    withIor(
      { commands: { init: 'a', pre: 'b', brokerPre: 'c', workerPre: 'd', post: 'e' } },
      { queue: { commands: { init: 'a', pre: 'b', brokerPre: 'c', workerPre: 'd', post: 'e' } } },
    ),
  ],
  ['ports', withIor({ ports: [80, 443] }, { queue: { ports: [8080] } })],
  ['ports without brokers in the way', cluster({ port: 9050, queue: { ports: [8050, 8051] } })],
  [
    'an archive that drains',
    cluster({ queue: { volumes: DATA }, archive: { path: '/data/a.tgz', drainSeconds: 60 } }),
  ],
  ['services', cluster({ services: [{ name: 'database', image: 'postgres:17', ports: [5432] }] })],
  ['a command with an exit code', cluster({ queue: { command: 'flux-app run --app ior -n4 ior' } })],
  ['elasticity', cluster({ minSize: 1, size: 2, maxSize: 8 })],
  ['a NetworkPolicy and probes', cluster({ networkPolicy: true, probes: true })],
  ['limits of applications', withIor({ resources: { limits: { cpu: '4', memory: '8Gi' } } })],
  ['requests of the queue', cluster({ queue: { resources: { requests: { cpu: '10', memory: '16Gi' } } } })],
  ['cores without affinity', cluster({ cores: 4, network: { disableAffinity: true } })],
  [
    'an own user',
    cluster({ runAsUser: 1000, runAsGroup: 1000, pod: { securityContext: { fsGroup: 1000 } } }),
  ],
  [
    'variables, also from Secrets',
    withIor({ environment: { A: '$(T)' }, secrets: { T: { name: 's', key: 'k' } } }),
  ],
  ['hooks of the kubelet', withIor({ lifeCycle: { preStopExec: 'flux shutdown', postStartExec: '/start' } })],
  ['staging', withIor({ staging: [{ path: 'a', from: '/x', to: '/b' }] })],
  ['staging to one place in two containers', staged()],
  ['whole cores where each application has its own', { ...ALL_WHOLE, ...ownCores() }],
  ['whole cores where the pods are not of the class Guaranteed', wholeCores()],
  ['pods that insist on nodes of their own', cluster({ onePodPerNode: true })],
  ['several pods on a node, each with its part of it', cluster({ onePodPerNode: false, cores: 4 })],
  [
    'rights of the Fluxion service',
    withFluxion({ securityContext: { runAsUser: 1000, runAsNonRoot: true } }),
  ],
  [
    'a failure policy about an application',
    cluster({
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { containerName: 'ior', operator: 'In', values: [1] } }],
      },
    }),
  ],
  ['no restarts', cluster({ pod: { restartPolicy: 'Never' } })],
  ['logging', cluster({ logging: { quiet: true, strict: true, timed: true, zeromq: true } })],
  [
    'options of Flux',
    flux({ wrap: 'strace', environment: { A: '1' }, logLevel: 7, scheduler: { queuePolicy: 'easy' } }),
  ],
  ['Flux of the images', cluster({ flux: {}, fluxFrom: FluxFrom.IMAGE, queue: { image: 'flux:1' } })],
  ['Flux of a volume', cluster({ fluxFrom: FluxFrom.VIEW_VOLUME, kubernetes: '1.35' })],
  ['an existing certificate', cluster({ certificate: { secretName: 'curve' } })],
  [
    'fields that are undefined',
    any({ queue: undefined, tasks: undefined, fluxion: undefined, size: undefined }),
  ],
];

function ownCores(): Input {
  const applications = [LAMMPS, IOR].map((one) => ({ ...one, ...WHOLE_CORES, cores: 2 }));
  return { sharing: MachineSharing.STATIC, applications };
}

function wholeCores(): MultiApplicationClusterInput {
  return cluster({ applications: [LAMMPS, IOR].map((one) => ({ ...one, ...WHOLE_CORES })) });
}

function staged(): MultiApplicationClusterInput {
  const staging = [{ path: 'a', from: '/x', to: '/b' }];
  return cluster({ applications: [LAMMPS, IOR].map((one) => ({ ...one, staging })) });
}

test.each(ORDINARY)('%s: no problem', (_what, input) => {
  expect(problemsOf(input)).toEqual([]);
});

const NOT_OF_CLUSTER = 'is not a field of a MultiApplicationCluster';

test.each<[field: string, value: unknown, fix: RegExp]>([
  ['containers', [LAMMPS], /applications and queue/],
  ['interactive', true, /without queue\.command the cluster waits/],
  ['tasks', 4, /flux-app/],
  ['staging', [{ path: 'a', to: '/b' }], /for an application/],
  ['oversubscribe', true, /nothing is oversubscribed/],
  ['application', [LAMMPS], /^write applications$/],
  ['maxsize', 3, /^write maxSize$/],
  ['command', 'hostname', /queue\.command/],
  ['operatorVersion', 'main', /^leave it out$/],
  ['foo', null, /^leave it out$/],
  ['constructor', 1, /./],
])(
  'the field %s is none of a cluster with several applications, and its advice says what is',
  (field, value, fix) => {
    const problems = problemsOf(any({ [field]: value }));
    expect(problems).toMatchObject([{ code: 'MC100', path: field, value, message: NOT_OF_CLUSTER }]);
    expect(problems[0]?.fix).toMatch(fix);
  },
);

test.each<[input: MultiApplicationClusterInput, path: string, message: string, fix: RegExp]>([
  [any({ queue: { name: 'x' } }), 'queue.name', 'is not a field of the queue', /is called 'queue'/],
  [any({ queue: { staging: [] } }), 'queue.staging', 'is not a field of the queue', /for an application/],
  [any({ queue: { volume: {} } }), 'queue.volume', 'is not a field of the queue', /^write volumes$/],
  [
    any({ queue: { commands: { script: 'a' } } }),
    'queue.commands.script',
    "is not a field of a broker's commands",
    /queue\.command/,
  ],
  [
    withIor({ commands: { prefix: 'strace' } as never }),
    'applications[1].commands.prefix',
    "is not a field of a broker's commands",
    /flux\.wrap/,
  ],
  [
    withIor({ command: 'ior' } as never),
    'applications[1].command',
    'is not a field of an application',
    /flux-app/,
  ],
  ...(
    [
      ['runFlux', true, /^leave it out: every application runs a broker$/],
      ['launcher', true, /^leave it out: applications run what flux-app hands them$/],
      ['batch', true, /flux-app batch/],
      ['pullAlways', true, /^write imagePullPolicy: 'Always'$/],
      ['gpus', 1, /^write resources\.limits/],
      ['multiUser', true, /^leave it out$/],
    ] as const
  ).map(([field, value, fix]): [MultiApplicationClusterInput, string, string, RegExp] => [
    withIor({ [field]: value }),
    `applications[1].${field}`,
    'is not a field of an application',
    fix,
  ]),
  [
    withIor({ enviroment: {} } as never),
    'applications[1].enviroment',
    'is not a field of an application',
    /^write environment$/,
  ],
  [
    withFluxion({ image: 'a:1' }),
    'fluxion.image',
    'is not a field of fluxion',
    /serviceImage and controllerImage/,
  ],
  [
    withIor({ volumes: { data: { claimName: 'a', path: '/a', read: true } } } as never),
    'applications[1].volumes.data.read',
    "is not a field of a container's volume",
    /readOnly|leave it out/,
  ],
  [
    any({ queue: { env: [] } }),
    'queue.env',
    'is not a field of the queue',
    /^write environment for values, and secrets/,
  ],
  [
    any({ pod: { workingDir: '/' } }),
    'pod.workingDir',
    'is not a field of pod',
    /^write it as applications\[\]\.workingDir, or leave it out$/,
  ],
  ...['tasks', 'runFlux'].map((field): [MultiApplicationClusterInput, string, string, RegExp] => [
    any({ network: { [field]: 1 } }),
    `network.${field}`,
    'is not a field of network',
    /^leave it out$/,
  ]),
  [any({ network: { size: 1 } }), 'network.size', 'is not a field of network', /^write it as size, or/],
  [any({ pod: { hostNetwork: true } }), 'pod.hostNetwork', 'is not a field of pod', /leave it out/],
])('%#: an unknown field is told where it is, with what to write', (input, path, message, fix) => {
  const problems = problemsOf(input);
  expect(problems).toMatchObject([{ code: 'MC100', path, message }]);
  expect(problems[0]?.fix).toMatch(fix);
});

const NO_CALL = (): number => 1;

test.each<[input: unknown, told: string[]]>([
  [undefined, ['MA002 applications']],
  [null, ['MA002 applications']],
  ['text', ['MA002 applications']],
  [[], ['MA002 applications']],
  [NO_CALL, ['MA002 applications']],
  [{}, ['MA002 applications']],
  [any({ applications: NO_CALL }), ['MA002 applications']],
  [
    any({ applications: ['lammps', null, [], NO_CALL, undefined] }),
    [0, 1, 2, 3, 4].map((index) => `MC101 applications[${index}]`),
  ],
  [any({ applications: [{}] }), ['MC102 applications[0].name', 'MC102 applications[0].image']],
  [
    any({ applications: [{ name: 3, image: null }] }),
    ['MC101 applications[0].name', 'MC101 applications[0].image'],
  ],
  [any({ queue: null, fluxion: 'x' }), ['MC101 fluxion', 'MC101 queue']],
  [any({ queue: { command: NO_CALL, image: 4 } }), ['MC101 queue.command', 'MC101 queue.image']],
  [any({ queue: { command: ' \n' } }), ['MC101 queue.command']],
  [any({ queue: { commands: [], ports: 'x' } }), ['MC101 queue.commands', 'MC101 queue.ports']],
  [withIor({ commands: { init: 3 } as never }), ['MC101 applications[1].commands.init']],
  [withIor({ commands: null } as never), ['MC101 applications[1].commands']],
  [withIor({ cores: 1.5 }), ['MC101 applications[1].cores']],
  [withCores({ cores: 0 }), ['MC101 applications[1].cores']],
  [withIor({ environment: { A: NO_CALL } } as never), ['MC101 applications[1].environment.A']],
  [withIor({ volumes: { data: null } } as never), ['MC101 applications[1].volumes.data']],
  [withIor({ secrets: { A: { name: 's' } } } as never), ['MC102 applications[1].secrets.A.key']],
  [withIor({ resources: { limits: { cpu: 'much' } } }), ['MC104 applications[1].resources.limits.cpu']],
  [withIor({ pullSecret: 'registry' } as never), ['MC108 applications[1].pullSecret']],
  [withIor({ staging: 'a' } as never), ['MC141 applications[1].staging']],
  [withIor({ staging: [{ path: 'a' }] } as never), ['MC141 applications[1].staging[0].to']],
  [any({ runAsUser: 'root', runAsGroup: null }), ['MC101 runAsGroup', 'MC101 runAsUser']],
  [any({ pod: { securityContext: { runAsUser: 'root' } } }), ['MC101 pod.securityContext.runAsUser']],
  [any({ pod: 'x' }), ['MC101 pod']],
  [any({ pod: null }), ['MC101 pod']],
  [any({ pod: NO_CALL, runAsUser: 1 }), ['MC101 pod']],
  [any({ pod: { securityContext: 'x' }, runAsUser: 1 }), ['MC101 pod.securityContext']],
  [any({ size: '2' }), ['MC101 size']],
  [any({ port: '8050' }), ['MC101 port']],
  [any({ services: {} }), ['MC101 services']],
  [withFluxion({}, { services: {} } as never), ['MC101 services']],
  [withFluxion({}, { services: [{ name: 3, image: 'a:1' }] } as never), ['MC101 services[0].name']],
  [withIor({ workingDir: 3 } as never), ['MC101 applications[1].workingDir']],
  [any({ onePodPerNode: 'no' }), ['MC101 onePodPerNode']],
  ...['x', null, []].map((securityContext): [unknown, string[]] => [
    withFluxion({ securityContext }),
    ['MC101 fluxion.securityContext'],
  ]),
  [withFluxion({ securityContext: { foo: 1 } }), ['MC100 fluxion.securityContext.foo']],
  [any({ certificate: { name: 'x' } }), ['MC107 certificate']],
  [any({ archive: 'x' }), ['MC101 archive']],
  [any({ fluxFrom: 'here' }), ['MJ001 fluxFrom']],
  [
    withFluxion({ serviceImage: 3, controllerImage: {}, servicePort: 'x', controllerPort: 0, resources: 4 }),
    ['serviceImage', 'controllerImage', 'servicePort', 'controllerPort', 'resources'].map(
      (field) => `MC101 fluxion.${field}`,
    ),
  ],
  [
    withFluxion({ servicePort: 65_536, controllerPort: 65_536 }),
    ['MC101 fluxion.servicePort', 'MC101 fluxion.controllerPort'],
  ],
  ...['server', [], ['server', 1]].map((serviceCommand): [unknown, string[]] => [
    withFluxion({ serviceCommand }),
    ['MC101 fluxion.serviceCommand'],
  ]),
  [withFluxion({ servicePort: 65_535, controllerPort: 1 }), []],
])('%#: whatever an input is, its problems are told once, each with its path', (input, told) => {
  const given = input as MultiApplicationClusterInput;
  expect(codesOf(given)).toEqual(told);
  if (told.length === 0) return;
  const error = errorOf(() => multiApplicationCluster(METADATA, given));
  expect(error).toBeInstanceOf(InvalidSpecError);
  expect((error as InvalidSpecError).problems).toEqual(problemsOf(given));
});

test('all problems are told at once, in the same order each time, and nothing is rendered', () => {
  const input = any({
    unknown: 1,
    sharing: 'alone',
    size: 0,
    kubernetes: '1.20',
    queue: { volumes: { A_b: { claimName: 'a', path: 'a' } } },
    applications: [
      { ...LAMMPS, name: 'queue' },
      { ...IOR, ports: [8050] },
    ],
  });
  const error = errorOf(() => multiApplicationCluster(METADATA, input)) as InvalidSpecError;
  expect(error.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'MC100 unknown',
    'MA001 sharing',
    'MA003 applications[0].name',
    'MA008 applications[1].ports',
    'MC110 size',
    'MC122 queue.volumes.A_b.path',
    'MJ002 kubernetes',
    'MJ026 queue.volumes.A_b',
  ]);
  expect(error.message).toMatch(
    /^MultiApplicationCluster 'lmp' is not valid:\n {2}- unknown is not a field of a Mul/,
  );
});

test('the metadata is looked at too', () => {
  const codes = (metadata: object): string[] =>
    checkMultiApplicationCluster(metadata as never, CLUSTER).map(({ code, path }) => `${code} ${path}`);
  expect(codes({ name: 'lmp' })).toEqual(['MJ006 metadata.namespace']);
  expect(codes({ name: 'L_mp', namespace: 'hpc' })).toEqual(['MJ045 metadata.name']);
  expect(codes({ name: 'a'.repeat(60), namespace: 'hpc' })).toEqual(['MJ045 metadata.name']);
  for (const name of ['queue', 'lammps', 'flux-view']) expect(codes({ name, namespace: 'hpc' })).toEqual([]);
});

test('a rule of either kind can be silenced with a reason, in all brokers; a structural one can not', () => {
  const silence = ['MA010', 'MC073'].map((code) => ({ code, reason: 'meant so' }));
  const input = withIor(
    { image: 'ior', resources: { limits: { [GPU]: '1' } } },
    { queue: { image: 'queue' } },
  );
  expect(codesOf(input)).toEqual([
    'MA010 applications[1].resources.limits',
    'MC073 queue.image',
    'MC073 applications[1].image',
  ]);
  expect(codesOf({ ...input, silence })).toEqual([]);
  for (const code of ['MA001', 'MA002', 'MC100', 'MC001'])
    expect(codesOf(cluster({ silence: [{ code, reason: 'r' }] }))).toEqual(['MC105 silence[0]']);
  expect(codesOf(cluster({ silence: [{ code: 'MA010', reason: '' }] }))).toEqual(['MC105 silence[0]']);
});

test('files of a broker that no ConfigMap can hold are told of the broker', () => {
  const pre = 'x'.repeat(2 ** 20);
  const codes = (input: MultiApplicationClusterInput): string[] => codesOf(input);
  expect(codes(withIor({ commands: { pre } }))).toEqual(['MC133 applications[1]']);
  expect(codes(cluster({ queue: { command: pre } }))).toEqual(['MC133 queue']);
  const nearly = { commands: { pre: 'x'.repeat(2 ** 19) } };
  expect(
    rendered({
      queue: nearly,
      applications: [
        { ...LAMMPS, ...nearly },
        { ...IOR, ...nearly },
      ],
    }),
  ).toBeDefined();
});

function problemsOf(input: MultiApplicationClusterInput): readonly Problem[] {
  return checkMultiApplicationCluster(METADATA, input);
}

function codesOf(input: MultiApplicationClusterInput): string[] {
  return problemsOf(input).map(({ code, path }) => `${code} ${path}`);
}

function errorOf(build: () => unknown): unknown {
  try {
    build();
  } catch (error) {
    return error;
  }
  return undefined;
}
