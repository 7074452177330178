import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Aws } from '../../support/boot-aws';
import {
  BootNode,
  CERTIFICATE,
  PARAMETERS,
  awsOfFourNodes,
  CHANNEL,
  packagesOf,
  packed,
  sha256,
} from '../../support/boot-node';

jest.setTimeout(60_000);

const LEAD = '127.9.16.32';
const WORKER = '127.9.16.35';
let aws: Aws;
let node: BootNode;

beforeEach(async () => {
  aws = await awsOfFourNodes();
});

afterEach(() => {
  node.remove();
  aws.stop();
});

function nodeAt(address: string, changes: Readonly<Record<string, unknown>> = {}): BootNode {
  node = new BootNode(aws, address, changes);
  node.unpack();
  node.write('var/lib/flux-usernetes-boot/rank', String(Number(address.split('.')[3]) - 32));
  return node;
}

/** A node with its owner, whose engine and Flux are not asked for. */
function configured(address: string): BootNode {
  const made = nodeAt(address);
  made.write('etc/passwd', 'root:x:0:0::/root:/bin/bash\nflux:x:12345:12345::/home/flux:/bin/bash\n');
  made.write('etc/group', 'root:x:0:\nflux:x:12345:\n');
  made.write('home/flux/.profile', '');
  return made;
}

test('a mirror that is down fails the boot after a few tries, in words; mended, the next boot succeeds from there', async () => {
  nodeAt(WORKER).fault('apt-get', 'echo "E: Failed to fetch: Connection timed out" >&2; exit 100');
  const first = await node.boot('install', { FLUX_USERNETES_ATTEMPTS: '2' });
  expect(first.code).toBe(1);
  expect(node.calls('apt-get')).toHaveLength(4);
  const sentence =
    "apt can't read http://archive.ubuntu.com, tried 4 times: E: Failed to fetch: Connection timed out";
  // As long as systemd tries again nothing has failed.
  expect(node.state).toMatchObject({
    state: 'booting',
    step: '10-system',
    message: `attempt 1 of 2 failed: ${sentence}`,
  });
  const second = await node.boot('install', { FLUX_USERNETES_ATTEMPTS: '2' });
  expect(second.code).toBe(78);
  expect(node.state).toEqual({
    state: 'failed',
    step: '10-system',
    message: sentence,
    rank: 3,
    host: 'hpc-3',
    since: expect.any(Number),
  });
  expect(node.read('dev/console')).toContain(`10-system failed: ${sentence}\n`);

  node.mend('apt-get');
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.85.0')));
  expect(await node.boot('install')).toMatchObject({ code: 0 });
  expect(node.state).toMatchObject({ state: 'booting', message: '' });
});

