/** Hooks and texts of a pod: their order, what they leave to Flux, how they end a pod, and that they arrive as written. */
import * as fc from 'fast-check';
import { shellQuote } from '../../../src/model/flux/quoting';
import { JobPod, jobPod, removePods } from '../../support/job-pod';

jest.setTimeout(60_000);
afterEach(removePods);

const NOTES = (name: string): string => `echo ${name} >> "$OUT/order"`;
const ALL_HOOKS = {
  init: NOTES('init'),
  pre: NOTES('pre'),
  brokerPre: NOTES('brokerPre'),
  workerPre: NOTES('workerPre'),
  post: NOTES('post'),
};

test.each([
  ['lead', 0, 'init pre brokerPre flux post'],
  ['follower', 1, 'init pre workerPre flux post'],
])('the hooks of a %s run in their order around Flux', async (_, index, order) => {
  const pod = jobPod(
    { command: 'true', commands: ALL_HOOKS },
    {},
    { index, flux: { broker: NOTES('flux') } },
  );
  expect((await pod.run()).code).toBe(0);
  expect(pod.read('out/order').trim().split('\n').join(' ')).toBe(order);
});

test('what hooks export, declare, unset and change holds for Flux, its jobs and the post hook', async () => {
  const commands = {
    init: 'export A="from  init" B=gone\ngreet() { echo "hello $1"; }\nexport -f greet',
    pre: 'mkdir -p sub && cd sub\nunset B LANG\numask 027\nulimit -Sn 100\nset -f\nIFS=:',
    brokerPre: 'A+=" and brokerPre"\ntrap "echo trapped" EXIT',
    post: 'echo "$PWD $(umask) $A ${B:-no B}"; greet post; X=(/*); ((${#X[@]} > 1)) && echo "${#IFS}"',
  };
  const pod = jobPod({ command: 'greet "$A"', launcher: true, commands });
  expect(await pod.run()).toMatchObject({
    code: 0,
    stdout: 'hello from  init and brokerPre\n/job/sub 0027 from  init and brokerPre no B\nhello post\n3\n',
  });
  const [broker] = pod.brokers();
  expect(broker?.place).toEqual(['0027', '/job/sub', '100']);
  expect(broker?.environment).toMatchObject({ A: 'from  init and brokerPre' });
  expect(broker?.environment).not.toHaveProperty('B');
  expect(broker?.environment).not.toHaveProperty('LANG');
});

test('options and traps that a hook leaves do not meddle with what follows it', async () => {
  const commands = { init: 'set -efx', brokerPre: 'set -efx\ntrap "echo trapped" EXIT' };
  const outcome = await jobPod({ command: 'false', commands }, { logging: { timed: true } }).run();
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toContain('FLUXTIME fluxstart');
  expect(outcome.stderr).not.toMatch(/^\++ (?:umask|flux|exec)/m);
});

test('files of the broker are readable whatever umask the init hook leaves', async () => {
  const pod = jobPod({ command: 'true', commands: { init: 'umask 077' } });
  await pod.run();
  expect(pod.brokers()[0]?.place[0]).toBe('0077');
  const { stdout } = await pod.exec(['stat', '-c', '%a', '/mnt/flux/flux-view.sh']).ended;
  expect(stdout).toBe('644\n');
});

test.each(['init', 'pre', 'brokerPre'] as const)(
  'the hook %s that ends its shell ends the pod with its code before Flux starts, said in a sentence',
  async (hook) => {
    const commands = { [hook]: 'echo here\nexit 4', post: 'echo "post $flux_exit_code"' };
    const pod = jobPod({ command: 'true', commands });
    expect(await pod.run()).toEqual({
      code: 4,
      stdout: 'here\npost 4\n',
      stderr: `minicluster: commands.${hook} ended with exit code 4\n`,
    });
    expect(pod.calls('broker')).toEqual([]);
  },
);

test('with strict a command that fails, or an unset variable, ends the pod; without it the hook goes on', async () => {
  for (const pre of ['false', 'false | true', 'echo "$not_set"']) {
    const commands = { pre: `${pre}\necho went on` };
    const strict = await jobPod({ command: 'true', commands }, { logging: { strict: true } }).run();
    expect(strict).toMatchObject({ code: 1, stdout: '' });
    expect(strict.stderr).toMatch(/minicluster: commands\.pre ended with exit code 1\n$/);
    const lenient = await jobPod({ command: 'true', commands }).run();
    expect(lenient).toMatchObject({ code: 0, stderr: '' });
    expect(lenient.stdout).toMatch(/went on\n$/);
  }
});

test('strict is for the hooks, not for what our scripts and the command do', async () => {
  const command = 'false\necho "[$not_set]"';
  const outcome = await jobPod({ command, commands: { pre: 'true' } }, { logging: { strict: true } }).run();
  expect(outcome).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
});

