/** What flux-app makes of the options of a job: what the queue gets to decide about, and what travels to the application. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { ApplicationInput, MachineSharing } from '../../../src/model/applications/spec';
import {
  ApplicationPod,
  Jobspec,
  SubmittedJob,
  applicationPod,
  removePods,
  submitted,
  travelling,
} from '../../support/application-pod';
import { Outcome } from '../../support/job-pod';
import { nasty } from '../../support/nasty-text';

jest.setTimeout(60_000);
afterEach(removePods);

const APPLICATIONS: readonly ApplicationInput[] = [
  {
    name: 'lammps',
    image: 'l',
    workingDir: '/opt/lammps',
    environment: { WHERE: 'lammps', OMP_A: '1', OMP_B: '2' },
  },
  { name: 'ior', image: 'i', environment: { WHERE: 'ior' } },
];
const ALIVE = { jobtap: 'exit 0', job: 'exit 0' };

/** A pod of which the containers have been prepared; flux-app needs no brokers. */
async function prepared(
  flux: Readonly<Record<string, string>> = ALIVE,
  sharing = MachineSharing.QUEUE,
): Promise<ApplicationPod> {
  const applications = APPLICATIONS.map((one) => ({
    ...one,
    ...(sharing === MachineSharing.STATIC && { cores: 2 }),
  }));
  const pod = applicationPod({ applications, sharing, queue: { environment: { WHERE: 'queue' } } }, { flux });
  await pod.running();
  for (const name of pod.names) pod.addBrokers(name);
  return pod;
}

/** What somebody types in a container. */
async function typed(
  pod: ApplicationPod,
  container: string,
  words: readonly string[],
  input?: string,
): Promise<Outcome> {
  const script = '. "$MINICLUSTER_ROOT/flux-view.sh"; exec flux-app "$@"';
  return pod.of(container).exec(['/bin/bash', '-c', script, 'shell', ...words], {}, input).ended;
}

/** The one job that is submitted so. */
async function jobOf(
  pod: ApplicationPod,
  words: readonly string[],
  container = 'queue',
): Promise<SubmittedJob> {
  const before = submitted(pod.of(container)).length;
  const { code, stderr } = await typed(pod, container, words);
  expect([code, stderr]).toEqual([0, '']);
  const jobs = submitted(pod.of(container));
  expect(jobs).toHaveLength(before + 1);
  return jobs.at(-1) as SubmittedJob;
}

const system = ({ jobspec }: { jobspec: Jobspec }): Jobspec['attributes']['system'] =>
  jobspec.attributes.system;
const R = { version: 1, execution: { R_lite: [], expiration: 0 } };

test('the job of the queue asks for the same resources, runs one task on each node, and holds the other as a file', async () => {
  const pod = await prepared();
  const job = await jobOf(pod, ['submit', '--app', 'lammps', '-N2', '-n4', '-c3', 'lmp', '-in', 'in.reaxc']);
  const resources = [
    {
      type: 'node',
      count: 2,
      with: [{ type: 'slot', count: 2, label: 'task', with: [{ type: 'core', count: 3 }] }],
    },
  ];
  expect(job.uri).toBe('local:///mnt/flux/config/run/flux/local-0');
  expect(job.jobspec).toMatchObject({ version: 1, resources });
  expect(job.jobspec.tasks).toEqual([
    {
      command: ['/bin/bash', expect.stringMatching(/\/flux-scripts\/application-run\.sh$/)],
      slot: 'task',
      count: { per_slot: 1 },
    },
  ]);
  const { files, ...ours } = system(job);
  expect(ours).toEqual({
    duration: 0,
    queue: 'lammps',
    job: { name: 'lmp' },
    cwd: '/',
    environment: { MINICLUSTER_ROOT: '/mnt/flux', MINICLUSTER_APPLICATION: '1-lammps' },
    shell: { options: { 'per-resource': { type: 'node' }, 'exit-timeout': 'none' } },
  });
  expect(Object.keys(files ?? {})).toEqual(['application-job']);
  expect(files?.['application-job']?.mode).toBe(0o100600);
  const theirs = travelling(job, R);
  expect(theirs).toMatchObject({
    version: 1,
    resources,
    tasks: [{ command: ['lmp', '-in', 'in.reaxc'], slot: 'task', count: { per_slot: 1 } }],
  });
  const { environment, ...rest } = system({ jobspec: theirs });
  expect(rest).toEqual({
    cwd: '/opt/lammps',
    duration: 0,
    job: { name: job.id },
    'alloc-bypass': { R },
  });
  expect(environment).toMatchObject({
    WHERE: 'lammps',
    MINICLUSTER_BROKER: '1-lammps',
    FLUX_APP_JOB_ID: job.id,
  });
});

