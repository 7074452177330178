/** What is refused of staged paths, and where the text of a MiniCluster is wrapped. */
import { miniCluster, miniClusterJob, stagedBatch } from '../../../src';
import { checkMiniCluster } from '../../../src/model/minicluster';
import { MiniClusterInput } from '../../../src/model/minicluster/input';
import { checkMiniClusterJob } from '../../../src/model/job';
import { InvalidSpecError, Problem } from '../../../src/model/problems';
import { StagedPath } from '../../../src/model/staging/spec';

const SHA256 = 'ab'.repeat(32);
const METADATA = { name: 'lmp', namespace: 'hpc' };
type Runner = Partial<MiniClusterInput['containers'][number]>;

/** A cluster with staging whose text is a batch text. */
function input(staging: unknown, runner: Runner = {}): MiniClusterInput {
  const batch = { image: 'ubuntu:24.04', command: 'flux run hostname', batch: true, batchRaw: true };
  return {
    size: 4,
    tasks: 4,
    certificate: { secretName: 'curve' },
    flux: { container: { image: 'view:1' } },
    staging: staging as StagedPath[],
    containers: [{ ...batch, ...runner }],
  };
}

function told(problems: readonly Problem[]): [string, string][] {
  return problems
    .filter(({ code }) => /^MC14[1-9]$/.test(code))
    .map(({ code, path }): [string, string] => [code, path]);
}

/** The problems of both engines, which have to agree. */
function findings(staging: unknown, runner: Runner = {}): [string, string][] {
  const { certificate, flux, size, tasks, containers } = input(staging, runner);
  const ofJob = { certificate, flux, size, tasks, containers, staging: staging as StagedPath[] };
  const found = told(checkMiniCluster(METADATA, input(staging, runner)));
  expect(told(checkMiniClusterJob(METADATA, ofJob))).toEqual(found);
  return found;
}

const A = { path: 'a', to: '/data' };
const CLAIM = { volumes: { shared: { claimName: 'shared', path: '/data' } } };

const ROWS: [problem: [code: string, path: string], staging: unknown, runner?: Runner][] = [
  [['MC141', 'staging'], { path: 'a', to: '/b' }],
  [['MC141', 'staging[0]'], ['a']],
  [['MC141', 'staging[0].to'], [{ path: 'a' }]],
  [['MC141', 'staging[0].path'], [{ path: '', to: '/b' }]],
  [['MC141', 'staging[0].from'], [{ ...A, from: 3 }]],
  [['MC141', 'staging[0].target'], [{ ...A, target: '/b' }]],
  [['MC142', 'staging[0].path'], [{ path: '/a', to: '/b' }]],
  [['MC142', 'staging[0].path'], [{ path: 'a/../../b', to: '/b' }]],
  [['MC142', 'staging[0].path'], [{ path: './', to: '/b' }]],
  [['MC142', 'staging[0].path'], [{ path: 'a\nb', to: '/b' }]],
  [['MC142', 'staging[0].to'], [{ path: 'a', to: 'b' }]],
  [['MC142', 'staging[0].to'], [{ path: 'a', to: '/b/../c' }]],
  [['MC142', 'staging[0].from'], [{ ...A, from: 'src' }]],
  [['MC143', 'staging[0].to'], [A], CLAIM],
  [['MC143', 'staging[0].to'], [{ path: 'data/a', to: '/' }], CLAIM],
  [['MC144', 'staging[0].to'], [A], { volumes: { d: { hostPath: '/d', path: '/data', readOnly: true } } }],
  [['MC144', 'staging[0].to'], [A], { volumes: { d: { secretName: 'd', path: '/data' } } }],
  [['MC144', 'staging[0].to'], [A], { securityContext: { readOnlyRootFilesystem: true } }],
  [
    ['MC144', 'staging[0].from'],
    [{ ...A, from: '/src', pull: 'oras://x/y' }],
    { volumes: { src: { claimName: 'src', path: '/src', readOnly: true } } },
  ],
  [['MC145', 'staging[0].pull'], [{ ...A, pull: 'https://example.org/a' }]],
  [['MC145', 'staging[0].pull'], [{ ...A, pull: 'http://example.org/a', sha256: SHA256 }]],
  [['MC145', 'staging[0].pull'], [{ ...A, pull: 'oras://' }]],
  [['MC145', 'staging[0].pull'], [{ ...A, pull: 'oras://a\nb' }]],
  [['MC146', 'staging[0].sha256'], [{ ...A, sha256: 'abc' }]],
  [
    ['MC147', 'staging[1].path'],
    [A, { ...A, from: '/elsewhere' }],
  ],
  [
    ['MC147', 'staging[1].path'],
    [{ path: 'x', to: '/data/a' }, A],
  ],
];

test.each(ROWS.map(([problem, staging, runner = {}]) => ({ problem, staging, runner })))(
  '$problem is found',
  (row) => {
    const { problem, staging, runner } = row;
    expect(findings(staging, runner)).toEqual([problem]);
  },
);

