import { InvalidSpecError } from '../../../src/model/problems';
import { MiniClusterInput, OperatorVersion, checkMiniCluster } from '../../../src/model/minicluster';
import { miniCluster } from '../../support/render';

const METADATA = { name: 'lmp', namespace: 'hpc' };
const RUNNER = { image: 'ubuntu:24.04', command: 'hostname', commands: { post: 'exit' } };
const MINIMAL: MiniClusterInput = { size: 2, tasks: 2, containers: [RUNNER] };

type Runner = Partial<MiniClusterInput['containers'][number]>;

/** The spec that is rendered from this input. */
function rendered(input: Partial<MiniClusterInput>, runner: Runner = {}): MiniClusterInput {
  const manifests = miniCluster(METADATA, { ...MINIMAL, containers: [{ ...RUNNER, ...runner }], ...input });
  return manifests.find(({ kind }) => kind === 'MiniCluster')?.spec as MiniClusterInput;
}

function errorOf(input: Partial<MiniClusterInput>, name = 'lmp'): InvalidSpecError {
  try {
    miniCluster({ name }, { ...MINIMAL, ...input });
  } catch (error) {
    return error as InvalidSpecError;
  }
  throw new Error('nothing was thrown');
}

test('a spec without traps is the resource as written, and nothing else', () => {
  expect(miniCluster(METADATA, MINIMAL)).toEqual([
    { apiVersion: 'flux-framework.org/v1alpha2', kind: 'MiniCluster', metadata: METADATA, spec: MINIMAL },
  ]);
});

test('the input is not changed, and the same input gives the same manifests', () => {
  const input: MiniClusterInput = {
    ...MINIMAL,
    reportFailure: true,
    containers: [{ ...RUNNER, command: 'echo "a"' }],
  };
  const before = structuredClone(input);
  const first = JSON.stringify(miniCluster(METADATA, input));
  expect(input).toEqual(before);
  expect(JSON.stringify(miniCluster(METADATA, input))).toBe(first);
});

test('fields that are undefined are not rendered', () => {
  expect(Object.keys(rendered({ interactive: undefined, pod: { labels: undefined } }))).toEqual([
    'size',
    'tasks',
    'containers',
    'pod',
  ]);
});

test('reportFailure makes a failed run a failed Job: no retry of the lead alone, and the logs stay', () => {
  const spec = rendered({ reportFailure: true }, { commands: { prefix: '-Scontent.dump=/a', post: 'date' } });
  expect(spec).toMatchObject({
    backoffLimit: 1,
    pod: { restartPolicy: 'Never' },
    containers: [
      {
        commands: {
          prefix: '-Scontent.dump=/a /bin/bash /flux-scripts/run-and-tell.sh',
          post: 'flux_exit_code=$?\n( . /flux-scripts/post.sh ); post_exit_code=$?\n. /flux-scripts/report-failure.sh',
        },
      },
    ],
  });
  const own = rendered({ reportFailure: true, backoffLimit: 8, pod: { restartPolicy: 'OnFailure' } });
  expect([own.backoffLimit, own.pod?.restartPolicy]).toEqual([8, 'OnFailure']);
});

test('reportFailure writes only fields that the release has', () => {
  const fields = (operatorVersion: OperatorVersion): unknown => {
    const { backoffLimit, pod } = rendered({ reportFailure: true, operatorVersion });
    return [backoffLimit, pod?.restartPolicy];
  };
  expect(fields(OperatorVersion.V0_2_0)).toEqual([undefined, undefined]);
  expect(fields(OperatorVersion.V0_2_1)).toEqual([undefined, 'Never']);
});

test('scripts travel in a ConfigMap with the labels and namespace of the cluster, before the resource', () => {
  const metadata = { ...METADATA, labels: { team: 'a' } };
  const [scripts, resource] = miniCluster(metadata, {
    ...MINIMAL,
    containers: [{ ...RUNNER, command: 'echo "a"' }],
  });
  expect(scripts).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, name: 'lmp-scripts' },
    data: { 'command.sh': 'echo "a"' },
  });
  expect(resource?.spec).toMatchObject({
    containers: [
      {
        command: '/bin/bash /flux-scripts/command.sh',
        volumes: { 'lmp-scripts': { configMapName: 'lmp-scripts', path: '/flux-scripts', readOnly: true } },
      },
    ],
  });
});

