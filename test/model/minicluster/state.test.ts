/** The state archive with the operator: what is rendered, and what becomes of it in a pod. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { shellQuote } from '../../../src/model/flux/quoting';
import { Manifest } from '../../../src/model/manifest';
import { MiniClusterInput, checkMiniCluster } from '../../../src/model/minicluster';
import { ArchiveSave, StateArchive } from '../../../src/model/state/spec';
import { nasty } from '../../support/nasty-text';
import { miniCluster } from '../../support/render';
import { archiveOf, contentOf } from '../../support/state-pod';
import { OperatorPodOptions, StateOperatorPod, removePods } from '../../support/state-operator-pod';

jest.setTimeout(120_000);

const METADATA = { name: 'lmp', namespace: 'hpc' };

type Runner = Partial<MiniClusterInput['containers'][number]>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'operator-state-'));
});
afterEach(async () => {
  await removePods();
  rmSync(folder, { recursive: true, force: true });
});

/** A cluster of one node whose archive is on a volume of the test. */
function input(
  runner: Runner = {},
  fields: Partial<MiniClusterInput> = {},
  archive: StateArchive = {},
): MiniClusterInput {
  const volumes = { data: { hostPath: '/data', path: folder } };
  return {
    size: 1,
    interactive: runner.command === undefined,
    archive: { path: join(folder, 'archive.tar.gz'), ...archive },
    silence: [
      { code: 'MC014', reason: 'the exit code of the entrypoint is looked at here' },
      { code: 'MC021', reason: 'one task is enough here' },
    ],
    ...fields,
    containers: [{ image: 'ubuntu:24.04', volumes, ...runner }],
  };
}

function manifests(...what: Parameters<typeof input>): Manifest[] {
  return miniCluster(METADATA, input(...what));
}

/** The spec that is rendered, and the files beside it. */
function rendered(...what: Parameters<typeof input>) {
  const given = manifests(...what);
  const spec = given.find(({ kind }) => kind === 'MiniCluster')?.spec as MiniClusterInput;
  const files = given.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
  const { commands = {}, lifeCycle = {} } = spec.containers[0]!;
  return { spec, files, commands, lifeCycle };
}

function pod(given: readonly Manifest[], options?: OperatorPodOptions): StateOperatorPod {
  return new StateOperatorPod(given, options);
}

/** The state in an archive of the volume: a line for each cluster that left it. */
function stateIn(name = 'archive.tar.gz'): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? contentOf(readFileSync(path)) : undefined;
}

function codesOf(...what: Parameters<typeof input>): string[] {
  return checkMiniCluster(METADATA, input(...what)).map(({ code }) => code);
}

const COMMIT = '. /flux-scripts/commit-state.sh';
const KEEP = '. /flux-scripts/keep-state.sh';

// --- what is rendered --------------------------------------------------------------------------------------------------

test('an archive is taken by a hook of the lead broker, saved by the post hook, and Flux is shut down by preStop', () => {
  const { spec, files, commands, lifeCycle } = rendered();
  expect(spec).not.toHaveProperty('archive');
  expect(commands).toEqual({
    init: '/bin/bash /flux-scripts/make-executable.sh /flux-scripts/stop.sh',
    brokerPre:
      `export MINICLUSTER_ARCHIVE=${folder}/archive.tar.gz MINICLUSTER_SAVE=on-stop MINICLUSTER_LOCK_WAIT=120\n` +
      KEEP,
    post: COMMIT,
  });
  expect(lifeCycle).toEqual({ preStopExec: '/tmp/flux-scripts/stop.sh' });
  expect(files['stop.sh']).toBe('#!/bin/bash\nexec /bin/bash /flux-scripts/stop-with-state.sh\n');
  expect(Object.keys(files)).toEqual([
    'commit-state.sh',
    'keep-state.sh',
    'make-executable.sh',
    'state.py',
    'state_archives.py',
    'state_lock.py',
    'state_pod.py',
    'stop-with-state.sh',
    'stop.sh',
  ]);
});

test.each<[string, Runner, Partial<MiniClusterInput>]>([
  ['submit', { command: 'hostname' }, {}],
  ['launcher', { command: 'nextflow run', launcher: true }, {}],
  ['batch', { command: 'hostname', batch: true }, {}],
  ['a script', { commands: { script: 'hostname' } }, { interactive: false }],
  ['timed', { command: 'hostname' }, { logging: { timed: true } }],
])('the archive is kept the same way in every mode: %s', (_what, runner, fields) => {
  const { spec, commands, lifeCycle } = rendered(runner, fields);
  expect(spec).not.toHaveProperty('archive');
  expect(commands.brokerPre).toContain(KEEP);
  expect(commands.post).toBe(COMMIT);
  expect(commands.prefix).toBeUndefined();
  expect(lifeCycle.preStopExec).toBe('/tmp/flux-scripts/stop.sh');
});

