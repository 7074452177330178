/** Sidecars that start through a script of ours: hooks, the wait for Flux, their command and how they end. */
import * as fc from 'fast-check';
import { MiniClusterJobInput } from '../../../src/model/job';
import { shellQuote } from '../../../src/model/flux/quoting';
import { JobPod, PodOptions, jobPod, pause, removePods } from '../../support/job-pod';

jest.setTimeout(60_000);
afterEach(removePods);

type Container = Partial<MiniClusterJobInput['containers'][number]>;

/** A pod with a sidecar `side`, in which nothing runs yet. */
function withSidecar(
  side: Container,
  input: Partial<MiniClusterJobInput> = {},
  options: PodOptions = {},
): JobPod {
  const containers = [{ name: 'side', image: 'redis:7', ...side }];
  return jobPod(
    { runFlux: true, ...input.containers?.[0] },
    { interactive: true, ...input, containers },
    options,
  );
}

/** What the Flux container leaves for others while its broker runs. */
async function fluxRuns(pod: JobPod): Promise<void> {
  pod.write('/mnt/flux/flux-view.sh', '#!/bin/bash\nexport FLUX_SHELL_RC_PATH=/flux-scripts\n');
  await pod.openSocket();
}

const SAY_ALL = {
  command: 'echo command',
  commands: { init: 'echo init', servicePre: 'echo servicePre', post: 'echo post' },
};

test('a sidecar runs its hooks around its command, which can talk to Flux', async () => {
  const commands = { init: 'export A="x  y"', servicePre: 'A+=z\necho servicePre', post: 'echo "post $A"' };
  const command = 'echo "$A" "$FLUX_URI" "$fluxsocket" "$FLUX_SHELL_RC_PATH"\nflux jobs';
  const pod = withSidecar({ command, commands });
  await fluxRuns(pod);
  const socket = 'local:///mnt/flux/config/run/flux/local';
  expect(await pod.run('side')).toEqual({
    code: 0,
    stdout: `servicePre\nx  yz ${socket} ${socket} /flux-scripts\npost x  yz\n`,
    stderr: '',
  });
  expect(pod.calls()).toEqual([['uptime'], ['jobs']]);
});

test('a sidecar waits until there is a socket, and until Flux runs behind it', async () => {
  const uptime = '[[ -e $RECORD/runs ]] || { echo " 10:00:00 join 1.0s"; exit; }';
  const pod = withSidecar({ command: 'echo command > "$OUT/a"' }, {}, { flux: { uptime } });
  const running = pod.start('side');
  await pause(400);
  expect([pod.has('out/a'), pod.calls()]).toEqual([false, []]);
  await fluxRuns(pod);
  await pod.until('record/calls');
  await pause(400);
  expect(pod.has('out/a')).toBe(false);
  pod.write('record/runs', '');
  expect((await running.ended).code).toBe(0);
  expect(pod.has('out/a')).toBe(true);
});

test('a sidecar finds the socket that is named after the rank', async () => {
  const pod = withSidecar({ command: 'echo "$FLUX_URI"' }, { flux: { disableSocket: true } });
  pod.write('/mnt/flux/flux-view.sh', '');
  await pod.openSocket('/mnt/flux/config/run/flux/local-3');
  expect((await pod.run('side')).stdout).toBe('local:///mnt/flux/config/run/flux/local-3\n');
});

test('a sidecar ends with a sentence when Flux has ended before it ran', async () => {
  const pod = withSidecar(SAY_ALL, {}, { flux: { broker: 'exit 5' } });
  expect((await pod.run()).code).toBe(5);
  expect(await pod.run('side')).toEqual({
    code: 1,
    stdout: 'init\nservicePre\n',
    stderr: 'minicluster: Flux has ended with exit code 5 before it ran\n',
  });
});

test('with noWaitSocket a sidecar starts its command at once', async () => {
  const pod = withSidecar({ command: 'echo "$FLUX_URI"' }, { flux: { noWaitSocket: true } });
  expect(await pod.run('side')).toEqual({
    code: 0,
    stdout: 'local:///mnt/flux/config/run/flux/local\n',
    stderr: '',
  });
});