test('scripts of several containers are mounted once, by the first that needs them', () => {
  const { containers } = rendered({
    interactive: true,
    tasks: undefined,
    containers: [
      { image: 'a:1', runFlux: true },
      { image: 'b:1', name: 'one', command: 'serve', lifeCycle: { preStopExec: 'stop now' } },
      { image: 'c:1', name: 'two', command: 'serve', lifeCycle: { preStopExec: 'stop now' } },
    ],
  });
  expect(containers.map(({ volumes }) => Object.keys(volumes ?? {}))).toEqual([[], ['lmp-scripts'], []]);
  expect(containers[2]?.lifeCycle?.preStopExec).toBe('/tmp/flux-scripts/two-pre-stop.sh');
});

test('a ConfigMap volume gets the name of its ConfigMap as key', () => {
  const volumes = { settings: { configMapName: 'lammps-settings', path: '/settings' } };
  expect(Object.keys(rendered({}, { volumes }).containers[0]?.volumes ?? {})).toEqual(['lammps-settings']);
});

test('one ConfigMap mounted twice is an error', () => {
  const volumes = { a: { configMapName: 'c', path: '/a' }, b: { configMapName: 'c', path: '/b' } };
  expect(errorOf({ containers: [{ ...RUNNER, volumes }] }).problems.map(({ code }) => code)).toContain(
    'MC025',
  );
});

test("Kubernetes' spelling of the memory medium is taken", () => {
  const volumes = { shm: { emptyDir: true, emptyDirMedium: 'Memory' } };
  expect(rendered({}, { volumes }).containers[0]?.volumes?.shm?.emptyDirMedium).toBe('memory');
});

test('a sidecar without a command keeps the entrypoint of its image', () => {
  const containers = [
    { ...RUNNER, runFlux: true },
    { image: 'redis:7', name: 'cache' },
  ];
  expect(rendered({ containers }).containers[1]).toEqual({
    image: 'redis:7',
    name: 'cache',
    noWrapEntrypoint: true,
  });
});

test('a sidecar with a command does not wait for a socket at the wrong place, on the release that has the fault', () => {
  const containers = [
    { ...RUNNER, runFlux: true },
    { image: 'redis:7', name: 'cache', command: 'redis-server' },
  ];
  expect(rendered({ containers }).flux).toEqual({ noWaitSocket: true });
  expect(rendered({ containers, operatorVersion: OperatorVersion.V0_2_1 }).flux).toBeUndefined();
});

test('a disabled view reuses the image of the application', () => {
  expect(rendered({ flux: { container: { disable: true } } }).flux?.container?.image).toBe('ubuntu:24.04');
});

test('the user of the broker is given to the init container, unless it has one', () => {
  const securityContext = { runAsUser: 1000 };
  expect(rendered({}, { securityContext }).flux?.container?.securityContext).toEqual({ runAsUser: 1000 });
  const other = errorOf({
    containers: [{ ...RUNNER, securityContext }],
    flux: { container: { securityContext: { runAsUser: 0 } } },
  });
  expect(other.problems.map(({ code }) => code)).toEqual(['MC081']);
});

test('a bursted cluster gets a configuration whose host block is whole', () => {
  const bursting = {
    leadBroker: { address: '10.0.0.5', name: 'lead', size: 4, port: 30093 },
    clusters: [{}, { name: 'b' }],
  };
  const { flux } = rendered({ flux: { bursting } });
  expect(flux?.bursting?.clusters).toEqual([
    { name: 'burst-0', size: 2 },
    { name: 'b', size: 2 },
  ]);
  expect(flux?.brokerConfig).toContain(
    '[[bootstrap.hosts]]\nhost = "10.0.0.5"\nbind = "tcp://eth0:30093"\nconnect = "tcp://10.0.0.5:30093"\n',
  );
  expect(flux?.brokerConfig).toContain('[[bootstrap.hosts]]\nhost = "lead-[1-3],burst-0-[0-1],b-[0-1]"\n');
  expect(flux?.brokerConfig).toContain('curve_cert = "/mnt/flux/config/curve/curve.cert"');
});