test('options reach the scripts as variables', () => {
  const exported = (archive: StateArchive, fields: Partial<MiniClusterInput> = {}): string[] => {
    const { files, commands } = rendered({}, fields, archive);
    const hook = files['broker-pre.sh'] ?? commands.brokerPre ?? '';
    return hook.split('\n')[0]!.split(' ').slice(2);
  };
  expect(exported({ save: ArchiveSave.PERIODIC, everyMinutes: 3, keep: 2 })).toEqual([
    'MINICLUSTER_SAVE=periodic',
    'MINICLUSTER_SAVE_EVERY=180',
    'MINICLUSTER_KEEP=2',
    'MINICLUSTER_LOCK_WAIT=120',
  ]);
  expect(exported({ drainSeconds: 15 })).toContain('MINICLUSTER_DRAIN=15');
  expect(exported({ writeOnce: true })).toContain('MINICLUSTER_WRITE_ONCE=true');
  expect(exported({ save: ArchiveSave.NEVER })).toEqual(['MINICLUSTER_SAVE=never']);
  expect(exported({}, { logging: { quiet: true } })).toContain('MINICLUSTER_QUIET=true');
});

test('a volume of a bucket is told to the scripts, unless it says otherwise', () => {
  const volumes = { data: { csiDriver: 's3.csi.aws.com', path: folder } };
  const hook = (archive: StateArchive) => rendered({ volumes }, {}, archive).commands.brokerPre;
  expect(hook({})).toContain('MINICLUSTER_WRITE_ONCE=true');
  expect(hook({ writeOnce: false })).not.toContain('MINICLUSTER_WRITE_ONCE');
});

test('what is only read is restored, and nothing else is touched', () => {
  const { commands, lifeCycle, files } = rendered(
    { commands: { post: 'date' } },
    {},
    { save: ArchiveSave.NEVER },
  );
  expect(commands).toEqual({ brokerPre: expect.stringContaining(KEEP), post: 'date' });
  expect(lifeCycle).toEqual({});
  expect(Object.keys(files)).toEqual([
    'keep-state.sh',
    'state.py',
    'state_archives.py',
    'state_lock.py',
    'state_pod.py',
  ]);
});

test('only where jobs get time to end the script is there that gives it', () => {
  expect(rendered().files).not.toHaveProperty(['drain.sh']);
  expect(rendered({}, {}, { drainSeconds: 5 }).files).toHaveProperty(['drain.sh']);
});

test('reportFailure and a post hook of its own come behind the commit', () => {
  expect(rendered({ command: 'hostname', commands: { post: 'date' } }).commands.post).toBe(`${COMMIT}\ndate`);
  const { commands } = rendered({ command: 'hostname' }, { reportFailure: true });
  expect(commands.post?.split('\n')).toEqual([
    COMMIT,
    'flux_exit_code=$?',
    '. /flux-scripts/report-failure.sh',
  ]);
  expect(commands.prefix).toBe('/bin/bash /flux-scripts/run-and-tell.sh');
});

test('an archive told by its path alone is taken without a finding', () => {
  const aboutState = /MC017|MC086|MC12[12]|MC15./;
  for (const runner of [{}, { command: 'hostname' }])
    expect(codesOf(runner).filter((code) => aboutState.test(code))).toEqual([]);
});

test.each<[string, Runner, Partial<MiniClusterInput>]>([
  ['silenced', { command: 'hostname' }, { silence: [{ code: 'MC017', reason: 'it is only read' }] }],
  [
    'an option of the broker',
    { command: 'hostname', commands: { prefix: '-Scontent.dump=/data/a.tar' } },
    {},
  ],
  ['a dump in a hook', { command: 'hostname', commands: { post: 'flux dump /data/a.tar' } }, {}],
  ['a preStopExec of an interactive cluster', { lifeCycle: { preStopExec: '/opt/save' } }, {}],
])('who saves by their own texts is left alone: %s', (_what, runner, fields) => {
  const { spec, files } = rendered(runner, fields);
  const { post, ...commands } = runner.commands ?? {};
  expect(spec.archive).toEqual({ path: `${folder}/archive.tar.gz` });
  expect(spec.containers[0]).toMatchObject({
    ...(runner.lifeCycle ? { lifeCycle: runner.lifeCycle } : {}),
    ...(runner.commands ? { commands } : {}),
  });
  expect(files).toEqual({});
});

