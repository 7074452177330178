/** Nodes of a ContentDistribution as folders of this machine, with stand-ins for Flux's brokers and for containerd. */
import { ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endProcessesNaming, needTools } from './pod-machine';
import { PYTHON } from './python';
import { until as untilWithin } from './until';

const SCRIPTS = join(__dirname, '../../assets/distribute');
/** What a person would wait for, in the seconds of a test. */
const SHORT: Record<string, string> = {
  PAUSES: '(0, 0.05, 0.1)',
  ALIVE_SECONDS: '0.2',
  STALL_SECONDS: '1',
  LOOK_SECONDS: '0.1',
  'BROKER_SECONDS = ABSENT_SECONDS': '5',
  'FIRST_REST, LONGEST_REST': '1.5, 60',
  PROGRESS_SECONDS: '0',
  LOCK_SECONDS: '0.5',
  'LARGEST_PIECE, SMALLEST_PIECE, PIECE_SECONDS': '1 << 20, 1 << 18, 1',
};

export interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<Ended>;
}

/** An action that a node was asked for, in the order of time. */
export interface Asked {
  readonly rank: number;
  readonly action: string;
  readonly request: Readonly<Record<string, unknown>>;
}

export class ContentNodes {
  readonly root = mkdtempSync(join(tmpdir(), 'content-'));

  constructor(readonly size: number) {
    needTools();
    this.copyScripts();
    const program = (path: string, name: string, words: string): void => {
      this.write(
        path,
        `#!/bin/sh\nexec ${PYTHON} -S -E ${join(__dirname, name)} ${this.root} ${words} "$@"\n`,
      );
      chmodSync(join(this.root, path), 0o755);
    };
    program('node/opt/bin/flux', 'content-flux.py', 'driver');
    for (let rank = 0; rank < size; rank += 1) {
      program(`node-${rank}/opt/bin/flux`, 'content-flux.py', String(rank));
      program(`node-${rank}/bin/ctr`, 'content-ctr.py', join(this.root, `node-${rank}`));
      this.write(`node-${rank}/containerd.sock`, '');
    }
    this.write('hostlist', `node-[0-${size - 1}]`);
    this.write('starttime', '1');
    this.write('calls', '');
    this.write('requests', '');
    this.write('ctr', '');
  }

  /** Nodes of which the lead has the data. */
  static withData(size: number): ContentNodes {
    const nodes = new ContentNodes(size);
    nodes.write('node-0/home/data', DATA);
    return nodes;
  }

  private copyScripts(): void {
    const names = readdirSync(SCRIPTS).filter((name) =>
      /^(content|distribute_(node|hosts)\.).*py$/.test(name),
    );
    const unused = new Set(Object.keys(SHORT));
    for (const name of names) {
      let text = readFileSync(join(SCRIPTS, name), 'utf8');
      for (const [constant, value] of Object.entries(SHORT)) {
        const shorter = text.replace(new RegExp(`^${constant} = .*$`, 'm'), `${constant} = ${value}`);
        if (shorter !== text) unused.delete(constant);
        text = shorter;
      }
      this.write(`scripts/${name}`, text);
    }
    if (unused.size > 0) throw new Error(`no script has ${[...unused].join(', ')} any more`);
  }

