import { Aws } from '../../support/boot-aws';
import {
  BootNode,
  CERTIFICATE,
  PARAMETERS,
  awsOfFourNodes,
  COMMIT,
  packagesOf,
  packed,
} from '../../support/boot-node';
import { until } from '../../support/until';

jest.setTimeout(60_000);

const ARCHIVE = `opt/usernetes-images/flannel-${COMMIT.slice(0, 12)}.tar`;
let aws: Aws;
let node: BootNode;

beforeEach(async () => {
  aws = await awsOfFourNodes();
});

afterEach(() => {
  node.remove();
  aws.stop();
  expect(aws.complaints).toEqual([]);
});

test('the lead boots from nothing, and the next boot installs nothing a second time', async () => {
  node = new BootNode(aws, '127.9.16.32');
  const brought = await node.run(['python3', '/root/bootstrap.py']);
  expect(brought).toEqual({ code: 0, output: '' });
  expect(node.calls()).toEqual([
    'systemctl daemon-reload',
    'systemctl enable flux-usernetes-guard.service flux-usernetes-boot.service flux-usernetes-report.service',
    'systemctl start --no-block flux-usernetes-report.service flux-usernetes-boot.service',
  ]);

  const first = await node.boot();
  expect(first).toMatchObject({ code: 0 });
  const done = first.output.split('\n').filter((line) => / done in \d+ s$/.test(line));
  expect(done.map((line) => line.split(' ')[1])).toEqual([
    '10-system',
    '20-container-engine',
    '30-flux',
    '40-usernetes',
    '50-node',
    '60-secrets',
    '70-flux',
    '80-usernetes',
    '90-ready',
  ]);
  expect(node.read('var/log/flux-usernetes.log')).toBe(first.output);
  expect(node.read('dev/console')).toContain('Z boot this node is ready, after ');
  expect(node.state).toMatchObject({ state: 'ready', rank: 0, host: 'hpc-0', step: '90-ready' });
  // What the others install is what it has resolved, and installed itself.
  expect(aws.parameters.get(`${PARAMETERS}/packages`)).not.toBe('-');
  expect(node.read('record/list')).toBe(
    '@EXPLICIT\n' +
      packagesOf('0.85.0')
        .map(({ url, sha256 }) => `${url}#${sha256}\n`)
        .join(''),
  );
  expect(node.read('record/hostname')).toBe('hpc-0\n');
  expect(node.read('etc/hosts')).toContain('127.9.16.32 hpc-0\n127.9.16.33 hpc-1\n');
  expect(node.read('etc/hosts')).toContain('127.9.16.39 hpc-7\n# flux-usernetes: end\n');
  expect(node.read('etc/flux/system/curve.cert')).toBe(CERTIFICATE);
  expect(node.ownership('etc/flux/system/curve.cert')).toBe('400 12345');
  expect(node.ownership('var/lib/flux')).toBe('700 12345');
  // The first start waits for all nodes; one after that for nobody who is down.
  expect(node.read('record/quorums')).toBe('4\n');
  expect(node.read('etc/flux-usernetes/quorum')).toBe('1\n');
  expect(node.read('etc/flux/system/R')).toBe('{"made": "R encode --hosts=hpc-[0-7] --cores=0-3"}\n');
  const toml = node.read('etc/flux/system/conf.d/broker.toml');
  expect(toml).toContain('default_bind = "tcp://127.9.16.32:%p"\n');
  expect(toml).toContain('hosts = [ { host = "hpc-[0-7]" } ]\n');
  expect(toml).not.toMatch(/job-manager|flux-imp|guest/);
  // Nobody but root has what the role of the instance may, before anything runs that users have a say in.
  const closed = '--destination 169.254.169.254/32 --match owner ! --uid-owner 0 --jump REJECT';
  expect(node.calls('iptables')).toContain(`iptables --wait 20 --insert OUTPUT ${closed}`);
  // The kubectl of the image is what jobs and people find.
  expect(await node.run(['kubectl', 'version', '--client'])).toMatchObject({ code: 0 });
  expect(node.read(ARCHIVE)).toBe('images: save ghcr.io/cni:v2 ghcr.io/flannel:v1\n');
  expect(node.ownership(ARCHIVE)).toBe('644 0');
  expect(node.read('etc/logrotate.d/flux-usernetes')).toContain('/var/log/flux-usernetes.log {\n');
  expect(node.calls('systemctl restart')).toEqual([
    'systemctl restart flux.service',
    'systemctl restart --no-block flux-usernetes-system.service',
  ]);

  const everything =
    node.read('record/calls') + node.read('var/log/flux-usernetes.log') + node.read('dev/console');
  expect(everything).not.toContain('the-secret');

  node.reboot();
  const hosts = node.read('etc/hosts');
  const second = await node.run(['sh', '-c', 'python3 /root/bootstrap.py && /opt/flux-usernetes/boot.sh']);
  expect(second).toMatchObject({ code: 0 });
  expect(second.output).toContain('30-flux was done before');
  const programs = new Set(node.calls().map((call) => call.split(' ')[0]));
  expect([...programs].sort()).toEqual(
    'curl flux hostname ip iptables modprobe runuser systemctl'.split(' '),
  );
  expect(node.calls('iptables').join()).not.toContain('--insert');
  expect(node.calls('systemctl')).not.toContain('systemctl daemon-reload');
  expect(aws.calls.filter((call) => call.startsWith('GetObject'))).toHaveLength(1);
  expect(node.read('etc/hosts')).toBe(hosts);
  // A node that doesn't come back is down from now on: the others don't wait for it.
  expect(node.read('record/quorums')).toBe('4\n1\n');

  // The same again, with a broker that runs.
  const third = await node.boot('configure');
  expect(third.output).toContain('70-flux the broker runs already, and nothing has changed for it');
});

