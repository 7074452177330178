/** A node for the installer: its folders, a web server, a stand-in for micromamba that comes from there. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON } from './python';
import './real-processes';

const SCRIPTS = join(__dirname, '../../assets/distribute');
const DRIVER = join(__dirname, 'distribute-install.py');
const MICROMAMBA = readFileSync(join(__dirname, 'stand-in-micromamba.sh'), 'utf8');

/** What tests need not wait for. */
const PATIENCE = {
  'distribute_download.FIRST_PAUSE': 0.01,
  'distribute_download.LONGEST_PAUSE': 0.05,
  'distribute_micromamba.FIRST_PAUSE': 0.01,
};

export const PUBLIC = 'https://conda.anaconda.org/conda-forge';
export const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  readonly result?: unknown;
  /** Processes that were started, as events of Python. */
  readonly started?: readonly string[];
  readonly seconds: number;
}

export type Respond = (request: IncomingMessage, response: ServerResponse, number: number) => void;
export type Options = Readonly<Record<string, unknown>>;

/** Packages with their checksums, as the list of an environment has them. */
export function listOf(version: string, base = PUBLIC, platform = 'linux-64'): string {
  const packages = [
    `${platform}/python-3.13.1-h1_0`,
    `${platform}/flux-core-${version}-py313_0`,
    'noarch/ply-3-0',
  ];
  const lines = packages.map((name) => `${base}/${name}.conda#${sha256(name)}`);
  return `# platform: ${platform}\n@EXPLICIT\n${lines.join('\n')}\n`;
}

export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'installation-'));
  readonly requests: string[] = [];
  /** What the server answers; the stand-in for micromamba by default. */
  respond: Respond = (_, response) => response.end(this.micromamba);
  private readonly server: Server;

  private constructor() {
    for (const name of ['record', 'scratch']) mkdirSync(this.path(name));
    this.server = createServer((request, response) => {
      this.requests.push(`${request.url} ${request.headers.range ?? ''}`.trim());
      this.respond(request, response, this.requests.length);
    });
  }

  static async start(): Promise<Installation> {
    const made = new Installation();
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get micromamba(): Buffer {
    return Buffer.from(MICROMAMBA.replace('@RECORD@', this.path('record')));
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Below the directory of the installation. */
  installed(...names: string[]): string {
    return this.path('flux', ...names);
  }

  put(name: string, text: string): void {
    writeFileSync(this.path(name), text, { mode: 0o755 });
  }

  /** What was written there; empty if nothing was. */
  read(...names: string[]): string {
    return existsSync(this.path(...names)) ? readFileSync(this.path(...names), 'utf8') : '';
  }

  /** Settings with a Flux of packages. */
  settings(flux: Options = {}, others: Options = {}): Options {
    const download = { url: `${this.url}/micromamba`, sha256: sha256(this.micromamba) };
    return {
      name: 'flux',
      directory: this.installed(),
      stateDirectory: this.path('state'),
      runDirectory: this.path('run'),
      runner: 'auto',
      proxy: {},
      ...others,
      flux: {
        environment: 'flux-core-0.85.0',
        source: 'conda',
        packages: ['flux-core=0.85.0', 'flux-sched=0.51.0', 'mpich'],
        channel: PUBLIC,
        locks: {},
        micromamba: { version: '2.9.0-0', amd64: download, arm64: download },
        ...flux,
      },
    };
  }

  /** Calls a function of the installer in a process of its own. */
  call(
    name: string,
    values: readonly unknown[],
    settings = this.settings(),
    env: Options = {},
  ): Promise<Outcome> {
    const { child, ended } = this.start(name, values, settings, env);
    child.stdin.end();
    return ended;
  }

  start(name: string, values: readonly unknown[], settings = this.settings(), env: Options = {}) {
    writeFileSync(this.path('settings.json'), JSON.stringify(settings));
    const started = Date.now();
    const child = spawn(PYTHON, [DRIVER, SCRIPTS, name, JSON.stringify(values)], {
      env: {
        PATH: process.env.PATH,
        HOME: this.path('scratch'),
        DISTRIBUTE_SETTINGS: this.path('settings.json'),
        DISTRIBUTE_ACCOUNT: this.path('account'),
        DISTRIBUTE_NSENTER: '',
        DISTRIBUTE_NODE_ROOT: this.path('node'),
        MACHINE: 'x86_64',
        ...env,
        PATIENCE: JSON.stringify({ ...PATIENCE, ...(env.PATIENCE as object) }),
      },
      timeout: 40_000,
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const ended = new Promise<Outcome>((resolve) => {
      child.on('close', (code) => {
        const seconds = (Date.now() - started) / 1000;
        const answer = code === 0 ? (JSON.parse(output) as Partial<Outcome>) : {};
        resolve({ code, output, errors, seconds, ...answer });
      });
    });
    return { child, ended };
  }

  /** Starts a copy of sleep under another path. */
  startProgram(path: string) {
    copyFileSync('/bin/sleep', path);
    const child = spawn(path, ['60']);
    return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
  }

  install(
    list: string | null = listOf('0.85.0'),
    settings = this.settings(),
    env: Options = {},
  ): Promise<Outcome> {
    return this.call('install', [null, list], settings, env);
  }
}
