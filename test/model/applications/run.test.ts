/** How a job of the queue runs that of an application, and what its end does when it was killed. */
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import {
  ApplicationPod,
  Jobspec,
  SubmittedJob,
  applicationPod,
  removePods,
  submitted,
} from '../../support/application-pod';
import { Outcome, Running } from '../../support/job-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removePods);

const QUEUE = 'local:///mnt/flux/config/run/flux/local-0';
const LAMMPS = 'local:///mnt/flux/config/run/flux/local-1';

/** What flux answers to application-run.sh; the files of $RECORD change it. */
const JOB_ANSWERS = `
case $1 in
  info)
    if [[ $3 == guest.application ]]; then
      if [[ -e $RECORD/on-note ]]; then . "$RECORD/on-note"; fi
      [[ ! -e $RECORD/note ]] || exec cat "$RECORD/note"
      echo 'flux-job: No such file or directory' >&2
      exit 1
    fi
    if [[ -e $RECORD/on-info ]]; then . "$RECORD/on-info"; fi
    cat "$RECORD/R"
    ;;
  submit)
    if [[ -e $RECORD/on-submission ]]; then . "$RECORD/on-submission"; fi
    cat >"$RECORD/got"
    echo ƒ99
    ;;
  attach)
    exec {pause}<> <(:)
    echo "$$" >"$RECORD/attached"
    if [[ -e $RECORD/on-attach ]]; then . "$RECORD/on-attach"; fi
    ;;
  kill) [[ -e $RECORD/heedless ]] || : >"$RECORD/over" ;;
  raise) : >"$RECORD/over" ;;
  wait-event)
    case \${!#} in
      exception) [[ -e $RECORD/exception ]] ;;
      clean) if [[ -e $RECORD/on-clean ]]; then . "$RECORD/on-clean"; fi ;;
    esac
    ;;
esac
exit
`;
const CANCEL = ': >"$RECORD/over"';
/** A task that runs until something ends it. */
const UNTIL_OVER = 'until [[ -e $RECORD/over ]]; do read -rt 0.02 -u "$pause"; done; exit 9';
const R = '{"version": 1, "execution": {"R_lite": [], "expiration": 1795279258.16, "nodelist": ["pan-0"]}}';

const JOB: SubmittedJob = {
  id: 'ƒ7',
  uri: QUEUE,
  urgency: 16,
  flags: [],
  jobspec: {
    version: 1,
    resources: [],
    tasks: [{ command: ['/bin/bash', '/flux-scripts/application-run.sh'], slot: 'task', count: {} }],
    attributes: {
      system: {
        cwd: '/',
        environment: { MINICLUSTER_ROOT: '/mnt/flux', MINICLUSTER_APPLICATION: '1-lammps' },
        files: { 'application-job': { data: '{"R": \nR\n, "id": "\nid\n"}\n', mode: 0o600 } },
      },
    },
  },
};

/** A pod whose queue has started a job. */
function pod(files: Readonly<Record<string, string>> = {}): ApplicationPod {
  const made = applicationPod({}, { flux: { job: JOB_ANSWERS, cancel: CANCEL, kvs: 'exit' } });
  made.queue.write('/mnt/flux/flux-view.sh', `export PATH=${made.queue.path('image/bin')}\n`);
  for (const [name, text] of Object.entries({ R, ...files })) made.queue.write(`record/${name}`, text);
  return made;
}

