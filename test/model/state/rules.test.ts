/** What is refused or warned of before a cluster with an archive is rendered, in either engine. */
import { App, Chart } from 'cdk8s';
import { MiniCluster, MiniClusterJob } from '../../../src/cdk8s';
import { MiniClusterJobInput, checkMiniClusterJob } from '../../../src/model/job';
import { MiniClusterInput, checkMiniCluster } from '../../../src/model/minicluster';
import { SHARED_ARCHIVE } from '../../../src/model/minicluster/together';
import { Problem } from '../../../src/model/problems';
import { RULE_TEXTS } from '../../../src/model/rule-texts';
import { ARCHIVE_OPTION } from '../../../src/model/state/read-archive';
import { STATE_RULES } from '../../../src/model/state/rules';
import { ArchiveSave, StateArchive } from '../../../src/model/state/spec';

type Volume = Record<string, unknown>;

const METADATA = { name: 'lmp', namespace: 'hpc' };
const DATA: Record<string, Volume> = { data: { claimName: 'data', path: '/data' } };
const BUCKET: Record<string, Volume> = { data: { csiDriver: 'gcsfuse.csi.storage.gke.io', path: '/data' } };
const FUSE: Record<string, Volume> = { data: { claim: { name: 'data', lacksRename: true }, path: '/data' } };

/** A cluster with an archive that no rule has anything against. */
function cluster(archive: unknown = {}, volumes = DATA, rest: object = {}): MiniClusterInput {
  const given =
    typeof archive === 'object' && !Array.isArray(archive) ? { path: '/data/a.tgz', ...archive } : archive;
  const containers = [{ image: 'lammps:1', command: 'hostname', volumes }];
  const input = {
    size: 2,
    tasks: 2,
    archive: given,
    certificate: { secretName: 'curve' },
    containers,
    ...rest,
  };
  return input;
}

/** The same with options of the broker. */
function withPrefix(archive: StateArchive, prefix: string): MiniClusterInput {
  const container = { image: 'lammps:1', command: 'hostname', volumes: DATA, commands: { prefix } };
  return cluster(archive, DATA, { containers: [container] });
}

/** The problems of a cluster in both engines that are about the archive. */
function problemsOf(
  input: MiniClusterInput,
  engine: 'operator' | 'job' | 'both' = 'both',
): readonly Problem[] {
  const job = { flux: { container: { image: 'view:1' } }, ...input } as MiniClusterJobInput;
  const found = {
    operator: (): readonly Problem[] => checkMiniCluster(METADATA, input),
    job: (): readonly Problem[] => checkMiniClusterJob(METADATA, job),
  };
  const about = (problems: readonly Problem[]): Problem[] =>
    problems.filter(({ path }) => path.startsWith('archive') || path.endsWith('.commands.prefix'));
  if (engine !== 'both') return about(found[engine]());
  const problems = about(found.operator());
  expect(about(found.job()).map(({ code, message }) => [code, message])).toEqual(
    problems.map(({ code, message }) => [code, message]),
  );
  return problems;
}

/** The code of the one rule whose title says so. */
function codeOf(title: RegExp): string {
  const [rule, ...others] = [...STATE_RULES, ARCHIVE_OPTION, SHARED_ARCHIVE].filter((one) =>
    title.test(one.title),
  );
  expect(others).toEqual([]);
  return rule?.code ?? 'none';
}

const PLACE = /is in no volume that lasts/;
const NAME = /has a name of which/;
const ABSOLUTE = /must be an absolute path/;
const ELSEWHERE = /state to a file of its own/;
const ONCE = /is on a volume without rename/;
const DRAIN = /is more than 20/;
const OPTION = /is no value of this option/;

interface Row {
  readonly title: RegExp;
  readonly engine: 'operator' | 'both';
  readonly path: string;
  readonly value: unknown;
  readonly message: RegExp;
  readonly fix: RegExp;
  readonly broken: MiniClusterInput;
  readonly sound: MiniClusterInput;
}

