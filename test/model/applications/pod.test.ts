/** What the brokers of one pod share and what is each one's own, and how they wait for one another. */
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MachineSharing } from '../../../src/model/applications/spec';
import { BROKER, applicationPod, endOf, removePods } from '../../support/application-pod';
import { JobPod } from '../../support/job-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removePods);

/** What is at the paths below a folder: the content of files, where links lead, and the modes. */
function contentOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return [path, `-> ${readlinkSync(path)}`];
      const mode = statSync(path).mode.toString(8);
      return [path, entry.isFile() ? `${mode} ${readFileSync(path, 'utf8')}` : mode];
    }),
  );
}

/** What a shell of a container says. */
const inShell = async (container: JobPod, script: string): Promise<string> =>
  (await container.exec(['/bin/bash', '-c', script]).ended).stdout;

test('each container has a broker with a socket, a port, a configuration and a state of its own', async () => {
  const pod = applicationPod();
  await pod.running();
  const brokers = pod.names.map((name) => pod.of(name).brokers()[0]);
  const option = (name: string): (string | undefined)[] =>
    brokers.map((broker) => broker?.args.find((word) => word.startsWith(name)));
  expect(option('-Slocal-uri')).toEqual(
    [0, 1, 2].map((index) => `-Slocal-uri=local:///mnt/flux/config/run/flux/local-${index}`),
  );
  for (const [name, path] of [
    ['--config-path', 'config/etc/flux/config'],
    ['-Srundir', 'config/run/flux'],
    ['-Sstatedir', 'config/var/lib/flux'],
  ])
    expect(option(name as string)).toEqual(
      ['0-queue', '1-lammps', '2-ior'].map((own) => `${name}=/mnt/flux/brokers/${own}/${path}`),
    );
  expect(brokers.map((broker) => /default_port = (\d+)/.exec(broker?.configuration ?? '')?.[1])).toEqual([
    '8050',
    '8051',
    '8052',
  ]);
  for (const broker of brokers) expect(broker?.configuration).toContain('host = "pan-[0-3]"');
});

test('markers say which socket belongs to which container, and both are found below the view as well', async () => {
  const pod = applicationPod();
  await pod.running();
  expect(readdirSync(pod.path('config/etc/flux/meta')).sort()).toEqual(['0-queue', '1-lammps', '2-ior']);
  expect(readdirSync(pod.path('view/etc/flux/meta')).sort()).toEqual(['0-queue', '1-lammps', '2-ior']);
  expect(realpathSync(pod.path('view/run/flux'))).toBe(realpathSync(pod.path('config/run/flux')));
});

test('a view that is an image is left as it is', async () => {
  const pod = applicationPod();
  await inShell(pod.queue, 'ln -s "$OUT" "$MINICLUSTER_ROOT/view"');
  await pod.running();
  expect(existsSync(pod.path('view/run'))).toBe(false);
  expect(readdirSync(pod.queue.path('out'))).toEqual([]);
});

test('flux-view.sh and flux-connect.sh lead to the broker of the container in which they are used', async () => {
  const pod = applicationPod();
  await pod.running();
  for (const [index, name] of pod.names.entries()) {
    const container = pod.of(name);
    const socket = `local:///mnt/flux/config/run/flux/local-${index}`;
    expect(await inShell(container, '. $MINICLUSTER_ROOT/flux-view.sh; echo "$fluxsocket $PATH"')).toBe(
      `${socket} /image/bin:/mnt/flux/bin\n`,
    );
    expect((await container.exec(['/bin/bash', '/mnt/flux/flux-connect.sh']).ended).code).toBe(0);
    expect(container.calls('proxy')).toEqual([['proxy', socket, 'bash']]);
  }
  // Outside of all containers, and where the image drops the variable, it is the queue's.
  const said = await inShell(
    pod.of('ior'),
    'unset MINICLUSTER_BROKER; . $MINICLUSTER_ROOT/flux-view.sh; echo "$fluxsocket"',
  );
  expect(said).toBe('local:///mnt/flux/config/run/flux/local-0\n');
});

