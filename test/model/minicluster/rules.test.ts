import { Severity } from '../../../src/model/problems';
import type { MiniClusterSpec } from '../../../src/model/minicluster/api/v1alpha2';
import { OperatorVersion } from '../../../src/model/minicluster/operator-version';
import { readCluster } from '../../../src/model/minicluster/cluster';
import { MINICLUSTER_RULES } from '../../../src/model/minicluster/rules';
import { applyRules } from '../../../src/model/minicluster/rules/rule';

const { MAIN, MULTIPLE_APPLICATIONS, V0_2_1 } = OperatorVersion;
const CLEAN = { image: 'ubuntu:24.04', command: 'hostname', commands: { post: 'exit $?' } };
const SECURE = { brokerConfig: 'curve_cert = "/etc/flux/curve.cert"' };

type Container = MiniClusterSpec['containers'][number];
type Spec = Partial<MiniClusterSpec>;

/** A MiniCluster that no rule has anything against. */
function cluster(spec: Spec = {}, runner: Partial<Container> = {}): MiniClusterSpec {
  return { size: 2, tasks: 2, flux: SECURE, containers: [{ ...CLEAN, ...runner }], ...spec };
}

/** With a sidecar that no rule has anything against, but that it may keep the pods alive. */
function withSidecar(sidecar: Partial<Container>, spec: Spec = {}): MiniClusterSpec {
  const flux = { ...SECURE, noWaitSocket: true };
  const containers = [
    { ...CLEAN, command: undefined, runFlux: true, lifeCycle: { preStopExec: '/stop' } },
    { image: 'redis:7', name: 'cache', command: 'redis-server', ...sidecar },
  ];
  return { size: 2, interactive: true, flux, containers, ...spec };
}

/** With a services pod. */
function withService(service: Partial<Container>, spec: Spec = {}): MiniClusterSpec {
  return cluster({ services: [{ image: 'redis:7', name: 'cache', ...service }], ...spec });
}

/** A queue and an application, each with a broker in every pod. */
function withApplication(
  application: Partial<Container> = {},
  spec: Spec = {},
  queue: Partial<Container> = {},
): MiniClusterSpec {
  const containers = [
    { image: 'ubuntu:24.04', name: 'queue', runFlux: true, ...queue },
    { image: 'ubuntu:24.04', name: 'lammps', runFlux: true, ...application },
  ];
  return { size: 2, oversubscribe: true, interactive: true, containers, ...spec };
}

function volumes(one: NonNullable<Container['volumes']>, spec: Spec = {}): MiniClusterSpec {
  return cluster(spec, { volumes: one });
}

/** What the rules say of a resource that is applied as it is. */
function findings(spec: MiniClusterSpec, release: OperatorVersion = MAIN, name = 'lmp'): [string, string][] {
  const problems = applyRules(MINICLUSTER_RULES, readCluster({ name }, spec, release), release);
  return problems.map(({ code, path }) => [code, path]);
}