const SOUND: [staging: StagedPath[], runner?: Runner][] = [
  [[A, { path: 'a2', to: '/data/' }, { path: 'a', to: '/data2' }]],
  [[{ path: 'app.sif', to: '/data', pull: 'docker://x/y' }]],
  [[{ path: 'in', to: '/data', pull: 'https://example.org/a', sha256: SHA256 }]],
  [[{ path: 'in', to: '/local', from: '/data' }], CLAIM],
  [[{ path: 'in', to: '/data' }], { volumes: { d: { hostPath: '/nvme', path: '/data' } } }],
  [[{ path: '..a/b..', to: '/data' }]],
];

test.each(SOUND.map(([staging, runner = {}]) => ({ staging, runner })))(
  'nothing is said of $staging',
  (row) => {
    const { staging, runner } = row;
    expect(findings(staging, runner)).toEqual([]);
  },
);

test('a path is called by its place in the list, whatever is wrong with those before it', () => {
  expect(findings([{}, 'b', { path: '/c', to: '/data' }])).toEqual([
    ['MC141', 'staging[0].path'],
    ['MC141', 'staging[0].to'],
    ['MC141', 'staging[1]'],
    ['MC142', 'staging[2].path'],
  ]);
});

test('all that is wrong is told at once', () => {
  const staging = [{ path: '/a', to: 'b', sha256: 'x' }, { path: 'c' }];
  expect(findings(staging).map(([code]) => code)).toEqual(['MC141', 'MC142', 'MC142', 'MC146']);
});

test('the operator stages in batch and launcher mode only, the job engine in every mode', () => {
  const modes: [Runner, boolean][] = [
    [{}, true],
    [{ batch: false, launcher: true }, true],
    [{ batch: false }, false],
    [{ batch: false, command: undefined }, false],
  ];
  for (const [runner, works] of modes) {
    const { certificate, flux, size, tasks, containers, staging } = input([A], runner);
    expect(told(checkMiniCluster(METADATA, input([A], runner)))).toEqual(works ? [] : [['MC148', 'staging']]);
    expect(
      told(checkMiniClusterJob(METADATA, { certificate, flux, size, tasks, containers, staging })),
    ).toEqual([]);
  }
  const interactive = { ...input([A]), interactive: true };
  expect(told(checkMiniCluster(METADATA, interactive))).toEqual([['MC148', 'staging']]);
});

/** The ConfigMap with the scripts, and the container. */
function rendered(one: MiniClusterInput): { files: Record<string, string>; container: Runner } {
  const manifests = miniCluster(METADATA, one);
  const files = manifests.find(({ kind }) => kind === 'ConfigMap')?.data as Record<string, string>;
  const { spec } = manifests.at(-1) as unknown as { spec: MiniClusterInput };
  return { files, container: spec.containers[0] as Runner };
}

test('a batch text is wrapped as stagedBatch does it, and its directives stay with the operator', () => {
  const text = '#FLUX: -N4\necho "$HOSTNAME"\n';
  const { files, container } = rendered(input([A], { command: text }));
  expect(files['batch.sh']).toBe(stagedBatch([A], text));
  expect(container).toMatchObject({
    command: '#FLUX: -N4\n/bin/bash /flux-scripts/batch.sh',
    batch: true,
    batchRaw: true,
  });
});

test('the lines of a text that is not raw are submitted after staging', () => {
  const { files } = rendered(input([A], { command: 'a\nb', batchRaw: undefined }));
  expect(files['batch.sh']).toContain('\nflux submit --flags waitable ');
});

test('a launcher is wrapped too, as command and as script', () => {
  const command = rendered(input([A], { batch: undefined, batchRaw: undefined, launcher: true }));
  expect(command.files['command.sh']).toBe(stagedBatch([A], 'flux run hostname'));
  expect(command.container.command).toBe('/bin/bash /flux-scripts/command.sh');
  const script = rendered(
    input([A], {
      batch: undefined,
      batchRaw: undefined,
      command: undefined,
      launcher: true,
      commands: { script: 'flux run "$X"\n' },
    }),
  );
  expect(Object.values(script.files).join()).toContain('flux run "$X"\n');
  expect(Object.values(script.files).join()).toContain('staged_paths=(');
});

test('a cluster without staging gets none of its scripts', () => {
  const { certificate, flux, size, tasks, containers } = input([]);
  const manifests = miniClusterJob(METADATA, { certificate, flux, size, tasks, containers, staging: [] });
  expect(JSON.stringify(manifests)).not.toContain('staging_receive');
  expect(JSON.stringify(miniCluster(METADATA, input([])))).not.toContain('staging_receive');
});

test('stagedBatch tells all that is wrong with its paths', () => {
  expect(() => stagedBatch([{ path: '/a', to: 'b', pull: 'ftp://x' }], 'true')).toThrow(InvalidSpecError);
  expect(() => stagedBatch([{ path: '/a', to: 'b', pull: 'ftp://x' }], 'true')).toThrow(
    /MC142[^]*MC142[^]*MC145/,
  );
});