test('flux-app is on the PATH of the broker and of its jobs', async () => {
  const pod = applicationPod();
  await pod.running();
  expect(pod.of('ior').brokers()[0]?.environment.PATH).toBe('/image/bin:/mnt/flux/bin');
  expect(await inShell(pod.of('ior'), '. $MINICLUSTER_ROOT/flux-view.sh; flux-app applications')).toBe(
    'lammps\nior\n',
  );
});

test('a container that is started again finds all as it left it', async () => {
  const pod = applicationPod();
  await pod.running();
  const watched = ['config', 'view', 'bin', 'flux-view.sh', 'flux-connect.sh'];
  const shared = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(contentOf(pod.path('.'))).filter(([path]) =>
        watched.some((one) => path.startsWith(pod.path(one))),
      ),
    );
  const before = shared();
  const { lammps } = pod.start('lammps');
  await pod.of('lammps').until('record/broker-2/waits');
  const after = shared();
  expect(Object.keys(before).length).toBeGreaterThan(8);
  expect({ ...after, [pod.path('bin/flux-app')]: '' }).toEqual({ ...before, [pod.path('bin/flux-app')]: '' });
  lammps?.stop();
});

test('the environment and the folder of a container are recorded byte for byte, for its user alone', async () => {
  const values = {
    LINES: 'one\ntwo\n\n',
    QUOTES: `"double" 'single' \`back\` $HOME \\n`,
    EQUALS: 'a=b=c',
    EMPTY: '',
    UNICODE: 'ƒ 日本 🌀',
  };
  const pod = applicationPod({
    applications: [
      { name: 'lammps', image: 'l', workingDir: '/some space here', environment: values },
      { name: 'ior', image: 'i' },
    ],
  });
  await pod.running();
  const file = pod.path('brokers/1-lammps/config/run/application-environment');
  const variables = readFileSync(file, 'utf8').split('\0');
  expect(variables).toEqual(
    expect.arrayContaining(Object.entries(values).map(([name, value]) => `${name}=${value}`)),
  );
  const names = variables.map((one) => one.split('=')[0]);
  for (const name of ['HOSTNAME', 'OLDPWD', 'SHLVL', '_', 'FLUX_RC_EXTRA']) expect(names).not.toContain(name);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const folder = pod.path('brokers/1-lammps/config/run/application-folder');
  expect(pod.queue.outside(readFileSync(folder, 'utf8'))).toBe('/some space here\n');
  expect(statSync(folder).mode & 0o777).toBe(0o600);
  // What the broker is started with again.
  expect(statSync(pod.path('brokers/1-lammps/config/run/environment')).mode & 0o777).toBe(0o600);
});

test('what hooks of an application export is part of the environment of its jobs', async () => {
  const pod = applicationPod({
    applications: [{ name: 'lammps', image: 'l', commands: { pre: 'export FROM_HOOK=yes; cd /' } }],
  });
  await pod.running();
  expect(pod.read('brokers/1-lammps/config/run/application-environment')).toContain('FROM_HOOK=yes\0');
  expect(pod.read('brokers/1-lammps/config/run/application-folder')).toBe('/\n');
});

test('the broker of the queue starts when all applications have joined, and not before', async () => {
  const pod = applicationPod();
  pod.start('queue', 'ior');
  await pod.untilJoined('ior');
  expect(pod.queue.brokers()).toEqual([]);
  pod.start('lammps');
  await pod.untilJoined('queue');
  expect(pod.queue.brokers()).toHaveLength(1);
});

test('a broker counts as joined once its rc1 has run, and a container that starts again has not joined yet', async () => {
  const pod = applicationPod(
    {},
    {
      fluxOf: {
        lammps: {
          broker:
            ': >"$here/before"\nexec {p}<> <(:)\nuntil [[ -e $OUT/go ]]; do read -rt 0.05 -u "$p"; done\n. "$RECORD/joins"',
        },
      },
    },
  );
  pod
    .of('lammps')
    .write(
      'record/joins',
      'FLUX_URI=$(attribute local-uri "$@") /bin/bash "${FLUX_RC_EXTRA##*:}/rc1.d/60-applications"\n: >"$here/waits"\nexit 0\n',
    );
  const joined = pod.path('brokers/1-lammps/config/run/joined');
  pod.of('lammps').write('/mnt/flux/brokers/1-lammps/config/run/joined', '');
  pod.start('lammps');
  await pod.of('lammps').until('record/broker-1/before');
  expect(existsSync(joined)).toBe(false);
  pod.of('lammps').write('out/go', '');
  await pod.untilJoined('lammps');
  expect(existsSync(joined)).toBe(true);
});