const run = async (
  made: ApplicationPod,
  variables: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Outcome> => made.runTask(JOB, variables, input).ended;

/** The calls of flux, without the program that runs one of them. */
const asked = (made: ApplicationPod): string[][] =>
  made.queue.asked().filter(([, verb]) => verb !== 'python');
const notes = (made: ApplicationPod): (string | undefined)[] =>
  made.queue.calls('kvs').map(([, , note]) => note);

/** A runner whose task runs. */
async function attached(files: Readonly<Record<string, string>> = {}): Promise<[ApplicationPod, Running]> {
  const made = pod({ 'on-attach': UNTIL_OVER, ...files });
  const running = made.runTask(JOB);
  await made.queue.until('record/attached');
  return [made, running];
}

test('a whole hand-over asks these brokers for these things, in this order', async () => {
  const made = applicationPod({}, { flux: { job: JOB_ANSWERS, jobtap: 'exit 0', kvs: 'exit' } });
  await made.running();
  made.addBrokers('ior');
  const script = '. "$MINICLUSTER_ROOT/flux-view.sh"; flux-app submit --app lammps -N2 -n4 lmp';
  const before = made.of('ior').asked().length;
  expect((await made.of('ior').exec(['/bin/bash', '-c', script]).ended).code).toBe(0);
  expect(made.of('ior').asked().slice(before)).toEqual([
    ['', 'python', '/flux-scripts/flux_app.py', 'submit', '--app', 'lammps', '-N2', '-n4', 'lmp'],
    [LAMMPS, 'jobtap', 'query', 'alloc-bypass.so'],
  ]);
  const [job] = submitted(made.of('ior')) as [SubmittedJob];
  made.queue.write('record/R', R);
  const started = made.queue.asked().length;
  for (const rank of ['1', '0'])
    expect(await made.runTask(job, { FLUX_TASK_RANK: rank }).ended).toMatchObject({ code: 0, stderr: '' });
  const calls = made.queue.asked().slice(started);
  expect(calls.filter(([, verb]) => verb !== 'python')).toEqual([
    [QUEUE, 'kvs', 'put', 'application=started 1-lammps'],
    [QUEUE, 'job', 'info', job.id, 'R'],
    [LAMMPS, 'job', 'submit', '--flags=novalidate'],
    [LAMMPS, 'job', 'attach', 'ƒ99'],
    [LAMMPS, 'job', 'wait-event', '--timeout=5', '--quiet', 'ƒ99', 'clean'],
    [QUEUE, 'kvs', 'put', 'application=ended 1-lammps'],
  ]);
  const got = JSON.parse(made.queue.read('record/got')) as Jobspec;
  expect(got.tasks[0]?.command).toEqual(['lmp']);
  expect(got.attributes.system['alloc-bypass']).toEqual({
    R: { version: 1, execution: { R_lite: [], expiration: 0, nodelist: ['pan-0'] } },
  });
});

test('on the other nodes of a job the runner does nothing', async () => {
  const made = pod();
  expect(await run(made, { FLUX_TASK_RANK: '1' })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(made.queue.asked()).toEqual([]);
});

test('standard input, output and errors pass through', async () => {
  const made = pod({ 'on-attach': 'read -r line; echo "got $line"; cat; echo oh >&2' });
  expect(await run(made, {}, 'one\ntwo\n')).toEqual({ code: 0, stdout: 'got one\ntwo\n', stderr: 'oh\n' });
});

test.each(['1', '7', '127', '137', '143'])('exit code %s passes through', async (code) => {
  expect(await run(pod({ 'on-attach': `exit ${code}` }))).toMatchObject({ code: Number(code), stderr: '' });
});

test('labels and the tasks that get standard input are the options of flux job attach', async () => {
  const made = pod();
  await run(made, { MINICLUSTER_LABELS: 'true', MINICLUSTER_STDIN_RANKS: '0-1' });
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'attach')).toEqual([
    ['job', 'attach', '--label-io', '--stdin-ranks=0-1', 'ƒ99'],
  ]);
});

test.each([
  '{"execution": {"expiration": 1795279258.162869, "nslots": 1}}',
  '{"execution": {"expiration": 0.0}}',
  '{"execution":{"expiration":1.7e+09}}',
  '{"execution": {"nslots": 1}}',
])('of the resources only the time limit is changed, to none: %s', async (resources) => {
  const made = pod({ R: resources });
  expect((await run(made)).code).toBe(0);
  const { execution } = JSON.parse(resources) as { execution: object };
  const expected = 'expiration' in execution ? { ...execution, expiration: 0 } : execution;
  expect(JSON.parse(made.queue.read('record/got'))).toEqual({ R: { execution: expected }, id: 'ƒ7' });
});

test.each(['HUP', 'INT', 'QUIT', 'TERM', 'USR1', 'USR2', 'ALRM', 'CONT', 'WINCH'])(
  'the signal %s goes on to the tasks of the application',
  async (name) => {
    const [made, running] = await attached();
    running.signal(`SIG${name}` as NodeJS.Signals);
    expect((await running.ended).code).toBe(9);
    expect(asked(made)).toContainEqual([LAMMPS, 'job', 'kill', `--signal=${name}`, 'ƒ99']);
    expect(made.queue.calls('cancel')).toEqual([]);
    expect(notes(made).at(-1)).toBe('application=ended 1-lammps');
  },
);