test('a worker waits for the list of packages, and installs exactly that', async () => {
  node = new BootNode(aws, '127.9.16.35', { mode: 'batch' });
  node.unpack();
  // Of a cluster with an older Flux: rank 0 replaces it.
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.66.0')));
  const booted = node.boot();
  const asked = (): number => aws.calls.filter((call) => call.endsWith('/packages')).length;
  await until(() => asked() > 2, 20);
  expect(node.has('opt/flux')).toBe(false);
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.85.1')));

  expect(await booted).toMatchObject({ code: 0 });
  expect(node.read('record/list')).toContain('flux-core-0.85.1-');
  expect(node.calls('micromamba').join()).not.toContain('--dry-run');
  expect(node.state).toMatchObject({ state: 'ready', rank: 3, host: 'hpc-3' });
  expect(node.read('etc/flux/system/conf.d/broker.toml')).toContain(
    'command = [ "/opt/flux-usernetes/usernetes", "job-prolog" ]\nper-rank = false\n',
  );
  expect(node.read('etc/flux/system/conf.d/broker.toml').match(/^timeout = .*$/gm)).toEqual(
    Array(2).fill('timeout = "1200s"'),
  );
  expect(node.calls('systemctl').join()).not.toContain('start --no-block flux-usernetes-system');
});

test('an image has everything installed and nothing of a cluster, and a node made of it installs nothing', async () => {
  node = new BootNode(aws, '10.1.2.3');
  node.unpack();
  const { engine, flux, usernetes, limits } = JSON.parse(
    node.read('etc/flux-usernetes/cluster.json'),
  ) as Record<string, unknown>;
  node.write('etc/flux-usernetes/cluster.json', JSON.stringify({ engine, flux, usernetes, limits }));
  const baked = await node.boot('install', { FLUX_USERNETES_IMAGE: '1' });
  expect(baked).toMatchObject({ code: 0 });
  expect(node.has('var/lib/flux-usernetes-boot/state.json')).toBe(false);
  expect(node.has('etc/flux')).toBe(false);
  expect(node.has(ARCHIVE)).toBe(true);
  expect(aws.calls).toEqual([]);

  node.write('etc/flux-usernetes/baked.json', node.read('etc/flux-usernetes/cluster.json'));
  node.reboot();
  // The cluster says neither which Flux nor which usernetes: it takes those of the image.
  node.settings({ baked: true, engine: 'docker', flux: undefined, usernetes: undefined });
  node.write('record/address', '127.9.16.32');
  const booted = await node.boot();
  expect(booted).toMatchObject({ code: 0 });
  expect(booted.output).toContain('20-container-engine is in the image');
  expect(node.calls('apt-get')).toEqual([]);
  expect(node.calls('micromamba')).toEqual([]);

  // Flux of this image was compiled with flux-security, and several people share a key.
  node.program('opt/flux/libexec/flux/flux-imp');
  node.settings({ baked: true, engine: 'docker', mungeKey: { parameter: `${PARAMETERS}/munge-key` } });
  expect(await node.step('70-flux')).toMatchObject({ code: 0 });
  expect(node.read('etc/flux/system/conf.d/broker.toml')).toMatch(
    /\n\[exec\]\nimp = "\/opt\/flux\/libexec\/flux\/flux-imp"\n\n\[access\]\nallow-guest-user = true\n/,
  );

  node.settings({ baked: true, engine: 'podman' });
  expect(await node.boot()).toMatchObject({ code: 78 });
  expect(node.state).toMatchObject({
    state: 'failed',
    message: 'the image has docker, and the cluster is to have podman: give both the same engine',
  });

  node.settings({ baked: true, engine: 'docker', efa: true });
  expect(await node.boot()).toMatchObject({ code: 78 });
  expect(node.state).toMatchObject({
    step: '45-efa',
    message: expect.stringContaining('the image lacks what this step installs') as unknown,
  });
});
