import { renameSync } from 'node:fs';
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

/** When a state was reached: before any wait was seen, or after all of them. */
const [BEFORE, AFTER] = [0, 1e12];
let moment = 0;

function say(state: string, rank: number | null, step: string, message: string, when = AFTER): void {
  const host = rank === null ? 'ip-127-9-16-32' : `hpc-${rank}`;
  const since = when + ++moment;
  node.write(
    'run/flux-usernetes/state.json.new',
    JSON.stringify({ state, rank, step, message, host, since }),
  );
  renameSync(node.path('run/flux-usernetes/state.json.new'), node.path('run/flux-usernetes/state.json'));
}

function report(): void {
  node.write('etc/passwd', 'root:x:0:0::/root:/bin/bash\nflux:x:12345:12345::/home/flux:/bin/bash\n');
  node.write(UNIT, '');
  node.write('record/kubeconfig', 'server: one\n');
  node.fault(
    'runuser',
    'case $* in *kubeconfig) cat /record/kubeconfig ;; *) cat /record/online ;; esac; exit',
  );
  running = node.run(['python3', '-u', '/opt/flux-usernetes/report.py']);
}

const UNIT = 'record/active-flux-usernetes-system.service';
const asked = (): number => aws.calls.filter((call) => call.endsWith('/signal')).length;

/** Until it has looked a few times. */
async function looks(): Promise<void> {
  const before = asked();
  await until(() => asked() > before + 2);
}

/** Begins a wait: nodes have half of its seconds, if it is so short. */
const wait = (name: string, seconds = 600): unknown =>
  aws.parameters.set(`${PARAMETERS}/signal`, `${seconds} ${aws.url}/wait/${name}?Signature=s`);

test('each wait is told once that a node is ready, with the empty content type that AWS wants', async () => {
  say('booting', 3, '10-system', '');
  report();
  await until(() => aws.tags.get('flux-usernetes:step') === '10-system');
  // It is to be taken away: nobody waits for it.
  aws.parameters.set(`${PARAMETERS}/nodes`, '3');
  wait('first');
  say('ready', 3, '90-ready', 'up since now', BEFORE);
  await looks();
  expect(aws.signals).toEqual([]);
  aws.parameters.set(`${PARAMETERS}/nodes`, '4');
  await until(() => aws.signals.length === 1);
  expect(aws.signals).toEqual([
    {
      path: '/wait/first?Signature=s',
      contentType: '',
      document: { Status: 'SUCCESS', UniqueId: 'hpc-3', Reason: 'rank 3 (hpc-3) is ready', Data: '90-ready' },
    },
  ]);
  expect(aws.tags.get('flux-usernetes:state')).toBe('ready');
  await looks();
  expect(aws.signals).toHaveLength(1);
  expect(node.read('var/lib/flux-usernetes-boot/nodes')).toBe('4\n');
});

