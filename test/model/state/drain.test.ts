/** The pods of a MiniClusterJob that are deleted while jobs run: with archive.drainSeconds these get time to end. */
import { MiniClusterJobInput } from '../../../src/model/job';
import { JobPod, Outcome, PodOptions, jobPod, removePods } from '../../support/job-pod';
import { until } from '../../support/until';

jest.setTimeout(60_000);
afterEach(removePods);

/** A broker that ends with 3 once there is the file OUT/done, or when it is told to stop. */
const BROKER = `trap 'echo TERM >> "$here/signals"; exit 0' TERM
: > "$here/waits"
until [[ -e $OUT/done ]]; do sleep 0.05; done
exit 3`;
/** Two jobs run, one is pending. */
const JOBS = `case $* in *run,cleanup*) printf 'f1\\nf2\\n' ;; *pending*) echo f3 ;; esac`;
/** `flux queue idle` does this. */
const idle = (lines: string): string => `[[ $1 != idle ]] || { ${lines}; }`;
const IN_TIME = idle(': > "$OUT/done"');
const VOLUMES = { volumes: { state: { claimName: 'state', path: '/state' } } };

interface Drained extends Outcome {
  readonly pod: JobPod;
  readonly seconds: number;
  readonly signals: string;
}

/** Deletes a pod whose broker runs. */
async function deleted(
  flux: PodOptions['flux'],
  input: Partial<MiniClusterJobInput> = {},
  options: { drain?: number; index?: number; texts?: Record<string, string>; meanwhile?: string } = {},
): Promise<Drained> {
  const { drain = 30, index = 0, texts = {}, meanwhile } = options;
  const archive = { path: '/state/a.tgz', drainSeconds: drain };
  const runner = { ...(input.interactive ? {} : { command: 'true' }), commands: { post: 'echo post' } };
  const pod = jobPod(
    { ...VOLUMES, ...runner },
    { archive, ...input },
    { index, flux: { broker: BROKER, jobs: JOBS, ...flux } },
  );
  for (const [text, other] of Object.entries(texts)) {
    const script = pod.read('/flux-scripts/start.sh');
    expect(script).toContain(text);
    pod.write('/flux-scripts/start.sh', script.replace(text, other));
  }
  await pod.openSocket();
  const running = pod.start();
  await pod.until('record/broker-1/waits');
  const start = Date.now();
  running.stop();
  if (meanwhile !== undefined) await pod.exec(['/bin/bash', '-c', meanwhile]).ended;
  const outcome = await running.ended;
  const signals = pod.has('record/broker-1/signals') ? pod.read('record/broker-1/signals') : '';
  return { ...outcome, pod, seconds: (Date.now() - start) / 1000, signals };
}

const QUICK = { 'LEAD_SAYS=$((5': 'LEAD_SAYS=$((0' };
const touches = (name: string): string[] => `exec -r all -x 0 touch /mnt/flux/config/run/${name}`.split(' ');

test('when all jobs end in time, and the command with them, that is the end of the cluster', async () => {
  const { pod, code, stdout, stderr, signals } = await deleted({ queue: IN_TIME });
  expect([code, stdout, signals]).toEqual([3, 'post\n', '']);
  expect(stderr).toContain(
    'minicluster: the queue is stopped: running jobs (2) have up to 30 s to end, pending ones (1) are kept\n',
  );
  const calls = pod.calls().slice(pod.calls().findIndex(([verb]) => verb === 'exec'));
  expect(calls[0]).toEqual(touches('draining'));
  expect(pod.calls('queue')).toEqual([
    'queue stop --all --quiet --nocheckpoint'.split(' '),
    'queue idle --quiet --timeout=30s'.split(' '),
  ]);
  // Followers are not told to wait for another lead: this cluster has ended.
  expect(calls).not.toContainEqual(touches('stay'));
});

test('a lead whose jobs do not end in time says so, shuts down, and tells its followers to stay', async () => {
  const { pod, code, stdout, stderr, signals } = await deleted({ queue: idle('exit 1') }, {}, { drain: 7 });
  expect([code, stdout, signals]).toEqual([143, '', 'TERM\n']);
  expect(stderr).toContain('minicluster: running jobs that have not ended after 7 s are cancelled: 2\n');
  expect(pod.calls('queue').at(-1)).toContain('--timeout=7s');
  expect(pod.calls('exec')).toEqual([touches('draining'), touches('stay')]);
});

test('a flux that hangs gets no more time than the jobs', async () => {
  const { code, seconds, signals } = await deleted({ queue: idle('sleep 30') }, {}, { drain: 1 });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect(seconds).toBeGreaterThan(1);
  expect(seconds).toBeLessThan(8);
});

