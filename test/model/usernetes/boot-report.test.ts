import { Aws } from '../../support/boot-aws';
import { BootNode, Done } from '../../support/boot-node';
import { until } from '../../support/until';

jest.setTimeout(30_000);

const PARAMETERS = '/flux-usernetes/hpc';
let aws: Aws;
let node: BootNode;
let running: Promise<Done>;

beforeEach(async () => {
  aws = await Aws.start();
  aws.parameters.set(`${PARAMETERS}/nodes`, '4');
  node = new BootNode(aws, '127.9.16.32', { limits: { step: 60, ready: 1, job: 900 } });
  node.unpack();
});

afterEach(async () => {
  node.remove();
  await running;
  aws.stop();
  expect(aws.complaints).toEqual([]);
});

/** Each state has a time of its own. */
let moment = 0;

function say(state: string, rank: number | null, step: string, message: string): void {
  const host = rank === null ? 'ip-127-9-16-32' : `hpc-${rank}`;
  const since = ++moment;
  node.write(
    'run/flux-usernetes/state.json.new',
    JSON.stringify({ state, rank, step, message, host, since }),
  );
  node.write('run/flux-usernetes/state.json', node.read('run/flux-usernetes/state.json.new'));
}

function report(): void {
  node.write('etc/passwd', 'root:x:0:0::/root:/bin/bash\nflux:x:12345:12345::/home/flux:/bin/bash\n');
  node.fault('runuser', 'cat /record/online; exit');
  running = node.run(['python3', '-u', '/opt/flux-usernetes/report.py']);
}

/** Begins a wait: nodes have half of its seconds, if it is so short. */
const wait = (name: string, seconds = 600): unknown =>
  aws.parameters.set(`${PARAMETERS}/signal`, `${seconds} ${aws.url}/wait/${name}?Signature=s`);

test('each wait is told once that a node is ready, also a later one, with the empty content type that AWS wants', async () => {
  say('booting', 3, '10-system', '');
  report();
  await until(() => aws.tags.get('flux-usernetes:step') === '10-system');
  wait('first');
  say('ready', 3, '90-ready', 'up since now');
  await until(() => aws.signals.length === 1);
  expect(aws.signals).toEqual([
    {
      path: '/wait/first?Signature=s',
      contentType: '',
      document: { Status: 'SUCCESS', UniqueId: 'hpc-3', Reason: 'rank 3 (hpc-3) is ready', Data: '90-ready' },
    },
  ]);
  expect(aws.tags.get('flux-usernetes:state')).toBe('ready');

  wait('second');
  await until(() => aws.signals.length === 2);
  const asked = (): number => aws.calls.filter((call) => call.endsWith('/signal')).length;
  const before = asked();
  await until(() => asked() > before + 2);
  expect(aws.signals.map(({ path }) => path)).toEqual([
    '/wait/first?Signature=s',
    '/wait/second?Signature=s',
  ]);
});

test('a failure is told with rank, host and step, and remembered over a reboot', async () => {
  wait('first');
  say('failed', null, '50-node', "no address: 'x' & <y>");
  report();
  await until(() => aws.signals.length === 1);
  expect(aws.signals[0]!.document).toEqual({
    Status: 'FAILURE',
    UniqueId: 'ip-127-9-16-32',
    Reason: "rank unknown (ip-127-9-16-32), step 50-node: no address: 'x' & <y>",
    Data: '50-node',
  });
  // EC2 takes no other signs in a tag.
  expect(aws.tags.get('flux-usernetes:message')).toBe('no address: x y');
  await until(() => node.has('var/lib/flux-usernetes-boot/signalled.json'));
  expect(node.read('var/lib/flux-usernetes-boot/signalled.json')).not.toContain('Signature');
});

test('a node that is still booting when a wait is nearly over says at which step it is', async () => {
  wait('first', 2);
  say('booting', 3, '30-flux', 'attempt 1 of 3 failed: no such host');
  report();
  await until(() => aws.signals.length === 1);
  expect(aws.signals[0]!.document).toMatchObject({
    Status: 'FAILURE',
    Reason:
      'rank 3 (hpc-3), step 30-flux: is not done yet, and the wait is nearly over. attempt 1 of 3 failed: no such host',
  });
});

test('a boot that has failed begins again with the next wait, and tells that one how it ends', async () => {
  wait('first');
  say('failed', 3, '30-flux', 'no such host');
  report();
  await until(() => aws.signals.length === 1);
  const restarts = (): number => node.calls('systemctl restart --no-block flux-usernetes-boot').length;
  expect(restarts()).toBe(0);

  wait('second');
  await until(() => restarts() === 1);
  say('booting', 3, '30-flux', '');
  say('ready', 3, '90-ready', 'up since now');
  await until(() => aws.signals.length === 2);
  expect(aws.signals[1]!.document).toMatchObject({ Status: 'SUCCESS' });
  expect(restarts()).toBe(1);
});

test('the lead waits for all nodes, and names those that do not come', async () => {
  wait('first', 2);
  node.write('record/online', '0,2\n');
  say('ready', 0, '90-ready', 'up');
  report();
  await until(() => aws.signals.length === 1);
  expect(aws.signals[0]!.document).toMatchObject({
    Status: 'FAILURE',
    Reason: expect.stringMatching(
      /^rank 0 \(hpc-0\), step 90-ready: ranks 1 \(hpc-1\), 3 \(hpc-3\) are not online in Flux: /,
    ),
  });
  // The cluster grows by a node, and a dead one is mended.
  wait('second');
  node.write('record/online', '0-3\n');
  await until(() => aws.signals.length === 2);
  expect(aws.signals[1]!.document).toMatchObject({ Status: 'SUCCESS', UniqueId: 'hpc-0' });
});

test('what AWS refuses for a while is told later, and never the address of a wait', async () => {
  wait('first');
  let faults = 12;
  aws.fault = (call) => {
    if (call.startsWith('metadata') || faults <= 0) return undefined;
    faults -= 1;
    return call.startsWith('signal')
      ? [403, '<Error><Code>AccessDenied</Code></Error>']
      : [400, '{"__type": "ThrottlingException"}'];
  };
  say('ready', 1, '90-ready', 'up');
  report();
  await until(() => aws.signals.length === 1);
  await until(() => aws.tags.get('flux-usernetes:state') === 'ready');
  node.remove();
  expect((await running).output).toContain('ThrottlingException');
  expect((await running).output).not.toContain('Signature');
});
