/**
 * A volume with an archive, and the lead brokers' pods of one cluster after the other that have it mounted: as far as
 * assets/state/state.py can see them. A pod is a process that state.py is told to live with, and a folder of its own.
 */
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PYTHON } from './python';
import { until } from './until';
import './real-processes';

const SCRIPT = join(__dirname, '../../assets/state/state.py');

/** How a call of state.py ended, and what it said. */
export interface Said {
  readonly code: number | null;
  readonly lines: readonly string[];
}

export interface StatePodOptions {
  /** The variables MINICLUSTER_*, by the rest of their names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What `flux dump` does, as lines of bash that find the path in `$path`. */
  readonly dump?: string;
  /** Lines of Python that run before state.py: they put a failing volume into its place. */
  readonly before?: string;
  /** Other variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An archive with one file, as `flux dump` writes it. */
export function archiveOf(content: string, name = 'archive.tar.gz'): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  const field = (at: number, text: string): number => header.write(text, at, 'latin1');
  field(0, 'content');
  field(100, '0000644\0');
  field(108, '0000000\0');
  field(116, '0000000\0');
  field(124, `${bytes.length.toString(8).padStart(11, '0')}\0`);
  field(136, '00000000000\0');
  field(148, '        ');
  field(156, '0');
  field(257, 'ustar\x0000');
  field(
    148,
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  const padding = Buffer.alloc(((512 - (bytes.length % 512)) % 512) + 1024);
  const tar = Buffer.concat([header, bytes, padding]);
  return name.endsWith('.tar') ? tar : gzipSync(tar);
}

/** What {@link archiveOf} was given. */
export function contentOf(archive: Buffer): string {
  const tar = archive[0] === 0x1f ? gunzipSync(archive) : archive;
  const size = parseInt(tar.toString('latin1', 124, 135), 8);
  return tar.toString('utf8', 512, 512 + size);
}

const volumes = new Set<StateVolume>();

/** To be called after each test. */
export async function removeVolumes(): Promise<void> {
  for (const volume of volumes) await volume.remove();
  volumes.clear();
}

export class StateVolume {
  public readonly root = mkdtempSync(join(tmpdir(), 'state-'));
  public readonly folder = join(this.root, 'state');
  private readonly pods: StatePod[] = [];

  /** @param name of the archive */
  public constructor(public readonly name = 'archive.tar.gz') {
    volumes.add(this);
    mkdirSync(this.folder);
  }

  public path(name = this.name): string {
    return join(this.folder, name);
  }

  public write(archive: string | Buffer, name = this.name): void {
    writeFileSync(this.path(name), typeof archive === 'string' ? archiveOf(archive, this.name) : archive);
  }

  /** What the archive of a name holds; undefined where there is none. */
  public content(name = this.name): string | undefined {
    return existsSync(this.path(name)) ? contentOf(readFileSync(this.path(name))) : undefined;
  }

  /** The files in the folder, without the lock, and the file that waits for what Flux leaves. */
  public names(): string[] {
    const waits = (name: string): boolean =>
      name === `new-${this.name}` && statSync(this.path(name)).size === 0;
    return readdirSync(this.folder)
      .filter((name) => name !== `${this.name}.lock` && !waits(name))
      .sort();
  }

  public pod(options: StatePodOptions = {}): StatePod {
    const pod = new StatePod(this, options);
    this.pods.push(pod);
    return pod;
  }

  /** A cluster from its start to its end, which leaves this content. */
  public async cluster(content: string, options: StatePodOptions = {}): Promise<StatePod> {
    const pod = this.pod(options);
    await pod.begin();
    await pod.end(content);
    await pod.kill();
    return pod;
  }

  /** All that was said, of all pods. */
  public said(): string {
    return this.pods.map((pod) => pod.output()).join('');
  }

  public async remove(): Promise<void> {
    for (const pod of this.pods) await pod.kill();
    rmSync(this.root, { recursive: true, force: true });
  }
}

let count = 0;

export class StatePod {
  private readonly home: string;
  private readonly owner: ChildProcess;
  private calls = 0;

