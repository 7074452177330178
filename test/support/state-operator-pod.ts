/**
 * Pods of a MiniCluster of the operator that keeps its state, with a `flux` that restores and dumps real tar archives:
 * the entrypoint runs as in test/support/entrypoint.ts, and lives long enough to be stopped.
 */
import { ChildProcess, SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../src/model/manifest';
import type { MiniClusterSpec } from '../../src/model/minicluster';
import { entrypointOf, mountScripts, movedBelow } from './entrypoint';
import { linkPrograms } from './pod-machine';
import { isAlive } from './state-pod';
import { linkPython } from './python';
import { until } from './until';

/**
 * The state is one file, `content`, to which each cluster adds a line: $STATE. An instance with a command ends with it, one
 * without stays until `flux shutdown`; $LEAVES says what it does at its end in place of a dump.
 */
const FLUX = `#!/bin/bash
{ printf '%s\\0' "$@"; printf '\\1'; } >> "$POD/calls"
verb=$1; shift
finish() {
  [[ -n $dump ]] || return
  if [[ -n $LEAVES ]]; then eval "$LEAVES"; else tar -C "$POD/state" -caf "$dump" content; fi
}
case "$verb" in
  start|broker)
    restore= dump=
    while [[ $# -gt 0 && $1 == -* ]]; do
      case "$1" in
        -Scontent.restore=*) restore=\${1#*=} ;;
        -Scontent.dump=*) dump=\${1#*=} ;;
        --config|--config-path) shift;;
      esac
      shift
    done
    mkdir -p "$POD/state"
    if [[ -n $restore ]]; then tar -C "$POD/state" -xf "$restore" || exit 1; fi
    echo "$STATE" >> "$POD/state/content"
    touch "$POD/up"
    if [[ $# -gt 0 ]]; then "$@"; else until [[ -e $POD/shutdown ]]; do sleep 0.02; done; fi
    status=$?
    finish
    exit "$status" ;;
  submit|run)
    while [[ $1 == -* || $1 == waitable ]]; do if [[ $1 == -N ]]; then shift; fi; shift; done
    exec "$@" ;;
  batch) for last; do :; done; exec bash "$last" ;;
  shutdown) echo "$FLUX_URI" > "$POD/uri"; touch "$POD/shutdown" ;;
  getattr) echo 1 ;;
  jobs) [[ "$*" != *run,cleanup* ]] || cat "$POD/running" 2>/dev/null ;;
  job) : ;;
esac
`;

/** How a container ended, and what is in its log. */
export interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

const pods = new Set<StateOperatorPod>();

/** To be called after each test. */
export async function removePods(): Promise<void> {
  for (const pod of pods) {
    await pod.kill();
    rmSync(pod.root, { recursive: true, force: true });
  }
  pods.clear();
}

export interface OperatorPodOptions {
  /** The line that this cluster adds to the state. */
  readonly state?: string;
  /** What Flux does at its end in place of a dump, as lines of bash that find the path in $dump. */
  readonly leaves?: string;
  /** Is Python in the view alone, as the operator leaves it there? `none`: nowhere. @default - in the image */
  readonly python?: 'view' | 'none';
  /** Is it the pod of a follower? */
  readonly follows?: boolean;
}

export class StateOperatorPod {
  public readonly root = mkdtempSync(join(tmpdir(), 'operator-pod-'));
  private readonly spec: MiniClusterSpec;
  private readonly environment: NodeJS.ProcessEnv;
  private container?: ChildProcess;

  public constructor(
    manifests: readonly Manifest[],
    { state = 'first', leaves = '', follows = false, python }: OperatorPodOptions = {},
  ) {
    pods.add(this);
    const resource = manifests.find(({ kind }) => kind === 'MiniCluster');
    this.spec = resource?.spec as MiniClusterSpec;
    mountScripts(manifests, this.root);
    for (const folder of ['bin', 'out', 'work', 'tmp'])
      mkdirSync(join(this.root, folder), { recursive: true });
    writeFileSync(join(this.root, 'bin/flux'), FLUX, { mode: 0o755 });
    if (python) this.leaveOut(python);
    else linkPython(join(this.root, 'bin/python3'));
    writeFileSync(join(this.root, 'wait-0.sh'), entrypointOf(this.spec, this.root));
    this.environment = {
      PATH: python ? join(this.root, 'bin') : `${join(this.root, 'bin')}:/usr/bin:/bin`,
      ...(python === 'view' ? { pythonversion: join(this.root, 'python3.11') } : {}),
      PYTHONDONTWRITEBYTECODE: '1',
      POD: this.root,
      OUT: join(this.root, 'out'),
      HOME: this.root,
      LANG: 'C.UTF-8',
      viewbase: join(this.root, 'tmp'),
      STATE: state,
      LEAVES: leaves,
      ...(follows ? { FOLLOWS: '1' } : {}),
    };
  }

  /** Makes an image of few programs, and puts Python where only the entrypoint knows. */
  private leaveOut(python: 'view' | 'none'): void {
    linkPrograms(join(this.root, 'bin'));
    for (const name of ['tar', 'gzip']) symlinkSync(`/bin/${name}`, join(this.root, 'bin', name));
    rmSync(join(this.root, 'bin/python3'));
    if (python === 'view') linkPython(join(this.root, 'python3.11'));
  }

  /** Starts the container. */
  public start(): this {
    rmSync(join(this.root, 'up'), { force: true });
    const log = openSync(join(this.root, 'log'), 'a');
    this.container = spawn('/bin/bash', [join(this.root, 'wait-0.sh')], {
      cwd: join(this.root, 'work'),
      stdio: ['ignore', log, log],
      env: this.environment,
      detached: true,
    });
    closeSync(log);
    return this;
  }

  /** Waits until Flux runs. */
  public async up(): Promise<this> {
    await until(() => this.has('up'));
    return this;
  }

  /** Waits for the end of the container, and ends what is left of it. */
  public async ended(): Promise<Ended> {
    if (this.container?.exitCode === null && this.container.signalCode === null)
      await once(this.container, 'exit');
    const code = this.container?.exitCode ?? null;
    await this.kill();
    return { code, lines: this.log };
  }

  public async run(): Promise<Ended> {
    return this.start().ended();
  }

  /** What the kubelet runs when the pod is deleted. */
  public preStop(): SpawnSyncReturns<string> {
    const [program = 'no hook'] = this.spec.containers.flatMap(
      ({ lifeCycle }) => lifeCycle?.preStopExec ?? [],
    );
    return spawnSync(movedBelow(this.root, program), [], {
      encoding: 'utf8',
      timeout: 20_000,
      env: this.environment,
    });
  }

  /** The signal that Kubernetes sends to process 1 when preStop has ended. */
  public terminate(): void {
    if (this.container?.exitCode === null) this.container.kill('SIGTERM');
  }

  /** Kills all processes of the pod, as the kernel does when process 1 of the container has ended. */
  public async kill(): Promise<void> {
    const { container } = this;
    if (container?.pid !== undefined) {
      try {
        process.kill(-container.pid, 'SIGKILL');
      } catch {
        // All of it has ended.
      }
      if (container.exitCode === null && container.signalCode === null) await once(container, 'exit');
    }
    const marker = join(this.root, 'tmp/flux-state/keeper');
    if (!existsSync(marker)) return;
    const keeper = Number(readFileSync(marker, 'utf8'));
    if (isAlive(keeper)) process.kill(keeper, 'SIGKILL');
  }

  /** The lines of the container's log. */
  public get log(): readonly string[] {
    return (this.read('log') ?? '').split('\n').filter((line) => line !== '');
  }

  public has(name: string): boolean {
    return existsSync(join(this.root, name));
  }

  public read(name: string): string | undefined {
    return this.has(name) ? readFileSync(join(this.root, name), 'utf8') : undefined;
  }

  public write(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  /** The argument lists of the calls of flux that begin with a verb. */
  public calls(...verbs: readonly string[]): readonly (readonly string[])[] {
    return (this.read('calls') ?? '')
      .split('\u0001')
      .filter(Boolean)
      .map((call) => call.split('\0').slice(0, -1))
      .filter(([verb = '']) => verbs.length === 0 || verbs.includes(verb));
  }
}