test('what the queue decides about stays in its job alone', async () => {
  const pod = await prepared();
  const words = [
    '-n1',
    '-t',
    '2',
    '--job-name=mine',
    '--dependency=afterok:ƒ5',
    '--signal=USR2@30s',
    '-S',
    'bank=b',
  ];
  const job = await jobOf(pod, ['submit', '--app=ior', ...words, '--urgency=20', '--flags=waitable', 'true']);
  expect(job).toMatchObject({ urgency: 20, flags: ['waitable'] });
  expect(system(job)).toMatchObject({
    duration: 120,
    queue: 'ior',
    bank: 'b',
    job: { name: 'mine' },
    dependencies: [{ scheme: 'afterok', value: 'ƒ5' }],
    shell: { options: { signal: { signum: 12, timeleft: 30 } } },
  });
  const theirs = system({ jobspec: travelling(job, R) });
  expect(Object.keys(theirs).sort()).toEqual([
    'alloc-bypass',
    'cwd',
    'duration',
    'environment',
    'job',
    'shell',
  ]);
  expect(theirs).toMatchObject({ duration: 0, job: { name: job.id } });
  expect(theirs.shell).toEqual({ options: {} });
});

test('what concerns the program travels: options of the shell, files, output, input', async () => {
  const pod = await prepared();
  pod.queue.write('/job/data', 'one\ntwo\n');
  const words = ['-o', 'mpi=pmi2', '-o', 'verbose', '--add-file=data=data', '--input=in.txt', '-l'];
  const job = await jobOf(pod, [
    'submit',
    '--app=lammps',
    ...words,
    '--output=o.{{id}}',
    '--error=e-{{jobid}}-{{id.f58}}-{{taskid}}',
    'true',
  ]);
  expect(system(job).shell).toEqual({
    options: { 'per-resource': { type: 'node' }, 'exit-timeout': 'none' },
  });
  expect(Object.keys(system(job).files ?? {})).toEqual(['application-job']);
  const theirs = system({ jobspec: travelling(job, R) });
  expect(theirs.files).toMatchObject({ data: { data: 'one\ntwo\n' } });
  expect(theirs.shell).toEqual({
    options: {
      mpi: 'pmi2',
      verbose: 1,
      input: { stdin: { type: 'file', path: 'in.txt' } },
      output: {
        stdout: { type: 'file', path: `o.${job.id}`, label: true },
        stderr: { type: 'file', path: `e-${job.id}-${job.id}-{{taskid}}`, label: true },
      },
    },
  });
});

test("an uneven number of tasks stays the application's", async () => {
  const job = await jobOf(await prepared(), ['submit', '--app=ior', '-N2', '-n3', 'true']);
  expect(job.jobspec.tasks[0]?.count).toEqual({ per_slot: 1 });
  expect(travelling(job, R).tasks[0]?.count).toEqual({ total: 3 });
});

test('from the own container a job has the environment and the folder of the shell, from another one those of the container', async () => {
  const pod = await prepared();
  const script =
    '. "$MINICLUSTER_ROOT/flux-view.sh"; export WHERE=shell; cd "$OUT"; exec flux-app submit --app lammps true';
  for (const name of ['lammps', 'ior']) await pod.of(name).exec(['/bin/bash', '-c', script]).ended;
  const [own, other] = ['lammps', 'ior'].map((name) => {
    const [job] = submitted(pod.of(name));
    return system({ jobspec: travelling(job as SubmittedJob, R) });
  });
  expect([own?.cwd, own?.environment.WHERE]).toEqual(['/out', 'shell']);
  expect([other?.cwd, other?.environment.WHERE]).toEqual(['/opt/lammps', 'lammps']);
  for (const name of ['HOSTNAME', 'OLDPWD', 'SHLVL', '_']) {
    expect(own?.environment).not.toHaveProperty(name);
    expect(other?.environment).not.toHaveProperty(name);
  }
});

