/** A MiniClusterJob that is rendered, by the parts that tests look at. */
import { Manifest, Metadata } from '../../src/model/manifest';
import { JobContainerInput, MiniClusterJobInput } from '../../src/model/job';
import { PodContainer, PodSpec, PodTemplate, templateOf } from './pod-references';
import { miniClusterJob } from './render';

export const METADATA = { name: 'lmp', namespace: 'hpc' };
export const RUNNER = { image: 'lammps:1', command: 'hostname' };

/** A cluster that no rule has anything against. */
export const CLUSTER: MiniClusterJobInput = {
  size: 2,
  tasks: 2,
  flux: { container: { image: 'view:1' } },
  containers: [RUNNER],
};

/** What was rendered for a cluster. */
export class RenderedJob {
  public constructor(public readonly manifests: readonly Manifest[]) {}

  public get job(): Manifest {
    return this.manifests.at(-1) as Manifest;
  }

  public get spec(): Record<string, unknown> {
    return this.job.spec as Record<string, unknown>;
  }

  public get template(): PodTemplate {
    return templateOf(this.job) as PodTemplate;
  }

  public get pod(): PodSpec {
    return this.template.spec;
  }

  /** The container that runs Flux. */
  public get flux(): PodContainer {
    return this.container('lmp');
  }

  public container(name: string): PodContainer {
    const { containers, initContainers = [] } = this.pod;
    return [...initContainers, ...containers].find((one) => one.name === name) as PodContainer;
  }

  /** The one object of a kind that has this name. */
  public object(kind: string, name: string): Manifest {
    return this.manifests.find((one) => one.kind === kind && one.metadata.name === name) as Manifest;
  }

  /** A volume of the pods. */
  public volume(name: string): object | undefined {
    return this.pod.volumes?.find((one) => one.name === name);
  }

  public kinds(): string[] {
    return this.manifests.map(({ kind }) => kind);
  }

  /** The files that the scripts read. */
  public get files(): Record<string, string> {
    const maps = this.manifests.filter(({ metadata }) => metadata.name.startsWith('lmp-entrypoint-'));
    return maps[0]?.data as Record<string, string>;
  }
}

/** Renders and checks the usual cluster with these changes to its spec and to the container that runs Flux. */
export function rendered(
  input: Partial<MiniClusterJobInput> = {},
  runner: Partial<JobContainerInput> = {},
  metadata: Partial<Metadata> = {},
): RenderedJob {
  const containers = [{ ...RUNNER, ...runner }];
  return new RenderedJob(miniClusterJob({ ...METADATA, ...metadata }, { ...CLUSTER, containers, ...input }));
}

/** The variables of a container, by name, as they are written. */
export function variablesOf({ env = [] }: PodContainer): Record<string, string | undefined> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

const toml = jest.requireActual<{ parse: (text: string) => unknown }>('smol-toml');

/** The configuration that the brokers read, by tables. */
export function brokerConfiguration(cluster: RenderedJob): Record<string, Record<string, unknown>> {
  return toml.parse(cluster.files['broker.toml'] ?? '') as Record<string, Record<string, unknown>>;
}

/** The usual cluster with containers beside the one that runs Flux. */
export function withSidecars(
  sidecars: readonly JobContainerInput[],
  input: Partial<MiniClusterJobInput> = {},
): RenderedJob {
  return rendered({ containers: [{ ...RUNNER, runFlux: true }, ...sidecars], ...input });
}

/** The names of the volumes of a container by their paths. */
export function mountsOf({ volumeMounts = [] }: PodContainer): Record<string, string> {
  return Object.fromEntries(volumeMounts.map(({ mountPath, name }) => [mountPath, name]));
}
