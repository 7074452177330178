/** The scripts of a pod, run for real under a stand-in flux: what Flux gets in each mode, and what the pod ends with. */
import { statSync, rmSync } from 'node:fs';
import { jobPod, removePods } from '../../support/job-pod';

jest.setTimeout(60_000);
afterEach(removePods);

/** The options of every broker of the cluster. */
const BROKER_OPTIONS = [
  '--config-path=/mnt/flux/config/etc/flux/config',
  '-Scron.directory=/mnt/flux/config/etc/flux/system/cron.d',
  '-Stbon.fanout=256',
  '-Srundir=/mnt/flux/config/run/flux',
  '-Sstatedir=/mnt/flux/config/var/lib/flux',
  '-Slocal-uri=local:///mnt/flux/config/run/flux/local',
  '-Stbon.connect_timeout=5s',
  '-Slog-stderr-level=6',
  '-Slog-stderr-mode=local',
];
/** Those of one that submits a job for all nodes. */
const SUBMIT_OPTIONS = [...BROKER_OPTIONS.slice(0, -2), '-Sbroker.quorum=1', ...BROKER_OPTIONS.slice(-2)];
const RUN = ['/bin/bash', '/flux-scripts/run.sh'];

test('the lead describes the resources, starts a broker, and submits plain words as they are', async () => {
  const pod = jobPod({ command: 'echo -in in.hns' });
  expect(await pod.run()).toEqual({ code: 0, stdout: '-in in.hns\n', stderr: '' });
  expect(pod.calls()).toEqual([
    ['R', 'encode', '--hosts=lmp-[0-3]', '--local'],
    ['broker', ...SUBMIT_OPTIONS, ...RUN],
    ['submit', '-N4', '-n16', '--quiet', '--watch', 'echo', '-in', 'in.hns'],
  ]);
});

test.each([
  ['submit', { command: 'echo hello' }, {}],
  ['launcher', { command: 'echo hello', launcher: true }, {}],
  ['batch', { command: 'echo hello', batch: true }, {}],
  ['script', { commands: { script: 'echo hello' } }, {}],
  ['interactive', {}, { interactive: true }],
])(
  'in the mode %s a follower starts a broker with its files, and nothing else',
  async (mode, runner, input) => {
    const pod = jobPod(runner, input, { index: 2 });
    expect(await pod.run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(pod.calls().map(([verb]) => verb)).toEqual(['broker']);
    const [broker] = pod.brokers();
    const args = ['submit', 'script'].includes(mode) ? SUBMIT_OPTIONS : BROKER_OPTIONS;
    expect(broker).toMatchObject({ args, certificateMode: '600' });
    expect(broker?.configuration).toContain('host = "lmp-[0-3]"');
    // Only the lead's counts; this one must name as many hosts as there are ranks.
    expect(JSON.parse(broker?.resources ?? '')).toMatchObject({
      execution: { R_lite: [{ rank: '0-3' }], nodelist: ['lmp-[0-3]'] },
    });
  },
);

test('shells that Flux starts with a socket as standard input do not read ~/.bashrc', async () => {
  const pod = jobPod({}, { interactive: true });
  await pod.run();
  // Bash takes itself for a remote login there if it is the outermost shell (run_startup_files in its shell.c).
  expect(Number(pod.brokers()[0]?.environment.SHLVL) + 1).toBeGreaterThanOrEqual(2);
});

test('an option that no shell can read as words is told, and Flux is not asked', async () => {
  const pod = jobPod({ command: 'hostname' }, { flux: { optionFlags: "-o 'x" } });
  expect(await pod.run()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/flux\.optionFlags holds no words that a shell can read/),
  });
  expect(pod.calls('submit')).toEqual([]);
});

test('a command with quotes and variables is submitted as a script that a shell reads once', async () => {
  const pod = jobPod({ command: 'A="x  y"; echo "$A" \'$A\'' });
  expect((await pod.run()).stdout).toBe('x  y $A\n');
  expect(pod.calls('submit')[0]?.slice(-2)).toEqual(['/bin/bash', '/flux-scripts/command.sh']);
});

