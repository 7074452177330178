/**
 * A node whose boot runs for real: a folder is its root, with its own /etc, /opt, /var, /run, /home and /dev and the
 * machine's /usr; programs that would change a machine are stand-ins, and AWS is a server on this machine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PORTS } from '../../src/model/usernetes';
import { Aws } from './boot-aws';
import { endProcessesNaming, needTools } from './pod-machine';
import { INTERPRETER, linkPython } from './python';

const ASSETS = join(__dirname, '../../assets/usernetes');
const STAND_IN = join(__dirname, 'boot-stand-in.sh');
const STAND_INS = (
  'apparmor_parser apt-get apt-mark containerd-rootless-setuptool.sh curl docker dockerd-rootless-setuptool.sh dpkg git gpg hostname hostnamectl ip ' +
  'iptables journalctl loginctl micromamba modprobe nerdctl podman runuser sysctl systemctl systemd-run useradd usermod'
).split(' ');
export const CHANNEL = 'https://conda.anaconda.org/conda-forge';
export const COMMIT = '9658658396ec51fe74a8e9f2bc0b62792a7223e5';
export const CERTIFICATE = 'curve\n    public-key = "p"\n    secret-key = "the-secret-of-flux"\n';
/** Where the parameters of the cluster are, which is called hpc. */
export const PARAMETERS = '/flux-usernetes/hpc';

/** AWS of a cluster of four nodes that none has booted of. */
export async function awsOfFourNodes(): Promise<Aws> {
  const aws = await Aws.start();
  aws.parameters.set(`${PARAMETERS}/nodes`, '4');
  aws.parameters.set(`${PARAMETERS}/packages`, '-');
  aws.parameters.set(`${PARAMETERS}/curve-certificate`, CERTIFICATE);
  return aws;
}

/** What the shell that prepares the root does: everything is gone again when its last process ends. */
const ENTER = `
set -eu
cd "$ROOT"
for folder in usr $BINDS; do
  mkdir -p "./$folder"
  mount --bind "/$folder" "./$folder"
  mount -o remount,bind,ro "./$folder"
done
mount --bind local usr/local
mount --bind /proc proc
for file in null zero urandom; do mount --bind "/dev/$file" "dev/$file"; done
for folder in $TMPFS; do
  mkdir -p .full
  mount -t tmpfs -o size=2m tmpfs .full
  cp -a ".$folder/." .full
  mount --move .full ".$folder"
done
exec chroot . /usr/bin/env -i "$@"
`;

export interface Package {
  readonly url: string;
  readonly sha256: string;
}

export interface Done {
  readonly code: number | null;
  readonly output: string;
}

export const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** What a channel has: Flux of a version, and a package for every machine. */
export function packagesOf(version: string, channel = CHANNEL): Package[] {
  const names = [
    `${PLATFORM}/flux-core-${version}-py313_0`,
    `${PLATFORM}/mpich-4.3.2-h1_0`,
    'noarch/ply-3-0',
  ];
  return names.map((name) => ({ url: `${channel}/${name}.conda`, sha256: sha256(name) }));
}

/** As the parameter holds it. */
export function packed(packages: readonly Package[]): string {
  return gzipSync(JSON.stringify(packages)).toString('base64');
}

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const PLATFORM = ARCHITECTURE === 'arm64' ? 'linux-aarch64' : 'linux-64';