function row(
  title: RegExp,
  engine: Row['engine'],
  [path, value, message, fix]: [path: string, value: unknown, message: RegExp, fix: RegExp],
  broken: MiniClusterInput,
  sound: MiniClusterInput,
): Row {
  return { title, engine, path, value, message, fix, broken, sound };
}

const { NEVER, PERIODIC, ON_STOP } = ArchiveSave;

const ROWS: readonly Row[] = [
  row(
    DRAIN,
    'operator',
    ['archive.drainSeconds', 21, DRAIN, /20 at most, or take MiniClusterJob/],
    cluster({ drainSeconds: 21 }),
    cluster({ drainSeconds: 20 }),
  ),
  row(
    PLACE,
    'operator',
    ['archive.path', '/state/a.tgz', PLACE, /mount a volume that lasts/],
    cluster({ path: '/state/a.tgz' }),
    cluster({ path: '/data/b/../a.tgz' }),
  ),
  row(
    PLACE,
    'operator',
    ['archive.path', '/data/a.tgz', PLACE, /mount a volume that lasts/],
    cluster({}, { data: { emptyDir: true, path: '/data' } }),
    cluster({}, { data: { hostPath: '/srv', path: '/data' } }),
  ),
  row(
    PLACE,
    'operator',
    ['archive.path', '/data/a.tgz', /is a folder, where a volume is mounted/, /a file in it/],
    cluster({}, { data: { claimName: 'data', path: '/data/a.tgz/' } }),
    cluster(),
  ),
  row(
    PLACE,
    'operator',
    ['archive.path', '/data/a.tgz', /is in a volume that is readOnly/, /mount it writable/],
    cluster({}, { data: { ...DATA.data, readOnly: true } }),
    cluster({ save: NEVER }, { data: { ...DATA.data, readOnly: true } }),
  ),
  ...['/data/a', '/data/a.zip', '/data/a.tar.zst', '/data/a.tgz.old', '/data/a.TGZ', '/data/a.tgz\n'].map(
    (path) =>
      row(
        NAME,
        'both',
        ['archive.path', path, NAME, /\.tar\.gz, \.tgz, \.tar, \.tar\.bz2 or \.tar\.xz/],
        cluster({ path }),
        cluster({ path, save: NEVER }),
      ),
  ),
  ...['.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tar.xz'].map((end) =>
    row(
      NAME,
      'both',
      ['archive.path', `/data/a${end}x`, NAME, /let it end/],
      cluster({ path: `/data/a${end}x` }),
      cluster({ path: `/data/a${end}` }),
    ),
  ),
  ...[BUCKET, FUSE, { data: { claim: { name: 'data', lacksLocking: true }, path: '/data' } }].flatMap(
    (volumes) => [
      row(
        ONCE,
        'both',
        ['archive.path', '/data/a.tgz', ONCE, /archive\.writeOnce: true/],
        cluster({}, volumes),
        cluster({ writeOnce: true }, volumes),
      ),
      row(
        ONCE,
        'both',
        ['archive.writeOnce', false, /is false, and the volume .* a save may damage/, /leave it out/],
        cluster({ writeOnce: false }, volumes),
        cluster({ save: NEVER }, volumes),
      ),
    ],
  ),
  row(
    ABSOLUTE,
    'operator',
    ['archive.path', 'data/a.tgz', ABSOLUTE, /from the root/],
    cluster({ path: 'data/a.tgz' }),
    cluster({ path: '/data/a.tgz' }),
  ),
  row(
    ELSEWHERE,
    'both',
    ['containers[0].commands.prefix', '-Scontent.dump=/data/b.tgz', ELSEWHERE, /take the option out/],
    withPrefix({ save: ON_STOP }, '-Scontent.dump=/data/b.tgz'),
    withPrefix({ save: ON_STOP }, '-Slog-level=7'),
  ),
  row(
    OPTION,
    'both',
    ['archive.save', 'always', /is no time to save/, /never, on-stop, periodic/],
    cluster({ save: 'always' }),
    cluster({ save: ON_STOP }),
  ),
  ...[0, 10_081, 1.5, '10', null].map((everyMinutes) =>
    row(
      OPTION,
      'both',
      ['archive.everyMinutes', everyMinutes, /a whole number from 1 to 10080/, /everyMinutes: 10/],
      cluster({ save: PERIODIC, everyMinutes }),
      cluster({ save: PERIODIC, everyMinutes: 10_080 }),
    ),
  ),
  row(
    OPTION,
    'both',
    ['archive.everyMinutes', 5, /has no use without save: 'periodic'/, /leave it out, or change save/],
    cluster({ everyMinutes: 5 }),
    cluster({ everyMinutes: 5, save: PERIODIC }),
  ),
  row(
    OPTION,
    'both',
    ['archive.drainSeconds', -1, /a whole number from 0 to 604800/, /drainSeconds: /],
    cluster({ drainSeconds: -1 }),
    cluster({ drainSeconds: 0 }),
  ),
  row(
    OPTION,
    'both',
    ['archive.keep', 1001, /a whole number from 0 to 1000/, /keep: /],
    cluster({ keep: 1001 }),
    cluster({ keep: 1000 }),
  ),
  ...['drainSeconds', 'keep'].map((name) =>
    row(
      OPTION,
      'both',
      [`archive.${name}`, 2, /has no use where nothing is saved/, /leave it out, or change save/],
      cluster({ save: NEVER, [name]: 2 }),
      cluster({ save: NEVER, [name]: 0 }),
    ),
  ),
  row(
    OPTION,
    'both',
    ['archive.writeOnce', 'true', /must be true or false/, /without quotes/],
    cluster({ writeOnce: 'true' }),
    cluster({ writeOnce: true }),
  ),
  ...['', undefined].map((path) =>
    row(
      OPTION,
      'both',
      ['archive.path', path, /is missing/, /name the file/],
      cluster({ path, keep: 1 }),
      cluster({ path }),
    ),
  ),
];

