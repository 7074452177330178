import { Metadata } from '../../manifest';
import { Problem, Severity } from '../../problems';
import { ContainerVolume } from '../api/container';
import { MiniClusterSpec } from '../api/v1alpha2';
import { OperatorVersion } from '../operator-version';
import { InputOptions, MountFacts } from '../read-input';
import { Writable } from '../writable';
import { ScriptFiles } from './script-files';

/** A MiniCluster on its way to its manifests. */
export interface Draft {
  readonly metadata: Metadata;
  /** The spec that will be rendered; the routes change it in place. */
  readonly spec: Writable<MiniClusterSpec>;
  readonly options: InputOptions;
  readonly release: OperatorVersion;
  /** Index of the container that runs Flux; undefined where there isn't exactly one. */
  readonly runner?: number;
  readonly scripts: ScriptFiles;
  /** What the input says of volumes besides the spec, by their paths. */
  readonly mounts: ReadonlyMap<string, MountFacts>;
  /** Lines that must run before the `init` hook of a container, by its index. */
  readonly preludes: Map<number, string[]>;
  /** What a route finds in its way. */
  readonly problems: Problem[];
  /** Codes of rules that the draft keeps in a way that their check can't see. */
  readonly settled: Set<string>;
}

/** A way around traps: it rewrites what was meant into what the operator leaves alone. */
export interface Route {
  /** The rules that it makes hold. If one of them is silenced, the route is not taken. */
  readonly codes: readonly string[];
  readonly apply: (draft: Draft) => void;
}

/** Adds lines to what runs first in a container. */
export function addPrelude(draft: Draft, container: number, ...lines: string[]): void {
  draft.preludes.set(container, [...(draft.preludes.get(container) ?? []), ...lines]);
}

/** Adds a volume of the library, unless the user has one of that name. */
export function addVolume(draft: Draft, index: number, key: string, volume: ContainerVolume): void {
  const container = draft.spec.containers[index];
  if (!container) return;
  if (container.volumes?.[key] !== undefined) {
    draft.problems.push({
      code: 'MC121',
      severity: Severity.ERROR,
      path: `containers[${index}].volumes.${key}`,
      value: key,
      message: 'has the name of a volume that the library adds here',
      fix: 'give it another name',
    });
  }
  container.volumes = { ...container.volumes, [key]: volume };
}
