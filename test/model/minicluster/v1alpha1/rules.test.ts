import {
  MiniClusterV1Alpha1Spec,
  V1Alpha1Container,
  V1Alpha1ExistingVolume,
  V1Alpha1Flux,
  V1Alpha1Volume,
} from '../../../../src/model/minicluster/api/v1alpha1';
import { applyRules } from '../../../../src/model/minicluster/rules/rule';
import { readV1Alpha1Cluster } from '../../../../src/model/minicluster/v1alpha1/cluster';
import { V1ALPHA1_RULES } from '../../../../src/model/minicluster/v1alpha1/rules';
import { Problem, Severity } from '../../../../src/model/problems';

type Spec = MiniClusterV1Alpha1Spec;
type Container = V1Alpha1Container;

const QUIET = { quiet: true, strict: false };
const SECRET = { curveCertSecret: 'lmp-certificate' };

/** A MiniCluster that no rule has anything against. */
function cluster(spec: Partial<Spec> = {}, runner: Partial<Container> = {}): Spec {
  const containers = [{ image: 'lammps:1.0', command: 'lmp -in in.lj', ...runner }];
  return { size: 2, tasks: 2, flux: SECRET, logging: QUIET, containers, ...spec };
}

/** One that waits for whoever connects, and that no rule has anything against either. */
function interactive(spec: Partial<Spec> = {}, runner: Partial<Container> = {}): Spec {
  const stop = { preStopExec: '/stop.sh' };
  return cluster(
    { interactive: true, tasks: undefined, ...spec },
    { command: undefined, lifeCycle: stop, ...runner },
  );
}

/** With a container beside Flux. The cluster is interactive, so that nobody waits for its end. */
function withSidecar(
  sidecar: Partial<Container>,
  spec: Partial<Spec> = {},
  runner: Partial<Container> = {},
): Spec {
  const { containers, ...rest } = interactive({}, { runFlux: true, ...runner });
  return { ...rest, containers: [...containers, { image: 'redis:7', name: 'cache', ...sidecar }], ...spec };
}

/** With a services pod. */
function withService(service: Partial<Container>, spec: Partial<Spec> = {}): Spec {
  return cluster({ services: [{ image: 'redis:7', name: 'cache', ...service }], ...spec });
}

function withFlux(flux: V1Alpha1Flux, runner: Partial<Container> = {}, spec: Partial<Spec> = {}): Spec {
  return cluster({ flux: { ...SECRET, ...flux }, ...spec }, runner);
}

/** With one volume that the operator makes, mounted at /data. */
function withVolume(volume: Partial<V1Alpha1Volume>, key = 'lmp-data'): Spec {
  const volumes = { [key]: { path: '/tmp/data', ...volume } };
  return cluster({ volumes }, { volumes: { [key]: { path: '/data' } } });
}

/** A CSI volume that no rule has anything against. */
const CSI = {
  storageClass: 'gcs',
  driver: 'gcs.csi.ofek.dev',
  secret: 'key',
  secretNamespace: 'hpc',
  annotations: { 'pv.kubernetes.io/provisioned-by': 'gcs.csi.ofek.dev' },
};

/** With one existing volume, called data. */
function withExisting(volume: V1Alpha1ExistingVolume, spec: Partial<Spec> = {}): Spec {
  return cluster(spec, { existingVolumes: { data: volume } });
}

function problems(spec: Spec, name = 'lmp', namespace = 'hpc'): Problem[] {
  return applyRules(V1ALPHA1_RULES, readV1Alpha1Cluster({ name, namespace }, spec), '0.1');
}

function findings(spec: Spec, name?: string): string[] {
  return problems(spec, name).map(({ code, path }) => `${code} ${path}`);
}

const MEMBERS = { clusters: [{ name: 'lmp', size: 2 }] };
const LEAD = { address: '10.0.0.1', name: 'lead', size: 4 };
const CLAIM = { claimName: 'data', path: '/data' };
const NO_LOGGING = { logging: undefined };
const STRICT = { logging: { quiet: true } };

/**
 * All that the rules say of a spec, and the same spec with the one thing mended.
 * The first finding is the one that the line is about.
 */
