/** What the scripts of the pods, and the brokers, are told. */
import { MiniClusterJobInput } from '../../../src/model/job';
import {
  CLUSTER,
  RenderedJob,
  brokerConfiguration,
  mountsOf,
  rendered,
  variablesOf,
} from '../../support/job-cluster';

test.each<
  [string, Partial<MiniClusterJobInput>, object, Record<string, string | undefined>, Record<string, string>]
>([
  ['submit', {}, {}, { MINICLUSTER_TASKS: '-N2 -n2' }, { command: 'hostname\n' }],
  ['submit', {}, { command: 'lmp -in  a ' }, {}, { command: 'lmp\n-in\na\n' }],
  ['submit', {}, { command: 'echo "a b"' }, {}, { 'command.sh': 'echo "a b"' }],
  ['submit', {}, { command: 'a && b' }, {}, { 'command.sh': 'a && b' }],
  [
    'submit',
    {},
    { command: undefined, commands: { script: '#!/bin/sh\necho $1\n' } },
    {},
    { 'command.sh': '#!/bin/sh\necho $1\n' },
  ],
  [
    'launcher',
    { tasks: undefined },
    { launcher: true },
    { MINICLUSTER_TASKS: undefined },
    { command: 'hostname\n' },
  ],
  [
    'batch',
    {},
    { batch: true, batchRaw: true, command: 'flux run -n2 date' },
    { MINICLUSTER_TASKS: '-N2 -n2' },
    { 'batch.sh': '#!/bin/bash\nflux run -n2 date' },
  ],
  [
    'batch',
    {},
    { batch: true, batchRaw: true, command: '#!/bin/sh\ndate' },
    {},
    { 'batch.sh': '#!/bin/sh\ndate' },
  ],
  [
    'interactive',
    { interactive: true, tasks: undefined },
    { command: undefined },
    { MINICLUSTER_TASKS: undefined },
    {},
  ],
  ['interactive', { tasks: undefined }, { command: undefined }, { MINICLUSTER_TASKS: undefined }, {}],
])(
  'the mode %s with %j and %j is what the scripts are told, and the command is in its file',
  (mode, input, runner, env, files) => {
    const cluster = rendered(input, runner);
    expect(variablesOf(cluster.flux)).toMatchObject({ MINICLUSTER_MODE: mode, ...defined(env) });
    for (const [name, value] of Object.entries(env)) expect(variablesOf(cluster.flux)[name]).toBe(value);
    const commands = Object.entries(cluster.files).filter(([name]) =>
      /^(command|command\.sh|batch\.sh)$/.test(name),
    );
    expect(Object.fromEntries(commands)).toEqual(files);
  },
);

