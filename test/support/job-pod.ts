/**
 * One pod of a MiniClusterJob, run as its kubelet would run it: the files of the ConfigMap at their mounts, empty
 * volumes, the certificate, the environment with Kubernetes' expansion, the command of the container. What ends with
 * process 1 ends here too. The mounts lie below a folder of the test's, and the texts name them there, since not every
 * machine lets a test mount anything. Programs are bash, coreutils and python3, and a flux that records.
 */
import { ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MiniClusterJobInput, miniClusterJob } from '../../src/model/job';
import type { Manifest } from '../../src/model/manifest';
import { endSession, linkPrograms, needTools } from './pod-machine';

/** How a container ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is not in the manifests. */
export interface PodOptions {
  /** The pod's index in its Job. */
  readonly index?: number;
  /** Content of the certificate; undefined for a Secret without the key. */
  readonly certificate?: string | null;
  /** Values of the Secrets that variables come from, by key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Lines of bash that flux runs first, by the command of flux: `{ submit: 'exit 3' }`. */
  readonly flux?: Readonly<Record<string, string>>;
  /** Is there a flux on the PATH of the image? */
  readonly hasFlux?: boolean;
  /** Variables of the image. */
  readonly image?: Readonly<Record<string, string>>;
  /** Name of the container that runs a broker; that of the Job without it. */
  readonly container?: string;
  /** Its scripts and files; those of the last ConfigMap without them. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** The mode of these. */
  readonly scriptMode?: number;
  /** Where the mounts lie that it shares with other containers of its pod. */
  readonly shared?: SharedMounts;
}

/** Mounts of a pod that are not below the folder of a container. */
export interface SharedMounts {
  readonly root: string;
  readonly paths: readonly string[];
}

/** What one broker was started with. */
export interface Broker {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Its umask, folder and soft limit of open files. */
  readonly place: readonly string[];
  readonly configuration: string;
  readonly resources: string;
  readonly certificate: string;
  readonly certificateMode: string;
}

/** A container that runs. */
export interface Running {
  readonly ended: Promise<Outcome>;
  /** As the kubelet stops a container: TERM to process 1. */
  readonly stop: () => boolean;
  /** What it has said so far. */
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  /** Another signal to it. */
  readonly signal: (name: NodeJS.Signals) => boolean;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
}

interface PodContainer {
  readonly name: string;
  readonly command?: readonly string[];
  readonly env?: readonly Variable[];
  readonly workingDir?: string;
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}

interface PodTemplate {
  readonly spec: {
    readonly initContainers?: readonly PodContainer[];
    readonly containers: readonly PodContainer[];
  };
}

/** Places of a container that are not mounts, and that the scripts name. */
const PLACES = [
  '/proc/self/status',
  '/proc/net/tcp',
  '/sys/devices/system/cpu/online',
  '/proc/sys/kernel/hostname',
  '/opt/views',
  '/opt/view',
  '/opt/software',
  '/tmp/fluxout',
];

const FLUX = readFileSync(join(__dirname, 'stand-in-flux.sh'), 'utf8');
export const CERTIFICATE = '#   ****  Generated\nmetadata\ncurve\n    public-key = "x"\n';

/** Longer than any test may take. */
const LIMIT_MS = 40_000;

/** The folders of all containers. */
const ROOTS = new RegExp(`${join(tmpdir(), 'pod-')}[A-Za-z0-9]{6}`, 'g');

const pods = new Set<JobPod>();

/** To be called after each test: ends what still runs and removes the folders. */
export function removePods(): void {
  for (const pod of pods) pod.remove();
  pods.clear();
}

export class JobPod {
  public readonly root = mkdtempSync(join(tmpdir(), 'pod-'));
  private readonly template: PodTemplate;
  private readonly name: string;
  private readonly host: string;
  private readonly moved: RegExp;
  private readonly shared: SharedMounts;
  private readonly processes: ChildProcess[] = [];
  private readonly sockets: Server[] = [];

