/**
 * The part of flux-distribute that works on a node, run for real with stand-ins for nsenter, flux and systemd. A folder
 * is the node; a driver in Python makes the calls that a supervisor makes.
 */
import { ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endProcessesNaming, linkPrograms, needTools } from './pod-machine';
import { PYTHON } from './python';
import { until } from './until';

const ASSETS = join(__dirname, '../../assets');

/** Seconds, as the scripts have them; tests need not wait that long. */
const PATIENCE = ['broker.LONGEST_GOODBYE=0.3', 'broker.LONGEST_ANSWER=3'];

/** What a broker was started with. */
export interface StartedBroker {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly process: number;
}

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
  readonly exit?: unknown;
}

const nodes = new Set<DistributeNode>();

/** To be called after each test. */
export async function removeNodes(): Promise<void> {
  for (const node of nodes) await node.remove();
  nodes.clear();
}

export class DistributeNode {
  /** Paths as the scripts have them. */
  public readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'distribute-')));
  public readonly prefix = join(this.root, 'opt');
  public readonly directory = join(this.root, 'node-0/opt');
  public readonly run = join(this.root, 'node-0/run');
  public readonly state = join(this.root, 'node-0/state');
  /** What the supervisors have said, and the broker through them. */
  public said = '';
  /** Folders from which the node runs nothing, for the next supervisor; what is in them nobody else sees. */
  public noexec: readonly string[] = [];
  private supervisor: ChildProcess | undefined;
  private asked = 0;
  private readonly answers: ((answer: Answer) => void)[] = [];

  public constructor(
    private readonly settings: Readonly<Record<string, unknown>> = {},
    private readonly patience: readonly string[] = [],
  ) {
    nodes.add(this);
    needTools();
    for (const folder of ['opt/bin', 'scripts', 'stand-ins', 'units', 'fails', 'answers', 'node-0/run'])
      mkdirSync(join(this.root, folder), { recursive: true });
    linkPrograms(join(this.prefix, 'bin'));
    for (const name of readdirSync(join(ASSETS, 'distribute')).filter((name) => /\.(py|sh)$/.test(name)))
      copyFileSync(join(ASSETS, 'distribute', name), join(this.root, 'scripts', name));
    copyFileSync(join(ASSETS, 'state/drain.sh'), join(this.root, 'scripts/drain.sh'));
    this.program('opt/bin/flux', readFileSync(join(__dirname, 'distribute-node-flux.py'), 'utf8'));
    // Unique on this machine: by these the tests find what a broker has left.
    this.write('task-mark', this.mark('1'));
    this.write('daemon-mark', this.mark('2'));
  }

  /** A number that no other node has: an argument of sleep. */
  private mark(kind: string): string {
    return `0.${kind}${parseInt(this.root.slice(-6), 36)}`;
  }

  public write(name: string, text: string): void {
    mkdirSync(join(this.root, name, '..'), { recursive: true });
    writeFileSync(join(this.root, name), text);
  }

  public program(name: string, text: string): void {
    this.write(name, text);
    chmodSync(join(this.root, name), 0o755);
  }

  public forget(name: string): void {
    rmSync(join(this.root, name), { recursive: true, force: true });
  }

  public read(name: string): string {
    return readFileSync(join(this.root, name), 'utf8');
  }

  public has(name: string): boolean {
    return existsSync(join(this.root, name));
  }

  /** A supervisor on this node; the one before it is not told. */
  public startSupervisor(): void {
    this.write(
      'settings.json',
      JSON.stringify({
        name: 'flux',
        port: 8050,
        directory: this.directory,
        stateDirectory: this.state,
        runDirectory: this.run,
        quorum: 1,
        topology: 'flat',
        runner: 'supervisor',
        leaseSeconds: 120,
        raiseSysctls: false,
        flux: { environment: 'e' },
        ...this.settings,
      }),
    );
    this.asked = 0;
    this.said += '--- supervisor ---\n';
    const mounts = this.noexec.map(
      (path) => `mkdir -p ${path} && mount -t tmpfs -o noexec tmpfs ${path} && `,
    );
    const start = `${mounts.join('')}exec ${PYTHON} "$0"`;
    const words = ['-c', start, join(__dirname, 'distribute-node-driver.py')];
    const isOwnMount = this.noexec.length > 0;
    const [program, rest] = isOwnMount ? ['unshare', ['--mount', 'sh', ...words]] : ['sh', words];
    const supervisor = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...this.environment(), PATH: process.env.PATH },
    });
    for (const stream of [supervisor.stdout, supervisor.stderr])
      stream.on('data', (text: Buffer) => (this.said += text.toString()));
    createInterface({ input: supervisor.stdio[3] as NodeJS.ReadableStream }).on('line', (line) => {
      this.answers.shift()?.(JSON.parse(line) as Answer);
    });
    this.supervisor = supervisor;
  }

  public environment(): Record<string, string> {
    const enter = join(__dirname, 'distribute-node-enter.sh');
    return {
      DISTRIBUTE_SCRIPTS: join(this.root, 'scripts'),
      DISTRIBUTE_SETTINGS: join(this.root, 'settings.json'),
      DISTRIBUTE_NSENTER: `bash ${enter} ${join(this.root, 'stand-ins')}`,
      DISTRIBUTE_UNITS: join(this.root, 'units'),
      DISTRIBUTE_SYSCTLS: join(this.root, 'sysctls'),
      DISTRIBUTE_ACCOUNT: join(this.root, 'account'),
      NODE_NAME: 'node-a',
      STAND_IN: this.root,
      PATIENCE: [...PATIENCE, ...this.patience].join(' '),
    };
  }

  public supervisorProcess(): number {
    return this.supervisor?.pid ?? 0;
  }

  /** Ends the supervisor as nothing can hinder. */
  public async killSupervisor(): Promise<void> {
    const { supervisor } = this;
    if (!supervisor || supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    const ended = new Promise((resolve) => supervisor.once('exit', resolve));
    supervisor.kill('SIGKILL');
    await ended;
  }

  /** What the call gives: `call('broker.start', true)`. */
  public async call(name: string, ...given: readonly unknown[]): Promise<unknown> {
    const answer = await this.ask(name, ...given);
    if (answer.error !== undefined) throw new Error(answer.error);
    if ('exit' in answer) throw new Error(`exit ${String(answer.exit)}`);
    return answer.value;
  }

  private async ask(name: string, ...given: readonly unknown[]): Promise<Answer> {
    if (!this.supervisor) this.startSupervisor();
    const said = `--- ${(this.asked += 1)} ---\n`;
    const answer = await this.answerTo(name, given);
    // Another pipe: what was said may come later than the answer.
    await until(() => this.said.slice(this.said.lastIndexOf('--- supervisor ---')).includes(said));
    return answer;
  }

  private answerTo(name: string, given: readonly unknown[]): Promise<Answer> {
    return new Promise((resolve) => {
      this.answers.push(resolve);
      this.supervisor?.stdin?.write(`${JSON.stringify([name, ...given])}\n`);
    });
  }

  /** Writes the files of a broker of so many ranks. */
  public configure(ranks = 4, toml = '[bootstrap]\n', certificate = 'key'): Promise<unknown> {
    return this.call('broker.configure', toml, resources(ranks), certificate, this.prefix);
  }

  /** Brokers that were started, the oldest first. */
  public brokers(): readonly StartedBroker[] {
    const names = readdirSync(this.root).filter((name) => /^broker-\d+\.json$/.test(name));
    return names.sort().map((name) => JSON.parse(this.read(name)) as StartedBroker);
  }

  /** Calls of flux by their words. */
  public calls(verb?: string): readonly (readonly string[])[] {
    if (!this.has('calls')) return [];
    // The last line may just be written.
    const lines = this.read('calls').split('\n').slice(0, -1);
    const calls = lines.map((line) => JSON.parse(line) as string[]);
    return calls.filter((words) => verb === undefined || words[0] === verb);
  }

  /** Lines of the scripts themselves. */
  public sentences(): readonly string[] {
    const lines = this.said.split('\n').filter((line) => line.startsWith('flux-distribute: '));
    return lines.map((line) => line.slice('flux-distribute: '.length).replaceAll(this.root, ''));
  }

  /** What runs of the jobs that the stand-in broker has: tasks, and daemons that tasks have left. */
  public leftovers(): readonly string[] {
    const found: string[] = [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (words.includes(this.mark('1'))) found.push('task');
        if (words.includes(this.mark('2'))) found.push('daemon');
        if (words.includes(`-Srundir=${join(this.state, 'rundir')}`))
          found.push(words.some((word) => word.endsWith('keeper.py')) ? 'keeper' : 'broker');
      } catch {
        // It has ended meanwhile.
      }
    }
    return found.sort();
  }

  public async remove(): Promise<void> {
    await this.killSupervisor();
    // A unit outlives its supervisor, as it should.
    const seconds = this.has('systemd') ? 0 : 5;
    await until(() => this.leftovers().length === 0, seconds).catch(() => {
      endProcessesNaming(this.root, this.mark('1'), this.mark('2'));
    });
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** An R of so many ranks. */
export function resources(ranks: number): string {
  const rank = ranks === 1 ? '0' : `0-${ranks - 1}`;
  return JSON.stringify({ version: 1, execution: { R_lite: [{ rank, children: { core: '0-1' } }] } });
}
