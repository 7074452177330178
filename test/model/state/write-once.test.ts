/** assets/state/state.py on volumes where nothing is replaced: each save has a name of its own. */
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { StatePod, StatePodOptions, StateVolume, archiveOf, removeVolumes } from '../../support/state-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeVolumes);

const ONCE = { variables: { WRITE_ONCE: 'true' } };
const BROKEN = archiveOf('broken').subarray(0, 40);
const keeping = (keep: number): StatePodOptions => ({
  variables: { WRITE_ONCE: 'true', KEEP: String(keep) },
});

/** The contents of the archives by the order of their names; each stands for the state and what it comes from. */
function contents(volume: StateVolume): (string | undefined)[] {
  return volume.names().map((name) => volume.content(name));
}

async function begun(volume: StateVolume, options: StatePodOptions = ONCE): Promise<StatePod> {
  const pod = volume.pod(options);
  expect((await pod.begin()).code).toBe(0);
  return pod;
}

test('a save has a name of its own, which says which it is and of whom', async () => {
  const volume = new StateVolume();
  const pod = await begun(volume);
  const said = await pod.end('1');
  const [name = ''] = volume.names();
  expect(name).toMatch(new RegExp(`^archive-000001-${hostname()}-[0-9a-f]{6}\\.tar\\.gz$`));
  expect(said).toEqual({ code: 0, lines: [`minicluster: the state is saved in ${volume.path(name)}`] });
  expect(statSync(volume.path(name)).mode & 0o777).toBe(0o640);
  // No lock, no file that would be replaced.
  expect(() => statSync(volume.path('archive.tar.gz.lock'))).toThrow();
  const next = await begun(volume);
  expect(next.restored).toBe(name);
});

test('the highest number that is whole is restored, by number and not by letters; the plain name comes last', async () => {
  const volume = new StateVolume();
  const restored = async (): Promise<string> => (await begun(volume)).restored;
  volume.write('plain');
  expect(await restored()).toBe('archive.tar.gz');
  for (const number of ['999999', '1000000', '000007'])
    volume.write(number, `archive-${number}-h-abc123.tar.gz`);
  expect(await restored()).toBe('archive-1000000-h-abc123.tar.gz');
  volume.write(BROKEN, 'archive-1000001-h-abc123.tar.gz');
  const pod = volume.pod(ONCE);
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [
      `minicluster: ${volume.path('archive-1000001-h-abc123.tar.gz')} is not whole: it is not restored`,
    ],
  });
  expect(pod.restored).toBe('archive-1000000-h-abc123.tar.gz');
  // The number of one that is broken is not given again.
  await pod.end('new');
  expect((await begun(volume)).restored).toMatch(/^archive-1000002-/);
});

test('only archives of this name count', async () => {
  const volume = new StateVolume('a[1]*.tar.gz');
  for (const name of [
    'a[1]*-1-h-x.tar.gz',
    'a[1]*-000009-h-x.tar',
    'a1-000009-h-x.tar.gz',
    'x-a[1]*-000009-h-x.tar.gz',
  ])
    volume.write('other', name);
  expect((await begun(volume)).restored).toBe('');
  volume.write('ours', 'a[1]*-000001-h-x.tar.gz');
  expect((await begun(volume)).restored).toBe('a[1]*-000001-h-x.tar.gz');
});

test.each([0, 1, 3])('of what a state comes from %i archives are kept', async (keep) => {
  const volume = new StateVolume();
  for (const content of ['1', '2', '3', '4', '5']) await volume.cluster(content, keeping(keep));
  expect(contents(volume)).toEqual(['1', '2', '3', '4', '5'].slice(4 - keep));
});

test('later saves of one cluster take the place of its own', async () => {
  const volume = new StateVolume();
  await volume.cluster('1', keeping(1));
  const pod = await volume.cluster('2a', keeping(1));
  await pod.end('2b');
  expect(contents(volume)).toEqual(['1', '2b']);
});

test('two clusters that start from one archive both leave theirs', async () => {
  const volume = new StateVolume();
  await volume.cluster('1', ONCE);
  const first = await begun(volume);
  const second = await begun(volume);
  expect(second.restored).toBe(first.restored);
  await first.end('2 of the first');
  await second.end('2 of the second');
  expect(contents(volume)).toEqual(['2 of the first', '2 of the second']);
});

test.each([
  [0, ['2 of the first', '4']],
  [1, ['2 of the first', '3', '4']],
  [2, ['2 of the first', '2 of the second', '3', '4']],
])('an archive of another cluster stays, though later states are saved (%i kept)', async (keep, left) => {
  const volume = new StateVolume();
  const options = keeping(keep);
  await volume.cluster('1', options);
  const first = await begun(volume, options);
  const second = await begun(volume, options);
  await first.end('2 of the first');
  await second.end('2 of the second');
  for (const content of ['3', '4']) await volume.cluster(content, options);
  expect(contents(volume)).toEqual(left);
});

test('where nobody may remove anything, all stay, and the newest counts', async () => {
  const volume = new StateVolume();
  const before = `
import os
real = os.remove
def denied(path):
    if path.startswith("${volume.folder}"): raise PermissionError(1, "Operation not permitted")
    real(path)
os.remove = denied
`;
  await volume.cluster('1', { ...ONCE, before });
  const pod = await volume.cluster('2', { ...ONCE, before });
  const [first = '', second = ''] = volume.names();
  expect(pod.output()).toBe(
    `minicluster: can't remove the older ${volume.path(first)} (Operation not permitted)\n` +
      `minicluster: the state is saved in ${volume.path(second)}\n`,
  );
  expect(contents(volume)).toEqual(['1', '2']);
  expect((await begun(volume)).restored).toBe(second);
});

test('a disk that is full leaves no part behind, and the last archive as it was', async () => {
  const volume = new StateVolume('archive.tar');
  await volume.cluster('1', ONCE);
  const pod = await begun(volume);
  pod.leave('x'.repeat(5000));
  const before = 'import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))';
  const ending = volume.pod({ before, variables: { ...ONCE.variables, STATE_RUN: pod.run() } });
  expect(await ending.start('commit', pod.tell('new')).ended).toEqual({
    code: 1,
    lines: [`minicluster: can't save the state in ${volume.path()} (File too large): it is as it was`],
  });
  expect(contents(volume)).toEqual(['1']);
});

test('neither rename nor lock is asked of the volume', async () => {
  const volume = new StateVolume();
  const before = `
import fcntl, os
def refusing(real):
    def call(path, *args):
        if str(path).startswith("${volume.folder}"): raise OSError(38, "Function not implemented")
        return real(path, *args)
    return call
for name in ("replace", "rename", "link", "chmod", "truncate"): setattr(os, name, refusing(getattr(os, name)))
`;
  await volume.cluster('1', { ...ONCE, before });
  await volume.cluster('2', { ...ONCE, before });
  expect(contents(volume)).toEqual(['2']);
});

test('a cluster that runs is saved under one name after the other', async () => {
  const volume = new StateVolume();
  const pod = volume.pod({
    variables: { WRITE_ONCE: 'true', SAVE: 'periodic', SAVE_EVERY: '1' },
    dump: `printf '%s' '${archiveOf('live').toString('base64')}' | base64 -d >"$path"`,
  });
  await pod.begin();
  await until(() => volume.names().length > 0 && volume.content(volume.names()[0]) === 'live');
  await pod.end('final');
  expect(contents(volume)).toEqual(['final']);
  expect(volume.names()[0]).toMatch(/-00000[2-9]-/);
});
