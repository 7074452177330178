import { Metadata } from '../manifest';
import { Container } from './api/container';
import { MiniClusterSpec } from './api/v1alpha2';
import { OperatorVersion } from './operator-version';

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
export interface LocatedContainer {
  readonly container: Container;
  /** `containers[0]` or `services[1]`. */
  readonly path: string;
}

/** A MiniCluster as the rules look at it. */
export interface Cluster {
  readonly metadata: Metadata;
  readonly spec: MiniClusterSpec;
  readonly release: OperatorVersion;
  readonly mode: RunMode;
  /** The container that runs Flux; undefined where there isn't exactly one. */
  readonly runner?: LocatedContainer;
  /** The other containers of the pods. */
  readonly sidecars: readonly LocatedContainer[];
  /** The containers of the extra pod. */
  readonly services: readonly LocatedContainer[];
  readonly size: number;
  readonly maxSize: number;
}

/** Reads a spec the way the operator does: a single container runs Flux, no command means interactive. */
export function readCluster(metadata: Metadata, spec: MiniClusterSpec, release: OperatorVersion): Cluster {
  const located = locate(spec.containers, 'containers');
  const runners = located.length === 1 ? located : located.filter(({ container }) => container.runFlux);
  const runner = runners.length === 1 ? runners[0] : undefined;
  const size = spec.size ?? 1;
  return {
    metadata,
    spec,
    release,
    mode: runModeOf(spec, runner?.container),
    runner,
    sidecars: located.filter((one) => !runners.includes(one)),
    services: locate(spec.services ?? [], 'services'),
    size,
    maxSize: spec.maxSize ?? size,
  };
}

function locate(containers: readonly Container[], list: string): LocatedContainer[] {
  return containers.map((container, index) => ({ container, path: `${list}[${index}]` }));
}

function runModeOf(spec: MiniClusterSpec, runner: Container | undefined): RunMode {
  if (spec.interactive || !(runner?.command || runner?.commands?.script)) return RunMode.INTERACTIVE;
  if (runner.batch) return RunMode.BATCH;
  return runner.launcher ? RunMode.LAUNCHER : RunMode.SUBMIT;
}

/** Every container of the MiniCluster, those of the services pod last. */
export function allContainers(cluster: Cluster): readonly LocatedContainer[] {
  return [...podContainers(cluster), ...cluster.services];
}

/** The containers of the Job's pods, in the order of the spec. */
export function podContainers(cluster: Cluster): readonly LocatedContainer[] {
  return locate(cluster.spec.containers, 'containers');
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
