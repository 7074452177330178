/** How the pod of a broker lives and ends: told to stop, killed, started again, with its state saved and restored. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { JobPod, jobPod, pause, removePods } from '../../support/job-pod';
import { archiveOf, contentOf } from '../../support/state-pod';

jest.setTimeout(60_000);
afterEach(removePods);

/** A broker that runs until it is told to stop, and does then what the lines say. */
const untilTold = (lines: string): string =>
  `trap 'echo TERM >> "$here/signals"; ${lines}' TERM\nexec {pause}<> <(:)\n: > "$here/waits"\nfor ((i = 0; i < 600; i++)); do read -rt 0.05 -u "$pause"; done`;

/** Writes a state where -Scontent.dump names the file, as a broker does that ends in order: from OUT/state. */
const DUMP = 'cp "$OUT/state" "$(attribute content.dump "$@")"';
/** What the broker number $1 does. */
const each = (...lines: readonly string[]): string =>
  `case $here in\n${lines.map((text, index) => `*-${index + 1}) ${text} ;;`).join('\n')}\nesac`;

const ARCHIVE = { archive: { path: '/state/archive.tar.gz' } };
const STATE_VOLUME = { volumes: { state: { claimName: 'state', path: '/state' } } };

/** Puts an archive of one file with this content somewhere. */
function writeArchive(pod: JobPod, path: string, content: string | Buffer): void {
  pod.write(path, '');
  writeFileSync(pod.path(path), typeof content === 'string' ? archiveOf(content) : content);
}
const readArchive = (pod: JobPod): string => contentOf(readFileSync(pod.path('/state/archive.tar.gz')));

async function stopped(pod: JobPod): Promise<{ code: number; stdout: string; stderr: string }> {
  const running = pod.start();
  await pod.until('record/broker-1/waits');
  running.stop();
  return running.ended;
}

test.each([
  ['submit', { command: 'true' }, 0],
  ['launcher', { command: 'true', launcher: true }, 0],
  ['interactive', {}, 0],
  ['submit', { command: 'true' }, 1],
  ['interactive', {}, 1],
])(
  'in the mode %s (%j, pod %s) TERM goes on to the broker, and the pod ends with 143',
  async (mode, runner, index) => {
    for (const end of ['exit 0', 'exit 1']) {
      const commands = { post: 'echo post' };
      const input = { interactive: mode === 'interactive' };
      const pod = jobPod({ ...runner, commands }, input, { index, flux: { broker: untilTold(end) } });
      expect(await stopped(pod)).toMatchObject({ code: 143, stdout: '' });
      expect(pod.read('record/broker-1/signals')).toBe('TERM\n');
      expect(pod.brokers()).toHaveLength(1);
    }
  },
);

test('143 is kept for pods that are told to stop', async () => {
  expect(await jobPod({ commands: { script: 'exit 143' } }).run()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'minicluster: 143 is for pods that are told to stop: this one ends with exit code 1',
    ),
  });
});

test('a pod that is stopped by its liveness probe has failed, and is not replaced for ever', async () => {
  const flux = { broker: untilTold('exit 0'), getattr: 'exit 1' };
  const pod = jobPod({ command: 'true' }, { probes: true }, { flux });
  const running = pod.start();
  await pod.until('record/broker-1/waits');
  pod.write('/mnt/flux/config/run/phase', '1\n');
  expect((await pod.exec(['/bin/bash', '/flux-scripts/probe.sh', 'alive']).ended).code).toBe(1);
  running.stop();
  expect((await running.ended).code).toBe(1);
});

test('TERM to process 1 reaches a program that the broker runs', async () => {
  const command = `trap 'echo told; exit 0' TERM; : > "$OUT/runs"; while :; do sleep 0.05; done`;
  const pod = jobPod({ command, launcher: true }, { logging: { timed: true } });
  const running = pod.start();
  await pod.until('out/runs');
  running.stop();
  expect(await running.ended).toMatchObject({ code: 143, stdout: 'told\n' });
});

test('a lead that is told to stop first tells its followers to wait for it', async () => {
  const pod = jobPod({ command: 'true' }, {}, { flux: { broker: untilTold('exit 0') } });
  await pod.openSocket();
  await stopped(pod);
  expect(pod.calls().at(-1)).toEqual('exec -r all -x 0 touch /mnt/flux/config/run/stay'.split(' '));
});

test('TERM while a hook runs ends the pod with 143 and starts no broker', async () => {
  const pod = jobPod({ command: 'true', commands: { pre: ': > "$OUT/runs"\nsleep 30', post: 'echo post' } });
  const running = pod.start();
  await pod.until('out/runs');
  running.stop();
  expect(await running.ended).toEqual({ code: 143, stdout: '', stderr: '' });
  expect(pod.calls('broker')).toEqual([]);
});