test('what is left alone may have a name that the library could not check', () => {
  const prefix = { command: 'hostname', commands: { prefix: '-Scontent.dump=/data/a.cpio' } };
  expect(codesOf(prefix, {}, { path: '/data/a.cpio' })).not.toContain('MC154');
  expect(codesOf({ command: 'hostname' }, {}, { path: '/data/a.cpio' })).toContain('MC154');
});

test('an archive with options is always kept', () => {
  const own = { lifeCycle: { preStopExec: '/opt/save' } };
  expect(rendered(own, {}, { save: ArchiveSave.ON_STOP }).commands.brokerPre).toContain(KEEP);
  const silence = [{ code: 'MC017', reason: 'as it is' }];
  expect(rendered({}, { silence }, { keep: 1 }).commands.brokerPre).toContain(KEEP);
});

// --- what becomes of it ------------------------------------------------------------------------------------------------

test.each<[string, Runner, Partial<MiniClusterInput>]>([
  ['submit', { command: 'hostname' }, {}],
  ['launcher', { command: 'hostname', launcher: true }, {}],
  ['batch', { command: 'hostname', batch: true }, {}],
  ['a script', { commands: { script: 'hostname' } }, { interactive: false }],
  ['strict', { command: 'hostname' }, { logging: { strict: true } }],
  ['quiet', { command: 'hostname' }, { logging: { quiet: true } }],
  ['timed', { command: 'hostname' }, { logging: { timed: true } }],
])('the state goes from one cluster to the next, in every mode: %s', async (_what, runner, fields) => {
  const given = manifests(runner, fields);
  expect((await pod(given).run()).code).toBe(0);
  expect(stateIn()).toBe('first\n');
  const { code, lines } = await pod(given, { state: 'second' }).run();
  expect(code).toBe(0);
  expect(stateIn()).toBe('first\nsecond\n');
  expect(readdirSync(folder).sort()).toEqual(['archive.tar.gz', 'archive.tar.gz.lock']);
  expect(statSync(join(folder, 'archive.tar.gz')).mode & 0o777).toBe(0o640);
  const told = lines.filter((line) => line.startsWith('minicluster: '));
  // What hooks say is not heard with quiet.
  expect(told).toEqual(
    fields.logging?.quiet
      ? []
      : [
          `minicluster: restoring the state from ${folder}/archive.tar.gz`,
          `minicluster: the state is saved in ${folder}/archive.tar.gz`,
        ],
  );
});

test('an interactive cluster is saved when its pod is deleted, and shut down where its socket is', async () => {
  const lead = await pod(manifests()).start().up();
  expect(lead.preStop().status).toBe(0);
  expect((await lead.ended()).code).toBe(0);
  expect(lead.read('uri')).toBe(`local://${lead.root}/run/flux/local\n`);
  expect(lead.calls('shutdown')).toEqual([['shutdown', '--quiet']]);
  expect(stateIn()).toBe('first\n');
});

test('without a socket of the operator Flux is shut down where its own is', async () => {
  const lead = await pod(manifests({}, { flux: { disableSocket: true }, logging: { strict: true } }))
    .start()
    .up();
  lead.preStop();
  expect((await lead.ended()).code).toBe(0);
  expect(lead.read('uri')).toBe(`local://${lead.root}/run/flux/local-0\n`);
});

test.each([false, true])(
  'the signal that follows preStop ends neither Flux nor what saves its state (names of their own: %s)',
  async (writeOnce) => {
    // Large enough for its check and its copy to take a while.
    const leaves =
      'sleep 0.4; head -c 20000000 /dev/urandom >>"$POD/state/content"; tar -C "$POD/state" -caf "$dump" content';
    const lead = await pod(manifests({}, {}, { writeOnce }), { leaves })
      .start()
      .up();
    const signals = setInterval(() => {
      lead.terminate();
    }, 20);
    lead.preStop();
    const { code, lines } = await lead.ended();
    clearInterval(signals);
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('minicluster: the state is saved in '))).toHaveLength(1);
  },
);