test('a boot that was broken off amid an installation is mended by the next, which waits for whoever holds a lock', async () => {
  nodeAt(WORKER, { limits: { step: 60, ready: 60, job: 900 } });
  const once = (name: string, what: string): string =>
    `[[ -e /record/${name} ]] || { touch /record/${name}; ${what}; exit 100; }`;
  node.fault(
    'dpkg',
    once('held', 'echo "dpkg: error: dpkg frontend lock was locked by another process" >&2'),
  );
  const lock = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4321 (apt-get)';
  const looks = (times: number): string => `[[ $(grep -c ' update ' /record/calls) -gt ${String(times)} ]]`;
  node.fault(
    'apt-get',
    `case $* in *' update '*) ${looks(6)} || { printf "${lock}\\nE: Unable to lock directory /var/lib/apt/lists/\\n" >&2; exit 100; } ;;
    *' install --yes '*) [[ -e /record/whole ]] || { echo "E: Unmet dependencies" >&2; exit 100; } ;;
    *--fix-broken*) touch /record/whole ;; esac`,
  );
  expect(await node.step('10-system')).toMatchObject({ code: 0 });
  const configure = 'dpkg --force-confold --configure -a';
  const calls = node.calls().filter((call) => /^(dpkg|apt-get|systemctl disable)/.test(call));
  expect(calls.slice(0, 4)).toEqual([
    'systemctl disable --now apt-daily.timer apt-daily-upgrade.timer',
    configure,
    configure,
    expect.stringMatching(/^apt-get .* update -q --error-on=any$/),
  ]);
  const verbs = calls.slice(3, 13).map((call) => / (update|install --\S+)/.exec(call)?.[1]);
  expect(verbs).toEqual([
    ...Array<string>(7).fill('update'),
    'install --yes',
    'install --fix-broken',
    'install --yes',
  ]);
  // No update of the night restarts what jobs need.
  const stays = `do('/etc/needrestart/conf.d/flux-usernetes.conf');
    for my $unit (@ARGV) { print grep({ $unit =~ /$_/ } keys %{$nrconf{override_rc}}) ? 'stays' : 'goes', ' ' }`;
  expect(
    await node.run(['perl', '-e', stays, 'flux.service', 'user@12345.service', 'ssh.service']),
  ).toMatchObject({ output: 'stays stays goes ' });
  // The wait has an end.
  node.fault(
    'apt-get',
    `printf "${lock}\\nE: Unable to lock directory /var/lib/apt/lists/\\n" >&2; exit 100`,
  );
  expect(await node.step('10-system', { FLUX_USERNETES_LOCKED: '1' })).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(`apt can't read http://archive.ubuntu.com, tried 4 times: ${lock}`);
});

test('a boot that meets another one waits for it, and then lets systemd try again', async () => {
  nodeAt(WORKER);
  const held = 'exec 8>/run/flux-usernetes/lock; flock 8; /opt/flux-usernetes/boot.sh install 8>&-';
  const done = await node.run(['bash', '-c', held], { FLUX_USERNETES_WAIT: '0.1' });
  expect(done).toMatchObject({ code: 75, output: expect.stringContaining('another boot is under way') });
  expect(node.calls()).toEqual([]);
  expect(node.read('opt/flux-usernetes/units/flux-usernetes-boot.service')).toMatch(
    /^Environment=FLUX_USERNETES_WAIT=600$[^]*^Restart=on-failure$/m,
  );
});

test('a step that hangs is ended, and says what it was at', async () => {
  nodeAt(WORKER, { limits: { step: 1, ready: 60, job: 900 } }).fault(
    'modprobe',
    'echo "loading $2"; sleep 5',
  );
  expect(await node.boot('install')).toMatchObject({ code: 78 });
  expect(node.state).toMatchObject({
    state: 'failed',
    message: 'it took longer than 1 s; it said last: loading br_netfilter',
  });
});

test('a file with another checksum, and a key with another fingerprint, are not used', async () => {
  nodeAt(LEAD).write('mirror/micromamba', 'another program');
  await node.step('30-flux');
  expect(node.sentence).toMatch(
    /^what https:\/\/github.com\/micromamba has is not what it should be: its checksum is [0-9a-f]{64}, not [0-9a-f]{64}$/,
  );
  expect(node.has('var/lib/flux-usernetes-boot/micromamba')).toBe(false);

  node.fault('gpg', 'printf "pub:x\\nfpr:::::::::0123:\\n"; exit');
  await node.step('20-container-engine');
  expect(node.sentence).toBe(
    'https://download.docker.com/linux/ubuntu/gpg has the fingerprint 0123, not 9DC858229FC7DD38854AE2D88D81803C0EBFCD88',
  );
  expect(node.calls('apt-get')).toEqual([]);
});

