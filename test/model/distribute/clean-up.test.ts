/** The program of the clean-up Job, run for real on folders and processes of the test. */
import { ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

jest.setTimeout(60_000);

const PROGRAM = join(__dirname, '../../../assets/distribute/clean-up.py');

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clean-up-'));
  children = [];
  for (const [name, text] of Object.entries({
    'opt/flux-distribute/flux/owner.json': '{"name": "flux", "namespace": "hpc"}',
    'opt/flux-distribute/flux/envs/one/bin/flux': '',
    'var/flux-distribute/flux/owner.json': '{"name": "flux", "namespace": "hpc"}',
    'var/flux-distribute/flux/copies/state-1.tar': '',
    'var/flux-distribute/flux/rundir/script-1': '',
    'run/flux-distribute/flux/config/curve.cert': '',
    'inotify/max_user_instances': '8192\n',
    'inotify/max_user_watches': '9000000\n',
    nsenter: NSENTER,
  }))
    put(name, text);
  symlinkSync('envs/one', join(opt(), 'current'));
  chmodSync(join(folder, 'nsenter'), 0o755);
  mkdirSync(join(folder, 'units'));
});
afterEach(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

/** Records what systemd is asked for. */
const NSENTER = `#!/bin/bash
[[ $* != *' systemctl '* ]] || { echo "\${*#* systemctl }" >>"$(dirname "$0")/systemctl"; exit 0; }
exec "$@"
`;

const opt = (): string => join(folder, 'opt/flux-distribute/flux');
const state = (): string => join(folder, 'var/flux-distribute/flux');
const run = (): string => join(folder, 'run/flux-distribute/flux');

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly seconds: number;
}

function cleanUp(env: Record<string, string> = {}, directory = opt()): Promise<Outcome> {
  const settings = {
    name: 'flux',
    directory,
    stateDirectory: state(),
    runDirectory: run(),
    leaseSeconds: 120,
  };
  put('settings.json', JSON.stringify({ ...settings, flux: {}, proxy: {} }));
  const started = Date.now();
  const child = spawn('python3', ['-B', PROGRAM], {
    env: {
      PATH: process.env.PATH,
      NODE_NAME: 'node-7',
      POD_NAMESPACE: 'hpc',
      DISTRIBUTE_SETTINGS: join(folder, 'settings.json'),
      DISTRIBUTE_NSENTER: join(folder, 'nsenter'),
      DISTRIBUTE_UNITS: join(folder, 'units'),
      DISTRIBUTE_SYSCTLS: join(folder, 'inotify'),
      ...env,
    },
    timeout: 50_000,
  });
  let output = '';
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = output.trim().replaceAll(folder, '').split('\n');
      resolve({ code, lines, seconds: (Date.now() - started) / 1000 });
    });
  });
}

test('the installation goes, the state stays', async () => {
  expect(await cleanUp()).toMatchObject({
    code: 0,
    lines: [
      'flux-distribute: node-7: /run/flux-distribute/flux is removed',
      'flux-distribute: node-7: /opt/flux-distribute/flux is removed',
      'flux-distribute: node-7: installation of flux removed',
    ],
  });
  expect(readdirSync(join(folder, 'opt'))).toEqual([]);
  expect(readdirSync(join(folder, 'run'))).toEqual([]);
  expect(readdirSync(state()).sort()).toEqual(['copies', 'owner.json']);
});

test('everything goes if that is wanted, and a second run finds nothing to do', async () => {
  const env = { CLEAN_UP: 'everything' };
  expect((await cleanUp(env)).lines).toContain(
    'flux-distribute: node-7: /var/flux-distribute/flux is removed',
  );
  expect([existsSync(opt()), existsSync(state()), existsSync(run())]).toEqual([false, false, false]);
  for (const path of [opt(), state(), run()]) mkdirSync(path, { recursive: true });
  expect(await cleanUp(env)).toMatchObject({
    code: 0,
    lines: ['flux-distribute: node-7: installation and state of flux already gone'],
  });
});

test('a folder that was given stays, empty', async () => {
  const given = join(folder, 'data/flux');
  put('data/flux/owner.json', '{"name": "flux", "namespace": "hpc"}');
  put('data/flux/envs/x', '');
  expect((await cleanUp({}, given)).code).toBe(0);
  expect(readdirSync(given)).toEqual([]);
});

test('what a link in the installation leads to is left alone', async () => {
  put('precious/file', '');
  for (const name of ['link', 'envs/link']) symlinkSync(join(folder, 'precious'), join(opt(), name));
  expect((await cleanUp()).code).toBe(0);
  expect(readdirSync(join(folder, 'precious'))).toEqual(['file']);
});