test('a later wait is told after this node has looked through Kubernetes again, once: the lead may be another one', async () => {
  wait('first');
  say('ready', 3, '90-ready', 'up', BEFORE);
  report();
  await until(() => aws.signals.length === 1);
  const begun = (): string[] => node.calls('systemctl st');
  expect(begun()).toEqual([]);
  node.fault('systemctl', 'case $* in "start "*) exit;; esac');
  wait('second');
  await until(() => !node.has(UNIT));
  await looks();
  expect(aws.signals).toHaveLength(1);
  node.write(UNIT, '');
  await until(() => aws.signals.length === 2);
  expect(aws.signals[1]).toMatchObject({ path: '/wait/second?Signature=s', document: { Status: 'SUCCESS' } });
  expect(begun()).toEqual([
    'systemctl stop flux-usernetes-system.service',
    'systemctl start --no-block flux-usernetes-system.service',
  ]);

  const said = 'usernetes: rank 3 (hpc-3), step worker: the lead says no';
  node.fault('journalctl', `echo "${said}"`);
  node.fault('systemctl', 'case $* in "start "*) exit;; is-active*) echo failed; exit 3;; esac');
  wait('third');
  await until(() => aws.signals.length === 3);
  expect(aws.signals[2]!.document).toMatchObject({
    Status: 'FAILURE',
    Reason: `rank 3 (hpc-3), step 90-ready: ${said}`,
  });
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

test('a boot that had failed before a wait began is tried again, and tells how that ends', async () => {
  say('failed', 3, '30-flux', 'no such host', BEFORE);
  wait('first');
  report();
  const restarts = (): number => node.calls('systemctl restart --no-block flux-usernetes-boot').length;
  await until(() => restarts() === 1);
  say('booting', 3, '30-flux', '');
  await looks();
  expect(aws.signals).toEqual([]);
  say('failed', 3, '30-flux', 'no such host');
  await until(() => aws.signals.length === 1);
  expect(aws.signals[0]!.document).toMatchObject({ Status: 'FAILURE' });
  expect(restarts()).toBe(1);

  say('failed', 3, '30-flux', 'no such host', BEFORE);
  wait('second');
  await until(() => restarts() === 2);
  say('booting', 3, '30-flux', '');
  say('ready', 3, '90-ready', 'up since now');
  await until(() => aws.signals.length === 2);
  expect(aws.signals[1]!.document).toMatchObject({ Status: 'SUCCESS' });
  expect(restarts()).toBe(2);
});

test('the lead names nodes that do not come; it is ready when all are there, and the kubeconfig is where all find it', async () => {
  wait('first', 2);
  node.write('record/online', '0,2\n');
  say('booting', 0, '90-ready', '');
  report();
  await until(() => aws.signals.length === 1);
  expect(aws.signals[0]!.document).toMatchObject({
    Status: 'FAILURE',
    Reason: expect.stringMatching(
      /^rank 0 \(hpc-0\), step 90-ready: is not done yet, .* over. ranks 1 \(hpc-1\), 3 \(hpc-3\) are not online in Flux: /,
    ),
  });
  const refused = JSON.stringify({ __type: 'AccessDeniedException' });
  aws.fault = (call) => (call.startsWith('PutParameter') ? [400, refused] : undefined);
  wait('second');
  say('ready', 0, '90-ready', 'up');
  await looks();
  // The cluster grows by a node, and a dead one is mended.
  node.write('record/online', '0-3\n');
  await looks();
  expect(aws.signals).toHaveLength(1);
  aws.fault = () => undefined;
  await until(() => aws.signals.length === 2);
  expect(aws.signals[1]!.document).toMatchObject({ Status: 'SUCCESS', UniqueId: 'hpc-0' });
  expect(aws.parameters.get(`${PARAMETERS}/kubeconfig`)).toBe('server: one\n');

  const stored = (): number => aws.calls.filter((call) => call.startsWith('PutParameter')).length;
  const before = stored();
  await looks();
  expect(stored()).toBe(before);
  node.write('record/kubeconfig', 'server: two\n');
  await until(() => aws.parameters.get(`${PARAMETERS}/kubeconfig`) === 'server: two\n');
  // Its owner reads it: a link leads root nowhere.
  expect(node.calls('runuser')).toContain(
    'runuser -u flux -- head -c 8193 /var/lib/flux-usernetes/system/kubeconfig',
  );
});

test('what AWS refuses for a while is told later, what it refuses for good is told no more, and never an address', async () => {
  wait('first');
  let faults = 12;
  aws.fault = (call) => {
    if (call.startsWith('metadata') || faults <= 0) return undefined;
    faults -= 1;
    return call.startsWith('signal') ? [503, ''] : [400, '{"__type": "ThrottlingException"}'];
  };
  say('ready', 1, '90-ready', 'up');
  report();
  await until(() => aws.signals.length === 1);
  await until(() => aws.tags.get('flux-usernetes:state') === 'ready');
  // A node that was made long after the wait: its address has expired.
  const tries: string[] = [];
  aws.fault = (call) => {
    if (!call.startsWith('signal')) return undefined;
    tries.push(call);
    return [403, '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'];
  };
  wait('second');
  await until(() => tries.length > 0);
  await looks();
  expect(tries).toHaveLength(1);
  node.remove();
  expect((await running).output).toContain('ThrottlingException');
  expect((await running).output).not.toContain('Signature');
});