test('each engine is installed in its pinned version, and set up by the user who owns it', async () => {
  configured(LEAD);
  expect(await node.step('20-container-engine')).toMatchObject({ code: 0 });
  expect(node.read('etc/apt/sources.list.d/docker.list')).toMatch(
    /^deb \[arch=\w+ signed-by=\/etc\/apt\/keyrings\/docker.asc\] https:\/\/download.docker.com\/linux\/ubuntu noble stable\n$/,
  );
  expect(node.calls('apt-get').join()).toMatch(
    / install .* docker-ce=5:[\d.]+-1~ubuntu.24.04~noble docker-ce-cli=/,
  );
  expect(node.calls('systemctl')).toContain(
    'systemctl disable --now docker.service docker.socket containerd.service',
  );
  expect(node.calls('dockerd')).toEqual(['dockerd-rootless-setuptool.sh install']);
  expect(node.read('etc/systemd/user/docker.service.d/flux-usernetes.conf')).toBe(
    '[Service]\nEnvironment=DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns\n',
  );
  expect(node.calls('systemctl --user')).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable --now docker.service',
    'systemctl --user restart docker.service',
  ]);
  // A key has no checksum; all else may come from an own mirror.
  expect(node.calls('curl')[0]).toContain('--proto =https ');

  node.settings({ engine: 'podman' });
  expect(await node.step('20-container-engine')).toMatchObject({ code: 0 });
  expect(node.read('etc/containers/containers.conf.d/flux-usernetes.conf')).toContain('"slirp4netns"');
  node.write('etc/os-release', 'VERSION_CODENAME=jammy\n');
  expect(await node.step('20-container-engine')).toMatchObject({ code: 78 });
  expect(node.sentence).toBe(
    'there is no podman with podman-compose or a pinned version for Ubuntu jammy: take Ubuntu 24.04 or another engine',
  );

  node.settings({ engine: 'nerdctl', engines: { nerdctl: { amd64: archive(), arm64: archive() } } });
  expect(await node.step('20-container-engine')).toMatchObject({ code: 0 });
  expect(node.calls('containerd')).toEqual([
    'containerd-rootless-setuptool.sh install',
    'containerd-rootless-setuptool.sh install-buildkit-containerd',
    'containerd-rootless-setuptool.sh install-bypass4netnsd',
  ]);
});

/** What a release of nerdctl is here: a tarball that may be unpacked to /usr/local again and again. */
function archive(): unknown {
  const made = spawnSync('tar', ['-cz', '-C', node.path('dev'), 'zero'], { maxBuffer: 1e6 }).stdout;
  node.write('mirror/nerdctl.tar.gz', made);
  return { url: 'https://github.com/nerdctl.tar.gz', sha256: sha256(made) };
}

test('a download that fails is tried again, and then named', async () => {
  nodeAt(LEAD).fault('curl', 'exit 28');
  await node.step('30-flux');
  expect(node.calls('curl')).toHaveLength(5);
  expect(node.calls('curl')[0]).toContain('--proto =http,https ');
  expect(node.sentence).toBe(
    "can't download https://github.com/micromamba, tried 5 times: is there a way out of this network, and is it up?",
  );
});

