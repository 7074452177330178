/**
 * The pod of the lead brokers as the fluxion controller sees it: folders, markers, sockets, stand-ins for
 * flux (fluxion-flux.py) and for the Fluxion service (fluxion-service.py), and the controller itself.
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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports';
import { PYTHON } from './python';
import { until } from './until';
import './real-processes';

const SCRIPT = join(__dirname, '../../assets/fluxion/fluxion_controller.py');
/** As a certificate has it (Z85). */
export const SECRET = 'fluxion.controller'.padEnd(40, '0');

/** How a call ended, and what it said. */
export interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A job as the controller lists it. */
export interface ListedJob {
  readonly number: number;
  readonly application: string;
  readonly state: string;
  readonly result: string | null;
  readonly code: number | null;
  readonly note: string;
  readonly hosts: readonly string[];
  readonly cores: Readonly<Record<string, string>>;
  readonly flux: string | null;
}

/** A jobspec of Flux, as far as tests look into it. */
export interface Jobspec {
  readonly tasks: readonly { readonly command: readonly string[]; readonly count: object }[];
  readonly resources: readonly object[];
  readonly attributes: {
    readonly system: {
      readonly cwd: string;
      readonly duration: number;
      readonly environment: Readonly<Record<string, string>>;
      readonly 'alloc-bypass': { readonly R: { readonly version: number; readonly execution: object } };
    };
  };
}

/** A line of what the tasks of the stand-in's jobs did. */
export interface CoreUse {
  readonly what: 'start' | 'end';
  readonly broker: string;
  readonly number: number;
  readonly id: string;
  readonly cores: readonly string[];
}

export interface FluxionPodOptions {
  readonly hosts?: number;
  readonly cores?: number;
  /** @default lammps, ior */
  readonly applications?: readonly string[];
}

const pods = new Set<FluxionPod>();

/** To be called after each test. */
export async function removePods(): Promise<void> {
  for (const pod of pods) await pod.remove();
  pods.clear();
}

export class FluxionPod {
  public readonly home = mkdtempSync(join(tmpdir(), 'fluxion-'));
  public readonly environment: Record<string, string>;
  private readonly hosts: number;
  private readonly cores: number;
  private readonly processes = new Set<ChildProcess>();
  private controller?: ChildProcess;
  private service?: ChildProcess;
  private logs = 0;

  private constructor(
    options: FluxionPodOptions,
    public readonly port: number,
    private readonly servicePort: number,
  ) {
    pods.add(this);
    const { hosts = 3, cores = 4, applications = ['lammps', 'ior'] } = options;
    this.hosts = hosts;
    this.cores = cores;
    mkdirSync(join(this.home, 'bin'));
    const flux = readFileSync(join(__dirname, 'fluxion-flux.py'), 'utf8');
    writeFileSync(join(this.home, 'bin/flux'), `#!${PYTHON} -SE\n${flux}`, { mode: 0o755 });
    this.write('certificate', `metadata\n    name = "x"\ncurve\n    secret-key = "${SECRET}"\n`);
    const execution = {
      R_lite: [{ rank: `0-${hosts - 1}`, children: { core: `0-${cores - 1}` } }],
      nodelist: [`flux-[0-${hosts - 1}]`],
    };
    this.write('R', JSON.stringify({ version: 1, execution }));
    ['queue', ...applications].forEach((name, index) => this.addContainer(name, index));
    this.environment = {
      PATH: `${join(this.home, 'bin')}:${process.env.PATH ?? ''}`,
      PYTHONPATH: join(__dirname, 'fluxion-client'),
      PYTHONDONTWRITEBYTECODE: '1',
      LANG: 'C.UTF-8',
      HOSTNAME: '127.0.0.1',
      STAND_IN: this.home,
      FLUX_URI: 'local:///local-0',
      MINICLUSTER_ROOT: join(this.home, 'root'),
      MINICLUSTER_CERTIFICATE: join(this.home, 'certificate'),
      MINICLUSTER_LEAD: '127.0.0.1',
      MINICLUSTER_CONTROLLER_PORT: String(port),
      MINICLUSTER_FLUXION_SERVICE: `127.0.0.1:${servicePort}`,
    };
  }

  /** A pod whose service and controller run. */
  public static async running(options: FluxionPodOptions = {}): Promise<FluxionPod> {
    const pod = await FluxionPod.make(options);
    pod.startService();
    await pod.start();
    return pod;
  }

  public static async make(options: FluxionPodOptions = {}): Promise<FluxionPod> {
    const [port = 0, servicePort = 0] = await freePorts(2);
    return new FluxionPod(options, port, servicePort);
  }

  private addContainer(name: string, index: number): void {
    const root = join(this.home, 'root');
    const run = join(root, `brokers/${index}-${name}/config/run`);
    const folders = [run, join(root, 'config/run/flux'), join(root, 'config/etc/flux/meta')];
    for (const folder of [...folders, join(this.home, `local-${index}/jobs`)])
      mkdirSync(folder, { recursive: true });
    writeFileSync(join(root, `config/etc/flux/meta/${index}-${name}`), '');
    writeFileSync(join(root, `config/run/flux/local-${index}`), '');
    writeFileSync(join(run, 'application-environment'), `APPLICATION=${name}\0HOSTNAME=flux-0\0`);
    writeFileSync(join(run, 'application-folder'), `/opt/${name}\n`);
    for (const file of ['alive', 'plugin']) this.write(`local-${index}/${file}`, '');
    for (const state of ['avail', 'online'])
      this.write(`local-${index}/${state}`, [...Array(this.hosts).keys()].join());
  }

