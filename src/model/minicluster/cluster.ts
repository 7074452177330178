import { Metadata } from '../manifest';
import { ArchiveOptions } from '../state/read-archive';
import { Container, ContainerVolume } from './api/container';
import { MiniClusterSpec } from './api/v1alpha2';
import {
  Located,
  LocatedContainers,
  allContainers,
  indexOfRunner,
  locateContainers,
} from './located-containers';
import { OperatorVersion } from './operator-version';
import { MountFacts } from './read-input';

/** What the lead broker does once it is up. */
export enum RunMode {
  /** Nothing: the brokers wait for whoever connects. */
  INTERACTIVE = 'interactive',
  /** `flux submit` with the command, watched. */
  SUBMIT = 'submit',
  /** The command runs beside the lead broker and submits its own jobs. */
  LAUNCHER = 'launcher',
  /** `flux batch` with the command's lines as the script. */
  BATCH = 'batch',
}

/** A container with its place in the spec. */
export interface LocatedContainer extends Located<Container> {
  readonly volumes: readonly LocatedVolume[];
}

/** A volume with its place: the key is its name in the pod. */
export interface LocatedVolume {
  readonly key: string;
  readonly volume: ContainerVolume;
  /** `containers[0].volumes.data`. */
  readonly path: string;
  /** What the input says of the mount besides. */
  readonly facts?: MountFacts;
}

/** A MiniCluster as the rules look at it. */
export interface Cluster extends LocatedContainers<LocatedContainer> {
  /** Containers that run brokers of their own behind the runner, which only builds with `oversubscribe` know. */
  readonly applications: readonly LocatedContainer[];
  readonly metadata: Metadata;
  readonly spec: MiniClusterSpec;
  readonly release: OperatorVersion;
  readonly mode: RunMode;
  /** The volumes of all containers. Rules look at them often, so they are gathered once. */
  readonly volumes: readonly LocatedVolume[];
  readonly size: number;
  readonly maxSize: number;
  /** What is to be done about the archive, as the input says; a resource alone says nothing of it. */
  readonly archive?: ArchiveOptions;
}

/**
 * Reads a spec the way the operator does: a single container runs Flux, no command means interactive.
 * @param mounts what an input says of volumes besides the spec, by their paths
 * @param archive what it says of the archive besides
 */
export function readCluster(
  metadata: Metadata,
  spec: MiniClusterSpec,
  release: OperatorVersion,
  mounts: ReadonlyMap<string, MountFacts> = new Map(),
  archive?: ArchiveOptions,
): Cluster {
  const located = locateContainers(spec, (container: Container, path) => ({
    container,
    path,
    volumes: locateVolumes(container, path, mounts),
  }));
  const { runner, applications } = brokersOf(spec, located);
  const size = spec.size ?? 1;
  return {
    metadata,
    spec,
    release,
    mode: runModeOf(spec, runner?.container),
    ...located,
    runner,
    applications,
    volumes: allContainers(located).flatMap(({ volumes }) => volumes),
    size,
    maxSize: spec.maxSize ?? size,
    archive,
  };
}

const NO_APPLICATIONS: readonly LocatedContainer[] = [];

/** Where several containers run Flux, the operator runs commands and scripts in container 0 alone. */
function brokersOf(
  { oversubscribe }: MiniClusterSpec,
  { runner, containers }: LocatedContainers<LocatedContainer>,
): Pick<Cluster, 'runner' | 'applications'> {
  if (!oversubscribe || runner) return { runner, applications: NO_APPLICATIONS };
  const brokers = containers.filter(({ container }) => container.runFlux);
  const first = brokers.find((broker) => broker === containers[0]);
  return { runner: first, applications: brokers.filter((broker) => broker !== first) };
}

/** Index of the container whose texts Flux runs; undefined where there is none, or no telling which. */
export function indexOfLead({ containers, oversubscribe }: MiniClusterSpec): number | undefined {
  return indexOfRunner(containers) ?? (oversubscribe && containers[0]?.runFlux ? 0 : undefined);
}

/** Do several containers of each pod run brokers? */
export function hasSeveralBrokers({ containers, oversubscribe }: MiniClusterSpec): boolean {
  return (oversubscribe ?? false) && indexOfRunner(containers) === undefined;
}

function locateVolumes(
  { volumes = {} }: Container,
  of: string,
  mounts: ReadonlyMap<string, MountFacts>,
): LocatedVolume[] {
  return Object.entries(volumes).map(([key, volume]) => {
    const path = `${of}.volumes.${key}`;
    const facts = mounts.get(path);
    return facts ? { key, volume, path, facts } : { key, volume, path };
  });
}

function runModeOf(spec: MiniClusterSpec, runner: Container | undefined): RunMode {
  if (spec.interactive || !(runner?.command || runner?.commands?.script)) return RunMode.INTERACTIVE;
  if (runner.batch) return RunMode.BATCH;
  return runner.launcher ? RunMode.LAUNCHER : RunMode.SUBMIT;
}

/** The wrapped sidecars: those that start through a script of the operator. */
export function wrappedSidecars(cluster: Cluster): readonly LocatedContainer[] {
  return cluster.sidecars.filter(({ container }) => !container.noWrapEntrypoint);
}

/** The name of the headless Service: the operator's default changed after 0.2.1. */
export function headlessName({
  metadata,
  spec,
  release,
}: Pick<Cluster, 'metadata' | 'spec' | 'release'>): string {
  return spec.network?.headlessName ?? (release === OperatorVersion.MAIN ? metadata.name : 'flux-service');
}