test.each([
  [
    'another FluxDistribute',
    '{"name": "other", "namespace": "hpc"}',
    /belongs to the FluxDistribute other in namespace hpc: nothing is removed$/,
  ],
  [
    'another namespace',
    '{"name": "flux", "namespace": "lab"}',
    /belongs to the FluxDistribute flux in namespace lab/,
  ],
  ['nobody', undefined, /has no owner\.json, so that it belongs to no FluxDistribute: it is left$/],
  ['whoever wrote nonsense', '{', /owner\.json can't be read/],
])('a folder of %s is left alone, and nothing else is touched', async (_, owner, sentence) => {
  const child = broker();
  if (owner === undefined) rmSync(join(state(), 'owner.json'));
  else writeFileSync(join(state(), 'owner.json'), owner);
  const { code, lines } = await cleanUp({ CLEAN_UP: 'everything' });
  expect([code, lines]).toEqual([1, [expect.stringMatching(sentence)]]);
  expect([
    existsSync(join(opt(), 'envs/one/bin/flux')),
    existsSync(join(state(), 'copies/state-1.tar')),
  ]).toEqual([true, true]);
  expect(child.signalCode).toBe(null);
});

/** A process that a broker of this name has started, by its environment. */
function broker(
  path = '/bin/sleep',
  env: Record<string, string> = { FLUX_DISTRIBUTE_BROKER: run() },
): ChildProcess {
  const child = spawn(path, ['300'], { env });
  children.push(child);
  return child;
}

const endOf = (child: ChildProcess): Promise<unknown> =>
  child.signalCode
    ? Promise.resolve(child.signalCode)
    : new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));

test('a broker that still runs ends by itself, its jobs are killed, others go on', async () => {
  const path = join(folder, 'flux-broker');
  copyFileSync('/bin/sleep', path);
  const own = broker(path);
  const job = broker('/bin/sleep', { FLUX_JOB_ID: '1', FLUX_URI: `local://${run()}/local` });
  const other = broker('/bin/sleep', { FLUX_DISTRIBUTE_BROKER: '/run/flux-distribute/other' });
  const ends = Promise.all([endOf(own), endOf(job)]);
  const { code, lines } = await cleanUp();
  expect([code, lines[0]]).toEqual([0, 'flux-distribute: node-7: the broker that still ran was ended']);
  expect(await ends).toEqual(['SIGTERM', 'SIGKILL']);
  expect([other.signalCode, other.exitCode]).toEqual([null, null]);
});

test('programs of the installation that somebody still uses are ended', async () => {
  const path = join(opt(), 'envs/one/bin/flux-proxy');
  copyFileSync('/bin/sleep', path);
  const shell = broker(path, {});
  const end = endOf(shell);
  expect((await cleanUp()).code).toBe(0);
  expect(await end).toBe('SIGKILL');
});

test('the unit of systemd is stopped and removed', async () => {
  put('units/flux-distribute-flux.service', '');
  put('units/flux-distribute-flux-guard.timer', '');
  expect((await cleanUp()).code).toBe(0);
  expect(readdirSync(join(folder, 'units'))).toEqual([]);
  expect(readFileSync(join(folder, 'systemctl'), 'utf8')).toContain('daemon-reload');
});

test('limits of the kernel that were raised are put back', async () => {
  put('var/flux-distribute/flux/sysctls.json', '{"max_user_instances": 128, "max_user_watches": 65536}');
  expect((await cleanUp({ CLEAN_UP: 'everything' })).code).toBe(0);
  expect(readFileSync(join(folder, 'inotify/max_user_instances'), 'utf8')).toBe('128\n');
  // Somebody has raised this one further since.
  expect(readFileSync(join(folder, 'inotify/max_user_watches'), 'utf8')).toBe('9000000\n');
});

test('a supervisor that still runs is waited for', async () => {
  const lock = join(run(), 'lock');
  const hold = `import fcntl, sys, time; file = open(sys.argv[1], "w"); fcntl.flock(file, 2); print(); time.sleep(float(sys.argv[2]))`;
  const holder = spawn('python3', ['-uc', hold, lock, '1.5']);
  children.push(holder);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const { code, lines, seconds } = await cleanUp();
  expect([code, lines[0]]).toEqual([
    0,
    'flux-distribute: the FluxDistribute flux still runs on node-7: waiting for its end',
  ]);
  expect(seconds).toBeGreaterThan(1);
});

test('a pod that is done stays for as long as it is told to', async () => {
  expect((await cleanUp({ CLEAN_UP_HOLD: '2' })).seconds).toBeGreaterThan(2);
});

test.each([
  [{ CLEAN_UP: 'all' }, "CLEAN_UP is 'all': it may be installation or everything"],
  [{ CLEAN_UP_HOLD: 'long' }, "CLEAN_UP_HOLD is 'long': it has to be a number of seconds"],
])('what it is told has to make sense: %j', async (env, sentence) => {
  expect(await cleanUp(env)).toMatchObject({ code: 1, lines: [`flux-distribute: ${sentence}`] });
  expect(existsSync(join(opt(), 'envs'))).toBe(true);
});