test('a command that goes on when its jobs have ended is ended', async () => {
  const { pod, code, stdout, signals } = await deleted({ queue: idle('exit 0') }, {}, { texts: QUICK });
  expect([code, stdout, signals]).toEqual([143, '', 'TERM\n']);
  expect(pod.calls('exec').at(-1)).toEqual(touches('stay'));
});

test('where no job is there, none is waited for', async () => {
  const { pod, code, stderr } = await deleted({ jobs: ':' }, {}, { texts: QUICK });
  expect(code).toBe(143);
  expect(pod.calls('queue')).toHaveLength(1);
  expect(stderr).not.toContain('queue');
});

test('a queue that can not be stopped is told, and the cluster shut down at once', async () => {
  const { code, stderr, signals, seconds } = await deleted({ queue: 'exit 1' });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect(stderr).toContain("minicluster: can't stop the queue: running jobs get no time to end\n");
  expect(seconds).toBeLessThan(4);
});

test('a flux that knows no --nocheckpoint is asked without', async () => {
  const queue = `[[ $* != *nocheckpoint* ]] || { echo 'unrecognized arguments: --nocheckpoint' >&2; exit 2; }\n${IN_TIME}`;
  const { pod, code } = await deleted({ queue });
  expect(code).toBe(3);
  expect(pod.calls('queue')).toContainEqual('queue stop --all --quiet'.split(' '));
});

test('an interactive lead shuts down as soon as its jobs have ended', async () => {
  const { code, signals, seconds } = await deleted({ queue: idle('exit 0') }, { interactive: true });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect(seconds).toBeLessThan(4);
});

test('with logging.quiet only the jobs that are cancelled are told of', async () => {
  const quiet = { logging: { quiet: true } };
  expect((await deleted({ queue: IN_TIME }, quiet)).stderr).not.toContain('the queue is stopped');
  expect((await deleted({ queue: idle('exit 1') }, quiet)).stderr).toContain('are cancelled: 2');
});

test('a lead whose broker is not there yet ends at once', async () => {
  const pod = jobPod(
    { command: 'true', ...VOLUMES, commands: { pre: ': > "$OUT/runs"; sleep 30' } },
    { archive: { path: '/state/a.tgz', drainSeconds: 30 } },
  );
  const running = pod.start();
  await pod.until('out/runs');
  running.stop();
  const start = Date.now();
  expect((await running.ended).code).toBe(143);
  expect(Date.now() - start).toBeLessThan(5000);
});

test('without drainSeconds nobody asks for jobs', async () => {
  const { pod, code, signals } = await deleted({}, { archive: { path: '/state/a.tgz' } });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect([...pod.calls('queue'), ...pod.calls('jobs')]).toEqual([]);
});

test('a follower that is told to stop stays while the lead lets jobs end, and leaves with it', async () => {
  const meanwhile = 'sleep 0.5; : > /mnt/flux/config/run/draining; sleep 2; : > "$OUT/done"';
  const { pod, code, signals, seconds } = await deleted({}, {}, { index: 1, meanwhile });
  expect([code, signals]).toEqual([143, '']);
  expect(seconds).toBeGreaterThan(2.4);
  expect(pod.calls('queue')).toEqual([]);
});

test('a follower whose lead never shuts it down leaves in the end', async () => {
  const texts = { 'LEAD_SHUTS_DOWN=20': 'LEAD_SHUTS_DOWN=0' };
  const meanwhile = ': > /mnt/flux/config/run/draining';
  const { code, signals, seconds } = await deleted({}, {}, { index: 1, drain: 1, texts, meanwhile });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect(seconds).toBeGreaterThan(1);
});

test('a follower that alone is told to stop leaves after some seconds', async () => {
  const { code, signals, seconds } = await deleted({}, {}, { index: 1 });
  expect([code, signals]).toEqual([143, 'TERM\n']);
  expect(seconds).toBeGreaterThan(4.5);
  expect(seconds).toBeLessThan(9);
});

test('a follower that starts its broker again no longer waits for jobs that another lead let end', async () => {
  const pod = jobPod(
    { command: 'true', ...VOLUMES },
    { archive: { path: '/state/a.tgz', drainSeconds: 30 } },
    {
      index: 1,
      flux: {
        broker: `[[ $here != *-1 ]] || { touch "\${MINICLUSTER_STAY%/*}/draining" "$MINICLUSTER_STAY"; exit 0; }\n${BROKER.replace('exit 3', 'exit 0')}`,
      },
    },
  );
  const running = pod.start();
  await pod.until('record/broker-2/waits');
  await until(() => !pod.has('/mnt/flux/config/run/draining'));
  pod.write('/out/done', '');
  expect((await running.ended).code).toBe(0);
});