test.each([
  [['--env=WHERE=mine'], { WHERE: 'mine', OMP_A: '1' }],
  [['--env=-*', '--env=OMP_*'], { OMP_A: '1', OMP_B: '2', WHERE: undefined }],
  [['--env=-OMP_*'], { OMP_A: undefined, WHERE: 'lammps' }],
  [['--cwd=/elsewhere'], {}],
])('%j is about the environment of the application', async (words, environment) => {
  const job = await jobOf(await prepared(), ['submit', '--app=lammps', ...words, 'true']);
  const theirs = system({ jobspec: travelling(job, R) });
  for (const [name, value] of Object.entries(environment)) expect(theirs.environment[name]).toBe(value);
  expect(theirs.cwd).toBe(words[0]?.startsWith('--cwd') ? '/elsewhere' : '/opt/lammps');
});

test('lines are labelled by the runner with the tasks of the application, not by the queue', async () => {
  const pod = await prepared();
  const job = await jobOf(pod, ['submit', '--app=lammps', '-l', '-n2', 'true']);
  expect(system(job).environment).toMatchObject({ MINICLUSTER_LABELS: 'true' });
  expect(await typed(pod, 'queue', ['run', '-l', '--app', 'lammps', 'true'])).toMatchObject({ code: 0 });
  expect(pod.queue.calls('job')).toEqual([['job', 'attach', expect.stringMatching(/^ƒ/)]]);
  expect(system(submitted(pod.queue).at(-1) as SubmittedJob).environment).toMatchObject({
    MINICLUSTER_LABELS: 'true',
  });
});

test('the tasks that get standard input are named to the runner', async () => {
  const pod = await prepared();
  expect(await typed(pod, 'queue', ['run', '--input=0-1', '--app', 'lammps', 'cat'])).toMatchObject({
    code: 0,
  });
  const [job] = submitted(pod.queue) as [SubmittedJob];
  expect(system(job).environment).toMatchObject({ MINICLUSTER_STDIN_RANKS: '0-1' });
  expect(system({ jobspec: travelling(job, R) })).not.toHaveProperty('shell.options.input');
  expect(pod.queue.calls('job')).toEqual([['job', 'attach', job.id]]);
});

