import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { FluxionPod, removePods } from '../../support/fluxion-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removePods);

const ok = ['job', '0', '0'];
const forever = ['job', 'forever'];

test('a job runs in its application, on exactly the cores that Fluxion has chosen', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit('-N', '2', '-n', '4', '-c', '2', '--', ...ok);
  const [job] = await pod.settled('ended', number);
  expect(job).toMatchObject({ application: 'lammps', result: 'completed', code: 0, flux: 'f1' });
  expect(job).toMatchObject({ hosts: ['flux-1', 'flux-2'], cores: { 1: '0-3', 2: '0-3' } });
  const { tasks, resources, attributes } = pod.jobspec('local-1', 'f1');
  expect(tasks).toEqual([{ command: ok, slot: 'task', count: { per_slot: 1 } }]);
  const slot = { type: 'slot', label: 'task', count: 2, with: [{ type: 'core', count: 2 }] };
  expect(resources).toEqual([{ type: 'node', count: 2, with: [slot] }]);
  expect(attributes.system['alloc-bypass'].R).toEqual({
    version: 1,
    execution: {
      R_lite: [{ rank: '1-2', children: { core: '0-3' } }],
      nodelist: ['flux-1,flux-2'],
      starttime: expect.any(Number),
      expiration: 0,
    },
  });
});

test('tasks that do not divide evenly among hosts are as many as they were asked for', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit('-N', '2', '-n', '3', ...ok));
  expect(pod.jobspec('local-1', 'f1').tasks[0]!.count).toEqual({ total: 3 });
  expect(pod.uses()[0]!.cores).toHaveLength(4);
});

test('the spelling --cpu 4 --container asks for one task of four cores', async () => {
  const pod = await FluxionPod.running();
  const told = await pod.call(['submit', '--cpu', '4', '--container', 'ior', ...ok]);
  expect(told).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  const [job] = await pod.settled('ended', 1);
  expect(job).toMatchObject({ application: 'ior', cores: { 2: '0-3' } });
  expect(pod.jobspec('local-2', 'f1').resources).toEqual([
    { type: 'slot', label: 'task', count: 1, with: [{ type: 'core', count: 4 }] },
  ]);
});

test('environment and folder are those of the application, with what the user adds', async () => {
  const pod = await FluxionPod.running();
  const extra = { SHELL_VALUE: 'a b' };
  const odd = ['--env', 'ODD="é\n$x"', '--env', 'SHELL_VALUE', '--env', 'APPLICATION=mine'];
  await pod.settled('ended', await pod.submit(...ok));
  await pod.call(['submit', '--app', 'ior', '--cwd', '/data', ...odd, ...ok], extra);
  await pod.settled('ended', 2);
  // The host name would be that of the lead on all hosts.
  expect(pod.jobspec('local-1', 'f1').attributes.system).toMatchObject({
    cwd: '/opt/lammps',
    duration: 0,
    environment: { APPLICATION: 'lammps' },
  });
  expect(pod.jobspec('local-1', 'f1').attributes.system.environment).not.toHaveProperty('HOSTNAME');
  expect(pod.jobspec('local-2', 'f1').attributes.system).toMatchObject({
    cwd: '/data',
    environment: { APPLICATION: 'mine', ODD: '"é\n$x"', SHELL_VALUE: 'a b' },
  });
});