test('a sidecar needs no Flux in its image', async () => {
  const pod = withSidecar(SAY_ALL, {}, { hasFlux: false });
  await fluxRuns(pod);
  expect(await pod.run('side')).toEqual({
    code: 0,
    stdout: 'init\nservicePre\ncommand\npost\n',
    stderr: '',
  });
});

test.each([
  ['exit 3', 'exit 0', 3],
  ['exit 3', 'exit 4', 3],
  ['true', 'exit 4', 4],
  ['exit 3', 'false', 3],
  ['true', 'false', 1],
])('after a command with %s and a post hook with %s a sidecar ends with %s', async (command, post, code) => {
  const pod = withSidecar({ command, commands: { post } }, { flux: { noWaitSocket: true } });
  expect((await pod.run('side')).code).toBe(code);
});

test.each(['init', 'servicePre'] as const)(
  'a hook %s that ends its shell ends the sidecar, said in a sentence',
  async (hook) => {
    const commands = { [hook]: 'exit 4', post: 'echo post' };
    const pod = withSidecar({ command: 'echo command', commands }, { flux: { noWaitSocket: true } });
    expect(await pod.run('side')).toEqual({
      code: 4,
      stdout: '',
      stderr: `minicluster: commands.${hook} ended with exit code 4\n`,
    });
  },
);

test('strict and quiet hold for the hooks of a sidecar too', async () => {
  const commands = { init: 'echo init', servicePre: 'echo servicePre\nfalse\necho not here' };
  const input = { logging: { strict: true, quiet: true }, flux: { noWaitSocket: true } };
  expect(await withSidecar({ command: 'echo command', commands }, input).run('side')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'minicluster: commands.servicePre ended with exit code 1\n',
  });
  const quiet = { ...input, logging: { quiet: true } };
  expect((await withSidecar({ command: 'echo command', commands }, quiet).run('side')).stdout).toBe(
    'command\n',
  );
});

test('TERM reaches the command of a sidecar, whose exit code counts, and no hook runs after it', async () => {
  const command = `trap 'echo told; exit 7' TERM\n: > "$OUT/runs"\nwhile :; do sleep 0.05; done`;
  const pod = withSidecar({ command, commands: { post: 'echo post' } }, { flux: { noWaitSocket: true } });
  const running = pod.start('side');
  await pod.until('out/runs');
  running.stop();
  expect(await running.ended).toMatchObject({ code: 7, stdout: 'told\n' });
});

test('TERM ends a sidecar that still waits for Flux, and one that is in a hook', async () => {
  const waiting = withSidecar({ command: 'echo command', commands: { servicePre: ': > "$OUT/runs"' } });
  const inHook = withSidecar({ command: 'echo command', commands: { init: ': > "$OUT/runs"\nsleep 30' } });
  for (const pod of [waiting, inHook]) {
    const running = pod.start('side');
    await pod.until('out/runs');
    await pause(100);
    running.stop();
    expect(await running.ended).toEqual({ code: 143, stdout: '', stderr: '' });
  }
});

test('a program that a stopped sidecar runs has the time to end in order', async () => {
  const program = `trap 'sleep 0.5; echo in order; exit 0' TERM; : > "$OUT/runs"; while :; do sleep 0.05; done`;
  const pod = withSidecar(
    { command: `bash -c ${shellQuote(program)}\nexit` },
    { flux: { noWaitSocket: true } },
  );
  const running = pod.start('side');
  await pod.until('out/runs');
  running.stop();
  expect((await running.ended).stdout).toBe('in order\n');
});

test('any text arrives byte for byte in the command and the hooks of a sidecar', async () => {
  const nasty = fc.string({
    unit: fc.constantFrom(...'"\'`$\\!*&|;<>(){}[]~# \t\nEOF日'.split('')),
    maxLength: 14,
  });
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const record = (file: string): string => `printf %s ${shellQuote(text)} > "$OUT/${file}"`;
      const commands = { init: record('init'), servicePre: record('servicePre'), post: record('post') };
      const pod = withSidecar({ command: record('command'), commands }, { flux: { noWaitSocket: true } });
      expect((await pod.run('side')).code).toBe(0);
      for (const file of ['init', 'servicePre', 'command', 'post'])
        expect(pod.read(`out/${file}`)).toBe(text);
      pod.remove();
    }),
    { numRuns: 10 },
  );
});