function defined(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

test('each line of a batch text that is not raw is a job of its own, with its output beside the others', () => {
  const { files, flux } = rendered({}, { batch: true, command: 'one a\n\ntwo b\n', logs: '/data/out' });
  expect(files['batch.sh']?.split('\n').slice(0, 3)).toEqual([
    '#!/bin/bash',
    'flux submit --flags waitable --error="${FLUX_OUTPUT_DIR}/job-0.err" --output="${FLUX_OUTPUT_DIR}/job-0.out" one a',
    'flux submit --flags waitable --error="${FLUX_OUTPUT_DIR}/job-2.err" --output="${FLUX_OUTPUT_DIR}/job-2.out" two b',
  ]);
  expect(variablesOf(flux).FLUX_OUTPUT_DIR).toBe('/data/out');
});

test.each([
  [{ size: 4, tasks: 16 }, '-N4 -n16'],
  [{ size: 4, tasks: 4 }, '-N4 -n4'],
  [{ size: 4, tasks: 3 }, '-n3'],
  [{ size: 4, tasks: 0 }, '-N4'],
  [{ size: 2, tasks: 2, logging: { debug: true } }, '-N2 -n2 -vvv'],
])('%j are %s for flux submit', (input, tasks) => {
  expect(variablesOf(rendered(input).flux).MINICLUSTER_TASKS).toBe(tasks);
});

test('the texts of hooks and of flux are files as they were written, and only those that there are', () => {
  const commands = {
    init: 'a',
    pre: 'b',
    brokerPre: 'c',
    workerPre: 'd',
    post: 'e',
    prefix: 'strace -f "x y"',
  };
  const flux = {
    ...CLUSTER.flux,
    wrap: "strace,-f,-e it's",
    optionFlags: '-c 2',
    submitCommand: 'flux run',
    environment: { A: "it's $B" },
  };
  const { files } = rendered({ flux }, { commands });
  expect(files).toMatchObject({
    'init.sh': 'a',
    'pre.sh': 'b',
    'broker-pre.sh': 'c',
    'worker-pre.sh': 'd',
    'post.sh': 'e',
    prefix: 'strace -f "x y"',
    wrap: `'strace' '-f' '-e it'\\''s'`,
    'option-flags': '-c 2',
    'submit-command': 'flux run',
    'view-environment.sh': `export A='it'\\''s $B'\n`,
  });
  const ours = Object.keys(rendered().files).filter(
    (name) => !name.endsWith('.sh') && !name.endsWith('.lua'),
  );
  expect(ours).toEqual(['broker.toml', 'broker-options', 'command']);
});

test('what is to be done about the archive is told to the scripts, without what they take for granted', () => {
  const told = (
    archive: object,
    data: object = { claimName: 'data' },
    input: object = {},
  ): Record<string, string | undefined> => {
    const volumes = { data: { path: '/data', ...data } };
    const given = { path: '/data/a.tgz', ...archive };
    const { flux } = rendered({ archive: given, ...input }, { volumes });
    const names = /^MINICLUSTER_(ARCHIVE|SAVE|SAVE_EVERY|KEEP|DRAIN|WRITE_ONCE|LOCK_WAIT)$/;
    return Object.fromEntries(
      Object.entries(variablesOf(flux)).flatMap(([name, value]) => {
        const short = names.exec(name)?.[1];
        return short === undefined ? [] : [[short, value]];
      }),
    );
  };
  const plain = { ARCHIVE: '/data/a.tgz', SAVE: 'on-stop', LOCK_WAIT: '120' };
  expect(told({})).toEqual(plain);
  expect(told({ save: 'never' })).toEqual({ ARCHIVE: '/data/a.tgz', SAVE: 'never' });
  expect(told({ save: 'periodic' })).toEqual({ ...plain, SAVE: 'periodic', SAVE_EVERY: '600' });
  expect(told({ save: 'periodic', everyMinutes: 3, keep: 2 })).toEqual({
    ...plain,
    SAVE: 'periodic',
    SAVE_EVERY: '180',
    KEEP: '2',
  });
  // A lead whose node is lost may hold the archive for its grace period, and its lock for a while longer.
  expect(told({ drainSeconds: 60 })).toEqual({ ...plain, DRAIN: '60', LOCK_WAIT: '180' });
  expect(told({}, undefined, { terminationGracePeriodSeconds: 300 })).toEqual({ ...plain, LOCK_WAIT: '390' });
  const once = { ...plain, WRITE_ONCE: 'true' };
  expect(told({ writeOnce: true })).toEqual(once);
  expect(told({}, { csiDriver: 'gcsfuse.csi.storage.gke.io' })).toEqual(once);
  expect(told({}, { claim: { name: 'data', lacksRename: true } })).toEqual(once);
  expect(told({}, { claim: { name: 'data', lacksLocking: true } })).toEqual(once);
  expect(told({ writeOnce: false }, { claim: { name: 'data', lacksRename: true } })).toEqual(plain);
});

test('the grace period of the pods follows from what running jobs get, unless it is given', () => {
  const grace = (archive: object, terminationGracePeriodSeconds?: number): unknown =>
    rendered(
      { archive: { path: '/data/a.tgz', ...archive }, terminationGracePeriodSeconds },
      { volumes: { data: { claimName: 'data', path: '/data' } } },
    ).pod.terminationGracePeriodSeconds;
  expect([grace({}), grace({ drainSeconds: 60 }), grace({ drainSeconds: 60 }, 80)]).toEqual([30, 90, 80]);
});

test('logging, restarts, archive and Python path are told to the scripts, and not what is not asked for', () => {
  const all = rendered({
    logging: { strict: true, quiet: true, timed: true, zeromq: true },
    brokerRestarts: 0,
    archive: { path: '/state/a b.tgz' },
    silence: [{ code: 'MJ018', reason: 'tried out' }],
    flux: {
      container: { image: 'view:1', pythonPath: '/opt/python' },
      completeWorkers: true,
      scheduler: { simple: true, queuePolicy: 'easy' },
    },
  });
  expect(variablesOf(all.flux)).toMatchObject({
    MINICLUSTER_STRICT: 'true',
    MINICLUSTER_QUIET: 'true',
    MINICLUSTER_TIMED: 'true',
    MINICLUSTER_RESTARTS: '0',
    MINICLUSTER_ARCHIVE: '/state/a b.tgz',
    MINICLUSTER_PYTHON_PATH: '/opt/python',
    MINICLUSTER_COMPLETE_WORKERS: 'true',
  });
  expect(variablesOf(all.flux)).not.toHaveProperty('MINICLUSTER_FLUXION');
  expect(all.files['broker-options']).toMatch(/^-Stbon.zmqdebug=1$/m);
  expect(all.files['broker-options']).toMatch(/^-Slog-stderr-level=0$/m);
  expect(brokerConfiguration(all)['sched-fluxion-qmanager']).toEqual({ 'queue-policy': 'easy' });
  const names = Object.keys(variablesOf(rendered().flux));
  for (const name of ['STRICT', 'QUIET', 'TIMED', 'ARCHIVE', 'PYTHON_PATH', 'COMPLETE_WORKERS', 'CORES'])
    expect(names).not.toContain(`MINICLUSTER_${name}`);
  expect(variablesOf(rendered().flux)).toMatchObject({
    MINICLUSTER_FLUXION: 'true',
    MINICLUSTER_RESTARTS: '20',
  });
});

test('an own broker configuration is used as it is', () => {
  const brokerConfig = '[bootstrap]\ncurve_cert = "/mnt/flux/config/curve/curve.cert"\n# $HOME\n';
  expect(rendered({ flux: { ...CLUSTER.flux, brokerConfig } }).files['broker.toml']).toBe(brokerConfig);
});

test('without the socket no broker is told where to make it', () => {
  const options = (disableSocket?: boolean): string | undefined =>
    rendered({ flux: { ...CLUSTER.flux, disableSocket } }).files['broker-options'];
  expect(options()).toContain('-Slocal-uri=local:///mnt/flux/config/run/flux/local\n');
  expect(options(true)).not.toContain('local-uri');
});

test('another folder for Flux moves all that lies in it', () => {
  const cluster = rendered({
    flux: { container: { image: 'view:1', mountPath: '/opt/mine', name: 'shared' } },
  });
  expect(mountsOf(cluster.flux)).toMatchObject({ '/opt/mine': 'shared' });
  expect(variablesOf(cluster.flux).MINICLUSTER_ROOT).toBe('/opt/mine');
  expect(cluster.files['broker-options']).toContain('-Srundir=/opt/mine/config/run/flux\n');
  expect(brokerConfiguration(cluster).bootstrap?.curve_cert).toBe('/opt/mine/config/curve/curve.cert');
  expect(cluster.files['broker.toml']).not.toContain('/mnt/flux');
});

test.each([
  ['500m', '1'],
  ['2500m', '2'],
  ['4', '4'],
  ['29000m', '29'],
  ['1.9', '1'],
  [3, '3'],
  [undefined, undefined],
])('a CPU limit of %s lets Flux plan with %s cores', (cpu, cores) => {
  const { flux, files } = rendered(
    {},
    { resources: { limits: cpu === undefined ? {} : { cpu: cpu as string } } },
  );
  expect(variablesOf(flux).MINICLUSTER_CORES).toBe(cores);
  // A limit is a quota and no set of CPUs: task affinity is off then, and only then.
  expect('no-affinity.lua' in files).toBe(cores !== undefined);
});

test('cores that are given beat those of the limit', () => {
  const { flux } = rendered({ cores: 7 }, { resources: { limits: { cpu: '2' } } });
  expect(variablesOf(flux).MINICLUSTER_CORES).toBe('7');
});

test('texts that no ConfigMap can hold are an error, and nothing is rendered', () => {
  const large = 'x'.repeat(1024 * 1024);
  expect(() => rendered({}, { commands: { pre: large } })).toThrow(/MC133/);
});

test('the broker is configured with the hosts, the network and the topology that are asked for', () => {
  const cluster = rendered({
    port: 9050,
    networkInterface: 'net1',
    clusterDomain: 'cluster.local',
    network: { headlessName: 'overlay' },
    flux: { ...CLUSTER.flux, topology: 'kary:2', connectTimeout: '9s', logLevel: 7 },
  });
  expect(brokerConfiguration(cluster).bootstrap).toMatchObject({
    curve_cert: '/mnt/flux/config/curve/curve.cert',
    default_port: 9050,
    default_bind: 'tcp://net1:%p',
    default_connect: 'tcp://%h.overlay.hpc.svc.cluster.local:%p',
    hosts: [{ host: 'lmp-[0-1]' }],
  });
  expect(brokerConfiguration(rendered()).bootstrap).toMatchObject({
    default_port: 8050,
    default_bind: 'tcp://eth0:%p',
    default_connect: 'tcp://%h.lmp:%p',
  });
  expect(cluster.files['broker-options']?.split('\n')).toEqual(
    expect.arrayContaining(['-Stbon.topo=kary:2', '-Stbon.connect_timeout=9s', '-Slog-stderr-level=7']),
  );
  expect(variablesOf(cluster.flux).MINICLUSTER_PORT).toBe('9050');
  expect(cluster.pod.subdomain).toBe('overlay');
  expect(cluster.flux.ports).toContainEqual({ name: 'flux', containerPort: 9050, protocol: 'TCP' });
  expect(cluster.object('Service', 'overlay').spec).toEqual({
    clusterIP: 'None',
    selector: { 'job-name': 'lmp' },
    publishNotReadyAddresses: true,
    ports: [{ name: 'flux', port: 9050, targetPort: 9050, protocol: 'TCP' }],
  });
  const published = rendered({ publishNotReadyAddresses: false }).object('Service', 'lmp').spec;
  expect(published).toMatchObject({ publishNotReadyAddresses: false });
});

test('scripts can not be changed under running pods: other texts are another ConfigMap, and another template', () => {
  const [one, other] = ['date', 'hostname'].map((pre) => rendered({}, { commands: { pre } }));
  const name = (cluster: RenderedJob | undefined): unknown => cluster?.volume('flux-scripts');
  expect(name(one)).not.toEqual(name(other));
  const map = one?.manifests.find(({ metadata }) => metadata.name.startsWith('lmp-entrypoint-'));
  expect(map?.immutable).toBe(true);
  expect(name(one)).toEqual({ name: 'flux-scripts', configMap: { name: map?.metadata.name } });
});
