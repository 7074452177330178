/** Text that a user writes reaches the shell as written, through all that the operator does with it. */
import * as fc from 'fast-check';
import { MiniClusterInput, miniCluster } from '../../../src/model/minicluster';
import { shellQuote } from '../../../src/model/flux/quoting';
import { Outcome, runLeadPod } from '../../support/entrypoint';

jest.setTimeout(120_000);

type Runner = MiniClusterInput['containers'][number];

function run(
  runner: Partial<Runner>,
  input: Partial<MiniClusterInput> = {},
  secrets?: Record<string, string>,
): Outcome {
  const containers = [{ image: 'ubuntu:24.04', ...runner }];
  const silence = [{ code: 'MC021', reason: 'one task is enough here' }];
  return runLeadPod(
    miniCluster({ name: 'lmp', namespace: 'hpc' }, { size: 1, silence, ...input, containers }),
    secrets,
  );
}

/** Text made of what shells, heredocs, echo and printf trip over. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'"\'`$\\!*?#&|;<>(){}[]~%=^ \t'.split(''),
        ...[
          '\n',
          '\n\n',
          'EOF',
          '\nEOF\n',
          '\nEOT\n',
          '$HOME',
          '$(date)',
          '`date`',
          '${X:-y}',
          '&&',
          '||',
          '\\n',
          '$$',
          '--',
          "'\\''",
          '{{ .Spec }}',
          '%s',
          '%!s(MISSING)',
          'é',
          '日本',
          '🌀',
        ],
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replace(/\0/g, ''));

/** Prints its arguments, each as its own line of hexadecimal digits, into the file $OUT/a. */
const RECORD = `printf '%s\\0' "$@" | od -An -v -tx1 > "$OUT/a"`;

function recorded(outcome: Outcome): string[] {
  const bytes = Buffer.from((outcome.read('a') ?? '').replace(/\s+/g, ''), 'hex').toString('utf8');
  return bytes.split('\0').slice(0, -1);
}

const recording = (argument: string): string => `record() { ${RECORD}; }; record ${shellQuote(argument)}`;

test.each([
  ['double quotes', 'echo "hello world" > "$OUT/a"', 'hello world\n'],
  ['a chain in bash -c', `bash -c "echo one && echo two" > "$OUT/a"`, 'one\ntwo\n'],
  ['a variable that the job sets', 'FLUX_JOB_ID=f23; echo "$FLUX_JOB_ID" > $OUT/a', 'f23\n'],
  ['several lines', 'echo one > $OUT/a\necho two >> $OUT/a', 'one\ntwo\n'],
  ['a heredoc', `cat > "$OUT/a" <<END\nhome $((1 + 1))\nEND`, 'home 2\n'],
  ['an assignment before the command', 'GREETING=hi env | grep ^GREETING > $OUT/a', 'GREETING=hi\n'],
])('a command with %s does what it says', (_what, command, expected) => {
  expect(run({ command }).read('a')).toBe(expected);
});

test('a plain command is submitted as it is, with the flags of size and tasks', () => {
  const { calls } = run({ command: 'true -in in.reaxc.hns' }, { size: 4, tasks: 16 });
  expect(calls[1]).toEqual([
    'submit',
    '-N',
    '4',
    '-n16',
    '--quiet',
    '--watch',
    'true',
    '-in',
    'in.reaxc.hns',
  ]);
});

test('any text in a command arrives byte for byte', () => {
  fc.assert(
    fc.property(nasty, fc.boolean(), (text, launcher) => {
      expect(recorded(run({ command: recording(text), launcher }))).toEqual([text]);
    }),
    { numRuns: 60 },
  );
});

test('any text in a raw batch script arrives byte for byte', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(recorded(run({ command: `#comment\n${recording(text)}`, batch: true, batchRaw: true }))).toEqual(
        [text],
      );
    }),
    { numRuns: 40 },
  );
});

test('any text in commands.script arrives byte for byte', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(recorded(run({ commands: { script: recording(text) } }))).toEqual([text]);
    }),
    { numRuns: 40 },
  );
});

test.each(['init', 'pre', 'brokerPre'] as const)(
  'any text in the hook %s arrives byte for byte, quiet or not',
  (hook) => {
    fc.assert(
      fc.property(
        nasty,
        fc.boolean(),
        fc.constantFrom('', '\n', ' # done', '\ncat <<E > /dev/null\nx\nE'),
        (text, quiet, end) => {
          const outcome = run(
            { command: 'true', commands: { [hook]: recording(text) + end } },
            { logging: { quiet } },
          );
          expect(recorded(outcome)).toEqual([text]);
        },
      ),
      { numRuns: 30 },
    );
  },
);

test('with quiet no line of a hook is printed', () => {
  const commands = { init: 'echo one\necho two', pre: 'echo three\necho four\n', brokerPre: 'echo five\n' };
  expect(run({ command: 'true', commands }, { logging: { quiet: true } }).stdout).not.toMatch(
    /one|two|three|four|five/,
  );
});

