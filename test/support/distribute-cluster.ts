/**
 * A cluster for the supervisors of flux-distribute: its nodes are folders of this machine, each with a supervisor that
 * runs for real; the Kubernetes API and flux are stand-ins (distribute-api.py, distribute-flux.py).
 */
import { ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledScripts } from './compiled-scripts';
import { endProcessesNaming } from './pod-machine';
import { PYTHON } from './python';

const ASSETS = join(__dirname, '../../assets');
/** Signs the certificate of a stand-in API with TLS. */
const AUTHORITY = join(__dirname, '../fixtures/stand-in-api/ca.crt');
const SCRIPTS = compiledScripts(
  new Map(
    ['distribute', 'state'].flatMap((folder) =>
      readdirSync(join(ASSETS, folder))
        .filter((name) => /\.(py|sh)$/.test(name))
        .map((name) => [name, join(ASSETS, folder, name)] as const),
    ),
  ),
);

export interface MembershipDocument {
  readonly generation: number;
  readonly reason: string;
  readonly hosts: string;
  readonly gone: string;
  readonly certificate: string;
  readonly environment: string;
  readonly resources: readonly object[];
}

/** What the stand-in API has seen. */
export interface ApiState {
  /** Seconds, node, what. */
  readonly requests: readonly (readonly [number, string, string])[];
  readonly violations: readonly (readonly string[])[];
  /** Seconds, node, holder. */
  readonly leases: readonly (readonly [number, string, string])[];
  /** Seconds, node, keys, document. */
  readonly writes: readonly (readonly [number, string, readonly string[], string | null])[];
  readonly config_map: { readonly data?: Record<string, string> } | null;
  readonly lease: {
    readonly metadata: { readonly annotations?: Record<string, string> };
    readonly spec?: { readonly holderIdentity?: string };
  };
  /** Node, what. */
  readonly watches: readonly (readonly [string, string])[];
}

/** What happened to brokers: seconds, node, what. */
export interface BrokerEvent {
  readonly at: number;
  readonly node: string;
  readonly what: string;
}

export class StandInCluster {
  public readonly root: string;
  private readonly settings: Record<string, unknown>;
  private readonly processes = new Map<string, ChildProcess>();
  private api: ChildProcess | undefined;
  private port = 0;
  private isSecure = false;
  private addresses = 0;

  public constructor(settings: Record<string, unknown> = {}) {
    this.root = mkdtempSync(join(tmpdir(), 'distribute-'));
    this.settings = {
      name: 'flux',
      port: 8050,
      lease: 'flux',
      configMap: 'flux-membership',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [],
      controlPlane: false,
      architectures: ['amd64', 'arm64'],
      gpus: false,
      topology: 'flat',
      quorum: 1,
      settleSeconds: 1,
      minGenerationSeconds: 0,
      drainSeconds: 0,
      leaseSeconds: 8,
      stateCopies: 2,
      stateSeconds: 300,
      runner: 'supervisor',
      raiseSysctls: false,
      onDelete: 'keep',
      proxy: {},
      ...settings,
    };
  }