test('a cluster with an archive on a volume that lasts has no problems with it', () => {
  const all = { save: PERIODIC, everyMinutes: 5, drainSeconds: 10, keep: 3, writeOnce: true };
  for (const archive of [{}, all]) expect(problemsOf(cluster(archive))).toEqual([]);
});

test.each(ROWS.map((one) => [String(one.title), one.path, one.value, one] as const))(
  '%s is told of %s with %j, and of nothing that is right',
  (_title, _path, _value, { title, engine, path, value, message, fix, broken, sound }) => {
    const problems = problemsOf(broken, engine);
    expect(problems.map((problem) => [problem.code, problem.path, problem.value])).toEqual([
      [codeOf(title), path, value],
    ]);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.fix).toMatch(fix);
    expect(problemsOf(sound, engine)).toEqual([]);
  },
);

test('every rule about archives has a row', () => {
  const tried = new Set(ROWS.map(({ title }) => codeOf(title)));
  expect(STATE_RULES.map(({ code }) => code).filter((code) => !tried.has(code))).toEqual([]);
});

test('every code is explained once', () => {
  const codes = RULE_TEXTS.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('a rule about archives can be silenced, with a reason', () => {
  const silence = [{ code: codeOf(ONCE), reason: 'known' }];
  expect(problemsOf(cluster({}, BUCKET, { silence }))).toEqual([]);
});

test('all wrong options are told at once, and values that are no archive by their type', () => {
  const paths = problemsOf(
    cluster({ save: 1, everyMinutes: 'x', drainSeconds: {}, keep: [], writeOnce: 0 }),
  ).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['save', 'drainSeconds', 'keep', 'writeOnce'].map((name) => `archive.${name}`)),
  );
  for (const nothing of ['/data/a.tgz', 7, []])
    expect(problemsOf(cluster(nothing)).map(({ path }) => path)).toEqual(['archive']);
  const [unknown] = problemsOf(cluster({ keeps: 1 }));
  expect(unknown).toMatchObject({ code: 'MC100', path: 'archive.keeps' });
});