test('TERM to a job that has an exception cancels the job of the application', async () => {
  const [made, running] = await attached({ exception: '' });
  running.signal('SIGTERM');
  expect((await running.ended).code).toBe(9);
  expect(asked(made)).toContainEqual([
    QUEUE,
    'job',
    'wait-event',
    '--quiet',
    '--timeout=0.5',
    'ƒ7',
    'exception',
  ]);
  expect(asked(made)).toContainEqual([LAMMPS, 'cancel', 'ƒ99']);
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'kill')).toEqual([]);
});

/** What the runner has asked of the application to end its job. */
const endings = (made: ApplicationPod): string[][] =>
  asked(made).filter(([, first, second]) => first === 'job' && ['kill', 'raise'].includes(second ?? ''));
const ALARM = [LAMMPS, 'job', 'kill', '--signal=ALRM', 'ƒ99'];
const OUT_OF_TIME = [LAMMPS, 'job', 'raise', '--type=timeout', 'ƒ99', "the queue's time limit"];

test('when the time of a job has run out its tasks get ALRM, and no more if that ends them', async () => {
  const [made, running] = await attached({ exception: '' });
  running.signal('SIGALRM');
  expect((await running.ended).code).toBe(9);
  expect(endings(made)).toEqual([ALARM]);
});

test('tasks that do not end by ALRM are ended with an exception of the same type as that of the queue', async () => {
  const [made, running] = await attached({
    exception: '',
    heedless: '',
    'on-clean': '[[ -e $RECORD/over ]] || exit 1',
  });
  running.signal('SIGALRM');
  expect((await running.ended).code).toBe(9);
  expect(endings(made)).toEqual([ALARM, OUT_OF_TIME]);
  expect(asked(made)).toContainEqual([LAMMPS, 'job', 'wait-event', '--quiet', '--timeout=1', 'ƒ99', 'clean']);
});

test('signals that come one after the other all go on', async () => {
  const [made, running] = await attached({
    'on-attach': 'until [[ -e $RECORD/told ]]; do read -rt 0.02 -u "$pause"; done; exit 9',
  });
  const kills = (): number => made.queue.calls('job').filter(([, verb]) => verb === 'kill').length;
  for (const at of [1, 2, 3]) {
    running.signal('SIGUSR1');
    await until(() => kills() >= at, 30);
  }
  made.queue.write('record/told', '');
  expect((await running.ended).code).toBe(9);
});

test('TERM before the application has the job ends the runner, and nothing is submitted', async () => {
  const made = pod({ 'on-info': ': >"$RECORD/asks"; until [[ -e $RECORD/go ]]; do sleep 0.02; done' });
  const running = made.runTask(JOB);
  await made.queue.until('record/asks');
  running.signal('SIGTERM');
  made.queue.write('record/go', '');
  expect((await running.ended).code).toBe(143);
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'submit')).toEqual([]);
});

const isAlive = (pid: string): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('a runner that is killed takes along what shows the output of its job', async () => {
  const made = pod({ 'on-attach': UNTIL_OVER });
  // As under the shell of a job, which goes on while somebody holds its output.
  const shell = '/bin/bash "$1" & echo "$!" >"$2/runner"; wait; until [[ -e $2/go ]]; do sleep 0.02; done';
  const command = [
    '/bin/bash',
    '-c',
    shell,
    'shell',
    '/flux-scripts/application-run.sh',
    made.queue.path('record'),
  ];
  const outer = made.runTask(
    { ...JOB, jobspec: { ...JOB.jobspec, tasks: [{ command, slot: '', count: {} }] } },
    { PATH: made.queue.path('image/bin') },
  );
  await made.queue.until('record/attached');
  const child = made.queue.read('record/attached').trim();
  expect(isAlive(child)).toBe(true);
  process.kill(Number(made.queue.read('record/runner')), 'SIGKILL');
  await until(() => !isAlive(child), 20);
  made.queue.write('record/go', '');
  await outer.ended;
  expect(notes(made)).toEqual(['application=started 1-lammps']);
});