test('with a certificate the host list is that of the operator, for every way to write it', () => {
  const certificate = { secretName: 's' };
  const hosts = (input: Partial<MiniClusterInput>): string | undefined =>
    /^host = (.*)$/m.exec(rendered({ certificate, ...input }).flux?.brokerConfig ?? '')?.[1];
  expect(hosts({})).toBe('"lmp-[0-1]"');
  expect(hosts({ size: 1, tasks: 1 })).toBe('"lmp-[0]"');
  expect(hosts({ maxSize: 8 })).toBe('"lmp-[0-7]"');
  expect(hosts({ flux: { bursting: { clusters: [{ size: 3 }] } } })).toBe('"lmp-[0-1],burst-0-[0-2]"');
  expect(hosts({ flux: { bursting: { hostlist: 'a,b[1-2]' } } })).toBe('"a,b[1-2]"');
});

test('with a certificate the names and paths of the release are used', () => {
  const config = (operatorVersion: OperatorVersion): string =>
    rendered({ certificate: { secretName: 's' }, operatorVersion }).flux?.brokerConfig ?? '';
  expect(config(OperatorVersion.MAIN)).toContain('default_connect = "tcp://%h.lmp:%p"');
  expect(config(OperatorVersion.MAIN)).toContain('path = "/mnt/flux/config/etc/flux/system/R"');
  expect(config(OperatorVersion.V0_2_1)).toContain('default_connect = "tcp://%h.flux-service:%p"');
  expect(config(OperatorVersion.V0_2_1)).toContain('path = "/mnt/flux/view/etc/flux/system/R"');
});

test('a certificate beside an own configuration that does not use it is an error', () => {
  const error = errorOf({
    certificate: { secretName: 's' },
    flux: { brokerConfig: '[bootstrap]\ncurve_cert = "/other"' },
  });
  expect(error.message).toMatch(/flux\.brokerConfig .*\/tmp\/flux-certificate\/curve\.cert.*\(MC165\)/);
});

test('a volume of the user with a name that the library needs is an error, never replaced', () => {
  const volumes = { 'curve-certificate': { claimName: 'data', path: '/data' } };
  const error = errorOf({ certificate: { secretName: 's' }, containers: [{ ...RUNNER, volumes }] });
  expect(error.problems.map(({ code, path }) => [code, path])).toEqual([
    ['MC121', 'containers[0].volumes.curve-certificate'],
  ]);
});

test('the lead broker of a bursted cluster has one entry, whether the host list names it or not', () => {
  const leadBroker = { address: '10.0.0.5', name: 'lead', size: 4 };
  const hosts = (hostlist: string): (string | undefined)[] => {
    const config = rendered({ flux: { bursting: { leadBroker, hostlist } } }).flux?.brokerConfig ?? '';
    return [...config.matchAll(/^host = "(.*)"$/gm)].map(([, host]) => host);
  };
  expect(hosts('10.0.0.5,lead-[1-3]')).toEqual(['10.0.0.5', 'lead-[1-3]']);
  expect(hosts('lead-[1-3]')).toEqual(['10.0.0.5', 'lead-[1-3]']);
  expect(hosts('10.0.0.5')).toEqual(['10.0.0.5']);
});