test('a hook that ignores TERM is ended after a few seconds', async () => {
  const pre = 'trap : TERM\n: > "$OUT/runs"\nfor ((i = 0; i < 600; i++)); do sleep 0.05; done';
  const pod = jobPod({ command: 'true', commands: { pre } });
  const running = pod.start();
  await pod.until('out/runs');
  const start = Date.now();
  running.stop();
  expect((await running.ended).code).toBe(143);
  expect(Date.now() - start).toBeLessThan(6000);
});

test('a broker that ends well leaves its state under the name of the archive', async () => {
  const pod = jobPod({ command: 'true', ...STATE_VOLUME }, ARCHIVE, { flux: { broker: DUMP } });
  writeArchive(pod, '/out/state', 'any state');
  expect((await pod.run()).stderr).toBe(
    'minicluster: no state in /state/archive.tar.gz: starting empty\n' +
      'minicluster: the state is saved in /state/archive.tar.gz\n',
  );
  expect(readArchive(pod)).toBe('any state');
  expect(pod.has('/state/new-archive.tar.gz')).toBe(false);
  expect(pod.brokers()[0]?.args).toContain('-Scontent.dump=/state/new-archive.tar.gz');
});

test('an archive that is there is restored, and said; the new one takes its place only at the end', async () => {
  const pod = jobPod(
    { command: 'sha256sum </state/archive.tar.gz; rm -f /state/new-archive.tar.gz', ...STATE_VOLUME },
    ARCHIVE,
  );
  writeArchive(pod, '/state/archive.tar.gz', 'old');
  const outcome = await pod.run();
  const sum = createHash('sha256').update(archiveOf('old')).digest('hex');
  expect(outcome.stdout).toBe(`${sum}  -\n`);
  expect(outcome.stderr).toBe(
    'minicluster: restoring the state from /state/archive.tar.gz\n' +
      'minicluster: Flux left no state to save: /state/archive.tar.gz is as it was\n',
  );
  expect(readArchive(pod)).toBe('old');
  expect(pod.brokers()[0]?.args).toContain('-Scontent.restore=/state/archive.tar.gz');
});

test.each([
  ['whole', 'the state is saved in /state/archive.tar.gz'],
  [
    'part',
    'the state that Flux left is not whole, perhaps for lack of room: /state/archive.tar.gz is as it was',
  ],
] as const)('when the pod is told to stop, a state that is %s is judged: %s', async (kind, said) => {
  const flux = { broker: untilTold(`${DUMP.replaceAll("'", '')}; exit 1`) };
  const pod = jobPod(STATE_VOLUME, { ...ARCHIVE, interactive: true }, { flux });
  writeArchive(pod, '/state/archive.tar.gz', 'old');
  writeArchive(pod, '/out/state', kind === 'whole' ? 'new' : archiveOf('new').subarray(0, 40));
  const outcome = await stopped(pod);
  expect([outcome.code, outcome.stderr]).toEqual([143, expect.stringContaining(`minicluster: ${said}\n`)]);
  expect(readArchive(pod)).toBe(kind === 'whole' ? 'new' : 'old');
});

test('an interactive lead without an archive says that its queue is lost with the pod', async () => {
  expect((await jobPod({}, { interactive: true }).run()).stderr).toBe(
    'minicluster: no archive is given: the queue starts empty, and is lost with this pod\n',
  );
});

test('a follower neither restores nor saves', async () => {
  const pod = jobPod({ command: 'true', ...STATE_VOLUME }, ARCHIVE, { index: 1 });
  writeArchive(pod, '/state/archive.tar.gz', 'old');
  expect((await pod.run()).stderr).toBe('');
  expect(pod.brokers()[0]?.args.join(' ')).not.toContain('content.');
});

test('an interactive lead whose broker is killed starts again as it was: no hook twice, on the state it has', async () => {
  const flux = { broker: each('touch "$(attribute statedir "$@")/content.sqlite"; kill -KILL $$', 'exit 0') };
  const commands = {
    pre: 'export COUNT=$((${COUNT:-0} + 1))\ncd /\nunset LANG\necho pre',
    post: 'echo post',
  };
  const pod = jobPod({ commands, ...STATE_VOLUME }, { ...ARCHIVE, interactive: true }, { flux });
  await pod.openSocket();
  writeArchive(pod, '/state/archive.tar.gz', 'old');
  const running = pod.start();
  const outcome = await running.ended;
  expect([outcome.code, outcome.stdout]).toEqual([0, 'pre\npost\n']);
  expect(outcome.stderr).toContain('minicluster: the broker ended with exit code 137; starting it again\n');
  const [first, second] = pod.brokers();
  const lasting = ({ _, SHLVL, OLDPWD, ...rest }: Record<string, string>): Record<string, string> => rest;
  expect(lasting(second?.environment ?? {})).toEqual(lasting(first?.environment ?? {}));
  expect(second?.environment).toMatchObject({ COUNT: '1' });
  expect(second?.environment).not.toHaveProperty('LANG');
  expect(second?.place).toEqual(first?.place);
  expect(first?.args).toContain('-Scontent.restore=/state/archive.tar.gz');
});

