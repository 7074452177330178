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
import { PYTHON } from '../../support/python';
import '../../support/real-processes';

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
  const child = spawn(PYTHON, ['-B', PROGRAM], {
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

/** Programs of this text stand in for those of the node, and say so. */
function onNode(name: string, text: string): void {
  put(`stand-ins/${name}`, `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'stand-ins', name), 0o755);
  const shim = `#!/bin/bash
words=()
for word; do words+=("\${word/#PATH=/PATH=${folder}/stand-ins:}"); done
exec "\${words[@]}"
`;
  put('nsenter', shim);
}

test('a folder that the node does not remove is told as it is', async () => {
  onNode(
    'rmdir',
    `case $1 in *opt*) echo "rmdir: failed to remove '$1': Read-only file system" >&2; exit 1;; esac`,
  );
  const { code, lines } = await cleanUp();
  expect([code, lines]).toEqual([
    0,
    [
      'flux-distribute: node-7: /run/flux-distribute/flux is removed',
      "flux-distribute: node-7: /opt/flux-distribute/flux is empty now, and stays: the folder itself can't be removed " +
        "(rmdir: failed to remove '/opt/flux-distribute/flux': Read-only file system)",
      'flux-distribute: node-7: installation of flux removed',
    ],
  ]);
  expect(readdirSync(opt())).toEqual([]);
});

test('a removal that is cut off leaves no environment that is taken for a whole one', async () => {
  for (const name of ['one', 'two']) put(`opt/flux-distribute/flux/envs/${name}/.complete`, 'flux\n');
  const cut = `import os, shutil
whole = shutil.rmtree
shutil.rmtree = lambda path, *_, **__: os._exit(9) if "/opt/" in path else whole(path, *_, **__)
`;
  put('cut/sitecustomize.py', cut);
  expect((await cleanUp({ PYTHONPATH: join(folder, 'cut') })).code).toBe(9);
  expect(existsSync(join(opt(), 'envs/one/bin/flux'))).toBe(true);
  for (const name of ['one', 'two']) expect(existsSync(join(opt(), 'envs', name, '.complete'))).toBe(false);
  expect((await cleanUp()).code).toBe(0);
  expect(readdirSync(join(folder, 'opt'))).toEqual([]);
});

const KEY = '0123456789abcdef';

/** A content that was on its way to a target when it was cut off. */
function underWay(key: string, target: string): void {
  put(`var/flux-distribute/flux/content/data/${key}/have.json`, '{"manifest": "x", "pieces": [0]}');
  put(`var/flux-distribute/flux/content/data/${key}/beside.json`, JSON.stringify({ target }));
}

test('parts of content that was on its way go, what is beside them stays', async () => {
  underWay(KEY, join(folder, 'data/a set'));
  underWay('fedcba9876543210', join(folder, 'data/tree'));
  underWay('0000000000000000', '../data/set');
  for (const name of ['.a set.other.part', 'a set', `.a set.${KEY}.part`, '.tree.fedcba9876543210.new/file'])
    put(`data/${name}`, '');
  // The node went down between two renames: this is all that there is of the folder.
  put('data/.tree.fedcba9876543210.old/file', 'before');
  const { code, lines } = await cleanUp();
  expect([code, lines[0]]).toEqual([0, 'flux-distribute: node-7: content that was on its way is removed']);
  expect(readdirSync(join(folder, 'data')).sort()).toEqual(['.a set.other.part', 'a set', 'tree']);
  expect(readFileSync(join(folder, 'data/tree/file'), 'utf8')).toBe('before');
  expect(readdirSync(state()).sort()).toEqual(['copies', 'owner.json']);
});

test('parts that the node does not remove are told, and known to the next run', async () => {
  underWay(KEY, join(folder, 'data/set'));
  onNode('rm', `echo "rm: cannot remove: Read-only file system" >&2; exit 1`);
  const { lines } = await cleanUp();
  expect(lines[0]).toBe(
    'flux-distribute: node-7: parts of /data/set stay on the node (rm: cannot remove: Read-only file system)',
  );
  expect(readdirSync(state()).sort()).toEqual(['content', 'copies', 'owner.json']);
});

test('a folder that was given stays, empty', async () => {
  const given = join(folder, 'data/flux');
  put('data/flux/owner.json', '{"name": "flux", "namespace": "hpc"}');
  put('data/flux/envs/x', '');
  expect(await cleanUp({}, given)).toMatchObject({
    code: 0,
    lines: expect.arrayContaining([
      'flux-distribute: node-7: /data/flux is empty now, and stays, as it was given',
    ]) as string[],
  });
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
  const before = { max_user_instances: 128, max_user_watches: 65536 };
  put('inotify/.raised-limits.json', JSON.stringify({ 'hpc/flux': before }));
  expect((await cleanUp({ CLEAN_UP: 'everything' })).code).toBe(0);
  expect(readFileSync(join(folder, 'inotify/max_user_instances'), 'utf8')).toBe('128\n');
  // Somebody has raised this one further since.
  expect(readFileSync(join(folder, 'inotify/max_user_watches'), 'utf8')).toBe('9000000\n');
});

test('a supervisor that still runs is waited for', async () => {
  const lock = join(run(), 'lock');
  const hold = `import fcntl, sys, time; file = open(sys.argv[1], "w"); fcntl.flock(file, 2); print(); time.sleep(float(sys.argv[2]))`;
  const holder = spawn(PYTHON, ['-uc', hold, lock, '1.5']);
  children.push(holder);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const { code, lines, seconds } = await cleanUp();
  expect([code, lines[0]]).toEqual([
    0,
    'flux-distribute: the FluxDistribute flux still runs on node-7: waiting for its end',
  ]);
  expect(seconds).toBeGreaterThan(1);
});

test('no supervisor starts before the removal is done', async () => {
  const ask = `import fcntl, sys
try:
    fcntl.flock(open(sys.argv[1], "r"), fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
except BlockingIOError:
    print("held")
`;
  put('ask.py', ask);
  // While folders of the node are emptied, and after the run directory was.
  put(
    'cut/sitecustomize.py',
    `import os, shutil, subprocess, sys
whole = shutil.rmtree
def rmtree(path, *words, **options):
    if path.endswith("/envs"):
        with open(${JSON.stringify(join(folder, 'lock-was'))}, "w") as file:
            subprocess.call([sys.executable, "-I", ${JSON.stringify(join(folder, 'ask.py'))}, ${JSON.stringify(join(run(), 'lock'))}], stdout=file)
    whole(path, *words, **options)
shutil.rmtree = rmtree
`,
  );
  expect((await cleanUp({ PYTHONPATH: join(folder, 'cut') })).code).toBe(0);
  expect(readFileSync(join(folder, 'lock-was'), 'utf8')).toBe('held\n');
  expect(readdirSync(join(folder, 'run'))).toEqual([]);
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
