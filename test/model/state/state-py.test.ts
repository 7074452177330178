/** assets/state/state.py: what is restored, what is saved, and what stays of earlier clusters. */
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import * as fc from 'fast-check';
import { nasty } from '../../support/nasty-text';
import {
  StatePodOptions,
  StateVolume,
  archiveOf,
  contentOf,
  isAlive,
  removeVolumes,
} from '../../support/state-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removeVolumes);

const NEVER = { variables: { SAVE: 'never' } };
const BROKEN = archiveOf('broken').subarray(0, 40);

test('without an archive nothing is restored, and nothing said', async () => {
  const volume = new StateVolume();
  const pod = volume.pod();
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(pod.restored).toBe('');
  expect(pod.tell('new')).toBe(volume.path('new-archive.tar.gz'));
  expect(volume.names()).toEqual([]);
});

test('a folder that is not there is made, readable for user and group only', async () => {
  const volume = new StateVolume();
  const pod = volume.pod({ variables: { ARCHIVE: volume.path('a/b/c.tgz') } });
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(statSync(volume.path('a/b')).mode & 0o777).toBe(0o750);
});

test('the file that Flux is to write is there from the start, so that nobody else can read what comes', async () => {
  const volume = new StateVolume();
  const pod = volume.pod();
  await pod.begin();
  expect(statSync(pod.tell('new'))).toMatchObject({ size: 0, mode: 0o100640 });
});

test('a whole archive is restored', async () => {
  const volume = new StateVolume();
  volume.write('old');
  const pod = volume.pod();
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(pod.tell('restore')).toBe(volume.path());
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test.each([
  ['cut off', BROKEN],
  ['no archive at all', Buffer.from('x'.repeat(2000))],
])('an archive that is %s is put aside, and the newest older one that is whole taken', async (_, broken) => {
  const volume = new StateVolume();
  volume.write(broken);
  volume.write(broken, 'archive.tar.gz.1');
  volume.write('older', 'archive.tar.gz.2');
  volume.write('oldest', 'archive.tar.gz.10');
  const pod = volume.pod();
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [
      `minicluster: ${volume.path()} is not whole: it is ${volume.path('broken-archive.tar.gz')} now`,
      `minicluster: ${volume.path('archive.tar.gz.1')} is not whole: it is not restored`,
    ],
  });
  expect(pod.restored).toBe('archive.tar.gz.2');
  expect(readFileSync(volume.path('broken-archive.tar.gz'))).toEqual(broken);
  expect(volume.names()).not.toContain('archive.tar.gz');
});

test('an empty file is no archive', async () => {
  const volume = new StateVolume();
  volume.write(Buffer.alloc(0));
  volume.write('older', 'archive.tar.gz.1');
  const pod = volume.pod();
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(pod.restored).toBe('archive.tar.gz.1');
});

test('older archives are told by their numbers, whatever else is named alike', async () => {
  const volume = new StateVolume();
  volume.write('ten', 'archive.tar.gz.10');
  volume.write('nine', 'archive.tar.gz.9');
  for (const name of ['archive.tar.gz.bak', 'archive.tar.gz.', 'archive.tar.gz.1x', 'my-archive.tar.gz.1'])
    volume.write('other', name);
  const pod = volume.pod();
  await pod.begin();
  expect(pod.restored).toBe('archive.tar.gz.9');
});

test('where nothing is to be saved, the volume is only read', async () => {
  const volume = new StateVolume();
  volume.write(BROKEN);
  volume.write('older', 'archive.tar.gz.1');
  volume.write('new', 'new-archive.tar.gz');
  const pod = volume.pod(NEVER);
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [`minicluster: ${volume.path()} is not whole: it is not restored`],
  });
  expect(pod.restored).toBe('archive.tar.gz.1');
  expect(pod.tell('new')).toBe('');
  expect(pod.has('keeper')).toBe(false);
  expect(volume.names()).toEqual(['archive.tar.gz', 'archive.tar.gz.1', 'new-archive.tar.gz']);
  expect(() => statSync(volume.path('archive.tar.gz.lock'))).toThrow();
});