export class BootNode {
  private readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'boot-')));

  /** The node with this address; rank 0 has 127.9.16.32. */
  constructor(
    readonly aws: Aws,
    address: string,
    private readonly changes: Readonly<Record<string, unknown>> = {},
  ) {
    needTools();
    if (process.getuid?.() !== 0) throw new Error('these tests make roots of their own: run them as root');
    for (const folder of [
      'proc',
      'dev',
      'record',
      'faults',
      'mirror',
      'local/bin',
      'opt',
      'sys/class/infiniband',
    ])
      mkdirSync(this.path(folder), { recursive: true });
    for (const folder of ['tmp', 'run', 'home', 'root', 'var/log', 'etc/apt/sources.list.d', 'sys/fs/cgroup'])
      mkdirSync(this.path(folder), { recursive: true });
    for (const name of ['bin', 'sbin', 'lib', 'lib64', 'lib32', 'libx32'])
      if (existsSync(`/${name}`) && lstatSync(`/${name}`).isSymbolicLink())
        symlinkSync(readlinkSync(`/${name}`), this.path(name));
    for (const name of [
      'dev/null',
      'dev/zero',
      'dev/urandom',
      'dev/console',
      'sys/fs/cgroup/cgroup.controllers',
    ])
      this.write(name, '');
    // Of Debian's alternatives the scripts use one.
    mkdirSync(this.path('etc/alternatives'), { recursive: true });
    symlinkSync(realpathSync('/usr/bin/awk'), this.path('etc/alternatives/awk'));
    symlinkSync('/proc/self/fd', this.path('dev/fd'));
    for (const [number, name] of ['stdin', 'stdout', 'stderr'].entries())
      symlinkSync(`/proc/self/fd/${number}`, this.path('dev', name));
    for (const name of STAND_INS) {
      copyFileSync(STAND_IN, this.path('local/bin', name));
      chmodSync(this.path('local/bin', name), 0o755);
    }
    symlinkSync('bin', this.path('local/sbin'));
    linkPython(this.path('local/bin/python3'));
    this.write('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    this.write('etc/group', 'root:x:0:\n');
    this.write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\n');
    this.write('etc/hosts', '127.0.0.1 localhost\n');
    this.write('etc/os-release', 'ID=ubuntu\nVERSION_CODENAME=noble\n');
    this.write('etc/apt/sources.list', 'deb http://archive.ubuntu.com/ubuntu noble main\n');
    this.write('record/hostname', 'ip-127-9-16-32\n');
    this.write('record/address', address);
    this.write('record/commit', COMMIT);
    this.write('record/online', '0-3\n');
    this.write('record/answer', JSON.stringify({ actions: { LINK: packagesOf('0.85.0') } }));
    this.write('record/calls', '');
    copyFileSync(STAND_IN, this.path('mirror/micromamba'));
    this.write('mirror/gpg', 'a key');
    this.settings();
  }

  /** Writes cluster.json and puts the scripts where a node fetches them. */
  settings(changes: Readonly<Record<string, unknown>> = {}): void {
    const bundle = JSON.stringify({ files: filesOf(ASSETS) });
    this.aws.objects.set('scripts/bundle.json', bundle);
    const micromamba = { url: 'https://github.com/micromamba', sha256: sha256(readFileSync(STAND_IN)) };
    const settings = {
      cluster: 'hpc',
      mode: 'system',
      maxNodes: 8,
      firstAddress: '127.9.16.32',
      engine: 'docker',
      parameters: '/flux-usernetes/hpc',
      bundle: { bucket: 'scripts', key: 'bundle.json', sha256: sha256(bundle) },
      certificate: { parameter: '/flux-usernetes/hpc/curve-certificate' },
      flux: {
        packages: ['flux-core=0.85', 'mpich'],
        channel: CHANNEL,
        lock: null,
        micromamba: { amd64: micromamba, arm64: micromamba },
      },
      usernetes: { repository: 'https://github.com/rootless-containers/usernetes', commit: COMMIT },
      efa: false,
      ports: PORTS,
      nodeSubnets: '10.100.0.0/14',
      limits: { step: 60, ready: 60, job: 900 },
      ...this.changes,
      ...changes,
    };
    this.write('etc/flux-usernetes/cluster.json', JSON.stringify(settings));
    copyFileSync(join(ASSETS, 'bootstrap.py'), this.path('root/bootstrap.py'));
  }

  /** Brings the scripts without a download. */
  unpack(): void {
    rmSync(this.path('opt/flux-usernetes'), { recursive: true, force: true });
    for (const { path, text, mode } of filesOf(ASSETS)) {
      this.write(join('opt/flux-usernetes', path), text);
      chmodSync(this.path('opt/flux-usernetes', path), parseInt(mode, 8));
    }
    for (const folder of ['run/flux-usernetes', 'var/lib/flux-usernetes-boot'])
      mkdirSync(this.path(folder), { recursive: true });
  }

  /** What a reboot takes away. */
  reboot(): void {
    rmSync(this.path('run'), { recursive: true });
    mkdirSync(this.path('run'));
    for (const name of readdirSync(this.path('record')).filter((name) => name.startsWith('active-')))
      rmSync(this.path('record', name));
    this.write('record/calls', '');
  }

  /** Runs a program on the node, as root; `small` are folders that are full after 2 MiB. */
  run(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
    small: readonly string[] = [],
  ): Promise<Done> {
    const variables = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      FLUX_USERNETES_IMDS: this.aws.url,
      FLUX_USERNETES_ENDPOINT: this.aws.url,
      FLUX_USERNETES_PAUSE: '0.01',
      FLUX_USERNETES_LOOK: '0.05',
      FLUX_USERNETES_LATER: '0.05',
      FLUX_USERNETES_LEAST: '1',
      FLUX_USERNETES_ROOM: '1000',
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
    };
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const binds = ['lib', 'lib64', 'bin', 'sbin'].filter(
      (name) => !existsSync(this.path(name)) && existsSync(`/${name}`),
    );
    if (!INTERPRETER.startsWith('/usr/')) binds.push(dirname(dirname(INTERPRETER)).slice(1));
    const child = spawn('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', ...given, ...words], {
      env: { PATH: process.env.PATH, ROOT: this.root, BINDS: binds.join(' '), TMPFS: small.join(' ') },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
  }

  boot(group = 'all', env: Readonly<Record<string, string>> = {}): Promise<Done> {
    return this.run(['/opt/flux-usernetes/boot.sh', ...(group === 'all' ? [] : [group])], env);
  }

  /** One step alone, with what comes before it taken for done. */
  step(
    name: string,
    env: Readonly<Record<string, string>> = {},
    small: readonly string[] = [],
  ): Promise<Done> {
    return this.run([`/opt/flux-usernetes/steps/${name}.sh`], env, small);
  }

  /** The sentence that the last step ended with. */
  get sentence(): string {
    return this.read('run/flux-usernetes/failure').trim();
  }

  get state(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.read('var/lib/flux-usernetes-boot/state.json')) as Record<string, unknown>;
  }

  /** Calls of stand-ins, or those that begin so. */
  calls(beginning = ''): string[] {
    return this.read('record/calls')
      .split('\n')
      .filter((call) => call !== '' && call.startsWith(beginning));
  }

  fault(program: string, script: string): void {
    this.write(join('faults', program), script);
  }

  mend(program: string): void {
    rmSync(this.path('faults', program));
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  write(name: string, text: string | Buffer): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** A program that does nothing. */
  program(name: string): void {
    this.write(name, '#!/bin/sh\n');
    chmodSync(this.path(name), 0o755);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Octal digits, and the number of the owner. */
  ownership(name: string): string {
    const { mode, uid } = statSync(this.path(name));
    return `${(mode & 0o7777).toString(8)} ${uid}`;
  }

  remove(): void {
    endProcessesNaming(this.root, this.aws.url);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What is in a folder, as the bundle has it. */
function filesOf(folder: string): { path: string; mode: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(py|sh|json|service)$|^usernetes$/.test(path))
    .sort()
    .map((path) => ({
      path,
      mode: statSync(join(folder, path)).mode & 0o100 ? '755' : '644',
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}
