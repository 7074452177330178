/** Does the experiment that asks whether a core was given twice tell when one was, and when a job went wrong? */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON } from '../support/python';
import '../support/real-processes';

jest.setTimeout(60_000);

const EXPERIMENT = join(__dirname, '../../scripts/experiments/no-core-twice.py');
const STAND_IN = join(__dirname, '../support/experiment-cluster.py');
const clusters: string[] = [];

afterEach(() => {
  for (const cluster of clusters.splice(0)) rmSync(cluster, { recursive: true });
});

interface Told {
  readonly code: number | null;
  readonly last: string;
  readonly failures: readonly string[];
  readonly submitted: readonly (readonly string[])[];
}

/** Runs an experiment in a cluster whose jobs left these files, from a container with these variables. */
function experiment(
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
  variables: Readonly<Record<string, string>> = { MINICLUSTER_SHARING: 'queue' },
): Told {
  const cluster = mkdtempSync(join(tmpdir(), 'experiment-'));
  clusters.push(cluster);
  for (const folder of ['bin', 'config/etc/flux/meta']) mkdirSync(join(cluster, folder), { recursive: true });
  const program = join(cluster, 'bin/flux');
  writeFileSync(program, `#!${PYTHON} -SE\n${readFileSync(STAND_IN, 'utf8')}`, { mode: 0o755 });
  symlinkSync('flux', join(cluster, 'bin/flux-app'));
  for (const marker of ['0-queue', '1-lammps', '2-ior'])
    writeFileSync(join(cluster, 'config/etc/flux/meta', marker), '');
  for (const [name, text] of Object.entries({ 'records-0': ONE, ...files }))
    writeFileSync(join(cluster, name), text);
  const env = { PATH: join(cluster, 'bin'), CLUSTER: cluster, MINICLUSTER_ROOT: cluster, ...variables };
  const { status, stdout, stderr } = spawnSync(PYTHON, [EXPERIMENT, ...words], { env, encoding: 'utf8' });
  const record = join(cluster, 'submitted');
  const submitted = existsSync(record) ? readFileSync(record, 'utf8').split('\n').slice(0, -1) : [];
  return {
    code: status,
    last: stdout.trim().split('\n').at(-1) ?? '',
    failures: stderr.split('\n').slice(0, -1),
    submitted: submitted.map((line) => JSON.parse(line) as string[]),
  };
}

/** Without anything written down there is nothing that could have been seen. */
const ONE = '1 {0} 0\n';
const SPREAD = ['spread', '--jobs=4'];
const FINE = { code: 0, last: 'no core was given twice, and nothing was left', failures: [] };
/** What tasks write down: when, whose, on which cores. */
const records = (...lines: readonly (readonly [number, number, string])[]): string =>
  lines.map(([at, job, cores]) => `${at} {${job}} ${cores}\n`).join('');

test('jobs that follow one another on a core, and such that have different ones, are fine', () => {
  const files = {
    'records-0': records(
      [1, 0, '0'],
      [2, 0, '0'],
      [2.1, 1, '0-1'],
      [3, 1, '0-1'],
      [2.5, 2, '2,3'],
      [2.6, 3, '4'],
    ),
    'records-1': records([1.5, 2, '0']),
  };
  expect(experiment(SPREAD, files)).toMatchObject(FINE);
});

test.each([
  ['one begins before the other ends', records([1, 0, '0'], [3, 0, '0'], [2, 1, '0'], [4, 1, '0']), 1],
  ['one lies within the other', records([1, 0, '0-3'], [9, 0, '0-3'], [2, 1, '2'], [3, 1, '2']), 1],
  ['they are told in another order', records([2, 1, '5'], [4, 1, '5'], [1, 0, '4-6'], [3, 0, '4-6']), 1],
  ['both have two cores', records([1, 0, '0,1'], [3, 0, '0,1'], [2, 1, '0-1']), 2],
  [
    'a short one hides between a long one and a third',
    records([1, 0, '0'], [9, 0, '0'], [2, 1, '0'], [5, 2, '0']),
    2,
  ],
])('two jobs on one core at the same time are told: %s', (_, lines, count) => {
  for (const rank of [0, 1]) {
    const { code, last, failures } = experiment(SPREAD, { [`records-${rank}`]: lines });
    expect([code, last]).toEqual([1, `${count} failures`]);
    expect(failures).toHaveLength(count);
    expect(failures[0]).toMatch(
      new RegExp(
        `^FAILED: spread: core \\d of rank ${rank} was held by 1-lammps/job\\d and 1-lammps/job\\d at once$`,
      ),
    );
  }
});

