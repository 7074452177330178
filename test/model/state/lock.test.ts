/** assets/state/state.py: one archive is written by one cluster at a time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { StatePod, StateVolume, isAlive, removeVolumes } from '../../support/state-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeVolumes);

const since = `${hostname()} since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ`;
const lines = (pod: StatePod): string[] => pod.output().split('\n').slice(0, -1);

async function waitingPod(volume: StateVolume): Promise<{ pod: StatePod; ended: Promise<unknown> }> {
  const pod = volume.pod({ variables: { LOCK_WAIT: '30' } });
  const { ended } = pod.start('begin');
  await until(() => lines(pod).length > 0);
  return { pod, ended };
}

test('a second cluster waits, says for whom and for how long, and gives up', async () => {
  const volume = new StateVolume();
  await volume.pod().begin();
  const second = volume.pod({ variables: { LOCK_WAIT: '1' } });
  const start = Date.now();
  const said = await second.begin();
  expect(Date.now() - start).toBeGreaterThan(1000);
  expect(said.code).toBe(1);
  const is = `^minicluster: ${volume.path()} is in use by ${since}`;
  expect(said.lines).toEqual([
    expect.stringMatching(new RegExp(`${is}: waiting up to 1 s for it to end$`)),
    expect.stringMatching(
      new RegExp(`${is}, and 1 s were too short for it to end: give each cluster an archive of its own$`),
    ),
  ]);
  expect([second.has('restore'), second.has('keeper')]).toEqual([false, false]);
});

test('a second cluster goes on at once when all of the first is killed, with what that one saved', async () => {
  const volume = new StateVolume();
  const first = volume.pod();
  await first.begin();
  const { pod, ended } = await waitingPod(volume);
  await first.end('of the first');
  expect(pod.has('restore')).toBe(false);
  const start = Date.now();
  await first.kill();
  expect(await ended).toMatchObject({ code: 0 });
  expect(Date.now() - start).toBeLessThan(1500);
  expect(pod.restored).toBe('archive.tar.gz');
  expect(readFileSync(volume.path('archive.tar.gz.lock'), 'utf8')).toMatch(new RegExp(`^${since}$`));
});

test('a second cluster goes on when just the owner of the first ends', async () => {
  const volume = new StateVolume();
  const first = volume.pod();
  await first.begin();
  const { ended } = await waitingPod(volume);
  await first.killOwner();
  expect(await ended).toMatchObject({ code: 0 });
});

test('of many that start at once one is in charge at a time', async () => {
  const volume = new StateVolume();
  const pods = Array.from({ length: 5 }, () => volume.pod({ variables: { LOCK_WAIT: '0' } }));
  const said = await Promise.all(pods.map((pod) => pod.begin()));
  expect(said.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1, 1]);
});

test('clusters that only read an archive wait for nobody', async () => {
  const volume = new StateVolume();
  volume.write('old');
  await volume.pod().begin();
  const reader = volume.pod({ variables: { SAVE: 'never' } });
  expect(await reader.begin()).toEqual({ code: 0, lines: [] });
  expect(reader.restored).toBe('archive.tar.gz');
});

test('clusters with archives of their own in one folder wait for nobody', async () => {
  const volume = new StateVolume();
  await volume.pod().begin();
  const other = volume.pod({ variables: { ARCHIVE: volume.path('other.tar.gz'), LOCK_WAIT: '0' } });
  expect(await other.begin()).toEqual({ code: 0, lines: [] });
});

test('a lock file that is left over holds nobody up, and one with several lines is told in one', async () => {
  const volume = new StateVolume();
  writeFileSync(volume.path('archive.tar.gz.lock'), 'someone else '.repeat(20));
  expect(await volume.pod().begin()).toEqual({ code: 0, lines: [] });
  expect(readFileSync(volume.path('archive.tar.gz.lock'), 'utf8')).toMatch(new RegExp(`^${since}$`));
  writeFileSync(volume.path('archive.tar.gz.lock'), 'someone\nelse');
  const said = await volume.pod({ variables: { LOCK_WAIT: '0' } }).begin();
  expect(said.lines.at(-1)).toMatch(/is in use by someone, and 0 s were too short/);
});

test.each([
  [
    'has no locks',
    'fcntl.flock',
    'ENOLCK',
    / the volume of \S+ has no locks \(No locks available\): set archive.writeOnce$/,
  ],
  [
    "can't rename",
    'os.replace',
    'ENOSYS',
    / the volume of \S+ can't rename files \(Function not implemented\): set archive.writeOnce$/,
  ],
  ['is read-only', 'os.open', 'EROFS', / can't write to \S+: Read-only file system$/],
])('a volume that %s is told of in one sentence', async (_, call, error, said) => {
  const volume = new StateVolume();
  const before = `
import errno, fcntl, os
real = ${call}
def failing(*args, **_):
    if args and "${volume.folder}" in str(args[0]) or "${call}" == "fcntl.flock":
        raise OSError(errno.${error}, os.strerror(errno.${error}))
    return real(*args)
${call} = failing
`;
  expect(await volume.pod({ before }).begin()).toEqual({ code: 1, lines: [expect.stringMatching(said)] });
  expect(volume.names().filter((name) => name.startsWith('probed-'))).toEqual([]);
});

test('a volume that is full lets a cluster start, and restore', async () => {
  const volume = new StateVolume();
  volume.write('old');
  const before = `
import builtins, errno
real = builtins.open
def full(path, *args, **rest):
    if "probe-" in str(path): raise OSError(errno.ENOSPC, "No space left on device")
    return real(path, *args, **rest)
builtins.open = full
`;
  const pod = volume.pod({ before });
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [`minicluster: the volume of ${volume.path()} is full: nothing can be saved there`],
  });
  expect([pod.restored, isAlive(pod.keeper)]).toEqual(['archive.tar.gz', true]);
});
