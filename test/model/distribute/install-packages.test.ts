/** Which packages are installed: resolved once by micromamba (a stand-in), by a lock, from a mirror, for arm64. */
import { readlinkSync } from 'node:fs';
import { Installation, PUBLIC, listOf, sha256 } from '../../support/distribute-installation';

jest.setTimeout(60_000);

let node: Installation;

beforeEach(async () => {
  node = await Installation.start();
});
afterEach(() => {
  node.stop();
});

const MIRROR = 'https://conda.example.com/forge';

/** What micromamba says of a dry run, as of 2.8.1: records of packages in the order of their installation. */
function answer(channel: string, links: readonly object[] = []): string {
  const LINK = [
    {
      name: 'python',
      url: `${channel}/linux-64/python-3.13.1-h1_0.conda`,
      sha256: sha256('python'),
      md5: 'f'.repeat(32),
    },
    { name: 'flux-core', url: `${channel}/linux-64/flux-core-0.85.0-py313_0.conda`, md5: 'e'.repeat(32) },
    ...links,
  ];
  return JSON.stringify(
    { actions: { FETCH: LINK, LINK, PREFIX: '/none' }, dry_run: true, success: true },
    null,
    4,
  );
}

const RESOLVED =
  `# platform: linux-64\n@EXPLICIT\n${PUBLIC}/linux-64/python-3.13.1-h1_0.conda#${sha256('python')}\n` +
  `${PUBLIC}/linux-64/flux-core-0.85.0-py313_0.conda#${'e'.repeat(32)}\n`;

test('packages are resolved to a list with checksums, by sha256 where the channel has it', async () => {
  node.put('record/answer', answer(PUBLIC));
  const { code, result } = await node.call('resolve', ['amd64']);
  expect([code, result]).toEqual([0, RESOLVED]);
  expect(node.read('record', 'calls')).toMatch(
    new RegExp(
      '^create --yes --no-rc --root-prefix (\\S+) --dry-run --json --platform linux-64 --strict-channel-priority ' +
        `--override-channels --channel ${PUBLIC} --prefix \\1/envs/none flux-core=0.85.0 flux-sched=0.51.0 mpich\n$`,
    ),
  );
});

test('what the node is like that resolves makes no difference', async () => {
  node.put('record/answer', answer(PUBLIC));
  await node.call('resolve', ['arm64']);
  expect(node.read('record', 'calls')).toContain('--platform linux-aarch64 ');
  expect(node.read('record', 'environment').split('\n')).toEqual(
    expect.arrayContaining([
      'CONDA_OVERRIDE_ARCHSPEC=aarch64',
      'CONDA_OVERRIDE_CUDA=',
      'CONDA_OVERRIDE_GLIBC=2.28',
      'CONDA_OVERRIDE_LINUX=4.18',
    ]),
  );
});

test('a list from a mirror is the same as one from conda-forge, and is installed from the mirror', async () => {
  node.put('record/answer', answer(MIRROR));
  const settings = node.settings({ channel: `${MIRROR}/` });
  const { result } = await node.call('resolve', ['amd64'], settings);
  expect(result).toBe(RESOLVED);
  expect((await node.install(RESOLVED, settings)).code).toBe(0);
  expect(node.read('record', 'list')).toBe(RESOLVED.replaceAll(PUBLIC, MIRROR));
  expect((await node.install(RESOLVED)).started).toEqual([]);
});

test('packages that do not go together are told, and not tried again', async () => {
  const problems = ['package flux-sched-0.38.0 requires flux-core >=0.69.0,<0.70.0a0'];
  node.put('record/answer', JSON.stringify({ success: false, solver_problems: problems }));
  node.put('record/on-create', `cat ${node.path('record/answer')}; exit 1`);
  const { code, errors } = await node.call('resolve', ['amd64']);
  expect([code, errors]).toEqual([
    1,
    "flux-distribute: can't find flux-core=0.85.0 flux-sched=0.51.0 mpich for linux-64 in " +
      `${PUBLIC}: the channel has no such packages that go together (${problems[0]})\n`,
  ]);
});

test('a channel that is away for a moment is asked again', async () => {
  node.put('record/answer', answer(PUBLIC));
  node.put(
    'record/on-create',
    'if (($(wc -l <"$RECORD/calls") == 1)); then echo "critical libmamba Download error (28) Timeout" >&2; exit 1; fi',
  );
  const { code, errors } = await node.call('resolve', ['amd64']);
  expect([code, errors]).toEqual([
    0,
    expect.stringContaining('(critical libmamba Download error (28) Timeout): trying'),
  ]);
});

test.each([
  ['nothing', ''],
  ['something else', '{"success": true}'],
  ['a package without a checksum', answer(PUBLIC, [{ url: `${PUBLIC}/noarch/ply-3-0.conda` }])],
])('an answer of micromamba with %s is refused', async (_, text) => {
  node.put('record/answer', text);
  const { code, errors } = await node.call('resolve', ['amd64']);
  expect([code, errors]).toEqual([
    1,
    expect.stringMatching(/^flux-distribute: micromamba's answer [^\n]*\n$/),
  ]);
});

test('a lock takes the place of resolving, for its architecture', async () => {
  const locks = {
    arm64: listOf('0.85.0', PUBLIC, 'linux-aarch64').replaceAll('#', '#sha256:').replace('#sha256: p', '# p'),
  };
  const settings = node.settings({ locks });
  expect((await node.call('resolve', ['arm64'], settings)).result).toBe(locks.arm64);
  const { code } = await node.install(null, settings, { MACHINE: 'aarch64' });
  expect([code, node.read('record', 'list')]).toEqual([0, listOf('0.85.0', PUBLIC, 'linux-aarch64')]);
  expect([node.requests, readlinkSync(node.installed('current'))]).toEqual([
    ['/micromamba'],
    'envs/flux-core-0.85.0',
  ]);
});

test('a node of another architecture than those of the settings is told', async () => {
  const { errors } = await node.install(listOf('0.85.0'), undefined, { MACHINE: 'riscv64' });
  expect(errors).toBe('flux-distribute: there is no Flux for riscv64 nodes, only for amd64 and arm64\n');
});

test.each([
  [
    'for another architecture',
    listOf('0.85.0', PUBLIC, 'linux-aarch64'),
    /is not for amd64 nodes: it has https/,
  ],
  [
    'without checksums',
    `@EXPLICIT\n${PUBLIC}/noarch/ply-3-0.conda\n`,
    /has a line that is no address with a checksum/,
  ],
  [
    'with half a checksum',
    `${PUBLIC}/noarch/ply-3-0.conda#abc\n`,
    /has a line that is no address with a checksum/,
  ],
  [
    'with files of the pod',
    `file:///etc/noarch/x-1-0.conda#${'a'.repeat(64)}\n`,
    /is no address with a checksum/,
  ],
  ['that is empty', '@EXPLICIT\n', /^flux-distribute: the list of packages is empty$/],
])('a list %s is refused before anything is installed', async (_, list, sentence) => {
  const { code, errors } = await node.install(list);
  expect([code, node.requests]).toEqual([1, []]);
  expect(errors.trim()).toMatch(sentence);
});

test('packages that micromamba leaves out are missed', async () => {
  node.put('record/on-create', 'trap \'rm "$prefix"/conda-meta/ply-*\' EXIT');
  const { code, errors } = await node.install();
  expect([code, errors.trim().split('\n').pop()]).toEqual([
    1,
    'flux-distribute: micromamba has left out 1 of 3 packages: ply-3-0',
  ]);
});
