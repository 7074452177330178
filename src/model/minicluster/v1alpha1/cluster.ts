import { Metadata } from '../../manifest';
import { MiniClusterV1Alpha1Spec, V1Alpha1Container } from '../api/v1alpha1';
import { Located, LocatedContainers, locateContainers } from '../located-containers';

/** What the lead broker of a v1alpha1 MiniCluster does once it is up. */
export enum V1Alpha1Mode {
  /** The state of the overlay is printed, and the pods sleep. */
  DIAGNOSTICS = 'diagnostics',
  /** Nothing: the brokers wait for whoever connects. */
  INTERACTIVE = 'interactive',
  /** The RESTful server, cloned from GitHub: there is no command, and the cluster isn't interactive. */
  RESTFUL = 'restful',
  /** `flux submit` with the command, watched. */
  SUBMIT = 'submit',
  /** The command runs beside the lead broker and submits its own jobs. */
  LAUNCHER = 'launcher',
  /** `flux batch` with the command's lines as the script. */
  BATCH = 'batch',
}

/** A container with its place in the spec. */
export interface LocatedV1Alpha1Container extends Located<V1Alpha1Container> {
  /** Place in its list; it numbers the scripts `wait-0.sh` and `start-1.sh`. */
  readonly index: number;
}

/** A v1alpha1 MiniCluster as the rules look at it. */
export interface V1Alpha1Cluster extends LocatedContainers<LocatedV1Alpha1Container> {
  readonly metadata: Metadata;
  readonly spec: MiniClusterV1Alpha1Spec;
  readonly mode: V1Alpha1Mode;
  readonly size: number;
  readonly maxSize: number;
  /** Does the entrypoint stop at errors? The default of strict holds only where logging is written. */
  readonly strict: boolean;
  readonly quiet: boolean;
  /** Name of the headless Service. */
  readonly headlessName: string;
}

/** Reads a spec the way the v1alpha1 operator does, after the API server has filled in its defaults. */
export function readV1Alpha1Cluster(metadata: Metadata, spec: MiniClusterV1Alpha1Spec): V1Alpha1Cluster {
  const located = locateContainers(spec, (container: V1Alpha1Container, path, index) => ({
    container,
    path,
    index,
  }));
  const size = spec.size ?? 1;
  return {
    metadata,
    spec,
    mode: modeOf(spec, located.runner?.container),
    ...located,
    size,
    maxSize: spec.maxSize || size,
    strict: spec.logging !== undefined && (spec.logging.strict ?? true),
    quiet: spec.logging?.quiet ?? false,
    headlessName: spec.network?.headlessName || 'flux-service',
  };
}

function modeOf(spec: MiniClusterV1Alpha1Spec, runner: V1Alpha1Container | undefined): V1Alpha1Mode {
  if (runner?.diagnostics) return V1Alpha1Mode.DIAGNOSTICS;
  if (spec.interactive) return V1Alpha1Mode.INTERACTIVE;
  if (!runner?.command) return V1Alpha1Mode.RESTFUL;
  if (runner.batch) return V1Alpha1Mode.BATCH;
  return runner.launcher ? V1Alpha1Mode.LAUNCHER : V1Alpha1Mode.SUBMIT;
}

/**
 * Does the operator start this container beside Flux through a script of its own? It needs a hook and a
 * command for that (GenerateEntrypoint in api/v1alpha1/minicluster_types.go); prefix is no hook.
 */
export function hasHooks({ container }: LocatedV1Alpha1Container): boolean {
  const { init, pre, post, brokerPre, workerPre } = container.commands ?? {};
  return Boolean(init || pre || post || brokerPre || workerPre);
}