test('jobs that do not fit now wait, and start in the order in which they came', async () => {
  const pod = await FluxionPod.running({ hosts: 1, cores: 4 });
  const first = await pod.submit('-n', '3', ...forever);
  const large = await pod.submit('-n', '4', ...ok);
  const small = await pod.submit('-n', '1', ...ok);
  await pod.settled('running', first);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  // The small one would fit, but would make the large one wait for longer.
  await pod.settled('waiting', large, small);
  expect((await pod.call(['cancel', String(first)])).code).toBe(0);
  await pod.settled('ended', first, large, small);
  const started = pod.uses().filter(({ what }) => what === 'start');
  expect(started.map(({ number }) => number)).toEqual([first, large, small]);
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('cores come back from jobs that fail, that are cancelled, and that Flux refuses', async () => {
  const pod = await FluxionPod.running({ hosts: 2, cores: 2 });
  const failed = await pod.submit('-n', '4', 'job', '0', String(3 << 8));
  const killed = await pod.submit('-n', '4', 'job', '0', '9');
  const cancelled = await pod.submit('-n', '4', ...forever);
  await pod.settled('ended', failed, killed);
  await pod.settled('running', cancelled);
  await pod.call(['cancel', String(cancelled)]);
  await pod.settled('ended', cancelled);
  pod.write('local-1/refuse', '');
  const refused = await pod.submit('-n', '4', ...ok);
  await pod.settled('ended', refused);
  pod.delete('local-1/refuse');
  await pod.useAll();
  const jobs = await pod.jobs();
  expect(jobs.map(({ result, code }) => [result, code])).toEqual([
    ['failed', 3],
    ['failed', 137],
    ['cancelled', 143],
    ['failed', null],
    ['completed', 0],
  ]);
  expect((await pod.job(refused)).note).toBe(
    'the broker of lammps refuses the job: flux-job: ERROR: Invalid argument',
  );
});

test('a job that waits is cancelled without ever running', async () => {
  const pod = await FluxionPod.running({ hosts: 1, cores: 1 });
  const [first, second] = [await pod.submit(...forever), await pod.submit(...ok)];
  await pod.settled('running', first);
  expect((await pod.call(['cancel', String(second), String(first)])).code).toBe(0);
  await pod.settled('ended', first, second);
  expect(pod.uses().map(({ number }) => number)).toEqual([first, first]);
  // Whoever got no answer the first time asks again.
  expect(await pod.call(['cancel', String(second)])).toMatchObject({ code: 0, stderr: '' });
  expect((await pod.call(['cancel', '9'])).stderr).toBe('fluxion-controller: there is no job 9\n');
});

test('what can never run is refused at submission, in one sentence', async () => {
  const pod = await FluxionPod.running({ hosts: 3, cores: 4 });
  const size = 'never fits: this cluster has 3 hosts with 12 cores, at most 4 on a host';
  const cases: [string[], string][] = [
    [['--app', 'nope'], 'there is no application nope: this cluster has ior, lammps'],
    [['--app', 'queue'], 'there is no application queue: this cluster has ior, lammps'],
    [['--app', 'ior', '-n', '13'], `a job with 13 tasks of 1 core ${size}`],
    [['--app', 'ior', '-c', '5'], `a job with 1 task of 5 cores ${size}`],
    // Twelve cores, but a task's own are on one host.
    [['--app', 'ior', '-n', '4', '-c', '3'], `a job with 4 tasks of 3 cores ${size}`],
    [['--app', 'ior', '-N', '4'], `a job with 4 tasks of 1 core on 4 hosts ${size}`],
    [['--app', 'ior', '-N', '3', '-n', '2'], '3 hosts are more than 2 tasks'],
    [
      ['--app', 'ior', '--cpu', '2', '-n', '2'],
      '--cpu N is one task of N cores: use -n, -c and -N together instead',
    ],
    [['--app', 'ior', '--cwd', 'here'], 'the working directory is an absolute path, got here'],
    [
      ['--app', 'ior', '--env', 'NOT_SET'],
      '--env NOT_SET: there is no such variable, write --env NAME=VALUE',
    ],
  ];
  for (const [args, words] of cases) {
    const told = await pod.call(['submit', ...args, ...ok]);
    expect(told).toEqual({ code: 1, stdout: '', stderr: `fluxion-controller: ${words}\n` });
  }
  expect((await pod.call(['submit', '--app', 'ior'])).code).toBe(2);
  expect(await pod.jobs()).toEqual([]);
});

test('an application whose broker lacks the plugin, or does not answer, is told at submission', async () => {
  const pod = await FluxionPod.running();
  pod.delete('local-1/plugin');
  pod.delete('local-2/alive');
  const [lacks, silent] = [
    await pod.call(['submit', '--app', 'lammps', ...ok]),
    await pod.call(['submit', '--app', 'ior', ...ok]),
  ];
  expect(lacks.stderr).toBe(
    'fluxion-controller: the broker of lammps lacks alloc-bypass.so, without which its jobs would not keep to their cores\n',
  );
  expect(silent.stderr).toBe("fluxion-controller: the broker of ior doesn't answer\n");
  expect(pod.uses()).toEqual([]);
});

test('a job that Flux has put elsewhere is cancelled', async () => {
  const pod = await FluxionPod.running();
  pod.write('local-1/bypass-ignored', '');
  const number = await pod.submit(...forever);
  const [job] = await pod.settled('ended', number);
  expect(job).toMatchObject({ result: 'cancelled' });
  expect(pod.said()).toContain('job 1 of lammps is not on its cores: it is cancelled\n');
});

test('hosts that are down for the queue or for the application get no job', async () => {
  const pod = await FluxionPod.running({ hosts: 3, cores: 2 });
  // One is down, the other drained by an administrator.
  pod.write('local-0/online', '0,1');
  pod.write('local-1/avail', '1,2');
  const fits = await pod.submit('-n', '2', ...forever);
  expect((await pod.settled('running', fits))[0]!.cores).toEqual({ 1: '0-1' });
  const waits = await pod.submit('-n', '3', ...ok);
  let note = '';
  for (let tries = 0; note === '' && tries < 50; tries += 1) ({ note } = await pod.job(waits));
  expect(note).toBe('waits for hosts that are down or drained: flux-0, flux-2');
  pod.write('local-0/online', '0,1,2');
  pod.write('local-1/avail', '0,1,2');
  expect((await pod.settled('ended', waits))[0]!.result).toBe('completed');
  expect(pod.occupation().most).toBe(1);
});

test('a job of an application that does not answer holds up no other', async () => {
  const pod = await FluxionPod.running({ hosts: 1, cores: 2 });
  const first = await pod.submit('-n', '2', ...forever);
  const lost = await pod.submit('-n', '2', ...ok);
  await pod.settled('running', first);
  pod.delete('local-1/alive');
  const told = await pod.call(['submit', '--app', 'ior', '-n', '2', ...ok]);
  // The first job may still run: nobody can say.
  await pod.settled('waiting', lost, Number(told.stdout));
  pod.write('local-1/alive', '');
  pod.write('local-1/jobs/f1/cancel', '');
  await pod.settled('ended', first, lost, Number(told.stdout));
  expect(pod.said()).toContain("job 1 of lammps keeps its cores: the broker of lammps doesn't answer\n");
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('a job that is cancelled while its broker does not answer is cancelled when it does', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit(...forever);
  await pod.settled('running', number);
  pod.delete('local-1/alive');
  const told = await pod.call(['cancel', String(number)]);
  expect(told.stderr).toMatch(/^fluxion-controller: the broker of lammps didn't cancel job f1: /);
  await until(() => pod.said().includes('keeps its cores'));
  pod.write('local-1/alive', '');
  expect((await pod.settled('ended', number))[0]!.result).toBe('cancelled');
});

test('jobs that a broker has forgotten are lost, and their cores free', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit('-n', '12', ...forever);
  await pod.settled('running', number);
  pod.delete('local-1/alive');
  await until(() => /keeps its cores/.test(pod.said()));
  pod.delete('local-1/jobs/f1');
  pod.write('local-1/alive', '');
  const [job] = await pod.settled('ended', number);
  expect(job).toMatchObject({
    result: 'lost',
    note: "the broker of lammps was started anew and doesn't know the job any more",
  });
  await pod.useAll();
});

test('a job whose broker was lost on a host keeps its cores until that broker is there again', async () => {
  const pod = await FluxionPod.running({ hosts: 2, cores: 2 });
  const number = await pod.submit('-n', '4', ...forever);
  await pod.settled('running', number);
  // A broker that was killed leaves tasks behind.
  pod.write('local-1/online', '0');
  await pod.call(['cancel', String(number)]);
  await until(() =>
    pod.said().includes('job 1 of lammps keeps its cores: the broker of lammps on rank 1 is away'),
  );
  await pod.settled('running', number);
  // One that isn't there for the queue either has no tasks left: its pod is gone.
  pod.write('local-0/online', '0');
  expect((await pod.settled('ended', number))[0]!.result).toBe('cancelled');
});

test('with --wait a submission shows the output, and ends as the job does', async () => {
  const pod = await FluxionPod.running();
  const told = await pod.call(['submit', '--app', 'ior', '--wait', 'job', '0', String(7 << 8)]);
  expect(told.code).toBe(7);
  expect(told.stdout).toBe('1\noutput of f1\n');
  expect(told.stderr).toBe('fluxion-controller: job 1 of ior is failed, exit code 7\n');
  expect((await pod.call(['submit', '--app', 'ior', '--wait', ...ok])).code).toBe(0);
});

test('jobs are listed as a table', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit('-N', '2', ...ok), await pod.submit('job', '0', '256'));
  const { stdout } = await pod.call(['jobs']);
  expect(stdout.split('\n')).toEqual([
    'JOB  APPLICATION  STATE      CODE  TASKS  CORES  HOSTS    COMMAND',
    '1    lammps       completed  0     2      2      2 hosts  job 0 0',
    '2    lammps       failed     1     1      1      flux-2   job 0 256',
    '',
  ]);
  expect((await pod.call(['jobs', '--app', 'ior'])).stdout.split('\n')).toHaveLength(2);
});

test('the controller is told to stop, and goes within five seconds, while its jobs go on', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit(...forever);
  await pod.settled('running', number);
  const before = Date.now();
  expect(await pod.stop()).toBe(0);
  expect(Date.now() - before).toBeLessThan(5000);
  expect(pod.uses()).toHaveLength(1);
  await pod.start();
  await pod.settled('running', number);
});