const VIOLATIONS: [
  code: string,
  path: string,
  spec: MiniClusterSpec,
  release?: OperatorVersion,
  name?: string,
][] = [
  ['MC120', 'containers[0].commands.pre', cluster({}, { commands: { post: 'exit', pre: 'date\r\ndate' } })],
  ['MC130', 'containers[0].volumes.a.path', volumes({ a: { claimName: 'a', path: '/tmp/' } })],
  ['MC131', 'containers[0].ports', cluster({}, { ports: [0] })],
  ['MC132', 'containers[0].environment', cluster({}, { environment: { 'A B': '1' } })],
  ['MC135', 'containers[0].command', cluster({}, { command: ' \n' })],
  ['MC001', 'containers[0].command', cluster({}, { command: 'echo "hello world"' })],
  ['MC002', 'containers[0].command', cluster({}, { command: 'echo $FLUX_JOB_ID' })],
  ['MC003', 'containers[0].command', cluster({}, { command: "python3 -c 'print(1)'" })],
  ['MC003', 'containers[0].command', cluster({}, { command: 'a && b' })],
  ['MC003', 'containers[0].command', cluster({}, { command: 'one\ntwo' })],
  ['MC003', 'containers[0].command', cluster({}, { command: 'OMP_NUM_THREADS=2 lmp' })],
  ['MC004', 'containers[0].command', cluster({}, { batch: true, batchRaw: true, command: 'echo $HOME' })],
  ['MC005', 'containers[0].command', cluster({}, { batch: true, batchRaw: true, command: 'echo "a b"' })],
  ['MC006', 'containers[0].command', cluster({}, { batch: true, command: '# a comment\nhostname' })],
  ['MC006', 'containers[0].command', cluster({}, { batch: true, command: 'export A=1\nhostname' })],
  [
    'MC006',
    'containers[0].command',
    cluster({}, { batch: true, command: 'for i in 1 2\ndo\nhostname\ndone' }),
  ],
  ['MC006', 'containers[0].command', cluster({}, { batch: true, command: 'hostname | sort' })],
  [
    'MC007',
    'containers[0].commands.script',
    cluster({}, { command: undefined, commands: { post: 'exit', script: 'echo $1' } }),
  ],
  [
    'MC007',
    'containers[0].commands.script',
    cluster({}, { command: undefined, commands: { post: 'exit', script: 'a\nEOF\nb' } }),
  ],
  ['MC007', 'containers[1].commands.script', withSidecar({ commands: { script: 'date' } })],
  [
    'MC008',
    'containers[0].commands.script',
    cluster({}, { command: undefined, batch: true, commands: { post: 'exit', script: 'date' } }),
  ],
  ['MC009', 'flux.brokerConfig', cluster({ flux: { brokerConfig: 'path = "$HOME"' } })],
  ['MC009', 'flux.brokerConfig', cluster({ flux: { brokerConfig: 'a = 1\nEOT\n' } })],
  ['MC010', 'flux.environment.A', cluster({ flux: { ...SECURE, environment: { A: 'one two' } } })],
  [
    'MC011',
    'archive.path',
    cluster(
      { archive: { path: 'state/a b.tgz' } },
      { commands: { post: 'exit', prefix: '-Scontent.dump=/a' } },
    ),
  ],
  ['MC011', 'containers[0].logs', cluster({}, { logs: '/a;b' })],
  ['MC011', 'flux.optionFlags', cluster({ flux: { ...SECURE, optionFlags: '--env="A=1 2"' } })],
  ['MC011', 'flux.submitCommand', cluster({ flux: { ...SECURE, submitCommand: 'flux submit; date' } })],
  ['MC011', 'flux.topology', cluster({ flux: { ...SECURE, topology: 'kary' } })],
  ['MC011', 'flux.connectTimeout', cluster({ flux: { ...SECURE, connectTimeout: '5 s' } })],
  ['MC011', 'flux.environment', cluster({ flux: { ...SECURE, environment: { 'A-B': '1' } } })],
  [
    'MC012',
    'containers[0].lifeCycle.preStopExec',
    cluster({}, { lifeCycle: { preStopExec: 'flux shutdown' } }),
  ],
  [
    'MC012',
    'containers[0].lifeCycle.postStartExec',
    cluster({}, { lifeCycle: { postStartExec: 'touch /a' } }),
  ],
  [
    'MC013',
    'containers[0].commands.pre',
    cluster({ logging: { quiet: true } }, { commands: { post: 'exit', pre: 'a\nb' } }),
  ],
  [
    'MC013',
    'containers[0].commands.init',
    cluster({}, { commands: { post: 'exit', init: 'cat <<E\nx\nE' } }),
  ],
  [
    'MC013',
    'containers[1].commands.servicePre',
    withSidecar({ commands: { servicePre: 'a # b' } }, { logging: { quiet: true } }),
  ],
  ['MC014', 'reportFailure', cluster({}, { commands: {} })],
  ['MC015', 'logging.strict', cluster({ logging: { strict: true } })],
  ['MC140', 'logging.timed', cluster({ logging: { timed: true } })],
  [
    'MC016',
    'containers[0].command',
    cluster({ interactive: true, tasks: undefined }, { lifeCycle: { preStopExec: '/stop' } }),
  ],
  ['MC017', 'archive.path', cluster({ archive: { path: '/state/a.tgz' } })],
  ['MC018', 'flux.wrap', cluster({ flux: { ...SECURE, wrap: 'strace' } })],
  [
    'MC019',
    'flux.submitCommand',
    cluster({ flux: { ...SECURE, submitCommand: 'flux run' } }, { batch: true }),
  ],
  [
    'MC020',
    'flux.optionFlags',
    cluster({ tasks: undefined, flux: { ...SECURE, optionFlags: '-c1' } }, { launcher: true }),
  ],
  ['MC020', 'tasks', cluster({}, { launcher: true })],
  ['MC021', 'tasks', cluster({ tasks: undefined })],
  ['MC126', 'tasks', cluster({ tasks: -1 })],
  [
    'MC022',
    'containers[0].workingDir',
    cluster(
      { flux: { ...SECURE, container: { disable: true, image: 'a:1' } } },
      { batch: true, workingDir: '/data/run', volumes: { data: { claimName: 'data', path: '/data' } } },
    ),
  ],
  [
    'MC023',
    'containers[0].workingDir',
    cluster({}, { workingDir: '/data', volumes: { data: { claimName: 'data', path: '/data/' } } }),
  ],
  [
    'MC024',
    'containers[1]',
    cluster({
      flux: { ...SECURE, noWaitSocket: true },
      containers: [
        { ...CLEAN, runFlux: true },
        { image: 'redis:7', name: 'cache', command: 'redis-server' },
      ],
    }),
  ],
  [
    'MC086',
    'containers[0].lifeCycle.preStopExec',
    cluster({ interactive: true, tasks: undefined }, { command: undefined }),
  ],
  ['MC025', 'containers[0].volumes.a.configMapName', volumes({ a: { configMapName: 'b', path: '/a' } })],
  ['MC026', 'containers[0].volumes.shm.path', volumes({ shm: { emptyDir: true, path: '/scratch' } })],
  ['MC026', 'containers[0].volumes.shm.readOnly', volumes({ shm: { emptyDir: true, readOnly: true } })],
  [
    'MC027',
    'containers[0].volumes.shm.emptyDirMedium',
    volumes({ shm: { emptyDir: true, emptyDirMedium: 'Memory' } }),
  ],
  [
    'MC028',
    'containers[0].volumes.shm.emptyDirSizeLimit',
    volumes({ shm: { emptyDir: true, emptyDirSizeLimit: '64 GB' } }),
  ],
  [
    'MC029',
    'containers[0].volumes.b',
    volumes({ a: { claimName: 'a', path: '/data' }, b: { claimName: 'b', path: '/data/' } }),
  ],
  ['MC029', 'containers[0].volumes.a', volumes({ a: { claimName: 'a', path: '/mnt/flux' } })],
  [
    'MC129',
    'containers[0].volumes.key.secretName',
    withSidecar(
      {},
      {
        containers: [
          {
            image: 'a:1',
            runFlux: true,
            lifeCycle: { preStopExec: '/s' },
            volumes: { key: { secretName: 'key', path: '/key' } },
          },
          { image: 'redis:7', name: 'cache', command: 'redis-server' },
        ],
      },
    ),
  ],
  ['MC030', 'containers[0].volumes.a.path', volumes({ a: { secretName: 'a' } })],
  ['MC031', 'containers[0].volumes.a', volumes({ a: { path: '/a' } })],
  [
    'MC134',
    'containers[0].volumes.a.csiDriver',
    volumes({ a: { csiDriver: 'secrets-store.csi.k8s.io', path: '/a', readOnly: true } }),
  ],
  ['MC032', 'containers[0].volumes.a.hostPath', volumes({ a: { hostPath: '/tmp', path: '/a' } })],
  ['MC035', 'containers[0].volumes.a', volumes({ a: { claimName: 'a', hostPath: '/tmp', path: '/a' } })],
  [
    'MC035',
    'containers[0].volumes.a.items',
    volumes({ a: { claimName: 'a', items: { k: 'v' }, path: '/a' } }),
  ],
  ['MC121', 'containers[0].volumes.A_b', volumes({ A_b: { claimName: 'a', path: '/a' } })],
  ['MC121', 'containers[0].volumes.flux-view', volumes({ 'flux-view': { claimName: 'a', path: '/a' } })],
  ['MC122', 'containers[0].volumes.a.path', volumes({ a: { claimName: 'a', path: 'data' } })],
  [
    'MC036',
    'pod.securityContext.runAsNonRoot',
    cluster({ pod: { securityContext: { fsGroup: 1, runAsNonRoot: true } } }),
  ],
  ['MC037', 'pod.resources', cluster({ pod: { resources: { cpu: '1' } } })],
  ['MC038', 'pod.automountServiceAccountToken', cluster({ pod: { serviceAccountName: 'hpc' } })],
  ['MC039', 'pod.restartPolicy', cluster({ pod: { restartPolicy: 'Always' } })],
  [
    'MC040',
    'pod.nodeAffinity',
    cluster({ network: { disableAffinity: true }, pod: { nodeAffinity: { zone: ['a'] } } }),
  ],
  ['MC041', 'pod.labels["app"]', cluster({ pod: { labels: { app: 'x' } } })],
  ['MC042', 'containers[0].environment.B', cluster({}, { environment: { A: '1', B: '$(A)2' } })],
  [
    'MC042',
    'containers[0].environment.A',
    cluster({}, { environment: { A: '1' }, secrets: { A: { name: 's', key: 'k' } } }),
  ],
  ['MC044', 'backoffLimit', cluster({ backoffLimit: 0 })],
  ['MC045', 'deadlineSeconds', cluster({ deadlineSeconds: 0 })],
  ['MC046', 'containers[0].imagePullPolicy', cluster({}, { imagePullPolicy: 'Sometimes' })],
  ['MC046', 'containers[0].imagePullPolicy', cluster({}, { imagePullPolicy: 'Never', pullAlways: true })],
  ['MC073', 'containers[0].image', cluster({}, { image: 'localhost:5000/lammps' })],
  ['MC073', 'containers[0].image', cluster({}, { image: `lammps:latest` })],
  ['MC079', 'containers[0].resources.limits.cpu', cluster({}, { resources: { limits: { cpu: '500m' } } })],
  ['MC079', 'network.disableAffinity', cluster({ network: { disableAffinity: true } })],
  ['MC081', 'containers[0].securityContext.runAsUser', cluster({}, { securityContext: { runAsUser: 1000 } })],
  [
    'MC047',
    'flux.container.imagePullSecret',
    cluster({ flux: { ...SECURE, container: { imagePullSecret: 's' } } }),
  ],
  ['MC047', 'services[0].imagePullSecret', withService({ imagePullSecret: 's' })],
  [
    'MC048',
    'flux.container.mountPath',
    cluster({ flux: { ...SECURE, container: { mountPath: '/opt/flux' } } }),
  ],
  ['MC049', 'flux.noWaitSocket', withSidecar({}, { flux: SECURE })],
  ['MC050', 'containers[1].command', withSidecar({ command: undefined })],
  ['MC051', 'containers[1].command', withSidecar({ noWrapEntrypoint: true })],
  ['MC052', 'containers[1].commands.pre', withSidecar({ commands: { pre: 'date' } })],
  [
    'MC052',
    'containers[0].commands.servicePre',
    cluster({}, { commands: { post: 'exit', servicePre: 'date' } }),
  ],
  ['MC053', 'services[0].command', withService({ command: 'redis-server' })],
  ['MC153', 'pod.tolerations', withService({}, { pod: { tolerations: [{ key: 'hpc' }] } })],
  ['MC054', 'services[0].ports', withService({ ports: [6379] })],
  ['MC055', 'containers[1].name', withSidecar({ name: 'lmp' })],
  ['MC155', 'containers[0].name', cluster({}, { name: 'other' })],
  ['MC074', 'flux.mungeSecret', cluster({ flux: { ...SECURE, mungeSecret: 's' } })],
  ['MC174', 'flux.arch', cluster({ flux: { ...SECURE, arch: 'arm' } })],
  ['MC078', 'flux.container.image', cluster({ flux: { ...SECURE, container: { disable: true } } })],
  ['MC056', 'pod.dnsPolicy', cluster({ pod: { dnsPolicy: 'Default' } })],
  ['MC058', 'flux.minimalService', cluster({ flux: { ...SECURE, minimalService: true } })],
  ['MC059', 'flux.topology', cluster({ flux: { ...SECURE, minimalService: true, topology: 'kary:2' } })],
  [
    'MC059',
    'flux.minimalService',
    cluster({ size: 258, tasks: 258, flux: { ...SECURE, minimalService: true } }),
  ],
  ['MC060', 'containers[1].ports', withSidecar({ ports: [1, 2] })],
  [
    'MC062',
    'flux.bursting.leadBroker',
    cluster({ flux: { bursting: { leadBroker: { address: '1.2.3.4', name: 'lead', size: 4 } } } }),
  ],
  [
    'MC162',
    'flux.bursting.leadBroker.size',
    cluster({ flux: { ...SECURE, bursting: { leadBroker: { address: 'a', name: 'lead', size: 1 } } } }),
  ],
  [
    'MC178',
    'flux.environment',
    cluster({ flux: { ...SECURE, environment: { A: '1' }, container: { disable: true, image: 'a:1' } } }),
  ],
  [
    'MC063',
    'flux.bursting.clusters[0].size',
    cluster({ flux: { ...SECURE, bursting: { clusters: [{ name: 'a' }] } } }),
  ],
  [
    'MC163',
    'flux.bursting.clusters',
    cluster({ flux: { ...SECURE, bursting: { clusters: [{ name: 'a', size: 1 }] } } }),
  ],
  ['MC075', 'metadata.name', cluster(), MAIN, 'osu_latency'],
  ['MC075', 'metadata.name', cluster(), MAIN, '1st'],
  ['MC075', 'metadata.name', cluster(), MAIN, 'a'.repeat(53)],
  ['MC110', 'size', cluster({ size: 0 })],
  ['MC111', 'maxSize', cluster({ maxSize: 1 })],
  ['MC112', 'minSize', cluster({ minSize: 3 })],
  ['MC113', 'backoffLimit', cluster({ backoffLimit: -1 })],
  [
    'MC114',
    'containers',
    cluster({
      containers: [
        { ...CLEAN, runFlux: true },
        { ...CLEAN, runFlux: true },
      ],
    }),
  ],
  ['MC180', 'containers', withApplication({ runFlux: false }, {}, { runFlux: false }), MULTIPLE_APPLICATIONS],
  ['MC180', 'oversubscribe', withApplication({}, { oversubscribe: false }), MULTIPLE_APPLICATIONS],
  ['MC181', 'containers[0]', withApplication({}, {}, { runFlux: false }), MULTIPLE_APPLICATIONS],
  ['MC182', 'containers[1].command', withApplication({ command: 'lmp' }), MULTIPLE_APPLICATIONS],
  ['MC183', 'containers[1].name', withApplication({ name: 'queue' }), MULTIPLE_APPLICATIONS],
  [
    'MC184',
    'flux.noWaitSocket',
    { ...withSidecar({}), flux: undefined, oversubscribe: true },
    MULTIPLE_APPLICATIONS,
  ],
  ['MC185', 'flux.brokerConfig', withApplication({}, { flux: SECURE }), MULTIPLE_APPLICATIONS],
  [
    'MC186',
    'flux.bursting',
    withApplication({}, { flux: { bursting: { clusters: [{ name: 'a', size: 1 }] } } }),
    MULTIPLE_APPLICATIONS,
  ],
  [
    'MC187',
    'flux.minimalService',
    withApplication({}, { flux: { minimalService: true } }),
    MULTIPLE_APPLICATIONS,
  ],
  ['MC188', 'archive', withApplication({}, { archive: { path: '/a.tgz' } }), MULTIPLE_APPLICATIONS],
  ['MC190', 'containers[0]', withApplication(), MULTIPLE_APPLICATIONS],
  ['MC191', 'oversubscribe', withApplication(), MULTIPLE_APPLICATIONS],
  ['MC192', 'oversubscribe', withApplication(), MULTIPLE_APPLICATIONS],
  [
    'MC193',
    'oversubscribe',
    withApplication({}, { interactive: false }, { command: 'hostname' }),
    MULTIPLE_APPLICATIONS,
  ],
  ['MC115', 'services[0].name', withService({ name: undefined })],
  [
    'MC116',
    'containers[0].launcher',
    cluster({ tasks: undefined, size: 1 }, { launcher: true, batch: true }),
  ],
  ['MC117', 'containers[0].commands.script', cluster({}, { commands: { post: 'exit', script: 'date' } })],
  [
    'MC118',
    'flux.bursting.hostlist',
    cluster({ flux: { ...SECURE, bursting: { hostlist: 'a', clusters: [{ name: 'a', size: 1 }] } } }),
  ],
  ['MC065', 'certificate', cluster({ flux: undefined })],
  ['MC065', 'flux.curveCert', cluster({ flux: { curveCert: 'secret' } })],
  [
    'MC165',
    'flux.brokerConfig',
    volumes({ 'curve-certificate': { secretName: 's', path: '/flux-certificate' } }),
  ],
  ['MC069', 'cleanup', cluster({ cleanup: true })],
];