test('all problems are told at once, with path, value and fix', () => {
  const error = errorOf(
    { size: 0, interactive: true, backoffLimit: 0, pod: { restartPolicy: 'Always' } },
    'osu_latency',
  );
  expect(error).toBeInstanceOf(InvalidSpecError);
  expect(error.problems.map(({ code, path, value }) => [code, path, value])).toEqual([
    ['MC110', 'size', 0],
    ['MC016', 'containers[0].command', 'hostname'],
    ['MC039', 'pod.restartPolicy', 'Always'],
    ['MC044', 'backoffLimit', 0],
    ['MC075', 'metadata.name', 'osu_latency'],
  ]);
  expect(error.message).toContain(
    "MiniCluster 'osu_latency' is not valid:\n  - size must be a whole number of at least 1, got 0; write the number of pods (MC110)\n",
  );
  expect(error.message).toContain("call it 'osu-latency' (MC075)");
});

test('unknown fields are told together with what the rules find', () => {
  const error = errorOf({ size: 0, sizes: 3 } as never);
  expect(error.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(['MC100', 'MC110']));
});

test('a wrong type is told, and does not bring the rules down', () => {
  const error = errorOf({ containers: [{ ...RUNNER, command: 5, environment: { A: 1 } }] } as never);
  expect(error.problems.map(({ code, path }) => [code, path])).toEqual([
    ['MC101', 'containers[0].command'],
    ['MC101', 'containers[0].environment.A'],
  ]);
});

test('a name that is too long for the volumes of the operator is an error that says how long it may be', () => {
  expect(errorOf({ maxSize: 100 }, 'a'.repeat(53)).message).toContain('shorten it to 52');
});

test('two flux runners are an error', () => {
  const containers = [
    { ...RUNNER, runFlux: true },
    { ...RUNNER, runFlux: true, name: 'b' },
  ];
  expect(errorOf({ containers }).message).toContain(
    'must have exactly one container with runFlux: true, 2 of 2 have it',
  );
});

test('a field that the chosen release does not know is an error', () => {
  const error = errorOf({ operatorVersion: OperatorVersion.V0_2_0, backoffLimit: 3 });
  expect(error.problems.map(({ code, path }) => [code, path])).toContainEqual(['MC103', 'backoffLimit']);
});

test('a silenced rule is quiet, and what it is about stays as written', () => {
  const silence = [{ code: 'MC001', reason: 'the quotes are meant for the entrypoint' }];
  const input = { ...MINIMAL, silence, containers: [{ ...RUNNER, command: 'a"b"' }] };
  expect(miniCluster(METADATA, input)).toHaveLength(1);
  expect(rendered(input).containers[0]?.command).toBe('a"b"');
});

test.each([
  ['no reason', { code: 'MC065', reason: ' ' }],
  ['no code', { reason: 'x' }],
  ['a structural code', { code: 'MC101', reason: 'x' }],
])('a silence with %s is an error', (_what, silence) => {
  expect(errorOf({ silence: [silence] } as never).message).toContain('(MC105)');
});

test.each([
  ['operatorVersion', { operatorVersion: '0.3.0' }, 'MC106'],
  ['certificate', { certificate: {} }, 'MC107'],
  ['certificate', { certificate: { secretName: 's', key: 'a b' } }, 'MC107'],
  ['certificate.secretName', { certificate: { secretName: 'a b' } }, 'MC160'],
  ['certificate.secretName', { certificate: { secret: { name: 'a'.repeat(254) } } }, 'MC160'],
  ['pod.serviceAccount', { pod: { serviceAccount: {} } }, 'MC108'],
  ['pod.serviceAccount', { pod: { serviceAccount: { name: 'a' }, serviceAccountName: 'b' } }, 'MC109'],
  ['reportFailure', { reportFailure: 'yes' }, 'MC101'],
])('%s of %j is refused', (path, input, code) => {
  expect(errorOf(input as never).problems.map((problem) => [problem.code, problem.path])).toContainEqual([
    code,
    path,
  ]);
});

test('nothing but plain data is needed: null, lists and garbage are told, never thrown as something else', () => {
  for (const input of [
    {},
    { containers: null },
    { containers: [null] },
    { containers: {} },
    { containers: [{ volumes: 3 }] },
  ]) {
    expect(() => miniCluster(METADATA, input as never)).toThrow(InvalidSpecError);
  }
});