test('it goes as soon when it is told so while it waits for the service', async () => {
  const pod = await FluxionPod.make();
  const log = pod.launch();
  await until(() => pod.read(log).includes('waits for the Fluxion service'));
  const before = Date.now();
  expect(await pod.stop()).toBe(0);
  expect(Date.now() - before).toBeLessThan(5000);
});

test('a second controller says that one runs', async () => {
  const pod = await FluxionPod.running();
  const { code, stderr } = await pod.call(['start']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^fluxion-controller: a controller runs here already \(process \d+\)\n$/);
  expect(await pod.jobs()).toEqual([]);
});

test('a start that can not work says why, once, and ends', async () => {
  const pod = await FluxionPod.make();
  const { MINICLUSTER_FLUXION_SERVICE: service } = pod.environment;
  const cases: [Record<string, string>, string][] = [
    [
      { MINICLUSTER_FLUXION_SERVICE: '' },
      'MINICLUSTER_FLUXION_SERVICE does not say host:port of the Fluxion service: nothing',
    ],
    [
      { MINICLUSTER_CERTIFICATE: '/nowhere' },
      "can't read the certificate /nowhere: No such file or directory",
    ],
    [{ MINICLUSTER_CONTROLLER_PORT: 'x' }, 'MINICLUSTER_CONTROLLER_PORT is no port: x'],
    [{ MINICLUSTER_FLUXION_WAIT: '0' }, `the Fluxion service at ${service} doesn't answer`],
  ];
  for (const [extra, words] of cases.slice(0, 2)) {
    const told = await pod.call(['start'], extra);
    expect(told).toEqual({ code: 1, stdout: '', stderr: `fluxion-controller: ${words}\n` });
  }
  expect((await pod.call(['start'], cases[3]![0])).stderr).toContain(cases[3]![1]);
  const noClient = await pod.call(['start'], { PYTHONPATH: '' });
  expect(noClient.stderr).toMatch(
    /^fluxion-controller: the image of the queue has no Fluxion client that Python 3/,
  );
  pod.startService();
  expect((await pod.call(['start'], { HOSTNAME: '0.0.0.0' })).stderr).toContain(
    '0.0.0.0 is no address of this pod, but any\n',
  );
  expect((await pod.call(['start'], cases[2]![0])).stderr).toContain(cases[2]![1]);
});

