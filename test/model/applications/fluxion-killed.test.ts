/** The controller is killed at each point of a job's life and started anew; and jobs of all kinds at once. */
import fc from 'fast-check';
import { appendFileSync } from 'node:fs';
import { FluxionPod, removePods } from '../../support/fluxion-pod';
import { until } from '../../support/until';

jest.setTimeout(120_000);
afterEach(removePods);

const ok = ['job', '0', '0'];

/** How often a job has run. */
const starts = (pod: FluxionPod, number: number): number =>
  pod.uses().filter((use) => use.what === 'start' && use.number === number).length;

test.each([
  ['before Fluxion has chosen', 'before-match'],
  ['after Fluxion has chosen, before that is written down', 'after-match'],
  ['before the job is submitted', 'before-submit'],
  ['after the job is submitted, before its id is known', 'after-submit'],
  ['before its cores are freed in Fluxion', 'before-cancel'],
  ['after they are freed', 'after-cancel'],
])('killed %s, it goes on when it is started anew', async (_, gate) => {
  const pod = await FluxionPod.running({ hosts: 1, cores: 2 });
  pod.write(`gate-${gate}`, '');
  const number = await pod.submit('-n', '2', ...ok);
  const next = await pod.submit('-n', '2', ...ok);
  await until(() => pod.has(`at-${gate}`));
  await pod.kill();
  const log = pod.launch();
  // A submission that is under way may still reach Flux: the new controller waits for its end.
  await new Promise((resolve) => setTimeout(resolve, gate === 'before-submit' ? 2500 : 300));
  pod.delete(`gate-${gate}`);
  await until(() => pod.read(log).includes('listens at'));
  await pod.settled('ended', number, next);
  expect([starts(pod, number), starts(pod, next)]).toEqual([1, 1]);
  await pod.useAll();
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
  expect((await pod.jobs()).map(({ result }) => result)).toEqual(['completed', 'completed', 'completed']);
});

