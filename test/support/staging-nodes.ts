/**
 * The nodes of a Flux instance for batch texts that stage files: folders of this machine, which texts name as those of
 * node 0. A stand-in for flux runs on each of them what `flux exec` is to run, with the folders of that node.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endSession, linkPrograms, needTools } from './pod-machine';

const FLUX = `#!/bin/bash
root=@ROOT@
export ARCHIVES=$root/archives
printf '%s\\n' "$*" >>"$root/calls"
verb=\${1:-}
shift
. @HERE@/stand-in-archives.sh
case $verb in
  resource) [[ ! -e $root/lost ]] || cat "$root/lost" ;;
  getattr) if [[ $1 == size ]]; then echo @SIZE@; else echo 0; fi ;;
  exec)
    while [[ $1 == -* ]]; do case $1 in -r | -x) shift 2 ;; *) shift ;; esac; done
    status=0
    running=()
    for ((rank = 1; rank < @SIZE@; rank += 1)); do
      (
        cd /
        export NODE=$rank
        exec "\${@//"$root/node-0"/"$root/node-$rank"}"
      ) &
      running+=($!)
    done
    for one in "\${running[@]}"; do wait "$one" || status=1; done
    exit "$status"
    ;;
esac
`;

/** How a text ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const all = new Set<StagingNodes>();

/** To be called after each test. */
export function removeNodes(): void {
  for (const nodes of all) nodes.remove();
  all.clear();
}

export class StagingNodes {
  public readonly root = mkdtempSync(join(tmpdir(), 'staging-'));
  private readonly sessions: (number | undefined)[] = [];

  public constructor(
    private readonly size = 4,
    private readonly release = '0.88.0',
  ) {
    all.add(this);
    needTools();
    mkdirSync(join(this.root, 'bin'));
    mkdirSync(join(this.root, 'archives'));
    linkPrograms(join(this.root, 'bin'));
    for (let rank = 0; rank < size; rank += 1) this.write(`host`, `node-${rank}\n`, rank);
    const flux = FLUX.replaceAll('@ROOT@', this.root)
      .replaceAll('@SIZE@', String(size))
      .replace('@HERE@', __dirname);
    this.program('flux', flux);
  }

  /** A program of the nodes. */
  public program(name: string, text: string): void {
    const path = join(this.root, 'bin', name);
    rmSync(path, { force: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  }

  /** A path of a node on this machine. */
  public path(path: string, rank = 0): string {
    return join(this.root, `node-${rank}`, path);
  }

  public write(path: string, text: string, rank = 0): void {
    mkdirSync(dirname(this.path(path, rank)), { recursive: true });
    writeFileSync(this.path(path, rank), text);
  }

  public read(path: string, rank: number): string {
    return readFileSync(this.path(path, rank), 'utf8');
  }

  public has(path: string, rank: number): boolean {
    return existsSync(this.path(path, rank));
  }

  /** The ranks that have this text in a file. */
  public withText(path: string, text: string): number[] {
    const ranks = Array.from({ length: this.size }, (_, rank) => rank);
    return ranks.filter((rank) => this.has(path, rank) && this.read(path, rank) === text);
  }

  /** Lines of bash that run first when archives are made or extracted; empty for none. $NODE is the rank. */
  public fault(what: 'create' | 'extract', lines: string): void {
    const path = join(this.root, 'archives', `on-${what}`);
    if (lines === '') rmSync(path, { force: true });
    else writeFileSync(path, lines);
  }

  /** What flux says of nodes that are down. */
  public lose(hosts: string): void {
    writeFileSync(join(this.root, 'lost'), hosts);
  }

  /** The calls of flux, as lines. */
  public calls(): string[] {
    return existsSync(join(this.root, 'calls'))
      ? readFileSync(join(this.root, 'calls'), 'utf8').replaceAll(this.root, '').split('\n')
      : [];
  }

  /** Is one of the archives there that were named so far? */
  public hasArchives(): boolean {
    const list = readFileSync(join(this.root, 'calls'), 'utf8').match(/minicluster-staging-\w+/g) ?? [];
    return list.some((name) => existsSync(join(this.root, 'archives', name)));
  }

  /**
   * Runs a text on node 0.
   * @param until when it is killed, with all that it started
   */
  public async run(
    text: string,
    environment: Readonly<Record<string, string>> = {},
    until?: () => boolean,
  ): Promise<Ended> {
    // The name of the machine is that of all nodes.
    const file = this.path('text');
    writeFileSync(file, text.replaceAll('/proc/sys/kernel/hostname', this.path('host')));
    const child = spawn('/bin/bash', [file], {
      cwd: this.root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: join(this.root, 'bin'), TMPDIR: this.root, FLUX_RELEASE: this.release, ...environment },
    });
    this.sessions.push(child.pid);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (said: string) => (output[stream] += said));
    const watcher = until && setInterval(() => until() && endSession(child.pid), 5);
    const code = await new Promise<number>((resolve) => {
      child.on('close', (status) => resolve(status ?? -1));
    });
    clearInterval(watcher);
    const { stdout, stderr } = output;
    return {
      code,
      stdout,
      stderr: stderr.replaceAll(`${this.root}/node-0`, '').replace(/\S*\/node-\d+\//g, '/'),
    };
  }

  public remove(): void {
    for (const session of this.sessions) endSession(session);
    rmSync(this.root, { recursive: true, force: true });
  }
}