test('brokers of jobs, which inherit the environment of the broker, do not tell of themselves', async () => {
  const pod = applicationPod();
  await pod.running();
  const joined = pod.path('brokers/1-lammps/config/run/joined');
  const { environment = {} } = pod.of('lammps').brokers()[0] ?? {};
  const script = `rm -f "${joined}"; bash "$0"`;
  const rc = `${pod.path('brokers/1-lammps')}/config/etc/flux/applications/rc1.d/60-applications`;
  const inherited = (uri: string): Record<string, string> => ({
    MINICLUSTER_SOCKET: pod.of('lammps').inside(environment.MINICLUSTER_SOCKET ?? ''),
    FLUX_URI: uri,
  });
  const run = async (uri: string): Promise<boolean> => {
    await pod.of('lammps').exec(['/bin/bash', '-c', script, rc], inherited(uri)).ended;
    return existsSync(joined);
  };
  expect(await run('local:///tmp/flux-abc/local-0')).toBe(false);
  expect(await run(pod.of('lammps').inside(environment.MINICLUSTER_SOCKET ?? ''))).toBe(true);
});

test('the queue says after a while which application it waits for, and again', async () => {
  const pod = applicationPod({}, { image: { MINICLUSTER_LONG_WAIT: '1' } });
  const { queue } = pod.start('queue', 'lammps');
  await pod.untilJoined('lammps');
  const waiting =
    /^minicluster: waiting for the broker of ior since 1 s\nminicluster: waiting for the broker of ior since 2 s\n/;
  await until(() => waiting.test(queue?.said().stderr ?? ''), 30);
  expect(pod.queue.brokers()).toEqual([]);
});

test('the queue ends in one sentence when an application has ended before it joined', async () => {
  const pod = applicationPod({
    applications: [
      { name: 'lammps', image: 'l' },
      { name: 'ior', image: 'i', commands: { pre: 'exit 7' } },
    ],
  });
  const { ior } = pod.start('ior');
  expect((await ior?.ended)?.code).toBe(7);
  const { queue } = pod.start('queue');
  const outcome = await queue?.ended;
  expect([outcome?.code, outcome?.stderr]).toEqual([
    1,
    'minicluster: the container ior has ended with exit code 7, and the pod ends with it: its log says why\n',
  ]);
  expect(pod.queue.brokers()).toEqual([]);
});

test('the queue ends in one sentence when the kubelet has given an application other cores', async () => {
  const pod = applicationPod();
  pod.of('ior').write('/proc/self/status', 'Name:\tbash\nCpus_allowed_list:\t4-7\n');
  const { queue } = pod.start();
  const outcome = await queue?.ended;
  expect([outcome?.code, outcome?.stderr]).toEqual([
    1,
    'minicluster: container ior has the cores 4-7 of the node, container queue has 0-7: ' +
      'the kubelet has given them whole cores of their own; write CPU requests that are no limits\n',
  ]);
  expect(pod.queue.brokers()).toEqual([]);
});

test('with shares of their own each application plans with its own cores', async () => {
  const pod = applicationPod({
    sharing: MachineSharing.STATIC,
    applications: [
      { name: 'lammps', image: 'l', cores: 3 },
      { name: 'ior', image: 'i', cores: 2 },
      { name: 'osu', image: 'o', cores: 2 },
    ],
  });
  await pod.running();
  const cores = (name: string): string =>
    /"core": "([^"]*)"/.exec(pod.of(name).brokers()[0]?.resources ?? '')?.[1] ?? '';
  expect(['lammps', 'ior', 'osu'].map(cores)).toEqual(['0-2', '4-5', '6-7']);
});

