/** Flux is installed on a node by the real installer, with a stand-in for micromamba that a web server of the test has. */
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { Installation, listOf } from '../../support/distribute-installation';

jest.setTimeout(60_000);

let node: Installation;

beforeEach(async () => {
  node = await Installation.start();
});
afterEach(() => {
  node.stop();
});

const NAME = 'flux-core-0.85.0';

test('a fresh node gets an environment with all packages, and no more', async () => {
  const { code, errors, result } = await node.install();
  expect([code, errors, result]).toEqual([
    0,
    expect.stringMatching(
      /^flux-distribute: installing 3 packages\nflux-distribute: installed flux-core-0.85.0 in \d s\n$/,
    ),
    node.installed('envs', NAME),
  ]);
  expect(readlinkSync(node.installed('current'))).toBe(`envs/${NAME}`);
  expect(readdirSync(node.installed()).sort()).toEqual(['.lock', 'bin', 'current', 'envs']);
  expect(readdirSync(node.installed('bin'))).toEqual(['micromamba-2.9.0-0']);
  const scratch = `${node.installed()}/\\.scratch-\\w+`;
  expect(node.read('record', 'calls')).toMatch(
    new RegExp(
      `^create --yes --no-rc --root-prefix ${node.installed()} --prefix ${node.installed('envs', NAME)} ` +
        `--override-channels --channel https://conda.anaconda.org/conda-forge --file ${scratch}/packages.txt\n$`,
    ),
  );
  expect(node.read('record', 'list')).toBe(listOf('0.85.0'));
});

test('Flux is tried out on the node before anything leads to it', async () => {
  await node.install();
  expect(node.read('record', 'flux-calls')).toBe(`${node.installed('envs', NAME)}/bin/flux version\n`);
});

test('a second run changes nothing, starts no process, and takes less than a second', async () => {
  await node.install();
  const requests = node.requests.length;
  const { code, errors, started, seconds } = await node.install();
  expect([code, errors, started, node.requests.length]).toEqual([0, '', [], requests]);
  expect(seconds).toBeLessThan(1);
});

test('the same list with other comments is the same environment, one with another package is not', async () => {
  await node.install();
  expect((await node.install(`# again\n\n${listOf('0.85.0')}`)).started).toEqual([]);
  expect((await node.install(listOf('0.85.0').replace('ply-3-0', 'ply-3-1'))).started).not.toEqual([]);
});

test('a run that was killed leaves nothing that counts, and the next one finishes the work', async () => {
  node.put('record/on-create', `mkdir -p "$prefix/bin"; touch ${node.path('record/halfway')}; sleep 30`);
  const { child, ended } = node.start('install', [null, listOf('0.85.0')]);
  while (!existsSync(node.path('record/halfway'))) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(node.installed('current'))).toBe(false);
  expect((await node.call('is_installed', [NAME])).result).toBe(false);
  node.put('record/on-create', '');
  writeFileSync(node.installed('envs', NAME, 'left-over'), '');
  const { code } = await node.install();
  expect(code).toBe(0);
  expect((await node.call('is_installed', [NAME])).result).toBe(true);
  expect(readdirSync(node.installed('envs', NAME)).sort()).toEqual(['.complete', 'bin', 'conda-meta']);
  expect(readdirSync(node.installed()).filter((name) => name.startsWith('.scratch'))).toEqual([]);
});