test('a state whose restoring was cut short is restored again, one that was restored is kept', async () => {
  const leaves = 'touch "$(attribute statedir "$@")/content.sqlite"; ';
  const restored = async (seconds: string): Promise<boolean[]> => {
    const flux = { broker: each(`${leaves} sleep ${seconds}; kill -KILL $$`, 'exit 0') };
    const pod = jobPod(STATE_VOLUME, { ...ARCHIVE, interactive: true }, { flux });
    writeArchive(pod, '/state/archive.tar.gz', 'old');
    await pod.openSocket();
    const { stderr } = await pod.run();
    expect(stderr.includes('going on with the state that the last broker of this pod left')).toBe(
      seconds !== '0',
    );
    return pod.brokers().map(({ args }) => args.join(' ').includes('content.restore'));
  };
  expect(await restored('1.5')).toEqual([true, false]);
  const pod = jobPod(
    STATE_VOLUME,
    { ...ARCHIVE, interactive: true },
    { flux: { broker: each(`${leaves} kill -KILL $$`, 'exit 0') } },
  );
  writeArchive(pod, '/state/archive.tar.gz', 'old');
  await pod.run();
  expect(pod.brokers().map(({ args }) => args.join(' ').includes('content.restore'))).toEqual([true, true]);
});

test.each([
  ['a lead that submits', { command: 'true' }, 0],
  ['a lead that launches', { command: 'true', launcher: true }, 0],
])('%s is not started again in place', async (_, runner, index) => {
  const pod = jobPod(runner, {}, { index, flux: { broker: 'kill -KILL $$' } });
  expect((await pod.run()).code).toBe(137);
  expect(pod.brokers()).toHaveLength(1);
});

test('a follower whose broker fails starts it again, with its hooks run once, until brokerRestarts is used up', async () => {
  const commands = { workerPre: 'echo workerPre' };
  const pod = jobPod(
    { command: 'true', commands },
    { brokerRestarts: 2 },
    { index: 1, flux: { broker: 'exit 7' } },
  );
  const outcome = await pod.run();
  expect([outcome.code, outcome.stdout]).toEqual([7, 'workerPre\n']);
  expect(outcome.stderr.trim().split('\n')).toEqual([
    'minicluster: the broker ended with exit code 7; starting it again',
    'minicluster: the broker ended with exit code 7; starting it again',
    'minicluster: the broker ended 3 times within 30 s of its start, at last with exit code 7: giving up',
  ]);
  expect(pod.brokers()).toHaveLength(3);
});

test('a follower whose broker ends with 0 ends with 0, also after a failure', async () => {
  const pod = jobPod({ command: 'true' }, {}, { index: 1, flux: { broker: each('exit 1', 'exit 0') } });
  expect((await pod.run()).code).toBe(0);
  expect(pod.brokers()).toHaveLength(2);
});

test('a follower that was told to stay starts its broker again though it ended with 0', async () => {
  const flux = { broker: each('touch "$MINICLUSTER_STAY"; exit 0', 'exit 0') };
  const pod = jobPod({ command: 'true' }, {}, { index: 1, flux });
  expect((await pod.run()).code).toBe(0);
  expect(pod.brokers()).toHaveLength(2);
});

test('with completeWorkers a follower ends with 0 whatever its broker says', async () => {
  const pod = jobPod(
    { command: 'true' },
    { flux: { completeWorkers: true } },
    { index: 1, flux: { broker: 'exit 1' } },
  );
  expect((await pod.run()).code).toBe(0);
  expect(pod.brokers()).toHaveLength(1);
});

test('a container that is started again runs its hooks again', async () => {
  const pod = jobPod({ command: 'true', commands: { pre: 'echo pre' } });
  expect([(await pod.run()).stdout, (await pod.run()).stdout]).toEqual(['pre\n', 'pre\n']);
});

test('an interactive follower makes itself heard when its parent was started anew, and only then', async () => {
  const pod = jobPod({}, { interactive: true }, { index: 1, flux: { broker: untilTold('exit 0') } });
  const row = (port: string): string => `  0: 0100007F:${port} 0200007F:1F72 01 00000000:00000000\n`;
  await pod.openSocket();
  pod.write('/proc/net/tcp', row('AAAA'));
  const running = pod.start();
  await pod.until('record/broker-1/waits');
  await pause(1000);
  expect(pod.calls('ping')).toEqual([]);
  pod.write('/proc/net/tcp', row('BBBB'));
  await pause(1200);
  running.stop();
  await running.ended;
  expect(pod.calls('ping')).toEqual([['ping', '--count=1', '0']]);
});
