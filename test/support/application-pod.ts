/**
 * A pod of a MultiApplicationCluster: a container for the queue and one for each application, each as JobPod runs it,
 * with the volume that they share.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiApplicationCluster } from '../../src/model/applications';
import { MultiApplicationClusterInput } from '../../src/model/applications/spec';
import type { Manifest } from '../../src/model/manifest';
import { JobPod, Outcome, PodOptions, Running, removePods as removeJobPods } from './job-pod';

const SHARED = '/mnt/flux';

/**
 * What a broker does: something where its socket is, its rc1, then nothing until it is told to stop, or to end by itself with the exit code that somebody
 * writes to $OUT/end. Lines before it may change its end.
 */
export const BROKER = `
: "\${at_end:=exit 0}"
trap 'echo TERM >>"$here/signals"; eval "$at_end"' TERM
echo "$$" >"$here/pid"
uri=$(attribute local-uri "$@")
: >"\${uri#local://}"
for folder in \${FLUX_RC_EXTRA//:/ }; do
  for script in "$folder"/rc1.d/*; do FLUX_URI=$uri /bin/bash "$script" || exit 1; done
done
exec {pause}<> <(:)
: >"$here/waits"
for ((i = 0; i < 1000; i++)); do
  read -rt 0.05 -u "$pause"
  if [[ -s $OUT/end ]]; then
    code=$(<"$OUT/end")
    rm "$OUT/end"
    exit "$code"
  fi
done
`;

/** A job as the stand-in for Flux has taken it. */
export interface SubmittedJob {
  readonly id: string;
  readonly uri: string;
  readonly urgency: number;
  readonly flags: readonly string[];
  readonly jobspec: Jobspec;
}

export interface Jobspec {
  readonly version: number;
  readonly resources: readonly object[];
  readonly tasks: readonly {
    readonly command: readonly string[];
    readonly slot: string;
    readonly count: object;
  }[];
  readonly attributes: { readonly system: JobAttributes };
}

interface JobAttributes {
  readonly [name: string]: unknown;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, { readonly data: string; readonly mode: number }>>;
}

/** What is not in the input. */
export interface ApplicationPodOptions {
  /** The pod's index in its Job. */
  readonly index?: number;
  /** Lines of bash that flux runs first in every container, by the command of flux. */
  readonly flux?: Readonly<Record<string, string>>;
  /** Such lines for single containers, by their names. */
  readonly fluxOf?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Variables of the images. */
  readonly image?: Readonly<Record<string, string>>;
}

const pods = new Set<ApplicationPod>();

/** To be called after each test: ends what still runs and removes the folders. */
export function removePods(): void {
  removeJobPods();
  for (const pod of pods) pod.remove();
  pods.clear();
}

export class ApplicationPod {
  /** Where the volume lies that the containers share. */
  public readonly root = mkdtempSync(join(tmpdir(), 'pod-'));
  public readonly names: readonly string[];
  private readonly containers: ReadonlyMap<string, JobPod>;

  public constructor(manifests: readonly Manifest[], options: ApplicationPodOptions = {}) {
    pods.add(this);
    const { flux = {}, fluxOf = {}, ...others } = options;
    const { containers, volumes } = podOf(manifests);
    this.names = containers.map(({ name }) => name);
    this.containers = new Map(
      this.names.map((name) => [
        name,
        new JobPod(manifests, {
          ...others,
          container: name,
          ...scriptsOf(name, { containers, volumes }, manifests),
          shared: { root: this.root, paths: [SHARED] },
          flux: { broker: BROKER, ...flux, ...fluxOf[name] },
        }),
      ]),
    );
  }

  /** One of its containers. */
  public of(name: string): JobPod {
    return this.containers.get(name) as JobPod;
  }

  public get queue(): JobPod {
    return this.of('queue');
  }

  /** Starts containers; without names all of them. */
  public start(...names: readonly string[]): Record<string, Running> {
    const chosen = names.length > 0 ? names : this.names;
    return Object.fromEntries(chosen.map((name) => [name, this.of(name).start(name)]));
  }

  /** Starts all containers, and waits until their brokers run. */
  public async running(): Promise<Record<string, Running>> {
    const all = this.start();
    await this.untilJoined();
    return all;
  }

  /** Waits until the first brokers of containers run; without names those of all of them. */
  public async untilJoined(...names: readonly string[]): Promise<void> {
    for (const name of names.length > 0 ? names : this.names)
      await this.of(name).until('record/broker-1/waits');
  }