  public async start(tls: readonly string[] = []): Promise<void> {
    mkdirSync(join(this.root, 'fabric'));
    cpSync(SCRIPTS, join(this.root, 'scripts'), { recursive: true });
    writeFileSync(join(this.root, 'events'), '');
    this.isSecure = tls.length > 0;
    const api = spawn(PYTHON, [join(__dirname, 'distribute-api.py'), ...tls], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.api = api;
    this.port = await new Promise<number>((resolve) => {
      api.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });
  }

  /** A cluster that has its first generation already, whose lead is the first of these nodes. */
  public async running(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.node(name);
    const document = {
      generation: 1,
      reason: 'the first one',
      made: '2026-01-01T00:00:00Z',
      hosts: names.join(','),
      addresses: names.map((name) => this.addressOf(name)).join(','),
      gone: '',
      resources: [{ ranks: `0-${names.length - 1}`, cores: '0-1', gpus: '' }],
      certificate: fingerprint('a'),
      environment: 'flux-1',
    };
    const kinds = { 'm5.large/amd64/2': { cores: '0-1', gpus: '' } };
    const data = { 'membership.json': JSON.stringify(document), 'kinds.json': JSON.stringify(kinds) };
    await this.control({ do: 'data', data });
    const acquireTime = '2026-01-01T00:00:00.000000Z';
    await this.control({
      do: 'lease',
      spec: { holderIdentity: names[0], leaseDurationSeconds: 8, acquireTime },
    });
    mkdirSync(join(this.root, names[0] ?? '', 'state'));
    this.write(`${names[0]}/state/lease-taken`, acquireTime);
    for (const name of names) this.supervise(name);
    await this.up(1, ...names);
  }

  /** What installs is a stand-in from now on. */
  public fakeInstaller(): void {
    copyFileSync(
      join(__dirname, 'distribute-fake-install.py'),
      join(this.root, 'scripts/distribute_install.py'),
    );
  }

  /** Another value of a constant of the scripts, which tests need not wait for. */
  public shorten(script: string, constant: string, value: number): void {
    const path = `scripts/${script}`;
    const line = new RegExp(`^((?:\\w+, )*)${constant}((?:, \\w+)*) = (.*)$`, 'm');
    const [whole = '', before = '', , values = ''] = line.exec(this.read(path)) ?? [];
    if (whole === '') throw new Error(`${script} has no ${constant}`);
    const place = before.split(', ').length - 1;
    const others = values.split(', ').map((old, index) => (index === place ? String(value) : old));
    this.write(path, this.read(path).replace(whole, `${whole.split(' = ')[0]} = ${others.join(', ')}`));
  }

  /** Ends everything; what the supervisors said, for a test that failed. */
  public async end(): Promise<void> {
    for (const name of this.processes.keys()) this.kill(name);
    await Promise.all([...this.processes.values()].map((child) => exited(child)));
    this.api?.kill('SIGKILL');
    // What they have started ends a moment after them.
    endProcessesNaming(`${this.root}/`);
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Makes something happen in the API; what it has seen. */
  public control(order: Record<string, unknown> = { do: 'look' }): Promise<ApiState> {
    return new Promise((resolve, reject) => {
      const request = this.isSecure ? requestSecurely : requestPlain;
      const options = {
        port: this.port,
        path: '/control',
        method: 'POST',
        agent: false,
        rejectUnauthorized: false,
      };
      const call = request(options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve(JSON.parse(text) as ApiState);
        });
      });
      call.on('error', reject);
      call.setHeader('Content-Length', Buffer.byteLength(JSON.stringify(order)));
      call.end(JSON.stringify(order));
    });
  }

  /** A node, or another state of one: ready, cordoned, labels, taints, type, cpu. */
  public async node(name: string, state: Record<string, unknown> = {}): Promise<void> {
    const folder = join(this.root, name);
    if (!existsSync(folder)) {
      this.addresses += 1;
      mkdirSync(join(folder, 'flux/bin'), { recursive: true });
      writeFileSync(join(folder, 'address'), `10.0.0.${this.addresses}`);
    }
    await this.control({ do: 'node', name, address: this.addressOf(name), ...state });
  }

  public addressOf(name: string): string {
    return readFileSync(join(this.root, name, 'address'), 'utf8');
  }

  public async removeNode(name: string): Promise<void> {
    await this.control({ do: 'remove-node', name });
  }

  /** Starts the supervisor of a node, with settings of its own, and an authority that it trusts, if need be. */
  public supervise(
    name: string,
    settings: Record<string, unknown> = {},
    authority = readFileSync(AUTHORITY, 'utf8'),
  ): void {
    const folder = join(this.root, name);
    const put = (path: string, text: string): void => {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    put('account/token', name);
    put('account/namespace', 'hpc');
    put('account/ca.crt', authority);
    if (!existsSync(join(folder, 'certificate/curve.cert'))) this.certify(name, 'a');
    const whole = {
      directory: join(folder, 'install'),
      stateDirectory: join(folder, 'state'),
      runDirectory: join(folder, 'run'),
      flux: { environment: 'flux-1', source: 'node', prefix: join(folder, 'flux') },
      ...this.settings,
      ...settings,
    };
    put('settings.json', JSON.stringify(whole));
    const flux = readFileSync(join(__dirname, 'distribute-flux.py'), 'utf8').replace('@PYTHON@', PYTHON);
    put('flux/bin/flux', flux);
    chmodSync(join(folder, 'flux/bin/flux'), 0o755);
    const log = openSync(join(folder, 'log'), 'a');
    const child = spawn(PYTHON, [join(this.root, 'scripts/supervise.py')], {
      env: {
        PATH: process.env.PATH,
        NODE_NAME: name,
        NODE_ADDRESS: this.addressOf(name),
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(this.port),
        DISTRIBUTE_PLAIN_HTTP: String(!this.isSecure),
        DISTRIBUTE_NSENTER: '',
        DISTRIBUTE_NODE_ROOT: '/',
        DISTRIBUTE_SETTINGS: join(folder, 'settings.json'),
        DISTRIBUTE_CERTIFICATE: join(folder, 'certificate/curve.cert'),
        DISTRIBUTE_ACCOUNT: join(folder, 'account'),
      },
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    this.processes.set(name, child);
  }

  /** Nodes with their supervisors. */
  public async join(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.node(name);
      this.supervise(name);
    }
  }

  /** Gives a node the certificate of this letter, as the kubelet does. */
  public certify(name: string, letter: string): void {
    const folder = join(this.root, name, 'certificate');
    mkdirSync(folder, { recursive: true });
    const keys = `public-key = "${letter.repeat(40)}"\n    secret-key = "${letter.repeat(40)}"`;
    writeFileSync(join(folder, 'curve.cert'), `metadata\n    name = "x"\ncurve\n    ${keys}\n`);
  }

  /** The node is lost: nothing on it runs any more. */
  public kill(name: string): void {
    this.signal(name, 'SIGKILL');
  }

  public signal(name: string, signal: NodeJS.Signals): void {
    this.processes.get(name)?.kill(signal);
  }

  /** Tells a supervisor to end; its exit code. */
  public async terminate(name: string): Promise<number | null> {
    this.signal(name, 'SIGTERM');
    return this.exitCode(name);
  }

  public async exitCode(name: string): Promise<number | null> {
    const child = this.processes.get(name);
    return child ? exited(child) : null;
  }

  public log(name: string): string {
    const path = join(this.root, name, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  public logs(): string {
    return [...this.processes.keys()].map((name) => `--- ${name}\n${this.log(name)}`).join('\n');
  }

  public events(): readonly BrokerEvent[] {
    return readFileSync(join(this.root, 'events'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [at = '', node = '', ...words] = line.split(' ');
        return { at: Number(at), node, what: words.join(' ') };
      });
  }

  /** What of a kind happened to brokers, as "NODE WHAT". */
  public happened(pattern: RegExp): readonly string[] {
    return this.events()
      .map(({ node, what }) => `${node} ${what}`)
      .filter((text) => pattern.test(text));
  }

  public read(path: string): string {
    return existsSync(join(this.root, path)) ? readFileSync(join(this.root, path), 'utf8') : '';
  }

  public write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  public remove(path: string): void {
    rmSync(join(this.root, path));
  }

  public async document(): Promise<MembershipDocument | undefined> {
    const text = (await this.control()).config_map?.data?.['membership.json'];
    return text === undefined ? undefined : (JSON.parse(text) as MembershipDocument);
  }

  /** Waits until all these nodes' brokers are up in this generation. */
  public async up(generation: number, ...names: readonly string[]): Promise<void> {
    await this.until(`${names.join(', ')} are up in generation ${generation}`, () =>
      names.every((name) => this.read(`${name}/broker-is-up`) === String(generation)),
    );
  }

  public async until(what: string, holds: () => boolean | Promise<boolean>, seconds = 40): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await holds())) {
      if (Date.now() > end) {
        const state = await this.control();
        const data = JSON.stringify(state.config_map?.data, undefined, 1);
        const events = this.events().map(({ at, node, what: text }) => `${at} ${node} ${text}`);
        throw new Error(
          `not within ${seconds} s: ${what}\n${data}\n${JSON.stringify(state.lease)}\n${events.join('\n')}\n${this.logs()}`,
        );
      }
      await sleep(0.1);
    }
  }
}

/** Of the certificate with this letter. */
export function fingerprint(letter: string): string {
  return createHash('sha256').update(letter.repeat(40)).digest('hex').slice(0, 16);
}

/** Runs a test in a cluster of its own, in which nobody goes beyond its rights, and never two brokers lead. */
export async function inCluster(
  settings: Record<string, unknown>,
  run: (cluster: StandInCluster) => Promise<void>,
  tls: readonly string[] = [],
): Promise<void> {
  const cluster = new StandInCluster(settings);
  await cluster.start(tls);
  let violations: unknown;
  let leads: unknown;
  try {
    await run(cluster);
    ({ violations } = await cluster.control());
    leads = cluster.happened(/TWO-LEADS/);
  } finally {
    await cluster.end();
  }
  expect(violations).toEqual([]);
  expect(leads).toEqual([]);
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      resolve(code);
    });
  });
}