const CASES: [finding: string, violating: Spec, mended: Spec, ...others: string[]][] = [
  ['MC201 size', cluster({ size: 0 }), cluster({ size: 1 })],
  ['MC202 maxSize', cluster({ size: 4, maxSize: 3 }), cluster({ size: 4, maxSize: 4 })],
  ['MC202 maxSize', cluster({ maxSize: -1 }), cluster({ maxSize: 0 })],
  [
    'MC203 containers',
    cluster({ containers: [{ image: 'a:1' }, { image: 'b:1' }] }),
    cluster({ containers: [{ image: 'a:1', runFlux: true, command: 'a' }] }),
    'MC204 containers[0].name',
    'MC204 containers[1].name',
  ],
  ['MC203 containers', withSidecar({ runFlux: true }), withSidecar({})],
  ['MC203 containers', cluster({ containers: [] }), cluster()],
  ['MC204 containers[1].name', withSidecar({ name: undefined }), withSidecar({})],
  ['MC204 services[0].name', withService({ name: 'My_Cache' }), withService({ name: 'my-cache' })],
  [
    'MC205 containers[0].launcher',
    cluster({}, { launcher: true, batch: true, batchRaw: true }),
    cluster({ tasks: undefined }, { launcher: true }),
  ],
  [
    'MC206 users[0].password',
    cluster({ users: [{ name: 'ada', password: '123456789' }] }),
    cluster({ users: [{ name: 'ada', password: '12345678' }] }),
    'MC291 users[0].password',
  ],
  [
    'MC206 users[0].password',
    cluster({ users: [{ name: 'ada', password: 'ÄÖÜäöü' }] }),
    cluster({ users: [{ name: 'ada' }] }),
    'MC291 users[0].password',
  ],
  ['MC207 containers[0].volumes.data', cluster({}, { volumes: { data: { path: '/data' } } }), withVolume({})],
  ['MC208 volumes.lmp-data.secret', withVolume({ ...CSI, secret: undefined }), withVolume(CSI)],
  [
    'MC209 containers[0].existingVolumes.data.claimName',
    withExisting({ path: '/data' }),
    withExisting(CLAIM),
  ],
  ['MC209 containers[0].existingVolumes.data.path', withExisting({ claimName: 'data' }), withExisting(CLAIM)],
  [
    'MC210 services[0].commands.pre',
    withService({ commands: { pre: 'a' } }),
    withService({ commands: { pre: '' } }),
  ],
  [
    'MC211 containers[1].command',
    withSidecar({ commands: { init: 'a' } }),
    withSidecar({ commands: { init: 'a' }, command: 'redis-server' }),
  ],
  [
    'MC212 flux.bursting.hostlist',
    withFlux({ bursting: { hostlist: 'a-[0-3]', ...MEMBERS } }),
    withFlux({ bursting: { hostlist: 'a-[0-3]' } }),
  ],

  [
    'MC213 containers[0].command',
    cluster({}, { command: 'echo "a b"' }),
    cluster({}, { command: '/bin/bash /scripts/a.sh' }),
  ],
  ['MC213 containers[0].command', cluster({}, { command: 'a && b' }), cluster({}, { command: 'a b\n' })],
  [
    'MC213 containers[0].command',
    cluster({ tasks: undefined }, { launcher: true, command: 'ls *.in' }),
    cluster({ tasks: undefined }, { launcher: true, command: 'ls' }),
  ],
  [
    'MC214 containers[0].command',
    withFlux({}, { command: 'date +%Y' }, { logging: {} }),
    withFlux({}, { command: 'date +%s' }, { logging: {} }),
    'MC289 flux.curveCertSecret',
  ],
  [
    'MC214 containers[0].command',
    withFlux({}, { command: 'a 50%' }, { logging: {} }),
    withFlux({}, { command: 'a 50%' }, STRICT),
    'MC289 flux.curveCertSecret',
  ],
  [
    'MC214 containers[0].commands.prefix',
    interactive({ logging: {} }, { commands: { prefix: 'nice-%k' } }),
    interactive(NO_LOGGING, { commands: { prefix: 'nice-%k' } }),
    'MC289 flux.curveCertSecret',
  ],
  [
    'MC215 containers[0].command',
    cluster({}, { batch: true, batchRaw: true, command: 'echo $FLUX_JOB_ID' }),
    cluster({}, { batch: true, batchRaw: true, command: "echo 'a' | sort\n# all" }),
  ],
  [
    'MC215 containers[0].command',
    cluster({}, { batch: true, batchRaw: true, command: 'echo "a"' }),
    cluster({}, { batch: true, batchRaw: true, command: 'echo a' }),
  ],
  [
    'MC215 containers[0].command',
    cluster({}, { batch: true, batchRaw: true, command: '# all\necho $A' }),
    cluster({}, { batch: true, batchRaw: true, command: '# all\necho A' }),
  ],
  [
    'MC216 containers[0].batchRaw',
    cluster({}, { batch: true, command: 'lmp -in a\nlmp -in b' }),
    cluster({}, { batch: true, batchRaw: true, command: 'flux submit lmp -in a' }),
  ],
  [
    'MC217 containers[0].command',
    cluster({}, { batch: true, command: '# first\nlmp -in a' }),
    cluster({}, { batch: true, batchRaw: true, command: '# first\nlmp -in a' }),
    'MC216 containers[0].batchRaw',
  ],
  [
    'MC217 containers[0].command',
    cluster({}, { batch: true, command: 'export A=$B' }),
    cluster({}, { batch: true, command: 'env A=B lmp' }),
    'MC216 containers[0].batchRaw',
  ],
  [
    'MC218 archive.path',
    interactive({ archive: { path: 'state/a.tgz' } }),
    interactive({ archive: { path: '/state/a.tgz' } }),
  ],
  [
    'MC218 flux.installRoot',
    withFlux({ installRoot: '/opt/my flux' }),
    withFlux({ installRoot: '/opt/flux' }),
  ],
  ['MC218 flux.wrap', withFlux({ wrap: 'strace -f' }), withFlux({ wrap: 'strace,-f' })],
  ['MC218 flux.wrap', withFlux({ wrap: 'strace;date' }), withFlux({ wrap: 'strace' })],
  [
    'MC218 flux.optionFlags',
    withFlux({ optionFlags: '-o "a b"' }),
    withFlux({ optionFlags: "-o cpu-affinity=per-task --env='A=1 2'" }),
  ],
  [
    'MC218 flux.submitCommand',
    withFlux({ submitCommand: 'flux submit; date' }),
    withFlux({ submitCommand: 'flux submit -c 2' }),
    'MC231 flux.submitCommand',
  ],
  [
    'MC218 flux.connectTimeout',
    withFlux({ connectTimeout: '5 s' }),
    withFlux({ connectTimeout: '5s -Scontent.dump=/a' }),
  ],
  [
    'MC218 flux.bursting.hostlist',
    withFlux({ bursting: { hostlist: 'a-[0-3], b' } }),
    withFlux({ bursting: { hostlist: 'a-[0-3],b' } }),
  ],
  [
    'MC218 containers[0].workingDir',
    cluster({}, { workingDir: '/my data' }),
    cluster({}, { workingDir: '/data' }),
  ],
  ['MC218 containers[0].logs', cluster({}, { logs: 'out' }), cluster({}, { logs: '/tmp/out' })],
  [
    'MC218 containers[0].commands.prefix',
    cluster({}, { commands: { prefix: 'time; nice' } }),
    cluster({}, { commands: { prefix: 'nice -n 5' } }),
  ],
  [
    'MC218 containers[0].environment.PATH',
    cluster({}, { environment: { PATH: '/my tools:/bin' } }),
    cluster({}, { environment: { PATH: '/tools:/bin', TITLE: 'a b' } }),
  ],
  ['MC219 users[0].name', cluster({ users: [{ name: 'ada; id' }] }), cluster({ users: [{ name: 'ada' }] })],
  [
    'MC219 users[0].password',
    cluster({ users: [{ name: 'ada', password: "a'b" }] }),
    cluster({ users: [{ name: 'ada', password: 'a-b' }] }),
    'MC291 users[0].password',
  ],
  [
    'MC219 containers[0].fluxUser.name',
    cluster({}, { fluxUser: { name: 'Flux User' } }),
    cluster({}, { fluxUser: { name: 'fluxuser' } }),
  ],
  [
    'MC219 fluxRestful.token',
    cluster({ fluxRestful: { token: 'a b' } }),
    cluster({ fluxRestful: { token: 'ab' } }),
    'MC291 fluxRestful.token',
  ],
  [
    'MC219 fluxRestful.branch',
    cluster({ fluxRestful: { branch: 'a;b' } }),
    cluster({ fluxRestful: { branch: 'add/a_b-1.0' } }),
  ],
  [
    'MC220 containers[0].lifeCycle.preStopExec',
    cluster({}, { lifeCycle: { preStopExec: 'flux shutdown' } }),
    cluster({}, { lifeCycle: { preStopExec: '/stop.sh' } }),
  ],
  [
    'MC220 services[0].lifeCycle.postStartExec',
    withService({ lifeCycle: { postStartExec: 'touch /a' } }),
    withService({ lifeCycle: { postStartExec: '/start.sh' } }),
  ],
  [
    'MC221 containers[0].commands.pre',
    cluster({}, { commands: { pre: 'a\nb' } }),
    cluster(NO_LOGGING, { commands: { pre: 'a\nb' } }),
  ],
  [
    'MC221 containers[0].commands.brokerPre',
    interactive({ logging: { strict: false } }, { commands: { brokerPre: 'cat <<E\na\nE' } }),
    interactive({}, { commands: { brokerPre: 'a' } }),
    'MC289 flux.curveCertSecret',
  ],
  [
    'MC221 containers[1].commands.pre',
    withSidecar({ command: 'redis-server', commands: { pre: 'a # b' } }),
    withSidecar({ command: 'redis-server', commands: { pre: 'a' } }),
  ],
  [
    'MC222 containers[0].commands.prefix',
    interactive({}, { commands: { prefix: '-Scontent.dump=/a' } }),
    interactive({}, { commands: { prefix: 'nice -n 5' } }),
  ],
  [
    'MC223 flux.submitCommand',
    withFlux({ submitCommand: 'flux run' }),
    withFlux({ submitCommand: 'flux mini submit' }),
    'MC231 flux.submitCommand',
  ],

  [
    'MC224 containers[0].commands.post',
    cluster({}, { commands: { post: 'ls /tmp' } }),
    cluster({}, { commands: { post: 'code=$?\nls /tmp\nexit $code' } }),
  ],
  [
    'MC224 containers[0].commands.post',
    cluster({}, { commands: { post: 'sleep 60' } }),
    cluster({}, { commands: { post: 'sleep infinity' } }),
  ],
  [
    'MC225 containers[0].commands.post',
    cluster(STRICT, { commands: { post: 'ls /tmp' } }),
    cluster({}, { commands: { post: 'exit $?' } }),
  ],
  [
    'MC226 logging.strict',
    cluster({ logging: { quiet: true, strict: true } }),
    cluster({ size: 1, logging: { quiet: true, strict: true } }),
  ],
  ['MC227 containers[0].command', interactive({}, { command: 'lmp' }), interactive()],
  [
    'MC228 archive.path',
    cluster({ archive: { path: '/state/a.tgz' } }),
    withFlux({ connectTimeout: '5s -Scontent.dump=/state/a.tgz' }, {}, { archive: { path: '/state/a.tgz' } }),
  ],
  [
    'MC228 archive.path',
    interactive({ archive: { path: '/state/a.tgz' } }, { lifeCycle: {} }),
    interactive({ archive: { path: '/state/a.tgz' } }),
  ],
  ['MC229 containers[0].lifeCycle.preStopExec', interactive({}, { lifeCycle: undefined }), interactive()],
  [
    'MC230 flux.submitCommand',
    withFlux({ submitCommand: 'flux submit -c 2' }, { batch: true, batchRaw: true }),
    withFlux({ submitCommand: 'flux submit -c 2' }),
    'MC231 flux.submitCommand',
  ],
  [
    'MC231 flux.submitCommand',
    withFlux({ submitCommand: 'flux submit -c 2' }),
    withFlux({ optionFlags: '-c 2' }),
  ],
  ['MC232 tasks', cluster({}, { launcher: true }), cluster({ tasks: undefined }, { launcher: true })],
  [
    'MC232 flux.optionFlags',
    interactive({ flux: { ...SECRET, optionFlags: '-c 2' } }),
    cluster(
      { flux: { ...SECRET, optionFlags: '-c 2' }, tasks: undefined, fluxRestful: {} },
      { command: undefined },
    ),
  ],
  [
    'MC232 logging.debug',
    interactive({ logging: { ...QUIET, debug: true } }),
    cluster({ logging: { ...QUIET, debug: true } }),
  ],
  ['MC233 tasks', cluster({ tasks: undefined }), cluster({ tasks: undefined, size: 1 })],
  [
    'MC233 tasks',
    cluster({ tasks: undefined }, { batch: true, batchRaw: true }),
    cluster({ tasks: undefined }, { launcher: true }),
  ],
  ['MC234 tasks', cluster({ tasks: 0 }), cluster({ tasks: 1 })],
  [
    'MC235 containers[1]',
    withSidecar({}, { interactive: false, tasks: 2 }, { command: 'lmp' }),
    withSidecar({}),
  ],
  [
    'MC236 containers[0].diagnostics',
    cluster({ tasks: undefined }, { diagnostics: true }),
    cluster({ tasks: undefined }, { diagnostics: true, command: undefined }),
  ],
  [
    'MC237 containers[0].command',
    cluster({ tasks: undefined }, { command: undefined }),
    cluster({ tasks: undefined, fluxRestful: {} }, { command: undefined }),
  ],
  [
    'MC238 containers[0].batch',
    cluster({ tasks: undefined }, { command: undefined, batch: true, batchRaw: true }),
    cluster({}, { batch: true, batchRaw: true }),
  ],
  [
    'MC238 containers[0].launcher',
    interactive({}, { launcher: true }),
    cluster({ tasks: undefined }, { launcher: true }),
  ],
  ['MC238 containers[0].batchRaw', cluster({}, { batchRaw: true }), cluster({}, { batchRaw: false })],
  [
    'MC239 flux.logLevel',
    withFlux({ logLevel: 0 }, {}, { logging: { strict: false } }),
    withFlux({ logLevel: 0 }),
    'MC289 flux.curveCertSecret',
  ],
  ['MC240 containers[0].cores', cluster({}, { cores: 1 }), cluster({}, { cores: 2 })],
  ['MC241 maxSize', cluster({ maxSize: 4 }), cluster({ size: 1, maxSize: 4 })],

  [
    'MC242 containers[0].workingDir',
    cluster({}, { workingDir: '/' }),
    cluster({}, { workingDir: '/opt/lammps' }),
  ],
  [
    'MC242 containers[0].workingDir',
    cluster({}, { workingDir: '/usr/' }),
    cluster({}, { workingDir: '/usr/src/app' }),
  ],
  [
    'MC243 containers[0].workingDir',
    cluster({}, { workingDir: '/data/run', existingVolumes: { data: CLAIM } }),
    cluster({}, { workingDir: '/database', existingVolumes: { data: CLAIM } }),
  ],
  [
    'MC243 containers[0].workingDir',
    cluster({}, { workingDir: '/data', existingVolumes: { data: { ...CLAIM, path: '/data/out' } } }),
    cluster({}, { existingVolumes: { data: CLAIM } }),
  ],
  [
    'MC244 containers[0].workingDir',
    cluster(STRICT, { workingDir: '/data', existingVolumes: { data: { ...CLAIM, readOnly: true } } }),
    cluster({}, { workingDir: '/data', existingVolumes: { data: { ...CLAIM, readOnly: true } } }),
  ],
  [
    'MC244 containers[0].workingDir',
    cluster(STRICT, {
      workingDir: '/app',
      existingVolumes: { scripts: { configMapName: 'scripts', path: '/app/scripts' } },
    }),
    cluster(STRICT, {
      workingDir: '/app',
      existingVolumes: { scripts: { configMapName: 'scripts', path: '/scripts' } },
    }),
  ],
  [
    'MC244 containers[0].workingDir',
    cluster(
      {},
      {
        batch: true,
        batchRaw: true,
        workingDir: '/data',
        existingVolumes: { data: { ...CLAIM, readOnly: true } },
      },
    ),
    cluster({}, { batch: true, batchRaw: true, workingDir: '/data', existingVolumes: { data: CLAIM } }),
  ],

  [
    'MC245 containers[0].existingVolumes.data.configMapName',
    withExisting({ configMapName: 'input', path: '/in' }),
    withExisting({ configMapName: 'data', path: '/in' }),
  ],
  [
    'MC246 containers[1].existingVolumes.data',
    withSidecar({ existingVolumes: { data: CLAIM } }, {}, { existingVolumes: { data: CLAIM } }),
    withSidecar(
      { existingVolumes: { data: { ...CLAIM, path: '/other' } } },
      {},
      { existingVolumes: { data: CLAIM } },
    ),
  ],
  [
    'MC246 containers[1].existingVolumes.data',
    withSidecar(
      { existingVolumes: { data: { claimName: 'two', path: '/two' } } },
      {},
      { existingVolumes: { data: { claimName: 'one', path: '/one' } } },
    ),
    withSidecar(
      { existingVolumes: { two: { claimName: 'two', path: '/two' } } },
      {},
      { existingVolumes: { one: { claimName: 'one', path: '/one' } } },
    ),
  ],
  [
    'MC246 containers[0].existingVolumes.lmp-data',
    cluster({ volumes: { 'lmp-data': { path: '/tmp/data' } } }, { existingVolumes: { 'lmp-data': CLAIM } }),
    cluster({ volumes: { 'lmp-data': { path: '/tmp/data' } } }, { existingVolumes: { data: CLAIM } }),
  ],
  [
    'MC246 services[1].existingVolumes.b',
    cluster({
      services: [
        { image: 'a:1', name: 'a', existingVolumes: { a: { claimName: 'a', path: '/a' } } },
        { image: 'b:1', name: 'b', existingVolumes: { b: { claimName: 'b', path: '/a/' } } },
      ],
    }),
    cluster({
      services: [{ image: 'a:1', name: 'a', existingVolumes: { a: { claimName: 'a', path: '/a' } } }],
    }),
  ],
  [
    'MC247 containers[0].existingVolumes.key.secretName',
    withSidecar({}, {}, { existingVolumes: { key: { secretName: 'key', path: '/key' } } }),
    withSidecar({ existingVolumes: { key: { secretName: 'key', path: '/key' } } }),
  ],
  [
    'MC248 containers[0].existingVolumes.data.path',
    withExisting({ secretName: 'key' }),
    withExisting({ secretName: 'key', path: '/key' }),
  ],
  [
    'MC248 containers[0].existingVolumes.data.path',
    withExisting({ ...CLAIM, path: 'data' }),
    withExisting(CLAIM),
  ],
  [
    'MC248 containers[0].volumes.lmp-data.path',
    cluster({ volumes: { 'lmp-data': { path: '/tmp/data' } } }, { volumes: { 'lmp-data': { path: '' } } }),
    withVolume({}),
  ],
  ['MC249 containers[0].existingVolumes.data', withExisting({}), withExisting(CLAIM)],
  [
    'MC250 containers[0].existingVolumes.data',
    withExisting({ ...CLAIM, secretName: 'key' }),
    withExisting(CLAIM),
  ],
  [
    'MC250 containers[0].existingVolumes.data',
    withExisting({ secretName: 'key', configMapName: 'input', path: '/key' }),
    withExisting({ secretName: 'key', path: '/key' }),
  ],
  [
    'MC250 containers[0].existingVolumes.data.items',
    withExisting({ secretName: 'key', path: '/key', items: { a: 'b' } }),
    withExisting({ configMapName: 'data', path: '/key', items: { a: 'b' } }),
  ],
  ['MC251 volumes.lmp_data', withVolume({}, 'lmp_data'), withVolume({}, 'lmp-data')],
  ['MC251 volumes.lmp-entrypoint', withVolume({}, 'lmp-entrypoint'), withVolume({}, 'lmp-entry')],
  [
    'MC251 containers[0].existingVolumes.Data',
    cluster({}, { existingVolumes: { Data: CLAIM } }),
    withExisting(CLAIM),
  ],
  [
    'MC251 containers[0].existingVolumes.munge-key',
    withFlux({ mungeSecret: 'munge' }, { existingVolumes: { 'munge-key': CLAIM } }),
    cluster({}, { existingVolumes: { 'munge-key': CLAIM } }),
    'MC292 flux.mungeSecret',
  ],
  [
    'MC251 containers[0].existingVolumes.data.path',
    withExisting({ ...CLAIM, path: '/etc/flux/config/more' }),
    withExisting({ ...CLAIM, path: '/etc/flux/configs' }),
  ],

  ['MC252 volumes.lmp-data.capacity', withVolume({ capacity: '5 GB' }), withVolume({ capacity: '5Gi' })],
  ['MC252 volumes.lmp-data.capacity', withVolume({ capacity: '' }), withVolume({})],
  ['MC253 volumes.lmp-data.driver', withVolume({ ...CSI, driver: undefined }), withVolume(CSI)],
  [
    'MC254 volumes.lmp-data.driver',
    withVolume({ driver: 'gcs.csi.ofek.dev' }),
    withVolume({ attributes: {} }),
  ],
  [
    'MC255 volumes.lmp-data.secretNamespace',
    withVolume({ ...CSI, secretNamespace: undefined }),
    withVolume(CSI),
  ],
  [
    'MC256 volumes.lmp-data.path',
    withVolume({ path: 'tmp/data' }),
    withVolume({ path: '/tmp/data' }),
    'MC260 volumes.lmp-data',
  ],
  ['MC256 volumes.lmp-data.path', withVolume({ path: '/tmp/../data' }), withVolume(CSI)],
  ['MC257 volumes.data', withVolume({}, 'data'), withVolume({}, 'lmp-data')],
  [
    'MC258 volumes.lmp-b',
    cluster({ volumes: { 'lmp-a': { path: '/tmp/a' }, 'lmp-b': { path: '/tmp/b' } } }),
    cluster({ volumes: { 'lmp-a': { path: '/tmp/a' }, 'lmp-b': { path: '/b', ...CSI } } }),
  ],
  ['MC259 volumes.lmp-data.delete', withVolume({ delete: false }), withVolume({ delete: true })],
  ['MC260 volumes.lmp-data', withVolume({ path: '/data' }), withVolume({ path: '/tmp/data' })],
  ['MC260 volumes.lmp-data', withVolume({ ...CSI, annotations: {} }), withVolume(CSI)],

  ['MC260 volumes.lmp-data', withVolume({ path: '/tmp/' }), withVolume({ path: '/tmp/lmp' })],
  [
    'MC261 services[0].imagePullSecret',
    withService({ imagePullSecret: 'pull' }),
    {
      ...withService({ imagePullSecret: 'pull' }),
      containers: [{ image: 'lammps:1.0', command: 'lmp', imagePullSecret: 'pull' }],
    },
  ],
  [
    'MC262 containers[1].command',
    withSidecar({ command: 'redis-server' }),
    withSidecar({ command: 'redis-server', commands: { init: 'true' } }),
  ],
  [
    'MC262 containers[1].command',
    withSidecar({ command: 'redis-server', commands: { prefix: 'nice' } }),
    withSidecar({}),
    'MC263 containers[1].commands.prefix',
  ],
  [
    'MC263 containers[1].cores',
    withSidecar({ cores: 2 }),
    withSidecar({ cores: 0, launcher: false, fluxUser: {} }),
  ],
  ['MC263 services[0].logs', withService({ logs: '/tmp/out' }), cluster({}, { logs: '/tmp/out' })],
  [
    'MC263 containers[1].commands.runFluxAsRoot',
    withSidecar({ commands: { runFluxAsRoot: true } }),
    withSidecar({ commands: { runFluxAsRoot: false } }),
  ],
  [
    'MC264 containers[1].commands.brokerPre',
    withSidecar({ command: 'redis-server', commands: { brokerPre: 'a' } }),
    withSidecar({ command: 'redis-server', commands: { pre: 'a' } }),
  ],
  ['MC265 services[0].command', withService({ command: 'redis-server' }), withService({})],
  ['MC265 services[0].runFlux', withService({ runFlux: true }), withService({ runFlux: false })],
  [
    'MC265 services[0].volumes',
    withService(
      { volumes: { 'lmp-data': { path: '/data' } } },
      { volumes: { 'lmp-data': { path: '/tmp/data' } } },
    ),
    withService({ existingVolumes: { data: CLAIM } }),
  ],
  [
    'MC265 services[0].commands.init',
    withService({ commands: { init: 'a' } }),
    withService({ commands: {} }),
  ],
  [
    'MC266 shareProcessNamespace',
    withService({}, { shareProcessNamespace: true }),
    cluster({ shareProcessNamespace: true }),
  ],
  ['MC267 services[0].ports', withService({ ports: [6379] }), withService({ ports: [] })],
  ['MC268 containers[1].name', withSidecar({ name: 'lmp' }), withSidecar({ name: 'lmp-cache' })],
  [
    'MC268 services[1].name',
    cluster({
      services: [
        { image: 'a:1', name: 'a' },
        { image: 'b:1', name: 'a' },
      ],
    }),
    cluster({ services: [{ image: 'a:1', name: 'lmp' }] }),
  ],
  ['MC269 containers[0].name', cluster({}, { name: 'lammps' }), cluster({}, { name: 'lmp' })],
  [
    'MC270 containers[0].fluxUser.uid',
    cluster({}, { fluxUser: { uid: 0 } }),
    cluster({}, { fluxUser: { uid: 1001 } }),
  ],
  [
    'MC271 containers[0].fluxUser',
    cluster({}, { fluxUser: { name: 'ada' }, commands: { runFluxAsRoot: true } }),
    cluster({}, { fluxUser: {}, commands: { runFluxAsRoot: true } }),
  ],

  ['MC272 pod.resources', cluster({ pod: { resources: { cpu: '1' } } }), cluster({ pod: { resources: {} } })],
  [
    'MC273 containers[0].resources.limits["memory"]',
    cluster({}, { resources: { limits: { memory: 8589934592 as unknown as string } } }),
    cluster(
      {},
      { resources: { limits: { memory: '8589934592', 'nvidia.com/gpu': 1 as unknown as string } } },
    ),
  ],
  [
    'MC274 pod.labels["app.kubernetes.io/name"]',
    cluster({ pod: { labels: { 'app.kubernetes.io/name': 'a' } } }),
    cluster({ pod: { labels: { app: 'a' } } }),
  ],
  [
    'MC274 pod.labels["job-name"]',
    cluster({ pod: { labels: { 'job-name': 'a' } } }),
    cluster({ jobLabels: { 'job-name': 'a' } }),
  ],
  [
    'MC275 containers[0].environment.B',
    cluster({}, { environment: { A: '1', B: 'a/$(A)' } }),
    cluster({}, { environment: { A: '1', B: '$$(A) $(hostname)' } }),
  ],
  [
    'MC275 containers[0].environment.A',
    cluster({}, { environment: { A: '1' }, secrets: { A: { name: 's', key: 'k' } } }),
    cluster({}, { environment: { A: '1' }, secrets: { B: { name: 's', key: 'k' } } }),
  ],
  ['MC276 deadlineSeconds', cluster({ deadlineSeconds: 0 }), cluster({ deadlineSeconds: 1 })],
  [
    'MC277 containers[0].image',
    cluster({}, { image: undefined }),
    cluster({}, { image: 'registry:5000/lammps@sha256:abc' }),
  ],
  [
    'MC277 containers[1].image',
    withSidecar({ image: 'registry:5000/redis' }),
    withSidecar({ image: 'registry:5000/redis:7' }),
  ],
  [
    'MC278 containers[0].resources.limits.cpu',
    cluster({}, { resources: { limits: { cpu: '4' } } }),
    cluster({}, { cores: 4, resources: { limits: { cpu: '4' } } }),
  ],
  ['MC279 cleanup', cluster({ cleanup: true }), cluster({ cleanup: false })],

  ['MC280 flux.minimalService', withFlux({ minimalService: true }), withFlux({ minimalService: false })],
  [
    'MC281 flux.minimalService',
    withFlux({ minimalService: true }, {}, { size: 258 }),
    withFlux({ minimalService: true }, {}, { size: 257 }),
    'MC280 flux.minimalService',
  ],
  ['MC282 containers[1].ports', withSidecar({ ports: [6379, 6380] }), withSidecar({ ports: [6379] })],
  ['MC283 containers[1].ports[0]', withSidecar({ ports: [8050] }), withSidecar({ ports: [8051] })],
  ['MC283 containers[0].ports[1]', cluster({}, { ports: [80, 0] }), cluster({}, { ports: [80, 65535] })],
  [
    'MC283 fluxRestful.port',
    cluster({ fluxRestful: { port: 65536 } }),
    cluster({ fluxRestful: { port: 8080 } }),
  ],
  [
    'MC284 network.headlessName',
    cluster({ network: { headlessName: '1flux' } }),
    cluster({ network: { headlessName: 'flux1' } }),
  ],
  [
    'MC284 containers[1].name',
    withSidecar({ name: 'flux-service', ports: [80] }),
    withSidecar({ name: 'flux-service', ports: [80] }, { network: { headlessName: 'flux' } }),
  ],
  ['MC284 containers[1].name', withSidecar({ name: '7cache', ports: [80] }), withSidecar({ name: '7cache' })],
  [
    'MC285 flux.bursting.clusters[0].size',
    withFlux({ bursting: { clusters: [{ name: 'b' }] } }),
    withFlux({ bursting: { clusters: [{ name: 'b', size: 2 }] } }),
  ],
  [
    'MC285 flux.bursting.clusters[0].name',
    withFlux({ bursting: { clusters: [{ size: 2 }] } }),
    withFlux({ bursting: { clusters: [] } }),
  ],
  [
    'MC286 flux.bursting.clusters',
    withFlux({ bursting: { leadBroker: LEAD, clusters: [{ name: 'b', size: 2 }] } }),
    withFlux({ bursting: { leadBroker: LEAD, ...MEMBERS } }),
  ],
  [
    'MC286 flux.bursting.clusters',
    withFlux({ bursting: { leadBroker: LEAD, clusters: [{ name: 'lmp', size: 1 }] } }),
    withFlux({ bursting: { leadBroker: LEAD, hostlist: 'lmp-[0-1]' } }),
  ],
  [
    'MC286 flux.bursting.leadBroker.size',
    withFlux({ bursting: { leadBroker: { ...LEAD, size: 1 }, ...MEMBERS } }),
    withFlux({ bursting: { leadBroker: { ...LEAD, size: 2 }, ...MEMBERS } }),
  ],
  [
    'MC287 flux.scheduler.queuePolicy',
    withFlux({ scheduler: { queuePolicy: 'fifo' } }),
    withFlux({ scheduler: { queuePolicy: 'easy' } }),
  ],
  [
    'MC287 flux.scheduler.queuePolicy',
    withFlux({ scheduler: { queuePolicy: 'easy' }, brokerConfig: '[resource]' }),
    withFlux({ scheduler: { queuePolicy: 'easy' }, brokerConfig: 'queue-policy = "easy"' }),
  ],
  [
    'MC287 flux.bursting.leadBroker.address',
    withFlux({ bursting: { leadBroker: LEAD }, brokerConfig: '[resource]' }),
    withFlux({ bursting: { leadBroker: LEAD }, brokerConfig: 'host = "10.0.0.1"' }),
  ],

  ['MC289 flux.curveCertSecret', cluster({ flux: undefined }), cluster()],
  ['MC289 flux.curveCertSecret', cluster({ logging: { strict: false } }), cluster()],
  [
    'MC289 flux.curveCert',
    cluster({ flux: { curveCert: 'public-key = "a"' } }),
    cluster({ flux: { brokerConfig: 'curve_cert = "/certificate/curve.cert"' } }),
  ],
  ['MC290 flux.curveCert', withFlux({ curveCert: 'public-key = "a"' }), withFlux({ curveCert: '' })],
  [
    'MC291 fluxRestful.secretKey',
    cluster({ fluxRestful: { secretKey: 'notsecretbutshared' } }),
    cluster({ fluxRestful: { username: 'ada' } }),
  ],
  ['MC292 flux.mungeSecret', withFlux({ mungeSecret: 'munge' }), withFlux({})],
];