test('each copy of --cc has its number in its environment, and its own words', async () => {
  const pod = await prepared();
  const outcome = await typed(pod, 'queue', [
    'submit',
    '--app=lammps',
    '-l',
    '--cc=1-3',
    '--env=N={cc}',
    'echo',
    '{cc}',
  ]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const jobs = submitted(pod.queue);
  expect(outcome.stdout.trim().split('\n')).toEqual(jobs.map(({ id }) => id));
  const theirs = jobs.map((job) => travelling(job, R));
  expect(theirs.map(({ tasks }) => tasks[0]?.command)).toEqual([1, 2, 3].map((copy) => ['echo', `${copy}`]));
  theirs.forEach((jobspec, at) => {
    expect(system({ jobspec }).environment).toMatchObject({ FLUX_JOB_CC: `${at + 1}`, N: `${at + 1}` });
    expect(system({ jobspec }).cwd).toBe('/opt/lammps');
  });
  for (const job of jobs) expect(system(job).environment).toMatchObject({ MINICLUSTER_LABELS: 'true' });
});

test.each([
  ['from its words', ['{}', ':::', 'a b', 'c'], undefined, ['a b', 'c']],
  ['from standard input', ['{}'], 'x\ny z\n', ['x', 'y z']],
])('bsubmit submits a job for each input, %s', async (_, words, input, expected) => {
  const pod = await prepared();
  const outcome = await typed(pod, 'queue', ['bsubmit', '--app=ior', 'echo', ...words], input);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const commands = submitted(pod.queue).map((job) => travelling(job, R).tasks[0]?.command);
  expect(commands).toEqual(expected.map((word) => ['echo', word]));
});

test('a batch script may name its application in a directive; its script travels, and its output names the job of the queue', async () => {
  const pod = await prepared();
  const text = '#!/bin/bash\n#flux: --app=ior -n4\n#flux: --job-name=night\nflux run -n4 ior\n';
  pod.queue.write('/job/night.sh', text);
  const job = await jobOf(pod, ['batch', 'night.sh', 'word']);
  expect(system(job)).toMatchObject({ queue: 'ior', job: { name: 'night' } });
  const theirs = travelling(job, R);
  expect(theirs.tasks[0]?.command).toEqual(['flux', 'broker', '{{tmpdir}}/script', 'word']);
  expect(system({ jobspec: theirs })).toMatchObject({
    files: { script: { data: text, mode: 0o100700 } },
    shell: { options: { 'exit-timeout': 'none', output: { stdout: { path: `flux-${job.id}.out` } } } },
    environment: { WHERE: 'ior' },
  });
});

test('an option on the command line counts more than a directive', async () => {
  const pod = await prepared();
  pod.queue.write('/job/night.sh', '#!/bin/bash\n#flux: --app=ior -n4\ntrue\n');
  expect(system(await jobOf(pod, ['batch', '--app=lammps', 'night.sh']))).toMatchObject({ queue: 'lammps' });
});

test('with cores of their own applications get their jobs as they are, from any container', async () => {
  const pod = await prepared(ALIVE, MachineSharing.STATIC);
  const job = await jobOf(pod, ['submit', '--app=lammps', '-n2', '-t1', '--output=o.{{id}}', 'lmp'], 'ior');
  expect(job.uri).toBe('local:///mnt/flux/config/run/flux/local-1');
  expect(job.jobspec.tasks[0]?.command).toEqual(['lmp']);
  expect(system(job)).toMatchObject({
    cwd: '/opt/lammps',
    duration: 60,
    environment: { WHERE: 'lammps' },
    shell: { options: { output: { stdout: { path: 'o.{{id}}' } } } },
  });
  expect(system(job)).not.toHaveProperty('queue');
});

const UNLOADED = "echo 'flux-jobtap: ERROR: alloc-bypass.so: plugin not found' >&2; exit 1";

test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
  [
    'an unknown application',
    ['submit', '--app=gromacs', 'true'],
    ALIVE,
    "there is no application 'gromacs' here, only lammps, ior",
  ],
  [
    'the queue as an application',
    ['submit', '--app=queue', 'true'],
    ALIVE,
    "there is no application 'queue' here, only lammps, ior",
  ],
  ['no application', ['submit', 'true'], ALIVE, 'which application? write --app with one of lammps, ior'],
  [
    'no application for many jobs',
    ['bsubmit', 'echo', '{}', ':::', 'a', 'b'],
    ALIVE,
    'which application? write --app with one of lammps, ior',
  ],
  [
    'no application in a script',
    ['batch', '-n1', '--wrap', 'true'],
    ALIVE,
    'which application? write --app with one of lammps, ior',
  ],
  [
    'a queue as well',
    ['run', '--queue=ior', '--app=ior', 'true'],
    ALIVE,
    '--queue and --app exclude one another: the queue of a job is that of its application',
  ],
  [
    'a terminal',
    ['run', '-o', 'pty', '--app=ior', 'true'],
    ALIVE,
    "a terminal can't be handed over: use flux-app without -o pty and --pty",
  ],
  [
    'a command that is none',
    ['alloc', '--app=ior'],
    ALIVE,
    "'alloc' is no command: write submit, run, bsubmit or batch",
  ],
  [
    'a plugin that is not loaded',
    ['submit', '--app=ior', 'true'],
    { jobtap: UNLOADED },
    'the broker of ior has not loaded alloc-bypass.so: its jobs would run on any cores, so none is submitted',
  ],
  [
    'a broker that is not there',
    ['submit', '--app=ior', 'true'],
    {
      jobtap:
        "echo 'flux-jobtap: ERROR: Unable to connect to Flux: broker socket /local-2 was not found' >&2; exit 1",
    },
    'the broker of ior does not answer: flux-jobtap: ERROR: Unable to connect to Flux: broker socket /local-2 was not found',
  ],
  [
    'a broker that is just being started',
    ['submit', '--app=ior', 'true'],
    {
      jobtap:
        "echo 'flux-jobtap: ERROR: No service matching job-manager.jobtap-query is registered' >&2; exit 1",
    },
    'the broker of ior does not answer: flux-jobtap: ERROR: No service matching job-manager.jobtap-query is registered',
  ],
  ['no program', ['submit', '--app=ior'], ALIVE, 'job command and arguments are missing'],
])('%s is told in one sentence, and nothing is submitted', async (_, words, flux, sentence) => {
  const pod = await prepared(flux);
  expect(await typed(pod, 'queue', words)).toEqual({
    code: 1,
    stdout: '',
    stderr: `flux-app: ${sentence}\n`,
  });
  expect(submitted(pod.queue)).toEqual([]);
});

test('the plugin is asked for at the broker of the application', async () => {
  const pod = await prepared();
  await jobOf(pod, ['submit', '--app=ior', 'true']);
  expect(pod.queue.asked().filter(([, verb]) => verb === 'jobtap')).toEqual([
    ['local:///mnt/flux/config/run/flux/local-2', 'jobtap', 'query', 'alloc-bypass.so'],
  ]);
});