const REFUSED = 'echo "flux-job: Unable to connect to Flux: Connection refused" >&2; exit 1';
const NO_SOCKET = 'echo "flux-job: flux_open: No such file or directory" >&2; exit 1';

const NO_SERVICE = 'echo "flux-job: No service matching job-ingest.submit is registered" >&2; exit 1';

test('a job is offered again while the broker of the application is being started again', async () => {
  const lines = [REFUSED, NO_SOCKET, NO_SERVICE].map(
    (text, at) => `[[ -e $RECORD/try-${at} ]] || { : >"$RECORD/try-${at}"; ${text}; }`,
  );
  const made = pod({ 'on-submission': lines.join('\n') });
  expect(await run(made)).toMatchObject({ code: 0, stderr: '' });
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'submit')).toHaveLength(4);
});

test('when the broker of the application does not come back the job fails with a sentence', async () => {
  const made = pod({ 'on-submission': REFUSED });
  expect(await run(made, { MINICLUSTER_COMES_BACK: '1' })).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'flux-app: lammps does not take the job: flux-job: Unable to connect to Flux: Connection refused\n',
  });
  expect(notes(made)).toEqual(['application=started 1-lammps']);
});

test('a broker that gives no answer does not keep the runner waiting', async () => {
  const made = pod({ 'on-submission': 'exec sleep 30' });
  const script = made.queue.read('/flux-scripts/application-run.sh');
  const sooner = script.replace('timeout 30 flux', 'timeout 1 flux');
  expect(sooner).not.toBe(script);
  made.queue.write('/flux-scripts/application-run.sh', sooner);
  expect(await run(made)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'flux-app: lammps does not take the job: its broker does not answer\n',
  });
});

test('a job that the application refuses fails at once', async () => {
  const made = pod({ 'on-submission': 'printf "flux-job: no\\nflux-job: never\\n" >&2; exit 1' });
  expect(await run(made)).toMatchObject({
    code: 1,
    stderr: 'flux-app: lammps does not take the job: flux-job: no; flux-job: never\n',
  });
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'submit')).toHaveLength(1);
});

test.each([
  ['the note of its start cannot be left', { kvs: 'exit 1', job: JOB_ANSWERS }],
  ['the resources cannot be read', { kvs: 'exit', job: 'exit 1' }],
])('nothing is submitted when %s', async (_, flux) => {
  const made = applicationPod({}, { flux });
  made.queue.write('/mnt/flux/flux-view.sh', `export PATH=${made.queue.path('image/bin')}\n`);
  made.queue.write('record/R', R);
  expect((await run(made)).code).toBe(1);
  expect(made.queue.calls('job').filter(([, verb]) => verb === 'submit')).toEqual([]);
});

test('the runner stays until the job of the application is over, not only its output', async () => {
  const answers = `[[ -e $RECORD/clean ]] || { : >"$RECORD/waits"; sleep 0.1; echo 'flux-job: wait-event timeout on event=clean' >&2; exit 1; }`;
  const made = pod({ 'on-attach': 'exit 4', 'on-clean': answers });
  const running = made.runTask(JOB);
  await made.queue.until('record/waits');
  expect(notes(made)).toEqual(['application=started 1-lammps']);
  made.queue.write('record/clean', '');
  expect(await running.ended).toMatchObject({ code: 4, stderr: '' });
  expect(notes(made).at(-1)).toBe('application=ended 1-lammps');
});

test.each([
  ['does not know the job any more', 'flux-job: job ƒ99 not found', {}],
  ['does not come back', 'flux-job: Unable to connect', { MINICLUSTER_COMES_BACK: '1' }],
])(
  'when the broker of the application %s the job fails, and its end is left to the epilog',
  async (_, answer, variables) => {
    const made = pod({ 'on-attach': 'exit 1', 'on-clean': `echo '${answer}' >&2; exit 1` });
    const outcome = await run(made, variables);
    expect(outcome).toMatchObject({
      code: 1,
      stderr: `flux-app: the broker of lammps was started again and knows nothing of job ƒ99: ${answer}\n`,
    });
    expect(notes(made)).toEqual(['application=started 1-lammps']);
  },
);