const codeOf = (finding: string): string => finding.slice(0, 'MC200'.length);

test('the specs that the cases start from have no problems at all', () => {
  for (const spec of [
    cluster(),
    interactive(),
    withSidecar({}),
    withService({}),
    withVolume({}),
    withVolume(CSI),
    withExisting(CLAIM),
  ]) {
    expect(findings(spec)).toEqual([]);
  }
});

test.each(CASES)(
  '%s is told, and not any more once it is mended',
  (finding, violating, mended, ...others) => {
    expect(findings(violating).sort()).toEqual([finding, ...others].sort());
    expect(findings(mended).map(codeOf)).not.toContain(codeOf(finding));
  },
);

test('a name must leave room for the volumes and pods that are named after the cluster', () => {
  expect(findings(cluster(), 'a'.repeat(52))).toEqual(['MC288 metadata.name']);
  expect(findings(cluster(), 'a'.repeat(51))).toEqual([]);
  expect(findings(cluster({ size: 1, maxSize: 1_000_000_000 }), 'a'.repeat(51))).toEqual([]);
  expect(findings(cluster(), 'My_Cluster')).toEqual(['MC288 metadata.name']);
  expect(problems(cluster(), 'My_Cluster').map(({ fix }) => fix)).toEqual(["call it 'my-cluster'"]);
  expect(findings(cluster(), '7lmp')).toEqual([]);
});