  /** How long nodes may be away that have not joined yet: longer than this machine takes, however busy it is. */
  waitForAbsent(seconds: number): void {
    const text = readFileSync(join(this.root, 'scripts/content.py'), 'utf8');
    const name = 'BROKER_SECONDS = ABSENT_SECONDS';
    this.write(
      'scripts/content.py',
      text.replace(`\n${name} = ${SHORT[name]}\n`, `\n${name} = ${seconds}\n`),
    );
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  removeFile(path: string): void {
    rmSync(join(this.root, path), { force: true });
  }

  /** A path as it is on every node. */
  path(name: string): string {
    return join(this.root, 'node', name);
  }

  /** Where that is for one of them. */
  on(rank: number, name: string): string {
    return join(this.root, `node-${rank}`, name);
  }

  has(rank: number, name: string): boolean {
    return existsSync(this.on(rank, name));
  }

  read(rank: number, name: string): string {
    return readFileSync(this.on(rank, name), 'utf8');
  }

  /** The ranks whose nodes have a file with this content. */
  withContent(name: string, content: Buffer): number[] {
    return [...Array(this.size).keys()].filter(
      (rank) => this.has(rank, name) && readFileSync(this.on(rank, name)).equals(content),
    );
  }

  /** What the nodes keep of a distribution, but for the notes which checksums they have seen. */
  leftovers(): string[] {
    return [...Array(this.size).keys()].flatMap((rank) => {
      const names = (folder: string): string[] =>
        this.has(rank, folder) ? readdirSync(this.on(rank, folder)) : [];
      const kept = names('state/content/content').filter((name) => name !== 'records');
      return [...kept, ...names('data').filter((name) => name.startsWith('.'))];
    });
  }

  /** What Flux still shows to the nodes. */
  archives(): string[] {
    return readdirSync(join(this.root, 'archives'));
  }

  /** What containerd of a node has, by name. */
  images(rank: number, namespace = 'k8s.io'): string[] {
    const folder = this.on(rank, `images/${namespace}`);
    return existsSync(folder)
      ? readdirSync(folder)
          .map((name) => name.replaceAll('%', '/'))
          .sort()
      : [];
  }

  /** Puts an image into containerd of a node. */
  addImage(rank: number, name: string, image: object): void {
    this.write(`node-${rank}/images/k8s.io/${name.replaceAll('/', '%')}`, JSON.stringify({ ...image, name }));
  }

  /** An image that can be pulled, by this name and by its digest. */
  publish(name: string, digest: string, platform = 'linux-amd64', size = 3_000_000): void {
    const repository = name.replace(/:[^/]*$/, '');
    for (const published of [name, `${repository}@${digest}`])
      this.write(`registry/${published.replaceAll('/', '%')}-${platform}`, JSON.stringify({ digest, size }));
  }

  asked(action?: string): Asked[] {
    return this.lines('requests')
      .map((line) => JSON.parse(line) as [number, string, Record<string, unknown>])
      .map(([rank, name, request]) => ({ rank, action: name, request }))
      .filter((asked) => action === undefined || asked.action === action);
  }

  /** Of each piece the ranks that it was sent to. */
  sent(): number[][] {
    const pieces: number[][] = [];
    for (const { rank, request } of this.asked('receive')) (pieces[Number(request.index)] ??= []).push(rank);
    return pieces.map((ranks) => ranks.sort());
  }

  /** What ctr of the nodes was asked for: the node, and the words. */
  ctr(words: string): string[] {
    return this.lines('ctr')
      .map((line) => JSON.parse(line) as [string, string[]])
      .map(([node, asked]) => `${node} ${asked.join(' ')}`)
      .filter((line) => line.includes(words) && !line.includes('--help'));
  }

  /** The whole lines of a file: the last one may just be written. */
  lines(name: string): string[] {
    const path = join(this.root, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).filter(Boolean) : [];
  }

  forgetCalls(): void {
    for (const name of ['calls', 'requests', 'ctr']) this.write(name, '');
  }

  start(settings: object, environment: Record<string, string> = {}): Running {
    const directories = {
      runDirectory: this.path('run'),
      stateDirectory: this.path('state'),
      directory: this.path('opt'),
    };
    const containerd = {
      address: this.path('containerd.sock'),
      program: this.path('bin/ctr'),
      namespace: 'k8s.io',
    };
    const others = { images: [], files: [], keep: false, checkSeconds: 1, proxy: {}, deadlineSeconds: 30 };
    const all = { name: 'content', ...directories, containerd, ...others, ...settings };
    this.write('settings.json', JSON.stringify(all));
    const child = spawn(PYTHON, [join(this.root, 'scripts/content.py')], {
      env: {
        PATH: process.env.PATH,
        DISTRIBUTE_NSENTER: '',
        DISTRIBUTE_SETTINGS: join(this.root, 'settings.json'),
        DISTRIBUTE_SILENT_SECONDS: '4',
        DISTRIBUTE_MEMBERSHIP: join(this.root, 'membership.json'),
        DISTRIBUTE_PULL: join(this.root, 'pull.json'),
        ...environment,
      },
      detached: true,
    });
    let output = '';
    const hear = (data: Buffer): void => {
      output += data.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => {
        resolve({ code: code ?? -1, output });
      });
    });
    return { child, output: () => output, ended };
  }

  run(settings: object, environment: Record<string, string> = {}): Promise<Ended> {
    return this.start(settings, environment).ended;
  }

  /** Settings that bring the data of the lead to all nodes. */
  dataEverywhere(more: object = {}): object {
    return { files: [{ path: this.path('home/data'), target: this.path('data/set') }], ...more };
  }

  remove(): void {
    endProcessesNaming(this.root);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Waits until something holds, for as long as nodes of the tests may need. */
export function until(holds: () => boolean): Promise<void> {
  return untilWithin(holds, 40);
}

/** Content that is the same nowhere else. */
export function bytes(length: number, seed: number): Buffer {
  const content = Buffer.alloc(length);
  let state = seed;
  for (let place = 0; place + 4 <= length; place += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content.writeUInt32LE(state, place);
  }
  return content;
}

/** A file of four pieces. */
export const DATA = bytes(3_500_000, 7);