  /** Makes the stand-in for Flux in Python find brokers, when it is used in a container. */
  public addBrokers(container: string): void {
    for (const index of this.names.keys())
      for (const [file, text] of Object.entries({ jobs: '', online: '0-3\n' }))
        this.of(container).write(`record/broker-local-${index}/${file}`, text);
  }

  /** Runs a task of a job of the queue in the queue's container, as the queue's broker does. */
  public runTask(
    { id, jobspec }: SubmittedJob,
    variables: Readonly<Record<string, string>> = {},
    input?: string,
  ): Running {
    const { environment, files = {} } = jobspec.attributes.system;
    const folder = `/out/job-${id}`;
    for (const [name, { data, mode }] of Object.entries(files))
      this.queue.write(`${folder}/${name}`, data, mode & 0o777);
    const ofShell = {
      FLUX_URI: 'local:///mnt/flux/config/run/flux/local-0',
      FLUX_JOB_ID: id,
      FLUX_JOB_TMPDIR: this.queue.path(folder),
      FLUX_TASK_RANK: '0',
    };
    return this.queue.task(
      jobspec.tasks[0]?.command ?? [],
      { ...environment, ...ofShell, ...variables },
      input,
    );
  }

  /** A path of the volume that the containers share. */
  public path(path: string): string {
    return join(this.root, SHARED, path);
  }

  public read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  public remove(): void {
    for (const container of this.containers.values()) container.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The pod of a cluster pan of four with two applications; Flux is the image's. */
export function applicationPod(
  input: Partial<MultiApplicationClusterInput> = {},
  options: ApplicationPodOptions = {},
): ApplicationPod {
  const { flux } = input;
  const manifests = multiApplicationCluster(
    { name: 'pan', namespace: 'hpc' },
    {
      size: 4,
      applications: [
        { name: 'lammps', image: 'lammps:1' },
        { name: 'ior', image: 'ior:1' },
      ],
      ...input,
      queue: { image: 'queue:1', ...input.queue },
      flux: { ...flux, container: { disable: true, ...flux?.container } },
    },
  );
  return new ApplicationPod(manifests, options);
}

/** How all of some containers ended, by their names. */
export async function endOf(running: Readonly<Record<string, Running>>): Promise<Record<string, Outcome>> {
  const ended = Object.entries(running).map(async ([name, one]) => [name, await one.ended] as const);
  return Object.fromEntries(await Promise.all(ended));
}

/** The jobs that the stand-in for Flux has taken in a container. */
export function submitted(container: JobPod): SubmittedJob[] {
  if (!container.has('record/submitted')) return [];
  const lines = container.outside(container.read('record/submitted')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as SubmittedJob);
}

/** The job of the application that travels with one of the queue, once the queue has given it resources. */
export function travelling({ id, jobspec }: SubmittedJob, resources: object): Jobspec {
  const lines = jobspec.attributes.system.files?.['application-job']?.data.split('\n') ?? [];
  const values: Readonly<Record<string, string>> = { id, R: JSON.stringify(resources) };
  return JSON.parse(lines.map((line, at) => (at % 2 === 0 ? line : values[line])).join('')) as Jobspec;
}

interface Volume {
  readonly name: string;
  readonly projected?: {
    readonly defaultMode: number;
    readonly sources: readonly { readonly configMap: { readonly name: string } }[];
  };
}

interface PodSpec {
  readonly containers: readonly {
    readonly name: string;
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly Volume[];
}

function podOf(manifests: readonly Manifest[]): PodSpec {
  const job = manifests.filter(({ kind }) => kind === 'Job').at(-1) as Manifest;
  return (job.spec as { template: { spec: PodSpec } }).template.spec;
}

/** What a container has at /flux-scripts. */
function scriptsOf(
  name: string,
  { containers, volumes }: PodSpec,
  manifests: readonly Manifest[],
): Pick<PodOptions, 'scripts' | 'scriptMode'> {
  const mounts = containers.find((one) => one.name === name)?.volumeMounts ?? [];
  const mount = mounts.find(({ mountPath }) => mountPath === '/flux-scripts');
  const projected = volumes.find((one) => one.name === mount?.name)?.projected;
  const maps = projected?.sources.map(({ configMap }) =>
    manifests.find((one) => one.metadata.name === configMap.name),
  );
  const scripts = Object.assign({}, ...(maps ?? []).map((map) => map?.data)) as Record<string, string>;
  return { scripts, scriptMode: projected?.defaultMode };
}