test('an archive that is only read is restored and stays', async () => {
  writeFileSync(join(folder, 'archive.tar.gz'), archiveOf('before\n'));
  const lead = pod(manifests({ command: 'hostname' }, {}, { save: ArchiveSave.NEVER }));
  expect((await lead.run()).code).toBe(0);
  expect(lead.read('state/content')).toBe('before\nfirst\n');
  expect(stateIn()).toBe('before\n');
  expect(readdirSync(folder)).toEqual(['archive.tar.gz']);
  expect(lead.calls('start')[0]?.join(' ')).not.toContain('content.dump');
});

test('a broken archive is put aside in place of being restored in part', async () => {
  writeFileSync(join(folder, 'archive.tar.gz'), archiveOf('before\n').subarray(0, 60));
  const lead = pod(manifests({ command: 'hostname' }));
  const { code, lines } = await lead.run();
  expect(code).toBe(0);
  expect(lines).toContain(
    `minicluster: ${folder}/archive.tar.gz is not whole: it is ${folder}/broken-archive.tar.gz now`,
  );
  expect(lead.calls('start')[0]?.join(' ')).not.toContain('content.restore');
  expect(stateIn()).toBe('first\n');
});

test.each([
  ['half an archive', 'head -c 20 /dev/urandom > "$dump"', 'the state that Flux left is not whole'],
  ['nothing', ':', 'Flux left no state to save'],
])(
  'a Flux that leaves %s fails nothing, is told, and leaves the archive of before',
  async (_what, leaves, told) => {
    writeFileSync(join(folder, 'archive.tar.gz'), archiveOf('before\n'));
    const { code, lines } = await pod(manifests({ command: 'hostname' }), { leaves }).run();
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith(`minicluster: ${told}`))).toHaveLength(1);
    expect(stateIn()).toBe('before\n');
  },
);

test('a run that fails is saved, and its exit code reaches what follows', async () => {
  const command = 'bash -c "exit 3"';
  const own = await pod(manifests({ command, commands: { post: 'echo "Flux: $?"; exit 9' } })).run();
  expect(own.code).toBe(9);
  expect(own.lines).toContain('Flux: 3');
  expect(stateIn()).toBe('first\n');
  const report = await pod(manifests({ command }, { reportFailure: true }), { state: 'second' }).run();
  expect(report.code).toBe(3);
  const both = { command: 'true', commands: { post: 'false' } };
  expect((await pod(manifests(both, { reportFailure: true }), { state: 'third' }).run()).code).toBe(1);
  expect(stateIn()).toBe('first\nsecond\nthird\n');
});

test.each([[false], [true]])(
  'with logging.strict, too, a run that fails is saved (names of their own: %s)',
  async (writeOnce) => {
    const fields = { logging: { strict: true } };
    const given = manifests({ command: 'bash -c "exit 3"' }, fields, { writeOnce });
    const { code, lines } = await pod(given).run();
    expect(code).toBe(3);
    expect(lines.filter((line) => line.startsWith('minicluster: the state is saved in '))).toHaveLength(1);
    const [name = ''] = readdirSync(folder).filter((one) => /^archive.*gz$/.test(one));
    expect(stateIn(name)).toBe('first\n');
  },
);

test('a trap that a hook has set stays', async () => {
  const commands = { brokerPre: 'trap "echo the end" EXIT' };
  const { lines } = await pod(manifests({ command: 'true', commands })).run();
  expect(lines).toContain('the end');
  expect(stateIn()).toBe('first\n');
});

test('a hook of its own may bring the archive, and options of the broker', async () => {
  writeFileSync(join(folder, 'elsewhere'), archiveOf('brought\n'));
  const brokerPre = `cp ${folder}/elsewhere ${folder}/archive.tar.gz\nbrokerOptions="$brokerOptions -Sa=b"`;
  const lead = pod(manifests({ command: 'true', commands: { brokerPre } }));
  await lead.run();
  expect(lead.calls('start')[0]).toContain('-Sa=b');
  expect(stateIn()).toBe('brought\nfirst\n');
});

test.each([['echo bye \\'], ["echo 'open"], ['cat <<EOF\nx'], ['echo done # a comment'], ['false']])(
  'a hook of its own like %j cannot keep the archive from being kept',
  async (brokerPre) => {
    await pod(manifests({ command: 'true', commands: { brokerPre } })).run();
    expect(stateIn()).toBe('first\n');
  },
);