test('every rule has a case', () => {
  const exercised = new Set([...CASES.map(([finding]) => codeOf(finding)), 'MC288']);
  expect(V1ALPHA1_RULES.map(({ code }) => code).filter((code) => !exercised.has(code))).toEqual([]);
});

test('codes count up from MC201, each once', () => {
  const codes = V1ALPHA1_RULES.map(({ code }) => code).sort();
  expect(codes).toEqual(codes.map((_, index) => `MC${201 + index}`));
});

const WARNINGS = [
  'MC216',
  'MC221',
  'MC224',
  'MC225',
  'MC226',
  'MC228',
  'MC229',
  'MC231',
  'MC232',
  'MC235',
  'MC236',
  'MC237',
  'MC239',
  'MC240',
  'MC241',
  'MC243',
  'MC247',
  'MC255',
  'MC257',
  'MC258',
  'MC259',
  'MC260',
  'MC264',
  'MC266',
  'MC267',
  'MC269',
  'MC271',
  'MC277',
  'MC278',
  'MC279',
  'MC280',
  'MC289',
  'MC291',
  'MC292',
];

test.each(CASES)(
  '%s is a warning where the cluster still does what is written, and an error elsewhere',
  (finding, violating) => {
    const code = codeOf(finding);
    const severities = problems(violating)
      .filter((one) => one.code === code)
      .map(({ severity }) => severity);
    expect(severities).toEqual([WARNINGS.includes(code) ? Severity.WARNING : Severity.ERROR]);
  },
);