test('warnings are told by checkMiniCluster and do not stop the rendering', () => {
  const problems = checkMiniCluster(METADATA, {
    size: 1,
    containers: [{ image: 'ubuntu:24.04', command: 'hostname' }],
  });
  expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
    ['MC014', 'warning'],
    ['MC065', 'warning'],
  ]);
});

test('no value of a secret is in a message', () => {
  const curveCert = 'secret-key = "abc"';
  const messages = checkMiniCluster(METADATA, { ...MINIMAL, flux: { curveCert } }).map((problem) =>
    JSON.stringify(problem),
  );
  expect(messages.join()).not.toContain('abc');
});

test('objects of classes are read and never changed, however often they are used', () => {
  class Solver {
    public readonly image = 'ubuntu:24.04';
    public readonly command = 'echo "a"';
  }
  const solver = Object.freeze(new Solver());
  for (const name of ['one', 'two']) {
    const [scripts] = miniCluster({ name }, { size: 1, containers: [solver] });
    expect(scripts?.data).toEqual({ 'command.sh': 'echo "a"' });
  }
});

test.each([
  ['a number without a value', { size: Infinity }, 'size must be a whole number, got Infinity'],
  [
    'a Map',
    { containers: [{ ...RUNNER, environment: new Map([['A', '1']]) }] },
    'containers[0].environment must be a map',
  ],
])('%s is refused, since no manifest can hold it', (_what, input, message) => {
  expect(errorOf(input as never).message).toContain(message);
});

test('an input that contains itself, and none at all, are refused like any other', () => {
  const container: Record<string, unknown> = { ...RUNNER };
  container.commands = { pre: container };
  expect(() => miniCluster(METADATA, { containers: [container] })).toThrow(InvalidSpecError);
  for (const nothing of [undefined, null, 5]) {
    expect(() => miniCluster(METADATA, nothing as never)).toThrow(InvalidSpecError);
    expect(() => miniCluster(nothing as never, MINIMAL)).toThrow(/metadata\.name must be a text/);
  }
});

test('metadata is not shared with the caller', () => {
  const metadata = { ...METADATA, labels: { a: 'b' } };
  const [manifest] = miniCluster(metadata, MINIMAL);
  metadata.labels.a = 'c';
  expect(manifest?.metadata.labels).toEqual({ a: 'b' });
});

test('a code that no rule has can not be silenced', () => {
  expect(errorOf({ silence: [{ code: 'MC999', reason: 'x' }] }).message).toContain('(MC105)');
});

test('directives of a batch text stay where flux batch reads them', () => {
  const command = '#!/bin/bash\n#FLUX: -N 2 --job-name=sweep\nflux run echo "$x"\n';
  expect(rendered({}, { batch: true, batchRaw: true, command }).containers[0]?.command).toBe(
    '#FLUX: -N 2 --job-name=sweep\n/bin/bash /flux-scripts/batch.sh',
  );
  const quoted = '#FLUX: --env="A=1 2"\ndate\n';
  expect(
    errorOf({ containers: [{ ...RUNNER, batch: true, batchRaw: true, command: quoted }] }).message,
  ).toContain('MC005');
});

test('a command with a carriage return is not taken for a plain one', () => {
  expect(rendered({}, { command: 'hostname\r' }).containers[0]?.command).toBe(
    '/bin/bash /flux-scripts/command.sh',
  );
});

test('texts that no ConfigMap can hold are refused', () => {
  expect(errorOf({ containers: [{ ...RUNNER, command: `: "${'x'.repeat(2 ** 20)}"` }] }).message).toContain(
    '(MC133)',
  );
});

test('a volume may be called like a field that takes an object, and is not changed either', () => {
  const volumes = { secret: { claim: { name: 'data' }, path: '/data' } };
  for (const name of ['one', 'two']) {
    const [manifest] = miniCluster({ name }, { ...MINIMAL, containers: [{ ...RUNNER, volumes }] });
    expect(manifest?.spec).toMatchObject({
      containers: [{ volumes: { secret: { claimName: 'data', path: '/data' } } }],
    });
  }
  expect(volumes.secret.claim).toEqual({ name: 'data' });
});