test.each([[false], [true]])(
  'an archive that another cluster has ends the pod with one sentence (quiet: %s)',
  async (quiet) => {
    const given = manifests({}, { logging: { quiet } });
    const first = await pod(given).start().up();
    const impatient = given.map((one) =>
      JSON.parse(JSON.stringify(one).replaceAll('MINICLUSTER_LOCK_WAIT=120', 'MINICLUSTER_LOCK_WAIT=0')),
    ) as Manifest[];
    const second = pod(impatient, { state: 'second' });
    const { code, lines } = await second.run();
    expect(code).toBe(1);
    expect(second.calls()).toEqual([]);
    const told = lines.filter((line) => /^minicluster: .* is in use by .*: give each cluster/.test(line));
    expect(told).toHaveLength(1);
    first.preStop();
    expect((await first.ended()).code).toBe(0);
    expect(stateIn()).toBe('first\n');
  },
);

test('a folder that can not be written ends the pod with one sentence, with quiet too', async () => {
  writeFileSync(join(folder, 'file'), '');
  for (const quiet of [false, true]) {
    const archive = { path: join(folder, 'file/archive.tar.gz') };
    const { code, lines } = await pod(manifests({ command: 'true' }, { logging: { quiet } }, archive)).run();
    expect(code).toBe(1);
    expect(lines).toEqual([
      `minicluster: can't make the folder of ${folder}/file/archive.tar.gz: File exists`,
    ]);
  }
});

test('followers neither take nor save the archive, and their pods end as before', async () => {
  for (const fields of [{}, { logging: { strict: true } }, { logging: { quiet: true } }]) {
    const follower = pod(manifests({ command: 'true' }, fields), { follows: true }).start();
    await follower.up();
    const { status, stderr } = follower.preStop();
    expect([status, stderr]).toEqual([0, '']);
    expect(follower.calls('shutdown')).toEqual([]);
    follower.write('shutdown', '');
    const { code, lines } = await follower.ended();
    expect([code, lines.filter((line) => line.startsWith('minicluster'))]).toEqual([0, []]);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test('running jobs get time to end before Flux is shut down', async () => {
  const lead = await pod(manifests({}, {}, { drainSeconds: 5 }))
    .start()
    .up();
  lead.write('running', 'job\n');
  lead.preStop();
  const { lines } = await lead.ended();
  const verbs = lead.calls('queue', 'shutdown').map(([verb, what]) => `${verb} ${what}`);
  expect(verbs).toEqual(['queue stop', 'queue idle', 'shutdown --quiet']);
  expect(lead.calls('queue').at(-1)).toContain('--timeout=5s');
  expect(lines.join('\n')).toContain('running jobs (1) have up to 5 s to end');
  expect(stateIn()).toBe('first\n');
});

test.each([
  ['one word', '/bin/false'],
  ['the name of a builtin', 'exit'],
  ['letters of the shell', '/opt/a;touch${IFS}$POD/oops'],
  ['several words', 'echo a > "$OUT/a"; exit 4'],
  ['an exec', 'exec bash -c "echo a > $OUT/a"'],
  [
    'a script of its own',
    '#!/usr/bin/env -S python3 -u\nopen(__import__("os").environ["OUT"] + "/a", "w")\nexit(3)',
  ],
  ['a program that there is not', '#!/opt/none\nx'],
])(
  'a preStopExec of its own runs first, and can not keep the archive from being saved: %s',
  async (_what, own) => {
    const given = manifests({ lifeCycle: { preStopExec: own } }, {}, { save: ArchiveSave.ON_STOP });
    const lead = await pod(given).start().up();
    lead.preStop();
    expect((await lead.ended()).code).toBe(0);
    expect(lead.has('out/a')).toBe(own.includes('OUT'));
    expect(lead.has('oops')).toBe(false);
    expect(stateIn()).toBe('first\n');
  },
);

test('a preStopExec of its own runs in the pods of followers, too', async () => {
  const given = manifests(
    { lifeCycle: { preStopExec: 'touch "$OUT/a"' } },
    {},
    { save: ArchiveSave.ON_STOP },
  );
  const follower = await pod(given, { follows: true }).start().up();
  expect(follower.preStop().status).toBe(0);
  expect(follower.has('out/a')).toBe(true);
});

test('a container that is started again in its pod goes on with what it has saved', async () => {
  const lead = pod(manifests({ command: 'true' }));
  await lead.run();
  expect((await lead.run()).code).toBe(0);
  expect(stateIn()).toBe('first\nfirst\n');
});

test('a commit that fails fails nothing with logging.strict, either', async () => {
  const given = manifests({ command: 'true' }, { logging: { strict: true } });
  const { code, lines } = await pod(given, { leaves: ':' }).run();
  expect([code, lines.filter((line) => line.includes('Flux left no state'))]).toEqual([
    0,
    [`minicluster: Flux left no state to save: ${folder}/archive.tar.gz is as it was`],
  ]);
});

test('preStop finds its way whatever the archive is called', async () => {
  const name = `it's a "b" $(touch x); c\nd.tar.gz`;
  const lead = await pod(manifests({}, {}, { path: join(folder, name) }))
    .start()
    .up();
  expect(lead.preStop().status).toBe(0);
  expect((await lead.ended()).code).toBe(0);
  expect(stateIn(name)).toBe('first\n');
});

test('what hooks of the pod know is enough for a save meanwhile, and for the end', async () => {
  const lead = await pod(manifests()).start().up();
  const environment = lead.read('tmp/flux-state/environment') ?? '';
  expect(environment).toContain(`export fluxsocket=local://${lead.root}/run/flux/local\n`);
  expect(environment).toContain(`export PATH=${lead.root}/bin:`);
  expect(environment).toContain(`export MINICLUSTER_ARCHIVE=${folder}/archive.tar.gz\n`);
});

test('any name of an archive arrives', async () => {
  const names = nasty.map((text) => `${text.replaceAll('/', '_')}.tar.gz`);
  await fc.assert(
    fc.asyncProperty(
      names.filter((name) => Buffer.byteLength(name) < 200),
      async (name) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        const given = manifests({ command: 'true' }, {}, { path: join(folder, name) });
        for (const state of ['first', 'second']) expect((await pod(given, { state }).run()).code).toBe(0);
        expect(stateIn(name)).toBe('first\nsecond\n');
        await removePods();
      },
    ),
    { numRuns: 25, examples: [['it\'s a "b" $(c).tar.gz'], ['<<EOF #.tar.gz'], ['-\n-.tar.gz']] },
  );
});

test('any hook arrives beside it, quiet or not', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, fc.boolean(), async (text, quiet) => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      const record = (name: string): string => `printf %s ${shellQuote(text)} > "$OUT/${name}"`;
      const given = manifests(
        {
          commands: { brokerPre: record('pre'), post: record('post') },
          lifeCycle: { preStopExec: record('stop') },
        },
        { logging: { quiet } },
        { save: ArchiveSave.ON_STOP },
      );
      const lead = await pod(given).start().up();
      lead.preStop();
      expect((await lead.ended()).code).toBe(0);
      for (const name of ['pre', 'post', 'stop']) expect(lead.read(`out/${name}`)).toBe(text);
      expect(stateIn()).toBe('first\n');
      await removePods();
    }),
    { numRuns: 20 },
  );
});