const EPILOG = ['/bin/bash', '/flux-scripts/application-end.sh'];

/** Runs the epilog of the job. */
function ending(made: ApplicationPod, limit = '20'): Running {
  const variables = { FLUX_JOB_ID: 'ƒ7', FLUX_URI: made.queue.inside(QUEUE), MINICLUSTER_END_LIMIT: limit };
  return made.queue.exec(EPILOG, variables);
}

test.each([
  ['that was not handed over', {}],
  ['that was seen to its end', { note: 'ended 1-lammps\n' }],
])('the epilog has nothing to do for a job %s', async (_, files) => {
  const made = pod(files);
  expect(await ending(made).ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(made.queue.asked()).toEqual([[QUEUE, 'job', 'info', 'ƒ7', 'guest.application']]);
});

/** R of job ƒ7, which is 6 in decimal, on these ranks. */
const resources = (ranks: string): string => JSON.stringify({ execution: { R_lite: [{ rank: ranks }] } });

/** A pod with a job whose runner was killed; the brokers of queue and application as the files say. */
function killed(files: Readonly<Record<string, string>> = {}): ApplicationPod {
  const made = pod({ note: 'started 1-lammps\n' });
  made.addBrokers('queue');
  made.queue.write('record/broker-local-0/R-6', resources('1-2'));
  made.queue.write('record/R', resources('1-2'));
  for (const [name, text] of Object.entries(files)) made.queue.write(`record/broker-local-${name}`, text);
  return made;
}
const lines = (made: ApplicationPod, file: string): unknown[] =>
  made.queue.has(file)
    ? made.queue
        .outside(made.queue.read(file))
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown)
    : [];
/** What the epilog says, and asks of Flux, of a job whose nodes it drains. */
const NOT_ENDED = "what it has left in lammps can't be ended";
const told = (why: string, ranks = '1-2'): string =>
  `flux-app: job ƒ7: ${why}; its nodes are drained: flux resource undrain ${ranks} gives them back\n`;
const drained = (why: string, ranks = '1-2'): string[] => ['resource', 'drain', '--update', ranks, why];
const cancelled = (made: ApplicationPod): unknown[] => lines(made, 'record/cancelled');
const JOBS = '500 ƒ7\n501 lmp\n502 ƒ8\n503 ffffff\n';

test('the epilog of a job whose runner was killed cancels its job in the application, and no other', async () => {
  const made = killed({ '1/jobs': JOBS, '1/heeds': '' });
  expect(await ending(made).ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(cancelled(made)).toEqual([{ uri: LAMMPS, id: 500, reason: 'the job of the queue has ended' }]);
  expect(made.queue.read('record/broker-local-1/jobs')).toBe('501 lmp\n502 ƒ8\n503 ffffff\n');
  expect(made.queue.calls('resource')).toEqual([]);
});

test('a job that does not end is cancelled once, and its nodes are drained', async () => {
  const made = killed({ '1/jobs': JOBS });
  expect(await ending(made, '2').ended).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "flux-app: job ƒ7 of lammps can't be ended: job ƒ9d of the application is not over\n" + told(NOT_ENDED),
  });
  expect(made.queue.calls('resource')).toEqual([drained(NOT_ENDED)]);
  expect(cancelled(made)).toHaveLength(1);
});

test('the epilog waits for a job that ends late', async () => {
  const made = killed({ '1/jobs': JOBS });
  const running = ending(made);
  await made.queue.until('record/cancelled');
  made.queue.write('record/broker-local-1/jobs', '501 lmp\n');
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
});

test('the epilog looks for a moment longer: a job may appear whose runner was killed as it submitted it', async () => {
  const start = Date.now();
  expect((await ending(killed()).ended).code).toBe(0);
  expect(Date.now() - start).toBeGreaterThan(1000);
});

test('the epilog waits for the broker of the application to come back', async () => {
  const made = killed({ '1/jobs': JOBS, '1/heeds': '' });
  const [here, away] = ['record/broker-local-1', 'record/away'].map((path) => made.queue.path(path));
  renameSync(here as string, away as string);
  const running = ending(made);
  await made.queue.until('record/refused');
  renameSync(away as string, here as string);
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  expect(cancelled(made)).toHaveLength(1);
});