test('a launcher runs beside the lead broker, and is not submitted', async () => {
  const pod = jobPod({ command: 'flux run -n2 echo "a  b"', launcher: true });
  expect((await pod.run()).stdout).toBe('a  b\n');
  expect(pod.calls().slice(2)).toEqual([['run', '-n2', 'echo', 'a  b']]);
});

test('a script of its own is what is submitted', async () => {
  const pod = jobPod({ commands: { script: 'echo one\necho "$HOSTNAME"' } });
  expect((await pod.run()).stdout).toBe('one\nlmp-0\n');
  expect(pod.calls('submit')[0]?.slice(-2)).toEqual(['/bin/bash', '/flux-scripts/command.sh']);
});

test('each line of a batch text is submitted, and the output of the batch job arrives', async () => {
  const pod = jobPod({ command: 'echo "one  two"\n\necho three', batch: true });
  expect((await pod.run()).stdout).toBe('one  two\nthree\n');
  const output = (line: number): string[] => [
    '--flags',
    'waitable',
    `--error=/tmp/fluxout/job-${line}.err`,
    `--output=/tmp/fluxout/job-${line}.out`,
  ];
  expect(pod.calls().slice(2)).toEqual([
    ['batch', '-N4', '-n16', '--output=kvs', '/flux-scripts/batch.sh'],
    ['job', 'attach', 'f23'],
    ['submit', ...output(0), 'echo', 'one  two'],
    ['submit', ...output(2), 'echo', 'three'],
    ['queue', 'idle'],
    ['jobs', '-a'],
  ]);
});

test.each([
  ['# flux: --output=mine.out\necho raw', '', []],
  ['echo raw', '--output=mine.out', ['--output=mine.out']],
  ['echo raw', '-c 2', ['--output=kvs', '-c', '2']],
])(
  'a raw batch script runs as it is; the file that its author names stays: %j, %j',
  async (command, flags, words) => {
    const pod = jobPod({ command, batch: true, batchRaw: true }, { flux: { optionFlags: flags } });
    expect((await pod.run()).stdout).toBe('raw\n');
    expect(pod.calls('batch')[0]).toEqual(['batch', '-N4', '-n16', ...words, '/flux-scripts/batch.sh']);
    expect(pod.read('record/batch')).toBe(`#!/bin/bash\n${command}`);
  },
);

test('an interactive lead starts a broker that runs nothing, and ends with what it ends with', async () => {
  const pod = jobPod({}, { interactive: true }, { flux: { broker: 'exit 5' } });
  expect((await pod.run()).code).toBe(5);
  expect(pod.brokers()[0]?.args).toEqual([...BROKER_OPTIONS, '-Sbroker.rc2_none']);
});

test.each([
  ['submit', { command: 'bash -c "exit 3"' }],
  ['launcher', { command: 'bash -c "exit 3"', launcher: true }],
  ['script', { commands: { script: 'exit 3' } }],
  ['batch', { command: 'exit 3', batch: true, batchRaw: true }],
])(
  "in the mode %s the exit code of the command is the pod's, and followers wait for another try",
  async (_, runner) => {
    const pod = jobPod(runner);
    expect(await pod.run()).toMatchObject({
      code: 3,
      stderr: 'minicluster: the command ended with exit code 3\n',
    });
    expect(pod.calls().at(-1)).toEqual('exec -r all -x 0 touch /mnt/flux/config/run/stay'.split(' '));
  },
);

test.each([
  ['submit', { submit: 'exit 4' }, { command: 'true' }],
  ['batch', { batch: 'exit 4' }, { command: 'true', batch: true }],
  ['broker', { broker: 'exit 4' }, { command: 'true', launcher: true }],
])('what flux %s fails with is the exit code of the pod', async (_verb, flux, runner) => {
  expect((await jobPod(runner, {}, { flux }).run()).code).toBe(4);
});

test('the words of submitCommand, optionFlags, tasks and debug are the flags of the job', async () => {
  const pod = jobPod(
    { command: 'true' },
    {
      flux: { submitCommand: 'flux run --env=A="x y"', optionFlags: "-o 'mpi=a b' # note" },
      logging: { debug: true },
    },
  );
  await pod.run();
  expect(pod.calls('run')).toEqual(['run|--env=A=x y|-N4|-n16|-vvv|-o|mpi=a b|true'.split('|')]);
});