test('a MiniCluster without traps has no findings', () => {
  expect(findings(cluster())).toEqual([]);
  expect(findings(withSidecar({}))).toEqual([]);
  expect(findings(withService({}))).toEqual([]);
});

test.each(VIOLATIONS)('%s is found at %s', (code, path, spec, ...rest) => {
  expect(findings(spec, ...rest)).toContainEqual([code, path]);
});

/** Rules about what an input says of mounts besides the spec: test/cdk8s/shared-volume.test.ts. */
const OF_MOUNTS = ['MC136', 'MC137', 'MC138', 'MC139'];

test('every rule has a violation in this table', () => {
  const exercised = new Set([...VIOLATIONS.map(([code]) => code), ...OF_MOUNTS]);
  expect(MINICLUSTER_RULES.map(({ code }) => code).filter((code) => !exercised.has(code))).toEqual([]);
});

test('every code is used by one rule', () => {
  const codes = MINICLUSTER_RULES.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('a rule holds only for its releases', () => {
  const arch = cluster({ flux: { ...SECURE, arch: 'arm' } });
  expect(findings(arch, MAIN)).toContainEqual(['MC174', 'flux.arch']);
  expect(findings(arch, V0_2_1)).not.toContainEqual(['MC174', 'flux.arch']);
});

test('before main one volume in two containers is mounted twice', () => {
  const shared = { data: { claimName: 'data', path: '/data' } };
  const spec = withSidecar({ volumes: shared });
  const both = { ...spec, containers: spec.containers.map((one) => ({ ...one, volumes: shared })) };
  expect(findings(both, MAIN)).not.toContainEqual(['MC029', 'containers[1].volumes.data']);
  expect(findings(both, V0_2_1)).toContainEqual(['MC029', 'containers[1].volumes.data']);
});

test('plain commands, hooks and values stay without findings', () => {
  expect(findings(cluster({}, { command: 'lmp -v x 8 -in in.reaxc.hns --opt=a,b' }))).toEqual([]);
  expect(findings(cluster({}, { command: 'lmp -in été.in' }))).toEqual([]);
  expect(
    findings(cluster({}, { batch: true, batchRaw: true, command: "for i in 1 2; do\n echo 'x'\ndone\n" })),
  ).toEqual([]);
  expect(findings(cluster({}, { environment: { A: '$(HOME) $$(B)', B: '1' } }))).toEqual([]);
  expect(findings(cluster({}, { commands: { post: 'exit', pre: 'a\nb # c\n' } }))).toEqual([]);
  expect(findings(cluster({ size: 2, maxSize: 4, minSize: 1, backoffLimit: 1 }))).toEqual([]);
});

test('the last name that fits is taken', () => {
  expect(findings(cluster(), MAIN, 'a'.repeat(52))).toEqual([]);
});

test('warnings are what works all the same, errors are what cannot', () => {
  const warnings = MINICLUSTER_RULES.filter(({ severity }) => severity === Severity.WARNING).map(
    ({ code }) => code,
  );
  expect(warnings).toEqual(
    'MC190 MC191 MC192 MC193 MC120 MC013 MC014 MC015 MC140 MC017 MC018 MC020 MC022 MC023 MC024 MC086 MC129 MC032 MC138 MC038 MC073 MC079 MC049 MC153 MC054 MC155 MC178 MC078 MC058 MC163 MC065 MC069'.split(
      ' ',
    ),
  );
});