test('an application for which too few cores are left ends in a sentence that counts them', async () => {
  const pod = applicationPod({
    sharing: MachineSharing.STATIC,
    applications: [
      { name: 'lammps', image: 'l', cores: 6 },
      { name: 'ior', image: 'i', cores: 2 },
    ],
  });
  const { ior } = await endOf(pod.start('ior'));
  expect(ior?.code).toBe(1);
  expect(ior?.stderr).toMatch(
    /^minicluster: this pod has 7 cores, and the applications up to this one have 8 of their own\n/,
  );
  expect(pod.of('ior').calls('broker')).toEqual([]);
});

/** A store of keys in files of the container; the job manager writes its checkpoint when its broker ends in order. */
const STORE = `case $1 in
  get) [[ -s $OUT/\${!#} ]] || { echo 'flux-kvs: No such file or directory' >&2; exit 1; }; cat "$OUT/\${!#}" ;;
  put) printf %s "\${3#*=}" >"$OUT/\${3%%=*}" ;;
esac
exit`;
const STARTED = 'out/applications.queues';
const CHECKPOINT = 'out/checkpoint.job-manager';
const startsOf = (...names: readonly string[]): string[][] =>
  names.map((name) => ['queue', 'start', '--quiet', `--queue=${name}`]);

test('named queues are started once; one that somebody has stopped stays so when the broker starts again', async () => {
  const pod = applicationPod({}, { flux: { kvs: STORE } });
  await pod.running();
  expect(pod.queue.calls('queue')).toEqual(startsOf('queue', 'lammps', 'ior'));
  expect(pod.queue.read(STARTED)).toBe('queue lammps ior');
  pod.queue.write(CHECKPOINT, '{}');
  process.kill(Number(pod.queue.read('record/broker-1/pid')), 'SIGKILL');
  await pod.queue.until('record/broker-2/waits');
  expect(pod.queue.calls('queue')).toHaveLength(3);
});

test('named queues are started again after a broker that could not write down how they were', async () => {
  const pod = applicationPod({}, { flux: { kvs: STORE } });
  pod.queue.write(STARTED, 'queue lammps ior');
  await pod.running();
  expect(pod.queue.calls('queue')).toEqual(startsOf('queue', 'lammps', 'ior'));
});

test('an application that a cluster with an archive did not have before gets its queue started', async () => {
  const pod = applicationPod({}, { flux: { kvs: STORE } });
  pod.queue.write(STARTED, 'queue lammps');
  pod.queue.write(CHECKPOINT, '{}');
  await pod.running();
  expect(pod.queue.calls('queue')).toEqual(startsOf('ior'));
  expect(pod.queue.read(STARTED)).toBe('queue lammps ior');
});

test('the queue waits for an application whose lead broker does not answer', async () => {
  const pod = applicationPod(
    {},
    { fluxOf: { queue: { ping: '[[ -e $OUT/answers || $FLUX_URI != *-2 ]]; exit' } } },
  );
  pod.start();
  await pod.untilJoined('lammps', 'ior');
  const pings = (): string[][] => pod.queue.asked().filter(([, verb]) => verb === 'ping');
  await until(() => pings().length >= 3, 30);
  expect(pod.queue.brokers()).toEqual([]);
  pod.queue.write('out/answers', '');
  await pod.untilJoined('queue');
  const hosts = ['1', '2'].map((at) => `local:///mnt/flux/config/run/flux/local-${at}`);
  expect([pings().at(0), pings().at(-1)]).toEqual(hosts.map((uri) => [uri, 'ping', '--count=1', '0']));
});

const STATE = '/mnt/flux/brokers/0-queue/config/var/lib/flux/content.sqlite';