test('variables that a hook sets are there for the command', () => {
  const commands = { pre: 'export GREETING="hello  world"\ntrue # last' };
  expect(
    run({ command: 'echo "$GREETING" > $OUT/a', commands }, { logging: { quiet: true } }).read('a'),
  ).toBe('hello  world\n');
});

test('each line of a batch text that is not raw is submitted, quotes and variables intact', () => {
  const command = `sh -c 'echo "one  two" > $OUT/a'\nsh -c "echo three > $OUT/d"\n`;
  const outcome = run({ command, batch: true });
  expect([outcome.read('a'), outcome.read('d')]).toEqual(['one  two\n', 'three\n']);
  const submits = outcome.calls.filter(([verb]) => verb === 'submit');
  expect(
    submits.map((call) =>
      call
        .find((word) => word.startsWith('--output='))
        ?.split('/')
        .pop(),
    ),
  ).toEqual(['job-0.out', 'job-1.out']);
  expect(outcome.calls.map(([verb]) => verb).slice(-3)).toEqual(['queue', 'jobs', 'job']);
});

test('any broker configuration arrives byte for byte', () => {
  fc.assert(
    fc.property(
      nasty.filter((text) => !text.split('\n').includes('EOT')),
      (text) => {
        expect(run({ command: 'true' }, { flux: { brokerConfig: `${text}.` } }).read('b')).toBe(`${text}.\n`);
      },
    ),
    { numRuns: 40 },
  );
});

test('a line EOT in a broker configuration is an error, since nothing can escape it', () => {
  expect(() => run({ command: 'true' }, { flux: { brokerConfig: 'a = 1\nEOT\nb = 2' } })).toThrow(/MC009/);
});

test('any environment value arrives byte for byte in a shell that sources flux-view.sh', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const outcome = run(
        { command: `. "$OUT/c"; record() { ${RECORD}; }; record "$VALUE"` },
        { flux: { environment: { VALUE: text } } },
      );
      expect(recorded(outcome)).toEqual([text]);
    }),
    { numRuns: 40 },
  );
});

test('any preStop text becomes an executable file before the broker starts', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const manifests = miniCluster(
        { name: 'lmp' },
        { interactive: true, containers: [{ image: 'a:1', lifeCycle: { preStopExec: recording(text) } }] },
      );
      const spec = manifests[1]?.spec as MiniClusterInput;
      const hook = spec.containers[0]?.lifeCycle?.preStopExec;
      expect(hook).toBe('/tmp/flux-scripts/pre-stop.sh');
      // The container's own script calls the hook as its last act, as the kubelet would: one word, no shell.
      const post = {
        ...spec.containers[0],
        commands: { ...spec.containers[0]?.commands, post: `exec ${hook}` },
      };
      const runnable = [
        manifests[0],
        { ...manifests[1], spec: { ...spec, containers: [post] } },
      ] as typeof manifests;
      expect(recorded(runLeadPod(runnable))).toEqual([text]);
    }),
    { numRuns: 40 },
  );
});

test('reportFailure ends the pod with the exit code of Flux, after the post hook, and its absence hides it', () => {
  const failing = { command: 'sh -c "exit 3"', commands: { post: 'echo done > $OUT/a' } };
  const told = run(failing, { reportFailure: true });
  expect([told.code, told.read('a')]).toEqual([3, 'done\n']);
  expect(run(failing).code).toBe(0);
  expect(run({ command: 'true' }, { reportFailure: true }).code).toBe(0);
});

test.each(['exit 0', 'echo bye \\\\', 'false'])('a post hook like %j cannot hide a failure', (post) => {
  const failing = { command: 'sh -c "exit 3"', commands: { post } };
  expect(run(failing, { reportFailure: true }).code).toBe(3);
});

test('the certificate is copied where only its owner may read it, and the broker is told', () => {
  const certificate = { secretName: 'lmp-certificate', key: 'my.cert' };
  const commands = {
    pre: 'stat -c %a /tmp/flux-certificate/curve.cert /tmp/flux-certificate > $OUT/a; cat /tmp/flux-certificate/curve.cert > $OUT/d',
  };
  const outcome = run({ command: 'true', commands }, { certificate }, { 'my.cert': 'curve\n' });
  expect(outcome.read('a')).toBe('600\n700\n');
  expect(outcome.read('d')).toBe('curve\n');
  expect(outcome.read('b')).toMatch(/curve_cert = ".*\/tmp\/flux-certificate\/curve.cert"/);
});

test('a Secret without the key stops the pod with one sentence', () => {
  const outcome = run({ command: 'true' }, { certificate: { secretName: 'lmp-certificate' } }, {});
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(
    /^no certificate: .*\/flux-certificate\/curve.cert is missing or empty; the Secret needs the key curve.cert$/m,
  );
  expect(outcome.calls).toEqual([]);
});
