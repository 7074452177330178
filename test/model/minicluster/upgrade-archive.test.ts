/** An upgraded MiniCluster saves the archive that v1alpha1 only restored: its hooks, run by a shell. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MiniClusterV1Alpha1Input, checkMiniCluster } from '../../../src/model/minicluster';
import { upgradeMiniCluster } from '../../../src/model/minicluster/upgrade';

const METADATA = { name: 'lmp', namespace: 'hpc' };

let folder: string;
let archive: string;
let dump: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
  mkdirSync(join(folder, 'state'));
  archive = join(folder, 'state/archive.tar.gz');
  dump = join(folder, 'state/new-archive.tar.gz');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Container = MiniClusterV1Alpha1Input['containers'][number];

function upgrade(container: Container, fields: Partial<MiniClusterV1Alpha1Input>) {
  const containers = [{ image: 'lammps:1', ...container }];
  return upgradeMiniCluster(METADATA, { archive: { path: archive }, ...fields, containers });
}

/** The Flux container of an interactive cluster. */
function interactive(container: Container = {}) {
  return upgrade(container, { interactive: true }).input.containers[0]!;
}

/** Runs a text on the host of that name; `flux` writes down how it was called. */
function run(text = '', host = 'lmp-0') {
  const flux = join(folder, 'flux');
  writeFileSync(flux, `#!/bin/bash\necho "flux $*" >> ${folder}/calls\n`, { mode: 0o755 });
  const script = `hostname() { echo ${host}; }\n${text}`;
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  return spawnSync('/bin/bash', ['-c', script], { encoding: 'utf8', env });
}

function calls(): string {
  const path = join(folder, 'calls');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

test('deleting the pods shuts Flux down with a dump, on the lead broker only', () => {
  const { preStopExec } = interactive().lifeCycle!;
  expect(run(preStopExec, 'lmp-1').status).toBe(0);
  expect(calls()).toBe('');
  expect(run(preStopExec).status).toBe(0);
  expect(calls()).toBe(`flux shutdown --dump=${dump} local:///mnt/flux/config/run/flux/local\n`);
});

test.each(['flux queue stop', 'flux queue stop\nexit 0', '/bin/true'])(
  'a preStopExec of its own (%j) runs first, in every pod, and can not keep the archive from being saved',
  (own) => {
    const { preStopExec } = interactive({ lifeCycle: { preStopExec: own } }).lifeCycle!;
    run(preStopExec, 'lmp-1');
    run(preStopExec);
    const stops = calls()
      .split('\n')
      .filter((call) => call === 'flux queue stop');
    expect(stops).toHaveLength(own.includes('queue') ? 2 : 0);
    expect(calls()).toMatch(/flux shutdown --dump=.*\n$/);
  },
);

test('a preStopExec that is a whole script stays, and a note says that nothing is saved', () => {
  const own = '#!/usr/bin/env python3\nprint(1)';
  const { input, notes } = upgrade({ lifeCycle: { preStopExec: own } }, { interactive: true });
  expect(input.containers[0]).toMatchObject({ lifeCycle: { preStopExec: own } });
  expect(input.containers[0]!.commands).toEqual({ post: 'exit $?' });
  expect(notes).toContainEqual(
    expect.objectContaining({ path: 'archive.path', message: expect.stringContaining('not saved') }),
  );
});

test.each([
  ['a whole dump takes the place of the archive', 'lmp-0', 'true', 'new'],
  ['a dump of a Flux that failed does not', 'lmp-0', 'false', 'old'],
  ['another pod leaves the dump that is being written alone', 'lmp-1', 'true', 'old'],
])('%s', (_what, host, flux, expected) => {
  writeFileSync(archive, 'old');
  writeFileSync(dump, 'new');
  run(`${flux}\n${interactive().commands!.post}`, host);
  expect(readFileSync(archive, 'utf8')).toBe(expected);
  expect(existsSync(dump)).toBe(expected === 'old');
});

test('the exit code that reportFailure keeps decides, and a post hook behind still sees that of Flux', () => {
  writeFileSync(archive, 'old');
  writeFileSync(dump, 'new');
  const { post } = interactive({ commands: { post: 'echo $?' } }).commands!;
  expect(run(`flux_exit_code=3\n${post}`).stdout).toBe('3\n');
  expect(readFileSync(archive, 'utf8')).toBe('old');
  expect(run(`flux_exit_code=0\n${post}`).stdout).toBe('0\n');
  expect(readFileSync(archive, 'utf8')).toBe('new');
});

test('half a dump that a killed pod left is gone before the next start', () => {
  writeFileSync(dump, 'half');
  run(interactive({ commands: { brokerPre: 'flux ready' } }).commands!.brokerPre);
  expect(existsSync(dump)).toBe(false);
  expect(calls()).toBe('flux ready\n');
});

/** Runs the hooks and the prefix of a cluster that ends by itself, with a command in place of what Flux would run. */
function runToTheEnd(command: string, dumps: boolean) {
  const { brokerPre, prefix } = upgrade({ command: 'lmp -in a' }, {}).input.containers[0]!.commands!;
  const saving = join(folder, 'save-archive.sh');
  const flux = `flux() { echo "flux $*" >> ${folder}/calls; ${dumps ? 'echo new > "${@: -1}"' : 'false'}; }; export -f flux`;
  // The script stands in /tmp, which all tests of this machine share.
  const text = `${flux}\n${brokerPre ?? ''}\n${prefix ?? ''} ${command}`.replaceAll(
    '/tmp/save-archive.sh',
    saving,
  );
  return run(text);
}

test('a cluster that ends by itself saves the archive when its command has ended, well or not', () => {
  for (const [command, status] of [
    ['true', 0],
    ['bash -c "exit 3"', 3],
  ] as const) {
    writeFileSync(archive, 'old');
    expect(runToTheEnd(command, true).status).toBe(status);
    expect(readFileSync(archive, 'utf8')).toBe('new\n');
    expect(existsSync(dump)).toBe(false);
  }
  expect(calls()).toBe(`flux dump --quiet ${dump}\n`.repeat(2));
});

test('an archive that can not be saved is told, fails nothing, and leaves the one of before', () => {
  writeFileSync(archive, 'old');
  const { status, stderr } = runToTheEnd('true', false);
  expect(status).toBe(0);
  expect(stderr).toContain(`the archive ${archive} could not be saved`);
  expect(readFileSync(archive, 'utf8')).toBe('old');
});

test('saving comes behind a prefix of its own, which may be options of the broker', () => {
  const container = { command: 'lmp -in a', commands: { prefix: '-Slog-level=7' } };
  const { input, metadata } = upgrade(container, {});
  expect(input.containers[0]!.commands!.prefix).toBe('-Slog-level=7 /bin/bash /tmp/save-archive.sh');
  expect(input.archive).toEqual({ path: archive });
  expect(checkMiniCluster(metadata, input).map(({ code }) => code)).not.toContain('MC017');
});

test.each<[string, Partial<MiniClusterV1Alpha1Input>]>([
  ['logging.timed', { logging: { timed: true, strict: false } }],
  ['a name of no format that flux dump knows', { archive: { path: '/state/archive' } }],
])('%s keeps the archive from being saved, with a note', (_what, fields) => {
  const { input, notes } = upgrade({ command: 'lmp -in a' }, fields);
  expect(input.containers[0]).not.toHaveProperty('commands');
  expect(notes).toContainEqual(
    expect.objectContaining({ path: 'archive.path', message: expect.stringContaining('not saved') }),
  );
});