test.each([
  [
    'an exit code that was not asked for',
    { 'code-1': '3' },
    /^FAILED: job job1 of ior ended with 3, not \d: $/,
  ],
  [
    'a task on a core that its job was not given',
    { 'tasks-2': 'TASK host-0 2-3\n' },
    /^FAILED: a task of job job2 had the cores 2-3 of host-0, not of \[2\]$/,
  ],
  [
    'a task on another host',
    { 'tasks-2': 'TASK host-1 2\n' },
    /^FAILED: job job2 ran on \['host-1'\], not on \['host-0'\]$/,
  ],
  ['a task that never ran', { 'tasks-0': '' }, /^FAILED: job job0 ran on \[\], not on \['host-0'\]$/],
  [
    'a process that is left',
    { 'left-2': 'sleep 600\n' },
    /^FAILED: spread: in ior there still runs sleep 600$/,
  ],
])('%s is told', (_, files, sentence) => {
  const { code, failures } = experiment(SPREAD, files);
  expect(code).toBe(1);
  expect(failures[0]).toMatch(sentence);
});

test('tasks that have written down no cores are told: then nothing was seen', () => {
  expect(experiment(SPREAD, { 'records-0': '' })).toMatchObject({
    code: 1,
    failures: ['FAILED: spread: no task has written down its cores'],
  });
});

test.each([
  [
    'that shares its cores in another way',
    { MINICLUSTER_SHARING: 'static' },
    /this asks clusters whose queue shares the cores \(MachineSharing\.QUEUE\)$/,
  ],
  ['that does not say how it shares its cores', {}, /this asks clusters whose queue shares the cores/],
  [
    'whose tasks are not bound to cores',
    { MINICLUSTER_SHARING: 'queue', MINICLUSTER_CORES: '4' },
    /tasks are not bound to cores where CPU limits or `cores` say what a pod has of its node/,
  ],
])('a cluster %s is not asked', (_, variables, sentence) => {
  const { code, failures, submitted } = experiment(SPREAD, {}, variables);
  expect([code, submitted]).toEqual([2, []]);
  expect(failures.at(-1)).toMatch(sentence);
});

test('jobs go to all applications in turn, in different sizes, and the same ones for the same seed', () => {
  // Without the program that the tasks run, which names a folder.
  const jobs = (seed: string): string[][] =>
    experiment(['spread', '--jobs=20', `--seed=${seed}`]).submitted.map((words) =>
      words.filter((word) => !word.includes(' ')),
    );
  const first = jobs('1');
  expect(first.map((words) => words[1])).toEqual(
    Array.from({ length: 20 }, (_, at) => ['lammps', 'ior'][at % 2]),
  );
  expect(new Set(first.map((words) => words.slice(2, words.indexOf('bash')).join(' '))).size).toBeGreaterThan(
    5,
  );
  expect(new Set(first.map((words) => words.at(-1)))).toEqual(new Set(['0', '7']));
  expect(jobs('1')).toEqual(first);
  expect(jobs('2')).not.toEqual(first);
});

test.each([
  ['0.2', 0],
  ['0.7', 1],
])('a delay of %s s of the start of an application ends with %s', (late, code) => {
  const told = experiment(['delay'], { late });
  expect(told.code).toBe(code);
  expect(told.failures).toEqual(
    code === 0 ? [] : ["FAILED: an application starts more than 0.5 s after the queue's job"],
  );
});

test('what the tasks of the experiment write down is when they have which cores', () => {
  const show = 'import runpy, sys; print(runpy.run_path(sys.argv[1])["TASK"])';
  const cluster = mkdtempSync(join(tmpdir(), 'experiment-'));
  clusters.push(cluster);
  const env = { ...process.env, MINICLUSTER_ROOT: cluster };
  const task = execFileSync(PYTHON, ['-c', show, EXPERIMENT], { env, encoding: 'utf8' }).trim();
  const own = { ...env, MINICLUSTER_BROKER: '1-lammps', FLUX_JOB_ID: 'ƒ7' };
  const begin = Date.now() / 1000;
  const { status, stdout } = spawnSync('/bin/bash', ['-c', task, 'task', '200000', '7'], {
    env: own,
    encoding: 'utf8',
  });
  expect(status).toBe(7);
  const [, host, cores = ''] = /^TASK (\S+) ([\d,-]+)\n$/.exec(stdout) ?? [];
  expect(host).toBe(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
  const lines = readFileSync(join(cluster, 'no-core-twice'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  expect(lines.length).toBeGreaterThan(1);
  for (const [at, job, cpus] of lines) {
    expect(Number(at)).toBeGreaterThanOrEqual(begin - 0.01);
    expect([job, cpus]).toEqual(['1-lammps/ƒ7', cores]);
  }
  expect(Number(lines.at(-1)?.[0]) - Number(lines[0]?.[0])).toBeGreaterThan(0.1);
});