test('a worker does not wait for ever for the list of packages', async () => {
  nodeAt(WORKER, { limits: { step: 1 } });
  expect(await node.step('30-flux')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(
    'rank 0 (hpc-0) has not put the list of packages into the parameter /flux-usernetes/hpc/packages: look there why',
  );
});

test('a list with addresses elsewhere, or of another machine, is not installed', async () => {
  nodeAt(WORKER, { limits: { step: 1 } });
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.85.0', 'https://elsewhere.org')));
  const done = await node.step('30-flux');
  expect(done.output).toContain(`which is not below ${CHANNEL}/`);
  expect(node.has('opt/flux')).toBe(false);

  const [flux] = packagesOf('0.85.0');
  node.settings({
    flux: { channel: CHANNEL, lock: lockOf({ ...flux, sha256: 'none' }), micromamba: micromamba() },
  });
  await node.step('30-flux');
  expect(node.sentence).toBe(`the list of packages has no checksum of ${flux!.url}`);
});

function lockOf(...packages: unknown[]) {
  return { 'linux-64': packages, 'linux-aarch64': packages };
}

function micromamba(): unknown {
  const { flux } = JSON.parse(node.read('etc/flux-usernetes/cluster.json')) as {
    flux: Record<string, unknown>;
  };
  return flux.micromamba;
}

test('half an installation is removed; a whole one with the packages of the lock is kept', async () => {
  nodeAt(WORKER);
  node.settings({
    flux: { packages: [], channel: CHANNEL, lock: lockOf(...packagesOf('0.85.0')), micromamba: micromamba() },
  });
  node.write('opt/flux/bin/left', 'half');
  node.write('opt/.flux-usernetes-killed/pkgs', 'left');
  // Once it is broken off, after packages have come.
  node.fault('micromamba', 'mkdir -p /opt/flux/bin; kill -9 $PPID; sleep 1');
  await node.step('30-flux');
  expect(node.has('opt/flux/.flux-usernetes.json')).toBe(false);
  node.mend('micromamba');
  expect(await node.step('30-flux')).toMatchObject({ code: 0 });
  expect(node.has('opt/flux/bin/left')).toBe(false);
  expect(node.has('opt/.flux-usernetes-killed')).toBe(false);
  const installed = node.calls('micromamba').length;
  expect(await node.step('30-flux')).toMatchObject({ code: 0 });
  expect(node.calls('micromamba')).toHaveLength(installed);
  expect(aws.calls).toEqual([]);
});

test('packages that micromamba leaves out are missed', async () => {
  nodeAt(WORKER);
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.85.0')));
  node.fault('micromamba', '[[ $* != *--file* ]] || { mkdir -p /opt/flux/conda-meta; exit 0; }');
  await node.step('30-flux');
  expect(node.sentence).toMatch(/^micromamba has left out flux-core-0\.85\.0-/);
  expect(node.has('opt/flux')).toBe(false);
});

test('a full disk is called by its name, and half an installation is not left on it', async () => {
  nodeAt(WORKER);
  aws.parameters.set(`${PARAMETERS}/packages`, packed(packagesOf('0.85.0')));
  node.fault(
    'micromamba',
    'mkdir -p /opt/flux; head -c 5000000 /dev/zero >/opt/flux/file || { echo "error    No space left on device" >&2; exit 1; }',
  );
  const sentence = /^the disk of \/opt has \d+ MiB left and Flux needs \d+: make the root volume larger$/;
  const step = '/opt/flux-usernetes/steps/30-flux.sh; ls -A /opt/flux; exit 0';
  expect(await node.run(['bash', '-c', step], {}, ['/opt'])).toMatchObject({
    output: expect.stringContaining("cannot access '/opt/flux'"),
  });
  expect(node.sentence).toMatch(sentence);
  // Mostly it is seen before anything has begun.
  const installed = node.calls('micromamba').length;
  await node.step('30-flux', { FLUX_USERNETES_ROOM: '1e18' });
  expect(node.sentence).toMatch(sentence);
  expect(node.calls('micromamba')).toHaveLength(installed);
});

test('a boot that can write nothing on the disk is told all the same', async () => {
  nodeAt(WORKER);
  const fill = 'head -c 5000000 /dev/zero >/var/fill; exec /opt/flux-usernetes/boot.sh install';
  const done = await node.run(['bash', '-c', fill], {}, ['/var']);
  expect(done.code).toBe(78);
  expect(JSON.parse(node.read('run/flux-usernetes/state.json'))).toMatchObject({
    state: 'failed',
    step: '10-system',
    rank: 3,
  });
  expect(node.read('dev/console')).toContain('10-system failed: ');
});

test('a node on which the owner reaches the metadata service is none', async () => {
  configured(LEAD).fault('curl', 'exit 0');
  expect(await node.step('50-node')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(
    'the user flux, and so every job and pod, reaches the metadata service of this instance: look at iptables -S OUTPUT',
  );
  node.fault('iptables', 'echo "iptables: no chain by that name" >&2; exit 1');
  await node.step('50-node');
  expect(node.sentence).toBe(
    "iptables can't close the metadata service to all but root: iptables: no chain by that name",
  );
});

test('another commit than the pinned one is not used', async () => {
  nodeAt(LEAD).write('record/commit', '0'.repeat(40));
  await node.step('40-usernetes');
  expect(node.sentence).toMatch(/ has sent the commit 0{40}, not 9658658/);
  expect(node.has('opt/usernetes')).toBe(false);
});

test('images of flannel that can not be kept are named, and half of an archive is not taken for one', async () => {
  configured(LEAD).fault('docker', 'case $* in *helm*) echo "Error: no chart" >&2; exit 1 ;; esac');
  expect(await node.step('40-usernetes')).toMatchObject({ code: 1 });
  expect(node.sentence).toMatch(
    /^the chart of flannel in flux-usernetes-node:\w{12} names no image: Error: no chart$/,
  );
  node.fault('docker', 'case $* in save*) echo half; echo "no space" >&2; exit 1 ;; esac');
  await node.step('40-usernetes');
  expect(node.sentence).toBe("docker can't save ghcr.io/cni:v2 ghcr.io/flannel:v1: no space");
  node.mend('docker');
  expect((await node.step('40-usernetes')).output).toContain('uses ghcr.io/flannel:v1\n');
  expect(readdirSync(node.path('opt/usernetes-images'))).toEqual([
    expect.stringMatching(/^flannel-\w{12}\.tar$/),
  ]);
});

test('a node whose address is none of the cluster says so, and is not tried again', async () => {
  configured(LEAD).write('record/address', '127.9.16.40');
  expect(await node.boot('configure', { FLUX_USERNETES_ATTEMPTS: '3' })).toMatchObject({ code: 78 });
  expect(node.state).toMatchObject({
    state: 'failed',
    step: '50-node',
    message:
      'no address of this node (127.0.0.1, 127.9.16.40, 172.31.0.9) is among those of the cluster, 127.9.16.32 to ' +
      '127.9.16.39: its network interface is not one that the cluster made',
  });
});

test('a certificate that the role may not read fails the first boot; a later one goes on with what it has', async () => {
  configured(WORKER);
  const denied = JSON.stringify({ __type: 'AccessDeniedException', Message: 'User: x is not authorized' });
  aws.fault = (call) => (call.endsWith('/curve-certificate') ? [400, denied] : undefined);
  expect(await node.step('60-secrets')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(
    "can't read the parameter /flux-usernetes/hpc/curve-certificate: the role of this instance may not " +
      '(AccessDeniedException User: x is not authorized)',
  );
  aws.fault = () => undefined;
  expect(await node.step('60-secrets')).toMatchObject({ code: 0, output: '' });
  aws.fault = () => [503, ''];
  const done = await node.step('60-secrets');
  expect(done.output).toMatch(/tried 6 times: 503: going on with the one of the last boot\n$/);
  expect(node.read('etc/flux/system/curve.cert')).toBe(CERTIFICATE);
  expect(node.has('run/flux-usernetes/secret')).toBe(false);
});

test('a secret with something else in it is refused; one of Secrets Manager is as good as a parameter', async () => {
  configured(WORKER);
  aws.parameters.set(`${PARAMETERS}/curve-certificate`, '-');
  await node.step('60-secrets');
  expect(node.sentence).toBe(
    'what parameter /flux-usernetes/hpc/curve-certificate has is no certificate of Flux: it has no secret-key',
  );
  const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:curve-AbCdEf';
  aws.secrets.set(secret, CERTIFICATE);
  node.settings({ certificate: { secret } });
  expect(await node.step('60-secrets')).toMatchObject({ code: 0 });
  expect(node.ownership('etc/flux/system/curve.cert')).toBe('400 12345');
});

test('a worker whose lead does not answer says so', async () => {
  configured(WORKER).write('usr-local', '');
  node.write('var/lib/flux-usernetes-boot/rank', '3');
  node.fault('runuser', 'exit 1');
  node.settings({ limits: { step: 60, ready: 1, job: 900 } });
  expect(await node.step('90-ready')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(
    "the lead, rank 0 (hpc-0, 127.9.16.32), doesn't answer at port 8050 after 1 s: look there first",
  );
});

test('a lead whose workers do not come names them, and goes on without them', async () => {
  configured(LEAD);
  node.write('record/online', '0,2\n');
  // It waits for the quorum until it is started anew with a smaller one.
  node.fault('runuser', 'case $* in *uptime*) exit 1;; *) cat /record/online; exit;; esac');
  node.settings({ limits: { step: 60, ready: 1, job: 900 } });
  expect(await node.step('90-ready')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(
    'ranks 1 (hpc-1), 3 (hpc-3) are not online in Flux: look at the tag flux-usernetes:message and the console of ' +
      'these instances',
  );
  expect(node.read('etc/flux-usernetes/quorum')).toBe('1\n');
  expect(node.calls('systemctl restart')).toEqual(['systemctl restart flux.service']);
});

test('each start of the broker of the lead sweeps what jobs of the one before have left, as its owner', async () => {
  configured(LEAD).settings({ mode: 'batch' });
  const unit = node.read('opt/flux-usernetes/units/flux.service');
  const sweep = /^ExecStartPost=-\+(\S+)$/m.exec(unit)?.[1] ?? '';
  const swept = async (): Promise<readonly string[]> => {
    expect(await node.run([sweep])).toEqual({ code: 0, output: '' });
    return node.calls('systemd-run');
  };
  const [call, ...others] = await swept();
  expect(others).toEqual([]);
  expect(call).toMatch(/ --no-block .* --uid=flux --gid=flux --property=RuntimeMaxSec=\d+ /);
  expect(call).toMatch(/ until '\/opt\/flux-usernetes\/usernetes' clean --stale; do sleep \d+; done$/);
  // One that is under way already goes on.
  node.fault('systemd-run', 'exit 1');
  expect(await swept()).toHaveLength(2);
  node.write('var/lib/flux-usernetes-boot/rank', '3');
  expect(await swept()).toHaveLength(2);
  node.write('var/lib/flux-usernetes-boot/rank', '0');
  node.settings({ mode: 'system' });
  expect(await swept()).toHaveLength(2);
});

test('a failure of Kubernetes is told in the words of its own command', async () => {
  configured(WORKER);
  const said = 'usernetes: rank 3 (hpc-3), step worker: rank 0 (hpc-0) does not answer';
  node.fault('runuser', 'echo " 00:45 run 1s"; exit');
  node.fault('journalctl', `echo "${said}"`);
  node.settings({ limits: { step: 60, ready: 1, job: 900 } });
  expect(await node.step('90-ready')).toMatchObject({ code: 1 });
  expect(node.sentence).toBe(said);
});

test('scripts that are not those of cluster.json are not run', async () => {
  node = new BootNode(aws, LEAD);
  aws.objects.set('scripts/bundle.json', '{"files": []}');
  const done = await node.run([
    'sh',
    '-c',
    'sed -i "s/, 40$/, 2/" /root/bootstrap.py && python3 /root/bootstrap.py',
  ]);
  expect(done.code).toBe(1);
  expect(done.output).toContain('its checksum is not that of cluster.json');
  expect(done.output).toContain('giving up: mend the cause and reboot this node');
  expect(done.output).toContain(node.read('dev/console'));
  expect(node.has('opt/flux-usernetes')).toBe(false);
  expect(Object.fromEntries(aws.tags)).toMatchObject({
    'flux-usernetes:state': 'failed',
    'flux-usernetes:step': 'bootstrap',
  });
  expect(node.calls()).toEqual([]);
});