interface InApp {
  readonly archive?: StateArchive;
  readonly volume?: Volume;
  readonly namespace?: string;
  readonly engine?: typeof MiniCluster | typeof MiniClusterJob;
  readonly silence?: boolean;
}

/** The messages at synth about clusters a, b and so on of one app. */
function togetherOf(...clusters: readonly InApp[]): string[] {
  const app = new App();
  clusters.forEach(
    ({ archive, volume, namespace = 'hpc', engine: Engine = MiniClusterJob, silence }, index) => {
      const chart = new Chart(app, `chart-${index}`, { namespace });
      const input = {
        ...cluster(
          { ...archive },
          { data: { ...DATA.data, ...volume } },
          {
            ...(Engine === MiniClusterJob && { flux: { container: { image: 'view:1' } } }),
            ...(silence && { silence: [{ code: SHARED_ARCHIVE.code, reason: 'one after the other' }] }),
          },
        ),
        metadata: { name: `cluster-${index}` },
      };
      new Engine(chart, 'cluster', input);
    },
  );
  return app.node.findAll().flatMap((one) => one.node.validate());
}

beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  jest.restoreAllMocks();
});

const shared = [
  expect.stringMatching(
    /^\[chart-1\/cluster\] archive.path is the archive of another cluster \(chart-0\/cluster\)/,
  ),
];

test.each<[string, InApp, InApp]>([
  ['one path on one claim', {}, {}],
  ['one path in other words', {}, { archive: { path: '/data/x/..//a.tgz' } }],
  ['one file through other mounts', {}, { archive: { path: '/other/a.tgz' }, volume: { path: '/other' } }],
  ['one file, once with subPath', { volume: { subPath: 'x' } }, { archive: { path: '/data/x/a.tgz' } }],
  ['the same subPath', { volume: { subPath: 'x' } }, { volume: { subPath: 'x/' } }],
  [
    'one claim by its name and by its object',
    {},
    { volume: { claimName: undefined, claim: { name: 'data' } } },
  ],
  [
    'one folder of the hosts, in any namespace',
    { volume: HOST('/srv') },
    { volume: HOST('/srv/'), namespace: 'x' },
  ],
  [
    'the hosts, by a folder above',
    { volume: HOST('/srv/in') },
    { volume: HOST('/srv'), archive: { path: '/data/in/a.tgz' } },
  ],
  ['both engines', { engine: MiniCluster }, {}],
  ['different ways to save', { archive: { save: PERIODIC } }, { archive: { keep: 3 } }],
])('two clusters that write one archive are told at synth: %s', (_what, one, other) => {
  expect(togetherOf(one, other)).toEqual(shared);
});

function HOST(hostPath: string): Volume {
  return { claimName: undefined, hostPath };
}

test.each<[string, InApp, InApp]>([
  ['archives of their own', {}, { archive: { path: '/data/b.tgz' } }],
  ['claims of one name in two namespaces', {}, { namespace: 'other' }],
  ['other claims', {}, { volume: { claimName: 'other' } }],
  ['other folders of one claim', { volume: { subPath: 'x' } }, { volume: { subPath: 'y' } }],
  ['a folder and the claim', { volume: { subPath: 'x' } }, {}],
  ['one that only reads', {}, { archive: { save: NEVER } }],
  ['volumes that end with the pods', { volume: EMPTY() }, { volume: EMPTY() }],
  ['one that is silenced', {}, { silence: true }],
])('two clusters with %s are no problem', (_what, one, other) => {
  expect(togetherOf(one, other)).toEqual([]);
});

function EMPTY(): Volume {
  return { claimName: undefined, emptyDir: true };
}

test('of three clusters with one archive the second and the third are told', () => {
  expect(togetherOf({}, {}, {})).toHaveLength(2);
});

test('with its path alone an archive of the operator is left to an own option that saves it', () => {
  const own = withPrefix({}, '-Scontent.dump=/data/b.tgz');
  expect(problemsOf(own, 'operator')).toEqual([]);
  expect(problemsOf(own, 'job').map(({ code }) => code)).toEqual(['MC157']);
});