test("options in front of a prefix are the broker's, and its words go before what the broker runs", async () => {
  const prefix = `-Stbon.topo=kary:2 -c /more --verbose wrapper 'two  words'`;
  const pod = jobPod({ command: 'echo hello', commands: { prefix } });
  pod.write('/image/bin/wrapper', '#!/bin/bash\necho "[$1]"\nshift\nexec "$@"\n', 0o755);
  expect((await pod.run()).stdout).toBe('[two  words]\nhello\n');
  expect(pod.brokers()[0]?.args).toEqual([
    ...BROKER_OPTIONS,
    '-Stbon.topo=kary:2',
    '-c',
    '/more',
    '--verbose',
    'wrapper',
    'two  words',
    ...RUN,
  ]);
});

test('of a prefix an interactive lead takes the options of the broker only', async () => {
  const pod = jobPod({ commands: { prefix: '-c /more wrapper' } }, { interactive: true });
  await pod.run();
  expect(pod.brokers()[0]?.args).toEqual([...BROKER_OPTIONS, '-c', '/more', '-Sbroker.rc2_none']);
});

test('the lead broker is wrapped in the words that wrap has between commas', async () => {
  const pod = jobPod({ command: 'true' }, { flux: { wrap: 'wrapper,-e,a b' } });
  pod.write('/image/bin/wrapper', '#!/bin/bash\necho "[$1 $2]"\nexec "${@:3}"\n', 0o755);
  expect((await pod.run()).stdout).toBe('[-e a b]\n');
  expect(pod.brokers()[0]?.args).toEqual([...SUBMIT_OPTIONS, ...RUN]);
});

test('a timed run tells the wall times of Flux and of the job, and keeps the exit code', async () => {
  const outcome = await jobPod({ command: 'bash -c "exit 6"' }, { logging: { timed: true } }).run();
  expect(outcome.code).toBe(6);
  expect(outcome.stderr).toMatch(
    /^FLUXTIME fluxsubmit wall time 0m0\.\d+s$[^]*^FLUXTIME fluxstart wall time 0m0\.\d+s$/m,
  );
});

test.each([
  ['2', '0-1'],
  ['3', '0-2'],
  ['4500m', '0-2,4'],
  ['64', '0-2,4-7'],
])(
  'with a CPU limit of %s Flux plans with the cores %s of 0-2,4-7, and binds no tasks',
  async (cpu, cores) => {
    const pod = jobPod({ command: 'true', resources: { limits: { cpu } } });
    await pod.run();
    expect(pod.brokers()[0]?.resources).toContain(`"children": {"core": "${cores}"}}], "nodelist"`);
    expect(pod.jobEnvironment()).toMatchObject({ FLUX_SHELL_RC_PATH: '/flux-scripts' });
    expect(pod.read('/mnt/flux/flux-view.sh')).toContain(
      `export FLUX_SHELL_RC_PATH=${pod.path('/flux-scripts')}`,
    );
  },
);

test('tasks stay bound where the pod has cores of its own, and where it has no limit', async () => {
  const exclusive = jobPod({ command: 'true', resources: { limits: { cpu: '2' } } });
  exclusive.write('/proc/self/status', 'Cpus_allowed_list:\t2-3\n');
  await exclusive.run();
  expect(exclusive.jobEnvironment()).not.toHaveProperty('FLUX_SHELL_RC_PATH');
  const free = jobPod({ command: 'true' });
  await free.run();
  expect(free.jobEnvironment()).not.toHaveProperty('FLUX_SHELL_RC_PATH');
  expect(free.brokers()[0]?.resources).toContain('"core": "0-2,4-7"');
});

test('the certificate of mode 0440 is copied for its owner alone', async () => {
  const pod = jobPod({ command: 'true' }, {}, { certificate: 'curve of ours\n' });
  expect(statSync(pod.path('/flux-certificate/curve.cert')).mode & 0o777).toBe(0o440);
  await pod.run();
  expect(pod.brokers()[0]).toMatchObject({ certificate: 'curve of ours\n', certificateMode: '600' });
  expect(pod.brokers()[0]?.configuration).toContain('curve_cert = "/mnt/flux/config/curve/curve.cert"');
});