test('no secret is shown in a problem', () => {
  const flux = { curveCert: 'do-not-show' };
  const users = [
    { name: 'ada', password: 'do-not-show' },
    { name: 'bob', password: 'do-not-show;' },
  ];
  const fluxRestful = { token: 'do-not-show', secretKey: 'do-not-show "' };
  const found = problems(cluster({ flux, users, fluxRestful }));
  expect(found.length).toBeGreaterThan(6);
  expect(JSON.stringify(found)).not.toContain('do-not-show');
});

test('a Secret of a CSI volume is looked for in default, which is right for a cluster there', () => {
  const spec = withVolume({ ...CSI, secretNamespace: undefined });
  expect(problems(spec, 'lmp', 'default')).toEqual([]);
  expect(problems(spec, 'lmp', 'hpc').map(({ code }) => code)).toEqual(['MC255']);
});

test('strict mode is on where logging is written without it, and off without logging', () => {
  const strict = (logging: Spec['logging']) =>
    readV1Alpha1Cluster({ name: 'lmp' }, cluster({ logging })).strict;
  expect([undefined, {}, { quiet: true }, { strict: false }].map(strict)).toEqual([false, true, true, false]);
});

/** The first cluster of the page about staging. */
const STAGING: Spec = {
  size: 4,
  tasks: 4,
  volumes: { data: { storageClass: 'hostpath', path: '/tmp/data' } },
  containers: [
    {
      image: 'ghcr.io/rse-ops/singularity:tag-mamba',
      command: [
        'flux filemap map -C /data mpi.sif',
        'flux exec -x 0 -r all flux filemap get -C /data',
        'flux submit -n 4 --output /tmp/fluxout/job.out --error /tmp/fluxout/job.out --flags waitable singularity exec /data/mpi.sif /opt/mpitest',
        'flux queue idle',
        'flux filemap unmap',
        '',
      ].join('\n'),
      commands: {
        post: 'sleep infinity',
        brokerPre: [
          'if [[ ! -e "mpi.sif" ]]; then',
          '    singularity pull mpi.sif oras://ghcr.io/rse-ops/singularity-mpi:mpich',
          'fi',
          '',
        ].join('\n'),
      },
      workingDir: '/data',
      cores: 1,
      volumes: { data: { path: '/tmp/fluxout' } },
      batch: true,
      batchRaw: true,
      fluxUser: { name: 'fluxuser' },
      securityContext: { privileged: true },
    },
  ],
};

/** The cluster of the page about state. */
const STATE: Spec = {
  size: 2,
  interactive: true,
  archive: { path: '/state/archive.tar.gz' },
  volumes: { data: { storageClass: 'hostpath', path: '/tmp/data', labels: { type: 'local' } } },
  containers: [
    { image: 'ghcr.io/flux-framework/flux-restful-api:latest', volumes: { data: { path: '/state' } } },
  ],
};

test('the MiniClusters of the pages about staging and state have warnings only, and few of them', () => {
  const found = (spec: Spec) => problems(spec, 'flux-sample', 'flux-operator');
  for (const spec of [STAGING, STATE]) {
    expect(found(spec).filter(({ severity }) => severity === Severity.ERROR)).toEqual([]);
  }
  expect(found(STAGING).map(({ code }) => code)).toEqual(['MC240', 'MC257', 'MC289']);
  expect(found(STATE).map(({ code }) => code)).toEqual(['MC228', 'MC257', 'MC277', 'MC289']);
});