  public constructor(
    private readonly volume: StateVolume,
    private readonly options: StatePodOptions,
  ) {
    this.home = join(volume.root, `pod-${(count += 1)}`);
    mkdirSync(join(this.home, 'bin'), { recursive: true });
    mkdirSync(this.run());
    const { dump = 'exit 1', before } = options;
    writeFileSync(join(this.home, 'bin/flux'), `#!/bin/bash\npath=\${!#}\n${dump}\n`, { mode: 0o755 });
    if (before !== undefined) writeFileSync(join(this.home, 'sitecustomize.py'), before);
    this.owner = spawn('sleep', ['600'], { stdio: 'ignore' });
  }

  /** A file of the pod's own. */
  public run(name = ''): string {
    return join(this.home, 'run', name);
  }

  public has(name: string): boolean {
    return existsSync(this.run(name));
  }

  public tell(name: string): string {
    return readFileSync(this.run(name), 'utf8');
  }

  /** The archive that is to be restored, by its name; empty for none. */
  public get restored(): string {
    return basename(this.tell('restore'));
  }

  /** Starts state.py; `ended` tells how it ends, though a process may stay behind. */
  public start(...args: readonly string[]): {
    readonly process: ChildProcess;
    readonly ended: Promise<Said>;
  } {
    const log = join(this.home, `said-${(this.calls += 1)}`);
    const stderr = openSync(log, 'w');
    const { variables = {}, environment = {} } = this.options;
    const ours = Object.entries(variables).map(([name, value]) => [`MINICLUSTER_${name}`, value]);
    const process_ = spawn(PYTHON, [SCRIPT, ...args], {
      stdio: ['ignore', 'ignore', stderr],
      env: {
        PATH: `${join(this.home, 'bin')}:${process.env.PATH ?? ''}`,
        PYTHONPATH: this.home,
        PYTHONDONTWRITEBYTECODE: '1',
        LANG: 'C.UTF-8',
        MINICLUSTER_ARCHIVE: this.volume.path(),
        MINICLUSTER_STATE_RUN: this.run(),
        MINICLUSTER_VIEW_FILE: this.run('flux-view.sh'),
        MINICLUSTER_OWNER: String(this.owner.pid),
        ...Object.fromEntries(ours),
        ...environment,
      },
    });
    closeSync(stderr);
    const ended = once(process_, 'exit').then(([code]) => ({
      code: code as number | null,
      lines: linesOf(readFileSync(log, 'utf8')),
    }));
    return { process: process_, ended };
  }

  public async begin(): Promise<Said> {
    const said = await this.start('begin').ended;
    if (said.code === 0 && this.tell('new') !== '') await until(() => this.has('keeper'));
    return said;
  }

  /** What Flux leaves at its end. */
  public leave(archive: string | Buffer): void {
    const bytes = typeof archive === 'string' ? archiveOf(archive, this.volume.name) : archive;
    writeFileSync(this.tell('new'), bytes);
  }

  public async commit(): Promise<Said> {
    return this.start('commit', this.tell('new')).ended;
  }

  /** Flux leaves a state, and it is committed. */
  public async end(archive: string | Buffer): Promise<Said> {
    this.leave(archive);
    return this.commit();
  }

  /** The process that stays behind, 0 for none. */
  public get keeper(): number {
    return this.has('keeper') ? Number(this.tell('keeper')) : 0;
  }

  /** Ends the process that the one that stays behind lives with. */
  public async killOwner(): Promise<void> {
    if (this.owner.exitCode !== null || this.owner.signalCode !== null) return;
    this.owner.kill('SIGKILL');
    await once(this.owner, 'exit');
  }

  /** Kills all processes, as the kernel does when the container ends. */
  public async kill(): Promise<void> {
    if (isAlive(this.keeper)) process.kill(this.keeper, 'SIGKILL');
    await this.killOwner();
  }

  /** All that was said so far, of this pod. */
  public output(): string {
    const logs = readdirSync(this.home).filter((name) => name.startsWith('said-'));
    return logs.map((name) => readFileSync(join(this.home, name), 'utf8')).join('');
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** Is there such a process, and does it run? */
export function isAlive(pid: number): boolean {
  if (pid === 0 || !existsSync(`/proc/${pid}/stat`)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