test('the Python of the view is enough, of which the entrypoint leaves no python3', async () => {
  const { code, lines } = await pod(manifests({ command: 'true' }), { python: 'view' }).run();
  expect([code, lines.at(-1)]).toEqual([0, `minicluster: the state is saved in ${folder}/archive.tar.gz`]);
  expect(stateIn()).toBe('first\n');
});

test('without any Python the pod ends with one sentence, with quiet too', async () => {
  for (const quiet of [false, true]) {
    const given = manifests({ command: 'true' }, { logging: { quiet } });
    const { code, lines } = await pod(given, { python: 'none' }).run();
    expect([code, lines]).toEqual([
      1,
      ["minicluster: there is no python3 in the image, nor in the view: the archive can't be kept"],
    ]);
  }
});

test('files of the working directory are not taken for parts of Python', async () => {
  const lead = pod(manifests({ command: 'true', commands: { init: 'export PYTHONPATH=:/none' } }));
  lead.write('work/tarfile.py', 'raise SystemExit(5)\n');
  expect((await lead.run()).code).toBe(0);
  expect(stateIn()).toBe('first\n');
});

test('a pod that has no place for what the scripts tell one another is told, with quiet too', async () => {
  for (const quiet of [false, true]) {
    const lead = pod(manifests({ command: 'true' }, { logging: { quiet } }));
    rmSync(join(lead.root, 'tmp'), { recursive: true });
    lead.write('tmp', '');
    const { code, lines } = await lead.run();
    expect([code, lead.calls()]).toEqual([1, []]);
    expect(lines).toContain(
      `minicluster: can't write to ${lead.root}/tmp, which the archive needs: mount an emptyDir there`,
    );
  }
});