test('of two processes that install at once one waits for the other', async () => {
  node.put('record/on-create', 'sleep 0.5');
  const outcomes = await Promise.all([node.install(), node.install()]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(node.read('record', 'calls').trim().split('\n')).toHaveLength(1);
});

test('micromamba ends with the installer that was killed', async () => {
  node.put('record/on-create', `echo $$ > ${node.path('record/halfway')}; sleep 30 & wait`);
  const { child, ended } = node.start('install', [null, listOf('0.85.0')]);
  while (node.read('record/halfway') === '') await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await ended;
  const pid = node.read('record/halfway').trim();
  for (let rounds = 0; rounds < 100 && existsSync(`/proc/${pid}`); rounds += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

const versionOf = (version: string): Record<string, unknown> => ({
  environment: `flux-core-${version}`,
  packages: [`flux-core=${version}`],
});

test('a new version is installed beside the old one and switched; the one before stays, older ones go', async () => {
  const there: string[][] = [];
  for (const version of ['0.82.0', '0.84.0', '0.85.0']) {
    expect((await node.install(listOf(version), node.settings(versionOf(version)))).code).toBe(0);
    expect(readlinkSync(node.installed('current'))).toBe(`envs/flux-core-${version}`);
    there.push(readdirSync(node.installed('envs')).sort());
  }
  expect(there).toEqual([
    ['flux-core-0.82.0'],
    ['flux-core-0.82.0', 'flux-core-0.84.0'],
    ['flux-core-0.84.0', 'flux-core-0.85.0'],
  ]);
});

test('an older environment that is still wanted stays', async () => {
  for (const version of ['0.82.0', '0.84.0', '0.85.0']) {
    const values = [null, listOf(version), null, ['flux-core-0.82.0']];
    expect((await node.call('install', values, node.settings(versionOf(version)))).code).toBe(0);
  }
  expect(readdirSync(node.installed('envs'))).toHaveLength(3);
});

test('an old environment stays as long as something of it runs', async () => {
  await node.install(listOf('0.82.0'), node.settings(versionOf('0.82.0')));
  const program = node.installed('envs/flux-core-0.82.0/bin/sleep');
  const { child, ended } = node.startProgram(program);
  for (const version of ['0.84.0', '0.85.0'])
    await node.install(listOf(version), node.settings(versionOf(version)));
  expect(readdirSync(node.installed('envs'))).toContain('flux-core-0.82.0');
  child.kill('SIGKILL');
  await ended;
});

test('the environment of the other nodes is installed from their list', async () => {
  const { code } = await node.call('install', ['flux-core-0.84.0', listOf('0.84.0')]);
  expect([code, readlinkSync(node.installed('current'))]).toEqual([0, 'envs/flux-core-0.84.0']);
  const without = await node.call('install', ['flux-core-0.81.0', null]);
  expect(without.errors).toBe(
    'flux-distribute: there is no list of packages for the environment flux-core-0.81.0 on amd64 nodes\n',
  );
  const outside = await node.call('install', ['../../etc', listOf('0.84.0')]);
  expect(outside.errors).toBe("flux-distribute: '../../etc' can't be the name of an environment\n");
});

test.each([
  ['is another version', 'libflux-core: 0.80.0', 0, /is version 0\.80\.0, not 0\.85\.0$/],
  [
    'is for another architecture',
    'sh: flux: Exec format error',
    126,
    /is for another architecture than this node's/,
  ],
  [
    'is too new for the node',
    "/lib/libc.so.6: version `GLIBC_2.38' not found (required by flux)",
    1,
    /needs a newer C library than this node has .*: use nodes with a newer system, or an older Flux$/,
  ],
  ['does not start', 'env: cannot execute: required file not found', 127, /conda's programs need glibc/],
  ['fails', 'no such command', 3, /version doesn't work on this node: no such command$/],
])(
  'a Flux that %s on the node is told in one sentence, and is not switched to',
  async (_, said, code, sentence) => {
    const flux = code === 0 ? `echo "${said}"` : `echo '${said.replaceAll("'", `'"'"'`)}' >&2; exit ${code}`;
    node.put(
      'record/on-create',
      `after() { printf '%s\\n' '#!/bin/sh' '${flux.replaceAll("'", `'"'"'`)}' >"$prefix/bin/flux"; }; trap after EXIT`,
    );
    const outcome = await node.install();
    expect(outcome.code).toBe(1);
    expect(outcome.errors.trim().split('\n').pop()).toMatch(sentence);
    expect([existsSync(node.installed('current')), readdirSync(node.installed('envs'))]).toEqual([false, []]);
  },
);

test('a disk without room is told before anything is downloaded', async () => {
  const { code, errors } = await node.install(undefined, undefined, { FREE: String(2 ** 30) });
  expect([code, node.requests]).toEqual([1, []]);
  expect(errors).toBe(
    `flux-distribute: the disk of ${node.installed()} has 1.0 GiB left, and Flux needs 1.5 GiB to be installed: ` +
      'make room, or set another directory\n',
  );
});

test('a disk that gets full meanwhile is told at once, and the half environment is gone', async () => {
  node.put(
    'record/on-create',
    'mkdir -p "$prefix/bin"; echo "error    libmamba write: No space left on device" >&2; exit 1',
  );
  const { code, errors } = await node.install();
  expect([code, node.read('record', 'calls').trim().split('\n')]).toEqual([1, [expect.anything()]]);
  expect(errors).toContain(
    `flux-distribute: the disk of ${node.installed()} is full: make room, or set another directory\n`,
  );
  expect(readdirSync(node.installed('envs'))).toEqual([]);
});

test('what the directory has of others is left alone', async () => {
  mkdirSync(node.installed('mine'), { recursive: true });
  await node.install();
  expect(existsSync(node.installed('mine'))).toBe(true);
});