test('quiet keeps the output of hooks away, not their errors nor the output of the command', async () => {
  const say = (name: string): string => `echo ${name}\necho ${name} failed >&2`;
  const commands = { init: say('init'), pre: say('pre'), brokerPre: say('brokerPre'), post: say('post') };
  const pod = jobPod({ command: 'echo hello', commands }, { logging: { quiet: true } });
  expect(await pod.run()).toEqual({
    code: 0,
    stdout: 'hello\n',
    stderr: 'init failed\npre failed\nbrokerPre failed\npost failed\n',
  });
  expect(pod.brokers()[0]?.args).toContain('-Slog-stderr-level=0');
});

test.each([
  ['exit 5', 'exit 0', 5],
  ['exit 5', 'exit 6', 5],
  ['exit 0', 'exit 6', 6],
  ['exit 0', 'false', 1],
])('after a command with %s and a post hook with %s the pod ends with %s', async (script, post, code) => {
  const commands = { script, post: `echo "\${flux_exit_code}"\n${post}` };
  const outcome = await jobPod({ commands }).run();
  expect([outcome.code, outcome.stdout]).toEqual([code, `${script.slice(-1)}\n`]);
  if (post !== 'exit 0')
    expect(outcome.stderr).toMatch(/minicluster: commands\.post ended with exit code \d\n$/);
});

/** Text made of what shells and Kubernetes trip over. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'"\'`$\\!*?#&|;<>(){}[]~%=^ \t\n'.split('')),
      fc.constantFrom(
        '$HOME',
        '$(HOME)',
        '$$(HOME)',
        '$$',
        '$(date)',
        '${X:-y}',
        '\\n',
        "'\\''",
        'EOF',
        '\r',
        '日本',
        '🌀',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

const record = (file: string, text: string): string => `printf %s ${shellQuote(text)} > "$OUT/${file}"`;

async function recorded(pod: JobPod, files: readonly string[]): Promise<Record<string, string>> {
  const outcome = await pod.run();
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return Object.fromEntries(files.map((file) => [file, pod.read(`out/${file}`)]));
}

test('any text arrives byte for byte in the command, hooks, flags, and both environments', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, fc.constantFrom('', '\n', ' # done'), fc.boolean(), async (text, end, strict) => {
      const pod = jobPod(
        {
          command: record('command', text) + end,
          commands: {
            init: record('init', text) + end,
            pre: record('pre', text) + end,
            brokerPre: record('brokerPre', text) + end,
            post: record('post', text) + end,
            prefix: `-Snote=${shellQuote(text)}`,
          },
          environment: { VALUE: text },
        },
        {
          logging: { strict },
          flux: { optionFlags: `--setattr=note=${shellQuote(text)}`, environment: { VIEW: text } },
        },
      );
      const files = ['command', 'init', 'pre', 'brokerPre', 'post'];
      expect(await recorded(pod, files)).toEqual(Object.fromEntries(files.map((file) => [file, text])));
      expect(pod.calls('submit')[0]).toContain(`--setattr=note=${text}`);
      expect(pod.brokers()[0]?.args).toContain(`-Snote=${text}`);
      expect(pod.jobEnvironment().VALUE).toBe(text);
      const view = await pod.exec(['/bin/bash', '-c', '. /mnt/flux/flux-view.sh; printf %s "$VIEW"']).ended;
      expect(view.stdout).toBe(text);
      pod.remove();
    }),
    { numRuns: 20 },
  );
});

test('any text arrives byte for byte in raw batch scripts, scripts, launchers and on followers', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const runners = [
        { command: `# mine\n${record('a', text)}`, batch: true, batchRaw: true },
        { commands: { script: record('a', text) } },
        { command: record('a', text), launcher: true },
      ];
      for (const runner of runners) {
        const pod = jobPod(runner);
        expect(await recorded(pod, ['a'])).toEqual({ a: text });
        pod.remove();
      }
      const follower = jobPod(
        { command: 'true', commands: { workerPre: record('a', text) } },
        {},
        { index: 1 },
      );
      expect(await recorded(follower, ['a'])).toEqual({ a: text });
      follower.remove();
    }),
    { numRuns: 6 },
  );
});

test('variables of a container refer to Secrets and to one another, as Kubernetes has it', async () => {
  const pod = jobPod(
    {
      command: 'true',
      environment: { URL: 'http://$(TOKEN)@host', PRICE: '$$5 $(HOME) $(', PLAIN: '$TOKEN' },
      secrets: { TOKEN: { name: 'tokens', key: 'token' } },
    },
    {},
    { secrets: { token: 's3cret' } },
  );
  await pod.run();
  expect(pod.jobEnvironment()).toMatchObject({
    TOKEN: 's3cret',
    URL: 'http://s3cret@host',
    PRICE: '$$5 $(HOME) $(',
    PLAIN: '$TOKEN',
  });
});
