/** How the containers of one pod end together, and what a broker that was killed leaves to the next one. */
import { readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { MachineSharing } from '../../../src/model/applications/spec';
import { ApplicationPod, BROKER, applicationPod, endOf, removePods } from '../../support/application-pod';
import { JobPod, Outcome, Running, pause } from '../../support/job-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removePods);

const codes = (ended: Readonly<Record<string, Outcome>>): Record<string, number> =>
  Object.fromEntries(Object.entries(ended).map(([name, { code }]) => [name, code]));
const said = (ended: Readonly<Record<string, Outcome>>): string =>
  Object.values(ended)
    .map(({ stderr }) => stderr.replace(/^minicluster: no archive is given.*\n/m, ''))
    .join('');
const socketOf = (pod: ApplicationPod, name: string): string =>
  pod.of(name).inside(`local:///mnt/flux/config/run/flux/local-${pod.names.indexOf(name)}`);

test.each(['0', '3'])('when the queue ends with %s the applications end with 0', async (code) => {
  const pod = applicationPod();
  const running = await pod.running();
  pod.queue.write('out/end', code);
  const ended = await endOf(running);

  expect(codes(ended)).toEqual({ queue: Number(code), lammps: 0, ior: 0 });
  expect(said(ended)).toBe('');
  for (const name of ['lammps', 'ior']) expect(pod.of(name).read('record/broker-1/signals')).toBe('TERM\n');
});

test('the command of the queue ends the cluster with its exit code', async () => {
  const broker = `skip_options "$@"\nif ((\${#program[@]})); then ${BROKER.replace(/exec \{pause\}[^]*/, '"${program[@]}"; exit; fi')}\n${BROKER}`;
  const pod = applicationPod(
    { queue: { command: 'flux-app applications; exit 6' } },
    { fluxOf: { queue: { broker } } },
  );
  const ended = await endOf(pod.start());
  expect(codes(ended)).toEqual({ queue: 6, lammps: 0, ior: 0 });
  expect(ended.queue?.stdout).toBe('lammps\nior\n');
});

test('when an application of the lead pod ends by itself the queue fails and says which one it was', async () => {
  const pod = applicationPod();
  const running = await pod.running();
  pod.of('ior').write('out/end', '0');
  const ended = await endOf(running);
  expect(codes(ended)).toEqual({ queue: 1, lammps: 0, ior: 0 });
  expect(said(ended)).toBe(
    'minicluster: the container ior has ended with exit code 0, and the pod ends with it: its log says why\n',
  );
});

test.each(['0', '1'])(
  'in the other pods the broker of an application that ends with %s starts again, and ends with the queue',
  async (code) => {
    const pod = applicationPod({}, { index: 2 });
    const running = await pod.running();
    pod.of('ior').write('out/end', code);
    await pod.of('ior').until('record/broker-2/waits');
    pod.queue.write('out/end', '0');
    expect(codes(await endOf(running))).toEqual({ queue: 0, lammps: 0, ior: 0 });
  },
);

test('in the other pods too the queue fails with an application that gives up', async () => {
  const pod = applicationPod({ brokerRestarts: 0 }, { index: 2 });
  const running = await pod.running();
  pod.of('ior').write('out/end', '3');
  const ended = await endOf(running);
  expect(codes(ended)).toEqual({ queue: 1, lammps: 0, ior: 3 });
  expect(said(ended)).toContain(
    'minicluster: the container ior has ended with exit code 3, and the pod ends with it',
  );
});

test.each([0, 2])(
  'an application of pod %s that is killed is noticed: the queue fails, and says which one it was',
  async (index) => {
    const pod = applicationPod({}, { index });
    const running = await pod.running();
    running.ior?.signal('SIGKILL');
    const { queue, lammps } = await endOf({
      queue: running.queue as Running,
      lammps: running.lammps as Running,
    });
    expect([queue?.code, lammps?.code]).toEqual([1, 0]);
    expect(said({ queue: queue as Outcome })).toBe(
      'minicluster: the container ior was killed, and the pod ends with it: its log says why\n',
    );
  },
);

test('applications end with 0 when the queue is killed', async () => {
  const { queue, ...others } = await applicationPod().running();
  queue?.signal('SIGKILL');
  const ended = await endOf(others);
  expect(codes(ended)).toEqual({ lammps: 0, ior: 0 });
  expect(said(ended)).toBe('');
});

test('an application that is killed while the queue still waits for another one ends the pod', async () => {
  const pod = applicationPod();
  const { queue, lammps } = pod.start('queue', 'lammps');
  await pod.untilJoined('lammps');
  lammps?.signal('SIGKILL');
  const outcome = await queue?.ended;
  expect([outcome?.code, outcome?.stderr]).toEqual([
    1,
    'minicluster: the container lammps was killed, and the pod ends with it: its log says why\n',
  ]);
});

test('a container that is just beginning is not taken for one that was killed', async () => {
  const pod = applicationPod();
  for (const name of ['queue', 'lammps']) {
    const program = pod.of(name).path('image/bin/mkfifo');
    const real = readlinkSync(program);
    // What is there is a link to a program of this machine.
    rmSync(program);
    pod.of(name).write('image/bin/mkfifo', `#!/bin/bash\n${real} "$@" && sleep 1.5\n`, 0o755);
  }
  const running = await pod.running();
  expect(Object.values(running).map((one) => one.said().stderr.includes('the pod ends'))).toEqual([
    false,
    false,
    false,
  ]);
});

test('nothing that a container starts holds the sign of its life', async () => {
  const pod = applicationPod({}, { index: 2 });
  await pod.running();
  for (const name of pod.names) {
    const own = pod.of(name).read('record/broker-1/pid').trim();
    const held = readdirSync(`/proc/${own}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${own}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(held.filter((path) => path.includes('/alive'))).toEqual([]);
    const process1 = /\) \S (\d+)/.exec(readFileSync(`/proc/${own}/stat`, 'utf8'))?.[1] ?? '';
    const links = readdirSync(`/proc/${process1}/fd`).map((fd) => readlinkSync(`/proc/${process1}/fd/${fd}`));
    expect(links.filter((path) => path.endsWith('/config/run/alive'))).toHaveLength(1);
  }
});

test('an application that never started its broker ends the pod just the same', async () => {
  const applications = [
    { name: 'lammps', image: 'l' },
    { name: 'ior', image: 'i', commands: { init: 'exit 9' } },
  ];
  const ended = await endOf(applicationPod({ applications }).start());
  expect(codes(ended)).toEqual({ queue: 1, lammps: 0, ior: 9 });
});

test.each([MachineSharing.QUEUE, MachineSharing.STATIC])(
  'with %s, applications that are told to stop go on until the queue has ended',
  async (sharing) => {
    const isStatic = sharing === MachineSharing.STATIC;
    const applications = ['lammps', 'ior'].map((name) => ({
      name,
      image: 'i',
      ...(isStatic && { cores: 1 }),
    }));
    const broker = `at_end='until [[ -e $OUT/go ]]; do sleep 0.05; done; exit 0'\n${BROKER}`;
    const pod = applicationPod({ sharing, applications }, { fluxOf: { queue: { broker } } });
    const running = await pod.running();
    for (const name of ['lammps', 'ior', 'queue']) running[name]?.stop();
    await pod.queue.until('record/broker-1/signals');
    // Longer than an application takes to learn that the queue has ended.
    await pause(1000);
    for (const name of ['lammps', 'ior']) expect(pod.of(name).has('record/broker-1/signals')).toBe(false);
    pod.queue.write('out/go', '');
    const ended = await endOf(running);
    expect(codes(ended)).toEqual({ queue: 143, lammps: 143, ior: 143 });
    expect(said(ended)).toBe('');
  },
);

test('applications that are told to stop do not wait for ever for a queue that does not end', async () => {
  const pod = applicationPod();
  const start = pod.of('lammps').read('/flux-scripts/start.sh');
  const sooner = start.replace(/\bLEAD_SHUTS_DOWN=20\b/, 'LEAD_SHUTS_DOWN=1');
  expect(sooner).not.toBe(start);
  pod.of('lammps').write('/flux-scripts/start.sh', sooner);
  const { lammps } = await pod.running();
  lammps?.stop();
  expect((await lammps?.ended)?.code).toBe(143);
  expect(pod.queue.has('record/broker-1/signals')).toBe(false);
});

test('the seconds that the queue gives running jobs are added to what applications wait', () => {
  const archive = { path: '/state/archive.tar.gz', drainSeconds: 77 };
  const volumes = { state: { claimName: 'state', path: '/state' } };
  const pod = applicationPod({ archive, queue: { volumes } });
  expect(pod.of('lammps').variables()).toMatchObject({ MINICLUSTER_QUEUE_DRAIN: '77' });
  expect(pod.queue.variables()).not.toHaveProperty('MINICLUSTER_QUEUE_DRAIN');
});

/** A process of a container, with these variables. */
async function processOf(
  container: JobPod,
  name: string,
  variables: Record<string, string>,
): Promise<() => boolean> {
  container.exec(['/bin/bash', '-c', 'echo "$$" >"$OUT/$0"; exec sleep 100', name], variables);
  await container.until(`out/${name}`);
  await until(() => container.read(`out/${name}`) !== '');
  const pid = container.read(`out/${name}`).trim();
  return () => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return !/\) Z /.test(stat);
    } catch {
      return false;
    }
  };
}

test.each(['queue', 'lammps'])(
  'tasks that the killed broker of %s leaves are killed before the next one starts, and nothing else is',
  async (name) => {
    // The second broker looks whether the task is still there when it starts.
    const look =
      'if [[ $here == *-2 && -e /proc/$(<"$OUT/task")/stat ]]; then\n' +
      '  [[ $(<"/proc/$(<"$OUT/task")/stat") == *") Z "* ]] || : >"$OUT/too-late"\nfi\n';
    const pod = applicationPod({}, { fluxOf: { [name]: { broker: look + BROKER } } });
    await pod.running();
    const container = pod.of(name);
    const [socket, other] = [name, 'ior'].map((one) => socketOf(pod, one));
    const job = { FLUX_JOB_ID: 'ƒ7' };
    const task = await processOf(container, 'task', { ...job, FLUX_URI: socket as string });
    const shell = await processOf(container, 'shell', { FLUX_URI: socket as string });
    const spared = [
      shell,
      await processOf(container, 'theirs', { ...job, FLUX_URI: other as string }),
      await processOf(container, 'longer', { ...job, FLUX_URI: `${socket}0` }),
      await processOf(container, 'none', job),
    ];
    process.kill(Number(container.read('record/broker-1/pid')), 'SIGKILL');
    await container.until('record/broker-2/waits');
    expect([task(), ...spared.map((isAlive) => isAlive())]).toEqual([false, true, true, true, true]);
    expect(container.has('out/too-late')).toBe(false);
  },
);

test('the killed broker of an application starts again, and the others stay', async () => {
  const pod = applicationPod();
  const running = await pod.running();
  process.kill(Number(pod.of('lammps').read('record/broker-1/pid')), 'SIGKILL');
  await pod.of('lammps').until('record/broker-2/waits');
  expect(running.lammps?.said().stderr).toBe(
    'minicluster: the broker ended with exit code 137; starting it again\n',
  );
  for (const name of ['queue', 'ior']) expect(pod.of(name).brokers()).toHaveLength(1);
});