test('an archive that may not be read is no broken one: the cluster does not start', async () => {
  const volume = new StateVolume();
  volume.write('old');
  // Root may read everything.
  const before =
    'import tarfile\ndef denied(*_): raise PermissionError(13, "Permission denied")\ntarfile.open = denied';
  const said = await volume.pod({ before }).begin();
  expect(said).toEqual({
    code: 1,
    lines: [
      expect.stringMatching(
        /^minicluster: can't read \S+: Permission denied \(it belongs to \d+:\d+, mode 644\)$/,
      ),
    ],
  });
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test.each(['on-stop', 'never'])(
  'where a file is in the way of a folder, one sentence says so (%s)',
  async (SAVE) => {
    const volume = new StateVolume();
    writeFileSync(volume.path('file'), '');
    const said = await volume.pod({ variables: { SAVE, ARCHIVE: volume.path('file/a.tgz') } }).begin();
    expect(said).toEqual({ code: 1, lines: [expect.stringMatching(/^minicluster: can't .*file\/a\.tgz/)] });
  },
);

test('what Flux leaves becomes the archive, for user and group only', async () => {
  const volume = new StateVolume();
  volume.write('old');
  const pod = volume.pod();
  await pod.begin();
  expect(await pod.end('new')).toEqual({
    code: 0,
    lines: [`minicluster: the state is saved in ${volume.path()}`],
  });
  expect(volume.content()).toBe('new');
  expect(statSync(volume.path()).mode & 0o777).toBe(0o640);
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test('where only faults are to be told, a save is not', async () => {
  const volume = new StateVolume();
  const pod = volume.pod({ variables: { QUIET: 'true' } });
  await pod.begin();
  expect(await pod.end('new')).toEqual({ code: 0, lines: [] });
  expect(await pod.commit()).toMatchObject({ code: 1, lines: [expect.any(String)] });
});

test.each([
  ['nothing', undefined, 'Flux left no state to save'],
  ['an empty file', Buffer.alloc(0), 'Flux left no state to save'],
  ['a part', BROKEN, 'the state that Flux left is not whole, perhaps for lack of room'],
])('when Flux leaves %s, the archive stays as it was', async (_, left, said) => {
  const volume = new StateVolume();
  volume.write('old');
  const pod = volume.pod({ variables: { KEEP: '2' } });
  await pod.begin();
  if (left) pod.leave(left);
  expect(await pod.commit()).toEqual({
    code: 1,
    lines: [`minicluster: ${said}: ${volume.path()} is as it was`],
  });
  expect(volume.content()).toBe('old');
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test.each([0, 1, 3])('of earlier clusters %i archives are kept', async (keep) => {
  const volume = new StateVolume();
  const options = { variables: { KEEP: String(keep) } };
  for (const content of ['1', '2', '3', '4', '5']) await volume.cluster(content, options);
  const kept = ['4', '3', '2', '1'].slice(0, keep);
  expect(volume.content()).toBe('5');
  expect(kept.map((__, index) => volume.content(`archive.tar.gz.${index + 1}`))).toEqual(kept);
  expect(volume.names()).toHaveLength(1 + keep);
});

test('later saves of one cluster take the place of its own, not of those of earlier clusters', async () => {
  const volume = new StateVolume();
  const options = { variables: { KEEP: '2' } };
  await volume.cluster('1', options);
  const pod = await volume.cluster('2a', options);
  await pod.end('2b');
  await volume.cluster('3', options);
  expect(['', '.1', '.2'].map((end) => volume.content(`archive.tar.gz${end}`))).toEqual(['3', '2b', '1']);
});

test('earlier archives are kept on volumes without links', async () => {
  const volume = new StateVolume();
  const before =
    'import os\ndef link(*_): raise PermissionError(1, "Operation not permitted")\nos.link = link';
  for (const content of ['1', '2', '3']) await volume.cluster(content, { variables: { KEEP: '2' }, before });
  expect(['', '.1', '.2'].map((end) => volume.content(`archive.tar.gz${end}`))).toEqual(['3', '2', '1']);
});

test('nothing else in the folder is touched', async () => {
  const volume = new StateVolume('a[1]*.tar.gz');
  const others = [
    'b.tar.gz',
    'new-b.tar.gz',
    'a1.tar.gz.1',
    'a[1]x.tar.gz.1',
    'broken-b.tar.gz',
    'a[1]*.tar',
    'a[1]*.tar.gz.bak',
  ];
  for (const name of others) volume.write('other', name);
  mkdirSync(volume.path('folder'));
  for (const content of ['1', '2', '3']) await volume.cluster(content, { variables: { KEEP: '1' } });
  expect(others.map((name) => contentOf(readFileSync(volume.path(name))))).toEqual(others.map(() => 'other'));
  expect(volume.names()).toEqual([...others, 'folder', 'a[1]*.tar.gz', 'a[1]*.tar.gz.1'].sort());
});

test('older archives are found by the letters of the name, whatever these mean in a pattern', async () => {
  const volume = new StateVolume('a[1]*.tar.gz');
  volume.write('ours', 'a[1]*.tar.gz.1');
  volume.write('other', 'a1xx.tar.gz.2');
  const pod = volume.pod();
  await pod.begin();
  expect(pod.restored).toBe('a[1]*.tar.gz.1');
});

test.each([
  ['new-', 'new'],
  ['live-', 'live'],
])('a whole %sarchive of a cluster that was killed becomes the archive', async (prefix, content) => {
  const volume = new StateVolume();
  const name = `${prefix}archive.tar.gz`;
  volume.write('old');
  volume.write(content, name);
  const pod = volume.pod({ variables: { KEEP: '2' } });
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [
      `minicluster: ${volume.path(name)} is whole: the cluster that wrote it was killed before it was done`,
    ],
  });
  expect(pod.restored).toBe('archive.tar.gz');
  await pod.end('next');
  expect(volume.names()).toEqual(['archive.tar.gz', 'archive.tar.gz.1', 'archive.tar.gz.2']);
  expect(['', '.1', '.2'].map((end) => volume.content(`archive.tar.gz${end}`))).toEqual([
    'next',
    content,
    'old',
  ]);
});

test.each([
  ['new-', 'live-'],
  ['live-', 'new-'],
])('of two whole archives of a cluster that was killed the later one counts (%s)', async (first, second) => {
  const volume = new StateVolume();
  for (const [content, prefix, time] of [
    ['first', first, 1000],
    ['second', second, 2000],
  ] as const) {
    volume.write(content, `${prefix}archive.tar.gz`);
    utimesSync(volume.path(`${prefix}archive.tar.gz`), time, time);
  }
  await volume.pod().begin();
  expect(volume.content()).toBe('second');
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test('what a cluster that was killed left in part is removed, and said', async () => {
  const volume = new StateVolume();
  volume.write('old');
  volume.write(BROKEN, 'new-archive.tar.gz');
  volume.write(Buffer.alloc(0), 'live-archive.tar.gz');
  const pod = volume.pod();
  expect(await pod.begin()).toEqual({
    code: 0,
    lines: [
      `minicluster: ${volume.path('new-archive.tar.gz')} is not whole: the cluster that wrote it was killed meanwhile`,
    ],
  });
  expect(volume.content()).toBe('old');
  expect(volume.names()).toEqual(['archive.tar.gz']);
});

test('a broker that is started again finds the archive in charge, and no state of the last one to save', async () => {
  const volume = new StateVolume();
  const pod = volume.pod();
  await pod.begin();
  pod.leave('of a broker that was killed');
  const { keeper } = pod;
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect([pod.keeper, isAlive(keeper)]).toEqual([keeper, true]);
  expect(await pod.commit()).toEqual({
    code: 1,
    lines: [`minicluster: Flux left no state to save: ${volume.path()} is as it was`],
  });
});

test('the process that stays behind ends with its owner, and holds no stream of the caller but the last', async () => {
  const volume = new StateVolume();
  const pod = volume.pod();
  await pod.begin();
  const { keeper } = pod;
  expect(isAlive(keeper)).toBe(true);
  await pod.killOwner();
  await until(() => !isAlive(keeper), 5);
});

/** Says that the disk is full, as soon as something is written to it or a file is made. */
const FULL = (call: string): string => `
import errno, os
def full(*_, **__): raise OSError(errno.ENOSPC, "No space left on device")
os.${call} = full
`;

test.each(['replace', 'fsync', 'link'])(
  'a disk that is full (%s) leaves the archive as it was',
  async (call) => {
    const volume = new StateVolume();
    await volume.cluster('old');
    const pod = volume.pod({ variables: { KEEP: '1' } });
    await pod.begin();
    pod.leave('new');
    const failing = volume.pod({
      before: FULL(call),
      variables: { KEEP: '1', STATE_RUN: pod.run() },
    });
    const said = await failing.start('commit', pod.tell('new')).ended;
    if (call === 'link') expect(said.code).toBe(0);
    else {
      expect(said).toEqual({
        code: 1,
        lines: [
          `minicluster: can't save the state in ${volume.path()} (No space left on device): it is as it was`,
        ],
      });
      expect(volume.content()).toBe('old');
    }
    await pod.kill();
    await volume.pod().begin();
    expect(volume.content()).toBe('new');
  },
);

test('a volume that knows no modes is saved to all the same', async () => {
  const volume = new StateVolume();
  const before =
    'import os\ndef chmod(*_): raise PermissionError(1, "Operation not permitted")\nos.chmod = chmod';
  const pod = volume.pod({ before });
  await pod.begin();
  expect((await pod.end('new')).code).toBe(0);
  expect(volume.content()).toBe('new');
});

test('a name that a shell or a pattern would trip over is a name', async () => {
  const name = nasty
    // By characters: half a surrogate pair can't be in the name of a file.
    .map((text) => Array.from(text.replaceAll('/', '')).slice(0, 40).join(''))
    .filter((text) => Buffer.byteLength(text) < 150);
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom('.tar.gz', '.tgz', '.tar'), async (stem, suffix) => {
      const volume = new StateVolume(`${stem}${suffix}`);
      const options = { variables: { KEEP: '1' } };
      await volume.cluster('1', options);
      await volume.cluster('2', options);
      const pod = volume.pod(options);
      expect((await pod.begin()).code).toBe(0);
      expect(pod.tell('restore')).toBe(volume.path());
      expect([volume.content(), volume.content(`${volume.name}.1`)]).toEqual(['2', '1']);
      expect(volume.names()).toHaveLength(2);
      for (const line of volume.said().split('\n').slice(0, -1)) expect(line).toMatch(/^minicluster: /);
      await removeVolumes();
    }),
    {
      numRuns: 12,
      examples: [
        ['a\nb', '.tar.gz'],
        ['', '.tgz'],
        ['été', '.tar.gz'],
      ],
    },
  );
});

test('a name beyond ASCII is one in a Python that knows nothing else', async () => {
  const environment = { LC_ALL: 'C', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' };
  const volume = new StateVolume('été.tar.gz');
  await volume.cluster('1', { environment });
  const pod = volume.pod({ environment });
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(pod.tell('restore')).toBe(volume.path());
});

test('other arguments are refused', async () => {
  const volume = new StateVolume();
  for (const args of [[], ['commit'], ['begin', 'x'], ['restore']])
    expect(await volume.pod().start(...args).ended).toEqual({
      code: 1,
      lines: ['minicluster: state.py takes begin, or commit FILE'],
    });
});

/** Reading fails at the first times with a number of an error, as at a file server that is restarted. */
const troubled = (times: number, error: string): string =>
  `import errno, tarfile, time
opened, left = tarfile.open, [${times}]
time.sleep = lambda seconds: None
def troubled(*arguments):
    if left[0] > 0:
        left[0] -= 1
        raise ${error}
    return opened(*arguments)
tarfile.open = troubled`;

test('a volume that fails for a moment is asked again', async () => {
  const volume = new StateVolume();
  volume.write('old');
  const pod = volume.pod({ before: troubled(2, 'OSError(errno.ESTALE, "Stale file handle")') });
  expect(await pod.begin()).toEqual({ code: 0, lines: [] });
  expect(pod.restored).toBe('archive.tar.gz');
});

test.each([
  ['OSError(errno.ESTALE, "Stale file handle")', 'Stale file handle'],
  ['OSError(errno.EIO, "Input/output error")', 'Input/output error'],
  ['MemoryError()', 'the container has too little memory'],
])('what keeps the archive from being read makes no broken one of it: %s', async (error, cause) => {
  const volume = new StateVolume();
  volume.write('old');
  volume.write('newer', 'new-archive.tar.gz');
  const { code, lines } = await volume.pod({ before: troubled(1000, error) }).begin();
  expect([code, lines.length]).toEqual([1, 1]);
  expect(lines[0]).toContain(`can't read ${volume.path('new-archive.tar.gz')}: ${cause}`);
  expect(volume.names()).toEqual(['archive.tar.gz', 'new-archive.tar.gz']);
});

test('what a killed cluster left is removed if it is older than the archive', async () => {
  const volume = new StateVolume();
  volume.write('old', 'live-archive.tar.gz');
  utimesSync(volume.path('live-archive.tar.gz'), new Date(0), new Date(0));
  volume.write('newer');
  const { lines } = await volume.pod().begin();
  expect(lines).toEqual([
    `minicluster: ${volume.path('live-archive.tar.gz')} is older than ${volume.path()}: it is removed`,
  ]);
  expect([volume.names(), volume.content()]).toEqual([['archive.tar.gz'], 'newer']);
});

test('a second broken archive does not take the place of the first', async () => {
  const volume = new StateVolume();
  volume.write(Buffer.from('broken'), 'broken-archive.tar.gz');
  volume.write(Buffer.from('too'));
  await volume.pod().begin();
  expect(volume.names()).toEqual(['broken-archive.tar.gz', 'broken-archive.tar.gz.2']);
});

test('pods of one cluster that follow one another replace its archive, and keep those of earlier clusters', async () => {
  const volume = new StateVolume();
  const of = (cluster: string): StatePodOptions => ({ variables: { KEEP: '2', CLUSTER: cluster } });
  await volume.cluster('first', of('one'));
  for (const content of ['second', 'second, again', 'second, once more'])
    await volume.cluster(content, of('two'));
  expect([volume.content(), volume.content('archive.tar.gz.1')]).toEqual(['second, once more', 'first']);
  expect(volume.names()).toEqual(['archive.tar.gz', 'archive.tar.gz.1']);
  // One that is killed before it saves has written nothing.
  await volume.cluster('third', of('three'));
  expect(volume.content('archive.tar.gz.1')).toBe('second, once more');
});

test('a cluster whose archive another one has taken over does not replace it', async () => {
  const volume = new StateVolume();
  const cut = volume.pod();
  await cut.begin();
  process.kill(cut.keeper, 'SIGKILL');
  writeFileSync(volume.path('archive.tar.gz.lock'), 'somebody-0 since now');
  volume.write('of the other');
  const { code, lines } = await cut.end('of the first');
  const aside = `${hostname()}-archive.tar.gz`;
  expect([code, lines]).toEqual([
    0,
    [
      `minicluster: another cluster has ${volume.path()} by now, so it is not replaced`,
      `minicluster: the state is saved in ${volume.path(aside)}`,
    ],
  ]);
  expect([volume.content(), volume.content(aside)]).toEqual(['of the other', 'of the first']);
});
