/**
 * Nodes of a usernetes cluster as folders of this machine, on which the command `usernetes` runs for real, with stand-ins
 * for flux, for docker and what is in its containers, and for the Makefile of usernetes. GNU make is the real one.
 */
import { ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PORTS } from '../../src/model/usernetes';
import { compiledScripts } from './compiled-scripts';
import { endProcessesNaming } from './pod-machine';
import { PYTHON, linkPython } from './python';

const ASSETS = join(__dirname, '../../assets/usernetes');
/** The command and its modules, and stand-ins. */
const SCRIPTS = compiledScripts(
  new Map([
    ...readdirSync(ASSETS)
      .filter((name) => /^(?:usernetes|cluster_file)/.test(name))
      .map((name) => [name, join(ASSETS, name)] as const),
    ...['docker', 'flux'].map(
      (name) => [`stand_in_${name}.py`, join(__dirname, `usernetes-${name}.py`)] as const,
    ),
  ]),
);

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const IMAGE = `flux-usernetes-node:${COMMIT.slice(0, 12)}`;

const F58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** A job id as Flux writes it. */
export function f58(id: number): string {
  const digits = id < 58 ? '' : f58(Math.floor(id / 58)).slice(1);
  return `ƒ${digits}${F58[id % 58] ?? ''}`;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** What a job holds, as in slots.json. */
export interface Held {
  readonly slot: number;
  readonly ranks: readonly number[];
  readonly state: string;
  readonly reason?: string;
}

export interface ClusterOptions {
  readonly mode?: 'system' | 'batch';
  readonly nodes?: number;
  readonly engine?: string;
  readonly limits?: Readonly<Record<string, number>>;
}

const clusters = new Set<UsernetesNodes>();

/** To be called after each test. */
export function removeClusters(): void {
  for (const cluster of clusters) cluster.remove();
  clusters.clear();
}

export class UsernetesNodes {
  public readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'usernetes-')));
  private readonly nodes: number;

  public constructor(private readonly options: ClusterOptions = {}) {
    clusters.add(this);
    needMake();
    this.nodes = options.nodes ?? 4;
    for (const folder of ['fabric', 'flux/jobs']) mkdirSync(join(this.base, folder), { recursive: true });
    for (let rank = 0; rank < this.nodes; rank += 1) this.makeNode(rank);
  }

  public at(rank: number, ...names: readonly string[]): string {
    return join(this.base, `node-${String(rank)}`, ...names);
  }

  public state(rank: number, ...names: readonly string[]): string {
    return this.at(rank, 'var/lib/flux-usernetes', ...names);
  }

  public read(rank: number, ...names: readonly string[]): string {
    const path = this.at(rank, ...names);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  public write(rank: number, name: string, text: string, mode = 0o644): void {
    const path = this.at(rank, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  }

  /** Lets a step on this node go wrong: `fail TEXT`, `hang` or `wait SECONDS`; nothing heals it. */
  public fault(rank: number, step: string, what?: string): void {
    if (what === undefined) rmSync(this.at(rank, 'faults', step), { force: true });
    else this.write(rank, `faults/${step}`, what);
  }

  /** These nodes don't answer to flux exec. */
  public goDown(...ranks: readonly number[]): void {
    writeFileSync(join(this.base, 'flux/down'), ranks.join(' '));
  }

  public job(id: number, user: Readonly<Record<string, string>> = { usernetes: 'yes' }, active = true): void {
    writeFileSync(join(this.base, 'flux/jobs', String(id)), JSON.stringify({ user, active }));
  }

  /** What was raised on jobs, and which nodes were drained. */
  public said(): string {
    return this.known('said');
  }

  /** Nodes that are drained, each with the reason. */
  public drained(): string {
    return this.known('drained');
  }

  /** Somebody drains a node. */
  public drain(rank: number, reason: string): void {
    appendFileSync(join(this.base, 'flux/drained'), `${String(rank)} ${reason}\n`);
  }

  private known(name: string): string {
    const path = join(this.base, 'flux', name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  public start(
    rank: number,
    words: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Running {
    const env = {
      PATH: '/usr/bin:/bin',
      FLUX_USERNETES_ROOT: this.at(rank),
      LANG: 'C.UTF-8',
      ...variables,
    };
    const process = spawn(PYTHON, ['-S', join(SCRIPTS, 'usernetes'), ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<Ended>((resolve) => {
      let [out, err] = ['', ''];
      process.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      process.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      process.on('close', (code) => resolve({ code, out, err }));
    });
    return { process, ended };
  }

  public run(
    rank: number,
    words: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return this.start(rank, words, variables).ended;
  }

  /** What make prints in a shell of the owner, who has the stand-ins on the PATH. */
  public make(rank: number, folder: string, target: string): string {
    const env = { PATH: `${this.at(rank, 'usr/local/bin')}:/usr/bin:/bin` };
    return execFileSync('make', ['-C', folder, target], { env, encoding: 'utf8' });
  }

  /** What a program in Python prints that uses the modules of the command on this node. */
  public python(rank: number, code: string): Promise<string> {
    const options = { env: { FLUX_USERNETES_ROOT: this.at(rank) }, cwd: SCRIPTS, maxBuffer: 1e8 };
    return new Promise((resolve, reject) =>
      execFile(PYTHON, ['-c', code], options, (error, out) =>
        error ? reject(new Error(error.message)) : resolve(out),
      ),
    );
  }

  public startProlog(id: number, ranks: string): Running {
    return this.start(0, ['job-prolog'], { FLUX_JOB_ID: f58(id), FLUX_JOB_RANKS: ranks });
  }

  public prolog(id: number, ranks: string): Promise<Ended> {
    return this.startProlog(id, ranks).ended;
  }

  public epilog(id: number, ranks: string): Promise<Ended> {
    return this.run(0, ['job-epilog'], { FLUX_JOB_ID: f58(id), FLUX_JOB_RANKS: ranks });
  }

  /** Which projects there are on each node: as containers, networks, volumes or folders. */
  public left(): Readonly<Record<string, readonly string[]>> {
    const ranks = Array.from({ length: this.nodes }, (_, rank) => rank);
    return Object.fromEntries(
      ranks.flatMap((rank) => {
        const parts = ['containers', 'networks', 'volumes'].flatMap((kind) =>
          this.list(rank, 'engine', kind),
        );
        const ids = new Set([
          ...parts.map((part) => part.replace(/^usernetes-/, '').replace(/[-_].*$/, '')),
          ...this.list(rank, 'var/lib/flux-usernetes/jobs'),
        ]);
        return ids.size > 0 ? [[String(rank), [...ids].sort()]] : [];
      }),
    );
  }

  public list(rank: number, ...names: readonly string[]): readonly string[] {
    const path = this.at(rank, ...names);
    return existsSync(path) ? readdirSync(path) : [];
  }

  public held(): Readonly<Record<string, Held>> {
    const text = this.read(0, 'var/lib/flux-usernetes/slots.json');
    return text === '' ? {} : (JSON.parse(text) as { jobs: Record<string, Held> }).jobs;
  }

  /** Variables that the container of a project was started with. */
  public container(rank: number, id: number | string): Readonly<Record<string, string>> {
    const text = this.read(rank, `engine/containers/usernetes-${String(id)}-node-1`);
    return JSON.parse(text) as Record<string, string>;
  }

  public calls(rank: number): readonly string[] {
    return this.read(rank, 'calls').trim().split('\n');
  }

  /** Nodes that a control plane knows, by its address and port. */
  public members(endpoint: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
    const folder = join(this.base, 'fabric', endpoint, 'nodes');
    if (!existsSync(folder)) return {};
    const names = readdirSync(folder).filter((name) => !name.includes('.new'));
    return Object.fromEntries(
      names.map((name) => [
        name,
        JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>,
      ]),
    );
  }

  /** Waits that take long only where something is broken are short from now on. */
  public patience(): void {
    const path = join(SCRIPTS, 'usernetes_node.py');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^COMPLETE = \d+$/m, 'COMPLETE = 1'));
  }

  /** A file that all nodes share, for stand-ins of services outside. */
  public put(name: string, text: string): void {
    writeFileSync(join(this.base, name), text);
  }

  /** Kubernetes has noticed that the node is gone. */
  public forgetReady(endpoint: string, name: string): void {
    const path = join(this.base, 'fabric', endpoint, 'nodes', name);
    const node = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...node, never: true }));
  }

  /** The instance is gone, with its disks; another one has its place. */
  public replaceNode(rank: number): void {
    rmSync(this.at(rank), { recursive: true });
    this.makeNode(rank);
  }

  public settings(): Readonly<Record<string, unknown>> {
    return {
      cluster: 'hpc',
      mode: this.options.mode ?? 'batch',
      maxNodes: this.nodes,
      firstAddress: '10.0.16.32',
      engine: this.options.engine ?? 'docker',
      parameters: '/flux-usernetes/hpc',
      usernetes: { repository: 'https://example.test/usernetes', commit: COMMIT },
      ports: PORTS,
      nodeSubnets: '10.100.0.0/14',
      limits: { step: 30, ready: 30, job: 30, ...this.options.limits },
    };
  }

  public remove(): void {
    endProcessesNaming(this.base);
    rmSync(this.base, { recursive: true, force: true });
  }

  private makeNode(rank: number): void {
    // The stand-ins are modules, since those are compiled once.
    const standIn = (name: string): string =>
      `#!${PYTHON} -IS\nimport sys\nsys.path.insert(0, "${SCRIPTS}")\nimport stand_in_${name}\n`;
    this.write(rank, 'usr/local/bin/docker', standIn('docker'), 0o755);
    this.write(rank, 'opt/flux/bin/flux', standIn('flux'), 0o755);
    linkPython(this.at(rank, 'usr/local/bin/python3'));
    mkdirSync(this.at(rank, 'tools'));
    for (const tool of ['kubectl', 'hostname', 'systemctl', 'ctr'])
      symlinkSync('../usr/local/bin/docker', this.at(rank, 'tools', tool));
    this.write(rank, 'opt/usernetes/Makefile', readFileSync(join(__dirname, 'usernetes-makefile'), 'utf8'));
    this.write(rank, 'opt/usernetes/docker-compose.yaml', 'services: {node: {build: .}}\n');
    this.write(rank, 'engine/images', `${IMAGE}\n`);
    this.write(rank, 'fabric', join(this.base, 'fabric'));
    this.write(rank, 'etc/flux-usernetes/cluster.json', JSON.stringify(this.settings()));
    this.write(rank, 'var/lib/flux-usernetes-boot/state.json', JSON.stringify({ rank }));
  }
}

let hasMake = false;

function needMake(): void {
  if (hasMake) return;
  try {
    execFileSync('make', ['--version'], { stdio: 'ignore' });
    execFileSync('/bin/bash', ['-c', 'true'], { stdio: 'ignore' });
  } catch {
    throw new Error('these tests run the command usernetes: install GNU make and bash');
  }
  hasMake = true;
}