  public path(name: string): string {
    return join(this.home, name);
  }

  public write(name: string, content: string): void {
    writeFileSync(this.path(name), content);
  }

  public delete(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  public has(name: string): boolean {
    return existsSync(this.path(name));
  }

  public read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** The journal of the controller. */
  public get journal(): string {
    return 'root/brokers/0-queue/fluxion/journal';
  }

  private spawn(program: readonly string[], log: string, extra: Record<string, string> = {}): ChildProcess {
    const output = openSync(this.path(log), 'a');
    const child = spawn(PYTHON, program, {
      stdio: ['ignore', output, output],
      env: { ...this.environment, ...extra },
    });
    closeSync(output);
    this.processes.add(child);
    return child;
  }

  public startService(): void {
    this.service = this.spawn(
      [join(__dirname, 'fluxion-service.py'), String(this.servicePort)],
      'service.log',
    );
  }

  public async killService(): Promise<void> {
    await end(this.service, 'SIGKILL');
  }

  /** Starts the controller, and waits until it listens. */
  public async start(): Promise<void> {
    const log = this.launch();
    await until(() => / listens at /.test(this.read(log)) || this.controller?.exitCode !== null, 20);
    if (this.controller?.exitCode !== null) throw new Error(this.read(log));
  }

  /** Starts the controller; gives the name of its log. */
  public launch(extra: Record<string, string> = {}): string {
    const log = `controller-${(this.logs += 1)}.log`;
    this.controller = this.spawn([SCRIPT, 'start'], log, extra);
    return log;
  }

  public async ended(): Promise<number | null> {
    const { controller } = this;
    if (controller === undefined) return null;
    if (controller.exitCode === null && controller.signalCode === null) await once(controller, 'exit');
    return controller.exitCode;
  }

  public async stop(): Promise<number | null> {
    await end(this.controller, 'SIGTERM');
    return this.controller?.exitCode ?? null;
  }

  public async kill(): Promise<void> {
    await end(this.controller, 'SIGKILL');
  }

  /** All that controllers have said so far. */
  public said(): string {
    const logs = readdirSync(this.home).filter((name) => name.startsWith('controller-'));
    return logs
      .sort()
      .map((name) => this.read(name))
      .join('');
  }

  /** What a user types. */
  public async call(args: readonly string[], extra: Record<string, string> = {}): Promise<Told> {
    const child = spawn(PYTHON, [SCRIPT, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.environment, ...extra },
    });
    this.processes.add(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const [code] = await once(child, 'close');
    this.processes.delete(child);
    return { code, stdout, stderr };
  }

  /** Submits a job, and gives its number. */
  public async submit(...args: readonly string[]): Promise<number> {
    const told = await this.call(['submit', '--app', 'lammps', ...args]);
    if (told.code !== 0) throw new Error(told.stderr);
    return Number(told.stdout);
  }

  public async jobs(): Promise<readonly ListedJob[]> {
    const told = await this.call(['jobs', '--json']);
    if (told.code !== 0) throw new Error(told.stderr);
    return JSON.parse(told.stdout).jobs;
  }

  public async job(number: number): Promise<ListedJob> {
    return (await this.jobs()).find((job) => job.number === number)!;
  }

  /** Waits until jobs are in a state; gives them. */
  public async settled(state: string, ...numbers: readonly number[]): Promise<readonly ListedJob[]> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const jobs = (await this.jobs()).filter((job) => numbers.includes(job.number));
      if (jobs.length === numbers.length && jobs.every((job) => job.state === state)) return jobs;
      if (Date.now() > deadline) throw new Error(`not ${state}: ${JSON.stringify(jobs)}\n${this.said()}`);
    }
  }

  /** Which tasks began and ended on which cores, in this order. */
  public uses(): readonly CoreUse[] {
    if (!this.has('cores')) return [];
    return this.read('cores')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .map(({ R, ...use }) => ({ ...use, cores: R.flatMap(coresOf) }));
  }

  /** The most jobs that held a core at a time, and the cores that are held at the end. */
  public occupation(): { readonly most: number; readonly left: number } {
    const held = new Map<string, number>();
    let most = 0;
    for (const { what, cores } of this.uses()) {
      for (const core of cores) {
        const count = (held.get(core) ?? 0) + (what === 'start' ? 1 : -1);
        held.set(core, count);
        most = Math.max(most, count);
      }
    }
    return { most, left: [...held.values()].filter((count) => count > 0).length };
  }

  /** A job on all cores, which runs only if each of them is free. */
  public async useAll(): Promise<void> {
    const number = await this.submit('-n', String(this.hosts * this.cores), 'job', '0', '0');
    await this.settled('ended', number);
  }

  /** The arguments of all calls of flux, behind the name of the broker. */
  public calls(verb: string): string[][] {
    const lines = this.read('calls').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as string[]).filter((words) => words[1] === verb);
  }

  public jobspec(broker: string, id: string): Jobspec {
    return JSON.parse(this.read(`${broker}/jobs/${id}/jobspec`));
  }

  public async remove(): Promise<void> {
    for (const name of existsSync(this.home) ? readdirSync(this.home) : [])
      if (name.startsWith('gate-') || name.startsWith('local-')) this.delete(name);
    for (const child of this.processes) await end(child, 'SIGKILL');
    await removeFolder(this.home);
  }
}

function coresOf(entry: { readonly rank: string; readonly children: { readonly core: string } }): string[] {
  return idset(entry.rank).flatMap((rank) => idset(entry.children.core).map((core) => `${rank}:${core}`));
}

function idset(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Tasks of the stand-in that are just ending may still write into it. */
async function removeFolder(path: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === 50) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