test('a queue that starts on the state of a killed broker first ends what the applications still run', async () => {
  const broker = `cp "$RECORD/cancelled" "$RECORD/before" 2>/dev/null\n${BROKER}`;
  const pod = applicationPod({}, { fluxOf: { queue: { broker } } });
  pod.addBrokers('queue');
  pod.queue.write(STATE, '');
  for (const [at, jobs] of [
    [1, '500 ƒ7\n501 ƒ8\n'],
    [2, '502 ƒ9\n'],
  ] as const) {
    pod.queue.write(`record/broker-local-${at}/jobs`, jobs);
    pod.queue.write(`record/broker-local-${at}/heeds`, '');
  }
  await pod.running();
  const cancelled = pod.queue.read('record/before').split('\n').slice(0, -1);
  expect(cancelled.map((line) => (JSON.parse(line) as { id: number }).id).sort()).toEqual([500, 501, 502]);
});

test('a queue does not start while earlier jobs still run', async () => {
  const pod = applicationPod({}, { image: { MINICLUSTER_END_LIMIT: '1' } });
  pod.addBrokers('queue');
  pod.queue.write(STATE, '');
  pod.queue.write('record/broker-local-2/jobs', '502 ƒ9\n');
  const { queue } = pod.start();
  expect(await queue?.ended).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "flux-app: the jobs of ior can't be ended: job ƒ9f of the application is not over\n" +
      "minicluster: the queue can't start while earlier jobs still run\n",
  });
  expect(pod.queue.brokers()).toEqual([]);
});

test('a queue does not wait for ever for an application that hangs', async () => {
  // It gets ten seconds more than this.
  const pod = applicationPod(
    {},
    { image: { MINICLUSTER_END_LIMIT: '-9' }, fluxOf: { queue: { python: 'exec sleep 30' } } },
  );
  pod.queue.write(STATE, '');
  const { queue } = pod.start();
  expect(await queue?.ended).toMatchObject({
    code: 1,
    stderr: "minicluster: the queue can't start while earlier jobs still run\n",
  });
  expect(pod.queue.brokers()).toEqual([]);
});

test('what one application stages concerns none of the other containers', async () => {
  const pod = applicationPod({
    applications: [
      { name: 'lammps', image: 'l' },
      { name: 'ior', image: 'i', staging: [{ path: 'a', from: '/x', to: '/b' }] },
    ],
  });
  expect(pod.names.map((name) => pod.of(name).has('/flux-scripts/staging'))).toEqual([false, false, true]);
  const ior = '/mnt/flux/brokers/2-ior/config/run';
  pod.queue.write(`${ior}/joined`, '');
  pod.queue.write(`${ior}/cores`, '0-7\n');
  pod.start('queue', 'lammps');
  await pod.untilJoined('lammps', 'queue');
  for (const [index, name] of ['queue', 'lammps'].entries())
    expect(pod.of(name).brokers()[0]?.environment.FLUX_RC_EXTRA).toBe(
      `/mnt/flux/brokers/${index}-${name}/config/etc/flux/applications`,
    );
});

test.each([
  ['on a follower', { index: 1 }],
  ['the first time', { index: 0 }],
])('%s the queue has no earlier jobs to end', async (_, options) => {
  const pod = applicationPod({}, options);
  if (options.index > 0) pod.queue.write(STATE, '');
  await pod.running();
  expect(pod.queue.calls('python')).toEqual([]);
});

test.each([
  ['on a follower', 1, MachineSharing.QUEUE],
  ['with shares of their own', 0, MachineSharing.STATIC],
])('%s no queue is started', async (_, index, sharing) => {
  const applications = [
    { name: 'lammps', image: 'l', ...(sharing === MachineSharing.STATIC && { cores: 1 }) },
  ];
  const pod = applicationPod({ sharing, applications }, { index });
  await pod.running();
  expect(pod.names.flatMap((name) => pod.of(name).calls('queue'))).toEqual([]);
});

test('a queue that cannot be started ends its broker with a sentence', async () => {
  const pod = applicationPod({}, { fluxOf: { queue: { queue: 'exit 1' } } });
  const { queue } = pod.start();
  const outcome = await queue?.ended;
  expect(outcome?.code).toBe(1);
  expect(outcome?.stderr).toContain("minicluster: the queues of the applications can't be started\n");
});