  public constructor(
    manifests: readonly Manifest[],
    private readonly options: PodOptions = {},
  ) {
    pods.add(this);
    needTools();
    const scripts =
      options.scripts ?? manifests.filter(({ kind }) => kind === 'ConfigMap').at(-1)?.data ?? {};
    this.shared = options.shared ?? { root: this.root, paths: [] };
    const job = manifests.filter(({ kind }) => kind === 'Job').at(-1) as Manifest;
    this.template = (job.spec as { template: PodTemplate }).template;
    this.host = `${job.metadata.name}-${options.index ?? 0}`;
    this.name = options.container ?? job.metadata.name;
    const { initContainers = [], containers } = this.template.spec;
    const mounts = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ mountPath }) => mountPath),
    );
    const places = [...new Set([...mounts, ...PLACES])].sort((a, b) => b.length - a.length);
    this.moved = new RegExp(`(?<![\\w}.\\]])(?=(?:${places.join('|')})(?![\\w-]))`, 'g');
    for (const mount of mounts) mkdirSync(this.path(mount), { recursive: true });
    for (const folder of ['record', 'image/bin', 'out', 'work', 'home'])
      mkdirSync(join(this.root, folder), { recursive: true });
    for (const [key, text] of Object.entries(scripts))
      this.write(`/flux-scripts/${key}`, this.inside(text), options.scriptMode);
    const { certificate = CERTIFICATE } = options;
    if (certificate !== null) this.write('/flux-certificate/curve.cert', certificate, 0o440);
    this.write('/proc/self/status', 'Name:\tbash\nCpus_allowed_list:\t0-7\n');
    this.write('/sys/devices/system/cpu/online', '0-7\n');
    this.write('/proc/sys/kernel/hostname', `${this.host}\n`);
    this.installPrograms();
  }

  /** A path of the container on this machine. */
  public path(path: string): string {
    return join(this.rootOf(path), path);
  }

  private rootOf(path: string): string {
    const { root, paths } = this.shared;
    return paths.some((one) => path === one || path.startsWith(`${one}/`)) ? root : this.root;
  }

  public read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  public has(path: string): boolean {
    return existsSync(this.path(path));
  }

  public write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  /** A text that names places of the container, with their paths on this machine. */
  public inside(text: string): string {
    return text.replace(this.moved, (_, at: number) =>
      this.rootOf(/^[\w/.-]*/.exec(text.slice(at))?.[0] ?? ''),
    );
  }

  /** A text from a container of the pod, with the paths that it has there. */
  public outside(text: string): string {
    return text.replace(ROOTS, '');
  }

  /** The socket of a broker: one that nobody answers. */
  public async openSocket(path = '/mnt/flux/config/run/flux/local'): Promise<void> {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    const server = createServer();
    this.sockets.push(server);
    await new Promise<void>((resolve) => {
      server.listen(this.path(path), resolve);
    });
  }

  /** Runs a container to its end; without a name the one that runs Flux. */
  public async run(container?: string): Promise<Outcome> {
    return this.start(container).ended;
  }

  public start(name = this.name): Running {
    const { initContainers = [], containers } = this.template.spec;
    const container = [...initContainers, ...containers].find((one) => one.name === name) as PodContainer;
    const command = (container.command ?? []).map((word) => this.inside(word));
    return this.spawn(command, this.environmentOf(container), container.workingDir);
  }

  /** The variables of the container that runs a broker. */
  public variables(): Record<string, string> {
    const { containers } = this.template.spec;
    return this.environmentOf(containers.find((one) => one.name === this.name) as PodContainer);
  }

  /** Runs a program in the container's image, as `kubectl exec` does. */
  public exec(
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    input?: string,
  ): Running {
    return this.spawn(
      command.map((word) => this.inside(word)),
      { ...this.variables(), ...environment },
      undefined,
      input,
    );
  }

  /** Runs a program in the container with these variables alone, as the shell of a job does. */
  public task(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    input?: string,
  ): Running {
    const own = Object.entries(environment).map(([name, value]) => [name, this.inside(value)]);
    return this.spawn(
      command.map((word) => this.inside(word)),
      Object.fromEntries(own),
      '/',
      input,
    );
  }

  /** The argument lists of the calls of flux, in their order. */
  public calls(verb?: string): string[][] {
    const calls = this.recorded('record/calls');
    return verb === undefined ? calls : calls.filter(([first]) => first === verb);
  }

  /** The calls of flux with the broker that each was meant for in front: the value of FLUX_URI. */
  public asked(): string[][] {
    return this.recorded('record/asked');
  }

  private recorded(file: string): string[][] {
    const words = this.has(file) ? this.read(file).split('\0') : [];
    const calls: string[][] = [];
    for (let at = 0; at < words.length - 1;) {
      const count = Number(words[at]);
      calls.push(words.slice(at + 1, at + 1 + count).map((word) => this.outside(word)));
      at += count + 1;
    }
    return calls;
  }

  /** The brokers that were started, in their order. */
  public brokers(): Broker[] {
    return this.calls('broker').map((args, index) => {
      const file = (name: string): string => this.outside(this.read(`record/broker-${index + 1}/${name}`));
      return {
        args: args.slice(1),
        environment: pairs(file('environment')),
        place: file('place').split('\n').slice(0, -1),
        configuration: file('broker.toml'),
        resources: file('R'),
        certificate: file('curve.cert'),
        certificateMode: file('mode').trim(),
      };
    });
  }

  /** The environment in which the last job was submitted. */
  public jobEnvironment(): Record<string, string> {
    return pairs(this.outside(this.read('record/job-environment')));
  }

  /** Waits until a path is there. */
  public async until(path: string): Promise<void> {
    const end = Date.now() + LIMIT_MS / 2;
    while (!this.has(path)) {
      if (Date.now() > end) throw new Error(`no ${path} in the pod`);
      await pause(10);
    }
  }

  /** Waits until that many brokers were started. */
  public async untilBroker(count: number): Promise<void> {
    return this.until(`record/broker-${count}/ready`);
  }

  public remove(): void {
    for (const { pid, exitCode, signalCode } of this.processes)
      if (exitCode === null && signalCode === null) endSession(pid);
    for (const socket of this.sockets) socket.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  private installPrograms(): void {
    const bin = join(this.root, 'image/bin');
    const { flux = {}, hasFlux = true } = this.options;
    linkPrograms(bin);
    for (const [verb, lines] of Object.entries(flux)) this.write(`record/on-${verb}`, this.inside(lines));
    if (hasFlux) this.installFlux('/image/bin/flux');
  }

  /** Puts the recording flux somewhere else: into a view, say. */
  public installFlux(path: string): void {
    const text = FLUX.replaceAll('@RECORD@', join(this.root, 'record')).replace('@HERE@', __dirname);
    this.write(path, text, 0o755);
  }

  private environmentOf({ env = [] }: PodContainer): Record<string, string> {
    const { secrets = {}, image = {} } = this.options;
    const environment: Record<string, string> = {
      PATH: join(this.root, 'image/bin'),
      HOME: join(this.root, 'home'),
      HOSTNAME: this.host,
      OUT: join(this.root, 'out'),
      LANG: 'C.UTF-8',
      ...image,
    };
    for (const { name, value, valueFrom } of env) {
      const secret = valueFrom?.secretKeyRef && secrets[valueFrom.secretKeyRef.key];
      environment[name] = secret ?? this.inside(expand(value ?? '', environment));
    }
    return environment;
  }

  private spawn(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    folder = '/job',
    input?: string,
  ): Running {
    mkdirSync(this.path(folder), { recursive: true });
    const process_ = spawn(command[0] ?? '', command.slice(1), {
      cwd: this.path(folder),
      env: environment,
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    process_.stdin?.end(input);
    const { pid } = process_;
    this.processes.push(process_);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      process_[stream]?.setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
    const said = (): { stdout: string; stderr: string } => ({
      stdout: this.outside(output.stdout),
      stderr: this.outside(output.stderr),
    });
    const ended = new Promise<Outcome>((resolve, reject) => {
      process_.on('error', reject);
      const limit = setTimeout(() => endSession(pid), LIMIT_MS);
      // Process 1 takes all others of its container with it.
      process_.on('exit', () => endSession(pid));
      process_.on('close', (code) => {
        clearTimeout(limit);
        resolve({ code: code ?? -1, ...said() });
      });
    });
    return {
      ended,
      said,
      stop: () => process_.kill('SIGTERM'),
      signal: (name) => process_.kill(name),
    };
  }
}

/** The pod of a cluster lmp of four with one container; Flux is the image's. */
export function jobPod(
  runner: Partial<MiniClusterJobInput['containers'][number]>,
  input: Partial<MiniClusterJobInput> = {},
  options: PodOptions = {},
): JobPod {
  const { flux } = input;
  const manifests = miniClusterJob(
    { name: 'lmp', namespace: 'hpc' },
    {
      size: 4,
      tasks: 16,
      ...input,
      flux: { ...flux, container: { disable: true, ...flux?.container } },
      containers: [{ image: 'ubuntu:24.04', ...runner }, ...(input.containers ?? [])],
    },
  );
  return new JobPod(manifests, options);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Kubernetes' expansion of a value: `$$` is `$`, `$(NAME)` a variable that stands before it, or stays. */
export function expand(value: string, known: Readonly<Record<string, string>>): string {
  return value.replace(/\$(\$|\(([^)]*)\))/g, (match: string, what: string, name: string) =>
    what === '$' ? '$' : (known[name] ?? match),
  );
}

/** The variables of `env -0`. */
function pairs(text: string): Record<string, string> {
  const entries = text.split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