test('when the broker of the application stays away the epilog fails with a sentence', async () => {
  const made = killed();
  rmSync(made.queue.path('record/broker-local-1'), { recursive: true });
  expect(await ending(made, '1').ended).toMatchObject({
    code: 1,
    stderr:
      "flux-app: job ƒ7 of lammps can't be ended: its broker does not answer ([Errno 111] Unable to connect to Flux)\n" +
      told(NOT_ENDED),
  });
});

test('the cores of a node are not given away while the application has no broker on it that could have ended the tasks', async () => {
  const made = killed({ '1/online': '0-1\n' });
  expect(await ending(made, '2').ended).toMatchObject({
    code: 1,
    stderr: `flux-app: job ƒ7 of lammps can't be ended: its brokers on rank 2 are away\n${told(NOT_ENDED)}`,
  });
  const later = killed({ '1/online': '0-1\n' });
  const running = ending(later);
  await later.queue.until('record/status');
  later.queue.write('record/broker-local-1/online', '0-3\n');
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  expect(later.queue.calls('resource')).toEqual([]);
});

test.each([
  ['that the queue does not have either', { '0/online': '0-1,3\n', '1/online': '0-1\n' }],
  ['that the job was not on', { '1/online': '0-2\n' }],
])('a node %s is not waited for', async (_, files) => {
  expect(await ending(killed(files as Record<string, string>)).ended).toMatchObject({ code: 0, stderr: '' });
});

test('the nodes of a job are drained when what should end the job hangs', async () => {
  const made = killed();
  made.queue.write('record/on-python', 'exec sleep 30');
  // It gets ten seconds more than this.
  expect(await ending(made, '-9').ended).toEqual({ code: 1, stdout: '', stderr: told(NOT_ENDED) });
  expect(made.queue.calls('resource')).toEqual([drained(NOT_ENDED)]);
});

test('the nodes of a job are drained when it cannot be found out whether it was handed over', async () => {
  const made = killed({});
  made.queue.write('record/on-note', "printf 'flux-job: Connection\\ntimed out\\n' >&2; exit 1");
  const why = 'it is not known whether an application still runs it (flux-job: Connection; timed out)';
  expect(await ending(made).ended).toEqual({ code: 1, stdout: '', stderr: told(why) });
  expect(made.queue.calls('resource')).toEqual([drained(why)]);
  expect(made.queue.calls('python')).toEqual([]);
});

test.each(['flux-job: No such file or directory', 'flux-job: ƒ7: key guest.application not found'])(
  'an answer that says that nothing was handed over drains no nodes: %s',
  async (answer) => {
    const made = killed();
    made.queue.write('record/on-note', `echo '${answer}' >&2; exit 1`);
    expect(await ending(made).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(made.queue.calls('resource')).toEqual([]);
  },
);

test('nodes that differ in their cores are drained all, and again when Flux did not do it', async () => {
  const made = killed({ '1/jobs': JOBS });
  made.queue.write('record/R', JSON.stringify({ execution: { R_lite: [{ rank: '1' }, { rank: '2-3' }] } }));
  made.queue.write('record/on-resource', '[[ -e $OUT/asked ]] || { : >"$OUT/asked"; exit 1; }');
  expect((await ending(made, '1').ended).stderr).toMatch(told(NOT_ENDED, '1,2-3'));
  expect(made.queue.calls('resource')).toEqual([drained(NOT_ENDED, '1,2-3'), drained(NOT_ENDED, '1,2-3')]);
});

test('as long as the nodes of a job cannot be drained it keeps its cores, and that is told once', async () => {
  const made = killed({ '1/jobs': JOBS });
  made.queue.write('record/on-resource', 'echo >>"$OUT/asked"; (($(wc -l <"$OUT/asked") > 2)) || exit 1');
  const { code, stderr } = await ending(made, '1').ended;
  expect(code).toBe(1);
  const kept = `flux-app: job ƒ7: ${NOT_ENDED}; its nodes can't be drained so far, and it keeps its cores\n`;
  expect(stderr.split(kept)).toHaveLength(2);
  expect(stderr).toMatch(told(NOT_ENDED));
  expect(made.queue.calls('resource')).toHaveLength(3);
});