test('a Secret without the key ends the pod with a sentence', async () => {
  const pod = jobPod({ command: 'true' }, {}, { certificate: null });
  expect(await pod.run()).toEqual({
    code: 1,
    stdout: '',
    stderr: "minicluster: the Secret of the certificate has no key curve.cert, or this user can't read it\n",
  });
  expect(pod.calls('broker')).toEqual([]);
});

test('an image without flux ends the pod with 127 and a sentence', async () => {
  const outcome = await jobPod({ command: 'true' }, {}, { hasFlux: false }).run();
  expect(outcome.code).toBe(127);
  expect(outcome.stderr).toMatch(
    /^minicluster: there is no flux here: it must be on the PATH of the image.*\n$/,
  );
});

test('a broken flux R encode ends the pod with a sentence', async () => {
  const outcome = await jobPod({ command: 'true' }, {}, { flux: { R: 'exit 1' } }).run();
  expect(outcome).toMatchObject({
    code: 1,
    stderr: "minicluster: flux R encode can't describe the cores of lmp-[0-3]\n",
  });
});

test('a volume that cannot be written to ends the pod with a sentence', async () => {
  const pod = jobPod({ command: 'true' });
  rmSync(pod.path('/mnt/flux'), { recursive: true });
  pod.write('/mnt/flux', '');
  const outcome = await pod.run();
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(
    /^minicluster: can't write below \/mnt\/flux: is the user of the container allowed to\?$/m,
  );
});

test('a user without a home gets one that can be written to, and a place for temporary files', async () => {
  const pod = jobPod({ command: 'true' }, {}, { image: { HOME: '/', TMPDIR: '/not/there' } });
  await pod.run();
  expect(pod.jobEnvironment()).toMatchObject({
    HOME: '/home/flux-operator',
    USER: 'flux-operator',
    TMPDIR: '/mnt/flux/tmp',
  });
});

test('flux-view.sh gives a shell the socket, the path and the environment that was asked for', async () => {
  const environment = { GREETING: 'it\'s "$HOME" `date`\n\\x', LATER: '2' };
  const pod = jobPod({}, { interactive: true, flux: { environment } });
  await pod.run();
  const script = '. /mnt/flux/flux-view.sh; printf "%s\\n" "$fluxsocket" "$PATH" end; env -0';
  const { stdout } = await pod.exec(['/bin/bash', '-uc', script]).ended;
  const [places = '', variables = ''] = stdout.split('end\n');
  expect(places).toBe('local:///mnt/flux/config/run/flux/local\n/image/bin\n');
  expect(variables.split('\0')).toEqual(
    expect.arrayContaining([`GREETING=${environment.GREETING}`, 'LATER=2']),
  );
});

test('what the hooks leave for the next broker, secrets too, is for the user of the container alone', async () => {
  const pod = jobPod({ commands: { init: 'umask 022' } }, { interactive: true });
  await pod.run();
  expect(pod.read('/mnt/flux/config/run/environment')).toContain('MINICLUSTER_SOCKET');
  expect(statSync(pod.path('/mnt/flux/config/run/environment')).mode & 0o777).toBe(0o600);
});

test('flux-connect.sh opens a shell in the instance', async () => {
  const pod = jobPod({}, { interactive: true });
  await pod.run();
  expect((await pod.exec(['/bin/bash', '/mnt/flux/flux-connect.sh']).ended).code).toBe(0);
  expect(pod.calls().at(-1)).toEqual(['proxy', 'local:///mnt/flux/config/run/flux/local', 'bash']);
});

test('without a socket at the usual place flux-view.sh finds the one that the broker made', async () => {
  const pod = jobPod({}, { interactive: true, flux: { disableSocket: true } });
  await pod.run();
  expect(pod.brokers()[0]?.args.filter((word) => word.startsWith('-Slocal-uri'))).toEqual([]);
  await pod.openSocket('/mnt/flux/config/run/flux/local-0');
  const { stdout } = await pod.exec(['/bin/bash', '-c', '. /mnt/flux/flux-view.sh; echo "$fluxsocket"'])
    .ended;
  expect(stdout).toBe('local:///mnt/flux/config/run/flux/local-0\n');
});