test('a queue that does not answer is told in one sentence', async () => {
  const pod = await prepared();
  rmSync(pod.queue.path('record/broker-local-0'), { recursive: true });
  expect(await typed(pod, 'queue', ['submit', '--app=ior', 'true'])).toMatchObject({
    code: 1,
    stderr: 'flux-app: Unable to connect to Flux\n',
  });
});

test('a shell in which Flux is not ready is told so', async () => {
  const pod = applicationPod();
  const outcome = await pod.queue.exec(['/bin/bash', '/flux-scripts/flux-app.sh', 'submit', 'true']).ended;
  expect(outcome).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'flux-app: Flux is not ready in this container: there is no /mnt/flux/brokers/0-queue/flux-view.sh yet\n',
  });
});

test('before the queue of the pod is up, an application is told so, and where to look', async () => {
  const pod = await prepared();
  rmSync(pod.path('config/run/flux/local-0'));
  expect(await typed(pod, 'lammps', ['submit', '--app=lammps', 'true'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'flux-app: the queue of this pod is not up: the log of its container says what it waits for\n',
  });
  expect(submitted(pod.of('lammps'))).toEqual([]);
});

test('a file that is not there is told with its name', async () => {
  const outcome = await typed(await prepared(), 'queue', ['batch', '--app=ior', '-n1', 'none.sh']);
  expect(outcome).toMatchObject({
    code: 1,
    stderr: "flux-app: [Errno 2] No such file or directory: 'none.sh'\n",
  });
});

test('flux-app uri says where the Flux instance of an application is', async () => {
  const pod = await prepared();
  expect(await typed(pod, 'lammps', ['uri', 'ior'])).toEqual({
    code: 0,
    stdout: 'local:///mnt/flux/config/run/flux/local-2\n',
    stderr: '',
  });
  for (const [words, name] of [
    [['uri', 'gromacs'], "'gromacs'"],
    [['uri'], "''"],
  ] as const)
    expect(await typed(pod, 'lammps', words)).toMatchObject({
      code: 1,
      stderr: `flux-app: there is no application ${name} here, only lammps, ior\n`,
    });
});

test('variables that --env names without a value are those of the shell where the application has none', async () => {
  const pod = await prepared();
  const script =
    '. "$MINICLUSTER_ROOT/flux-view.sh"; export MINE=shell MY_A=a MY_B=b OTHER=o; exec flux-app submit --app lammps "$@" true';
  const words = ['--env=-OMP_*', '--env=MINE', '--env=MY_*'];
  await pod.of('ior').exec(['/bin/bash', '-c', script, 'shell', ...words]).ended;
  const [job] = submitted(pod.of('ior')) as [SubmittedJob];
  const { environment } = system({ jobspec: travelling(job, R) });
  expect(environment).toMatchObject({ MINE: 'shell', MY_A: 'a', MY_B: 'b', WHERE: 'lammps' });
  for (const name of ['OTHER', 'OMP_A']) expect(environment).not.toHaveProperty(name);
});

const SILENT = `import sys; sys.path.insert(0, sys.argv[1]); import flux_app; flux_app.ANSWERS = 0.2
try: flux_app.Application.named("ior").check()
except flux_app.UserError as error: print(error)`;

test('a broker of an application that gives no answer is told in one sentence, after a while', async () => {
  const pod = await prepared({ jobtap: 'sleep 20' });
  const { stdout } = await pod.of('ior').exec(['flux', 'python', '-c', SILENT, '/flux-scripts']).ended;
  expect(stdout).toBe('the broker of ior has given no answer for 0.2 s: the log of its container says why\n');
});

const VALIDATOR = `import sys; sys.path.insert(0, sys.argv[1])
from only_from_queue import Validator
print(*Validator(None).validate(None))`;

test.each([
  ['lammps', 'lammps'],
  ['queue', 'NAME'],
])('the broker of %s refuses what comes from people, and says what to write', async (container, name) => {
  const pod = applicationPod();
  const { stdout } = await pod.of(container).exec(['flux', 'python', '-c', VALIDATOR, '/flux-scripts']).ended;
  expect(stdout).toBe(
    `1 this Flux instance takes no jobs directly: write flux-app submit --app ${name} ...\n`,
  );
});

const HANDED_OVER = `import json, sys; sys.path.insert(0, sys.argv[1])
from only_handed_over import Validator
class Job: jobspec = {"attributes": {"system": json.loads(sys.argv[2])}}
print(*Validator(None).validate(Job))`;
const FROM_PEOPLE =
  '22 jobs come to the queue of an application by flux-app: write flux-app submit --app lammps ...\n';

test.each([
  ['in the queue of an application', { queue: 'lammps' }, FROM_PEOPLE],
  ['with another file', { queue: 'lammps', files: { data: {} } }, FROM_PEOPLE],
  ['as flux-app makes it', { queue: 'lammps', files: { 'application-job': {} } }, '0 None\n'],
  ["in the queue's own queue", { queue: 'queue' }, '0 None\n'],
  ['without a queue', {}, '0 None\n'],
])('the queue has an answer for a job %s', async (_, attributes, answer) => {
  const command = ['flux', 'python', '-c', HANDED_OVER, '/flux-scripts', JSON.stringify(attributes)];
  const { stdout, stderr } = await applicationPod().queue.exec(command).ended;
  expect([stdout, stderr]).toEqual([answer, '']);
});

test('the queue takes what flux-app makes, and validates it so; applications take nothing from people', async () => {
  const pod = await prepared();
  const configuration = (name: string): string => pod.of(name).brokers()[0]?.configuration ?? '';
  expect(configuration('queue')).toContain('/flux-scripts/only_handed_over.py');
  expect(configuration('queue')).not.toContain('only_from_queue.py');
  expect(configuration('lammps')).toContain('/flux-scripts/only_from_queue.py');
  expect(await jobOf(pod, ['submit', '--app=lammps', 'true'])).toMatchObject({
    jobspec: { attributes: { system: { queue: 'lammps', files: { 'application-job': {} } } } },
  });
});

/** Text as it can stand in a command line. */
const words = fc.oneof(
  nasty,
  fc.constantFrom(
    '{{id}}',
    '{{jobid}}.',
    '{{id.f58}}',
    '{{R.',
    '{{id.',
    'R.',
    'id.',
    '"R"',
    '{"R": "id"}',
    '{{tmpdir}}',
    'null',
    '\\u0022',
    '\\',
  ),
);
const variables = fc.dictionary(
  fc.stringMatching(/^[A-Z][A-Z_]{0,6}$/).map((name) => `X_${name}`),
  words,
  { maxKeys: 4 },
);

test('whatever a job holds, the application gets it as it is, with the resources and the number filled in', async () => {
  const pod = await prepared();
  const application = pod.of('lammps');
  const answers = 'case $1 in info) cat "$RECORD/R" ;; submit) cat >"$RECORD/got"; echo ƒ99 ;; esac\nexit';
  pod.queue.write('record/on-job', answers);
  const environmentFile = pod.path('brokers/1-lammps/config/run/application-environment');
  await fc.assert(
    fc.asyncProperty(
      fc.array(words, { minLength: 1, maxLength: 4 }),
      variables,
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/\0/.test(text)),
      words,
      async (command, environment, host, output) => {
        const entries = Object.entries({ PATH: '/bin', ...environment });
        writeFileSync(environmentFile, entries.map(([name, value]) => `${name}=${value}\0`).join(''));
        const resources = { version: 1, execution: { nodelist: [host], expiration: 123.5, starttime: 1e9 } };
        pod.queue.write('record/R', `${JSON.stringify(resources).replaceAll('":', '": ')}\n`);
        const path = `o${output}{{id}}`;
        const job = await jobOf(pod, ['submit', '--app=lammps', `--output=${path}`, 'run', ...command]);
        expect(await pod.runTask(job).ended).toMatchObject({ code: 0, stderr: '' });
        const got = JSON.parse(readFileSync(pod.queue.path('record/got'), 'utf8')) as Jobspec;
        expect(got.tasks[0]?.command).toEqual(['run', ...command]);
        expect(system({ jobspec: got })).toMatchObject({
          environment: Object.fromEntries([...entries, ['FLUX_APP_JOB_ID', job.id]]),
          job: { name: job.id },
          'alloc-bypass': {
            R: { version: 1, execution: { nodelist: [host], expiration: 0, starttime: 1e9 } },
          },
          shell: {
            options: {
              output: { stdout: { path: path.replaceAll(/\{\{(?:job)?id(?:\.f58)?\}\}/g, job.id) } },
            },
          },
        });
      },
    ),
    { numRuns: 25 },
  );
  expect(application.calls('job')).toEqual([]);
});