test('a service that reads another format by itself is told which one the graph has', async () => {
  const pod = await FluxionPod.make();
  pod.startService();
  pod.write('reads-grug', '');
  await pod.start();
  await pod.useAll();
});

test('a service that refuses the graph is told of at once', async () => {
  const pod = await FluxionPod.make();
  pod.startService();
  pod.write('refuses-graph', '');
  const { code, stderr } = await pod.call(['start']);
  expect(code).toBe(1);
  expect(stderr.split('\n').at(-2)).toBe(
    `fluxion-controller: the Fluxion service at ${pod.environment.MINICLUSTER_FLUXION_SERVICE} refuses the graph of this cluster`,
  );
});

test('the package of flux-sched that is called fluxion too does not hide the client', async () => {
  const pod = await FluxionPod.make();
  pod.startService();
  mkdirSync(pod.path('sched/fluxion'), { recursive: true });
  pod.write('sched/fluxion/__init__.py', '');
  const log = pod.launch({ PYTHONPATH: `${pod.path('sched')}:${pod.environment.PYTHONPATH}` });
  await until(() => pod.read(log).includes('shares 12 cores of 3 hosts'));
});

test('a service that is started anew gets a new graph, with what is held booked in it', async () => {
  const pod = await FluxionPod.running({ hosts: 2, cores: 4 });
  const running = [
    await pod.submit('-n', '3', ...forever),
    await pod.submit('-N', '1', '-n', '4', ...forever),
  ];
  await pod.settled('running', ...running);
  await pod.killService();
  const waits = await pod.submit('-n', '1', ...forever);
  await until(() => pod.said().includes("doesn't answer: jobs that run go on, others wait"));
  pod.startService();
  await pod.settled('running', waits);
  await until(() => pod.said().includes('fluxion-controller: jobs start again\n'));
  await pod.call(['cancel', ...[...running, waits].map(String)]);
  await pod.useAll();
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test.each(['no-constraints', ''])('cores are booked again in a graph made anew (%s)', async (fault) => {
  const pod = await FluxionPod.running({ hosts: 3, cores: 3 });
  const numbers = [];
  for (const size of ['2', '3', '1', '1']) numbers.push(await pod.submit('-n', size, ...forever));
  await pod.settled('running', ...numbers);
  // Holes: a graph that is filled from one end would differ.
  await pod.call(['cancel', String(numbers[0]), String(numbers[2])]);
  await pod.settled('ended', numbers[0]!, numbers[2]!);
  if (fault !== '') pod.write(fault, '');
  await pod.killService();
  pod.startService();
  const more = [await pod.submit('-n', '3', ...forever), await pod.submit('-n', '2', ...forever)];
  await pod.settled('running', ...more);
  await pod.call(['cancel', ...[numbers[1], numbers[3], ...more].map(String)]);
  await pod.useAll();
  expect(pod.said()).not.toContain('its graph is made anew');
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('a service that forgets what is booked gives no core twice', async () => {
  const pod = await FluxionPod.running({ hosts: 1, cores: 4 });
  const first = await pod.submit('-n', '2', ...forever);
  await pod.settled('running', first);
  pod.write('forgets-bookings', '');
  const second = await pod.submit('-n', '2', ...ok);
  await until(() => pod.said().includes('Fluxion gives cores that are held: its graph is made anew'));
  await pod.settled('waiting', second);
  pod.delete('forgets-bookings');
  await pod.settled('ended', second);
  expect(pod.occupation().most).toBe(1);
});

test('the journal is for the owner only, and holds no environment of the application', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit('--env', 'MINE=1', ...ok));
  expect(statSync(pod.path(pod.journal)).mode & 0o777).toBe(0o600);
  const journal = readFileSync(pod.path(pod.journal), 'utf8');
  expect(journal).toContain('"environment":{"MINE":"1"}');
  expect(journal).not.toContain('APPLICATION');
  // Nor is anything said but where it listens.
  expect(pod.said()).toBe(
    `fluxion-controller: shares 12 cores of 3 hosts, listens at 127.0.0.1 port ${pod.port}\n`,
  );
});