test('killed while jobs run and wait, it knows which cores are held, and who is next', async () => {
  const pod = await FluxionPod.running({ hosts: 2, cores: 2 });
  const long = await pod.submit('-n', '3', 'job', 'forever');
  const short = await pod.submit('-n', '1', 'job', '1', '0');
  const [second, third] = [await pod.submit('-n', '4', ...ok), await pod.submit('-n', '1', ...ok)];
  await pod.settled('running', long, short);
  const before = await pod.jobs();
  await pod.kill();
  // One ends while nobody looks.
  await until(() => pod.uses().length === 3);
  await pod.start();
  const [ended] = await pod.settled('ended', short);
  expect(ended).toMatchObject({ result: 'completed', code: 0 });
  await pod.settled('waiting', second, third);
  expect((await pod.job(long)).cores).toEqual(before[0]!.cores);
  await pod.call(['cancel', String(long)]);
  await pod.settled('ended', long, second, third);
  const started = pod.uses().filter(({ what }) => what === 'start');
  const order = started.map(({ number }) => number);
  // The first two fit beside each other: either one may be the first to start.
  expect(order.slice(0, 2).sort()).toEqual([long, short]);
  expect(order.slice(2)).toEqual([second, third]);
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('killed after a job is cancelled, before Flux knows, it cancels the job', async () => {
  const pod = await FluxionPod.running();
  pod.write('gate-after-submit', '');
  const number = await pod.submit('job', 'forever');
  await until(() => pod.has('at-after-submit'));
  expect((await pod.call(['cancel', String(number)])).code).toBe(0);
  await pod.kill();
  pod.delete('gate-after-submit');
  await pod.start();
  expect((await pod.settled('ended', number))[0]).toMatchObject({ result: 'cancelled' });
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('killed with all that it has started, it cancels what users have cancelled', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit('job', 'forever');
  await pod.settled('running', number);
  for (const file of ['gate-flux-cancel', 'dies-flux-cancel']) pod.write(file, '');
  const asked = pod.call(['cancel', String(number)], { MINICLUSTER_CONTROLLER_WAIT: '0' });
  await until(() => pod.has('at-flux-cancel'));
  await pod.kill();
  pod.delete('gate-flux-cancel');
  expect((await asked).code).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  pod.delete('dies-flux-cancel');
  await pod.start();
  expect((await pod.settled('ended', number))[0]).toMatchObject({ result: 'cancelled' });
});

test('killed with the service at the same time, it books what is held in the new graph', async () => {
  const pod = await FluxionPod.running({ hosts: 2, cores: 3 });
  const held = await pod.submit('-n', '4', 'job', 'forever');
  await pod.settled('running', held);
  await pod.kill();
  await pod.killService();
  pod.startService();
  await pod.start();
  const [rest, waits] = [await pod.submit('-n', '2', 'job', 'forever'), await pod.submit(...ok)];
  await pod.settled('running', rest);
  await pod.settled('waiting', waits);
  expect(pod.said()).not.toContain('gives cores that are held');
  await pod.call(['cancel', String(held), String(rest)]);
  await pod.settled('ended', held, rest, waits);
  expect(pod.occupation()).toEqual({ most: 1, left: 0 });
});

test('a journal that ends within a line is read up to there', async () => {
  const pod = await FluxionPod.running();
  const number = await pod.submit('job', 'forever');
  await pod.settled('running', number);
  await pod.kill();
  appendFileSync(pod.path(pod.journal), '{"do":"set","num');
  await pod.start();
  await pod.settled('running', number);
  await pod.settled('ended', await pod.submit(...ok));
  await pod.kill();
  await pod.start();
  expect(await pod.jobs()).toHaveLength(2);
});

test('a journal that is broken elsewhere is not guessed at', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit(...ok));
  await pod.kill();
  pod.write(pod.journal, pod.read(pod.journal).replace('"do":"job"', '"do":"job'));
  expect((await pod.call(['start'])).stderr).toMatch(
    /^fluxion-controller: line 2 of \S+\/journal is broken: /,
  );
});

test('ended jobs are forgotten after a while, and their numbers not given again', async () => {
  const pod = await FluxionPod.running();
  await pod.settled('ended', await pod.submit(...ok));
  await pod.kill();
  const lines = pod.read(pod.journal).split('\n').slice(0, 2);
  const job = { ...JSON.parse(lines[1]!), state: 'ended', result: 'completed' };
  const more = Array.from({ length: 1500 }, (_, i) => ({
    ...job,
    number: i + 2,
    key: `key-${i}`,
  }));
  pod.write(
    pod.journal,
    `${[lines[0], ...[job, ...more].map((entry) => JSON.stringify(entry))].join('\n')}\n`,
  );
  await pod.start();
  expect(await pod.jobs()).toHaveLength(1000);
  expect(pod.read(pod.journal).split('\n')).toHaveLength(1002);
  expect(await pod.submit(...ok)).toBe(1502);
});

interface Wish {
  readonly app: string;
  readonly tasks: number;
  readonly cores: number;
  readonly hosts: number | null;
  readonly end: 'ok' | 'fails' | 'killed' | 'cancelled';
}

const wishes = fc.array(
  fc.record<Wish>({
    app: fc.constantFrom('lammps', 'ior'),
    tasks: fc.integer({ min: 1, max: 4 }),
    cores: fc.integer({ min: 1, max: 3 }),
    hosts: fc.option(fc.integer({ min: 1, max: 3 })),
    end: fc.constantFrom('ok', 'fails', 'killed', 'cancelled'),
  }),
  { minLength: 8, maxLength: 16 },
);
const accidents = fc.array(fc.constantFrom('controller', 'service', 'both'), { maxLength: 3 });

const COMMANDS = {
  ok: ['job', '0.1', '0'],
  fails: ['job', '0.05', '512'],
  killed: ['job', '0.02', '9'],
  cancelled: ['job', 'forever'],
};
const RESULTS = { ok: 'completed', fails: 'failed', killed: 'failed', cancelled: 'cancelled' };

test('whatever jobs do, and whoever is killed, no core is held twice, and all are free at the end', async () => {
  const session = async (jobs: readonly Wish[], kills: readonly string[]): Promise<void> => {
    const pod = await FluxionPod.running({ hosts: 3, cores: 4 });
    const accepted = new Map<number, Wish>();
    const users = jobs.map(async ({ app, tasks, cores, hosts, end }, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 100));
      const size = [
        '-n',
        String(tasks),
        '-c',
        String(cores),
        ...(hosts === null ? [] : ['-N', String(hosts)]),
      ];
      const told = await pod.call(['submit', '--app', app, ...size, ...COMMANDS[end]]);
      if (told.code !== 0) {
        expect(told.stderr).toMatch(/never fits|are more than/);
        return;
      }
      const number = Number(told.stdout);
      accepted.set(number, { app, tasks, cores, hosts, end });
      if (end === 'cancelled') expect((await pod.call(['cancel', String(number)])).code).toBe(0);
    });
    for (const kill of kills) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      if (kill !== 'service') await pod.kill();
      if (kill !== 'controller') {
        await pod.killService();
        pod.startService();
      }
      if (kill !== 'service') await pod.start();
    }
    await Promise.all(users);
    const ended = await pod.settled('ended', ...accepted.keys());
    for (const job of ended) {
      const { end, tasks, cores } = accepted.get(job.number)!;
      expect([job.number, job.result]).toEqual([job.number, RESULTS[end]]);
      expect(starts(pod, job.number)).toBe(end === 'cancelled' && job.flux === null ? 0 : 1);
      const use = pod.uses().find(({ number }) => number === job.number);
      if (use !== undefined) expect(use.cores.length).toBeGreaterThanOrEqual(tasks * cores);
    }
    await pod.useAll();
    expect(pod.occupation()).toEqual({ most: 1, left: 0 });
    // Fluxion's book and the controller's never differ by themselves; after a kill the graph may have to be made anew.
    if (kills.length === 0) expect(pod.said()).not.toContain('its graph is made anew');
    await pod.remove();
  };
  await fc.assert(fc.asyncProperty(wishes, accidents, session), { numRuns: 5, endOnFailure: true });
});
