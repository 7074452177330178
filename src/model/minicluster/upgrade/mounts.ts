/** Volumes of containers: those of the spec and existing ones share one map in v1alpha2. */
import { ContainerVolume } from '../api/container';
import { V1Alpha1Container, V1Alpha1ContainerVolume, V1Alpha1ExistingVolume } from '../api/v1alpha1';
import { Located } from '../located-containers';
import { claimName } from './persistent-volumes';
import { NothingLeft, Upgrade } from './upgrade-context';

/** One volume on its way to its key. */
interface Wanted {
  readonly index: number;
  readonly key: string;
  /** Where in the v1alpha1 spec. */
  readonly path: string;
  readonly volume: ContainerVolume;
}

/**
 * The volumes of each container of a pod, by key. A key means one thing in the whole pod of v1alpha2 (trap T29), so
 * volumes that can't share a key get new ones.
 */
export function upgradeVolumes(
  upgrade: Upgrade,
  pod: readonly Located<V1Alpha1Container>[],
): Record<string, ContainerVolume>[] {
  const result = pod.map((): [key: string, volume: ContainerVolume][] => []);
  const wanted = [
    // First, since a ConfigMap can't have another key than its name (trap T25).
    ...pod.flatMap(({ container, path }, index) => existingVolumes(container, path, index)),
    ...pod.flatMap(({ container }, index) => mungeVolume(upgrade, container, index)),
    ...pod.flatMap(({ container, path }, index) => claims(upgrade, container, path, index)),
  ];
  const reserved = new Set(wanted.map(({ key }) => key));
  const allotted = new Map<string, string>();
  for (const { index, key, path, volume } of wanted) {
    const definition = JSON.stringify(volume);
    const isFree = (candidate: string): boolean =>
      (allotted.get(candidate) ?? definition) === definition &&
      (candidate === key || !reserved.has(candidate));
    let allottedKey = key;
    for (let number = 2; !isFree(allottedKey); number += 1) allottedKey = `${key}-${number}`;
    allotted.set(allottedKey, definition);
    result[index]?.push([allottedKey, volume]);
    if (allottedKey !== key)
      upgrade.notes.changed(
        path,
        key,
        `is called ${allottedKey} now: another volume of the pod has the key ${key}`,
      );
  }
  return result.map((entries) => Object.fromEntries(entries));
}

function existingVolumes(container: V1Alpha1Container, path: string, index: number): Wanted[] {
  return Object.entries(container.existingVolumes ?? {}).map(([key, volume]) => ({
    index,
    key,
    path: `${path}.existingVolumes.${key}`,
    volume: existingVolume(volume),
  }));
}

function existingVolume(volume: V1Alpha1ExistingVolume): ContainerVolume {
  const { claimName: claim, configMapName, items, path, readOnly, secretName, ...rest } = volume;
  return {
    ...(rest satisfies NothingLeft),
    claimName: claim,
    configMapName,
    items,
    path,
    readOnly,
    secretName,
  };
}

function claims(
  { cluster, notes }: Upgrade,
  container: V1Alpha1Container,
  at: string,
  index: number,
): Wanted[] {
  return Object.entries(container.volumes ?? {}).map(([key, volume]) => {
    const where = `${at}.volumes.${key}`;
    if (!Object.hasOwn(cluster.spec.volumes ?? {}, key)) {
      const message = `names no volume of the spec; it is the claim ${claimName(key)} now`;
      notes.changed(where, key, message, 'make that claim');
    }
    return { index, key, path: where, volume: claimVolume(key, volume) };
  });
}

function claimVolume(key: string, volume: V1Alpha1ContainerVolume): ContainerVolume {
  const { path, readOnly, ...rest } = volume;
  return { ...(rest satisfies NothingLeft), claimName: claimName(key), path, readOnly };
}

/** The operator mounted the Secret by itself; v1alpha2 has the field and ignores it (trap T74). */
function mungeVolume({ cluster, notes }: Upgrade, container: V1Alpha1Container, index: number): Wanted[] {
  const secretName = cluster.spec.flux?.mungeSecret;
  if (!secretName || container !== cluster.runner?.container) return [];
  notes.changed(
    'flux.mungeSecret',
    secretName,
    'is a volume of the Flux container at /etc/munge now, with all keys of the Secret; munged is not started any more',
    `rename the key ${secretName} of the Secret to munge.key, and start munged in commands.pre if jobs need it`,
  );
  const volume = { secretName, path: '/etc/munge', readOnly: true };
  return [{ index, key: 'munge', path: 'flux.mungeSecret', volume }];
}
