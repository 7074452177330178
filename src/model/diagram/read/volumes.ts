/** What the volumes of a pod are, and who mounts them where. */
import { Tree } from '../../tree';
import { gathered } from '../gathered';
import { textOf, textsOf, treeAt, treesOf, valueAt } from './tolerant';

/** A volume's content is another object. */
interface VolumeReference {
  /** `Secret`, `ConfigMap`, `PersistentVolumeClaim`. */
  readonly kind: string;
  readonly name: string;
  readonly isOptional: boolean;
}

/** Where a container has a volume. */
export interface Mount {
  readonly container: string;
  readonly path: string;
}

/** A volume of a pod. */
export interface PodVolume {
  readonly name: string;
  readonly references: readonly VolumeReference[];
  /** What it is, where it is no other object: `an empty folder`. */
  readonly content?: string;
  readonly mounts: readonly Mount[];
}

/** The containers of a pod in the order in which they start. */
export function containersOf(pod: Tree): readonly Tree[] {
  return [...treesOf(pod.initContainers), ...treesOf(pod.containers)];
}

/** The name of a container. */
export function containerName(container: Tree): string {
  return textOf(container.name) ?? 'container';
}

/** The volumes of a pod; those that no container mounts are left out. */
export function volumesOf(pod: Tree): readonly PodVolume[] {
  const mounts = mountsOf(pod);
  return treesOf(pod.volumes).flatMap((volume): PodVolume[] => {
    const name = textOf(volume.name) ?? '';
    const mounted = mounts.get(name) ?? [];
    if (mounted.length === 0) return [];
    const references = referencesOf(volume);
    return [
      { name, references, mounts: mounted, ...(references.length === 0 && { content: contentOf(volume) }) },
    ];
  });
}

function mountsOf(pod: Tree): ReadonlyMap<string, readonly Mount[]> {
  return gathered(
    containersOf(pod).flatMap((container) =>
      treesOf(container.volumeMounts).map(({ name, mountPath }): [string, Mount] => [
        textOf(name) ?? '',
        { container: containerName(container), path: textOf(mountPath) ?? '' },
      ]),
    ),
  );
}

function referencesOf(volume: Tree): readonly VolumeReference[] {
  return [volume, ...treesOf(valueAt(volume, 'projected', 'sources'))].flatMap((source) => [
    ...referenceTo('ConfigMap', treeAt(source, 'configMap'), 'name'),
    ...referenceTo('Secret', treeAt(source, 'secret'), 'secretName'),
    // Sources of a projected volume call it so.
    ...referenceTo('Secret', treeAt(source, 'secret'), 'name'),
    ...referenceTo('PersistentVolumeClaim', treeAt(source, 'persistentVolumeClaim'), 'claimName'),
  ]);
}

function referenceTo(kind: string, source: Tree, field: string): readonly VolumeReference[] {
  const name = textOf(source[field]);
  return name === undefined ? [] : [{ kind, name, isOptional: source.optional === true }];
}

function contentOf(volume: Tree): string {
  const { emptyDir, hostPath, image, csi, nfs } = volume;
  if (emptyDir !== undefined) return emptyFolder(treeAt(volume, 'emptyDir'));
  if (hostPath !== undefined) return `the node's ${textOf(valueAt(hostPath, 'path')) ?? 'folder'}`;
  if (image !== undefined) return `image ${textOf(valueAt(image, 'reference')) ?? ''}`;
  if (csi !== undefined) return `CSI driver ${textOf(valueAt(csi, 'driver')) ?? ''}`;
  if (nfs !== undefined) return `NFS ${textsOf([valueAt(nfs, 'server'), valueAt(nfs, 'path')]).join(':')}`;
  const kind = Object.keys(volume).find((field) => field !== 'name');
  return kind ?? 'a volume';
}

function emptyFolder({ medium, sizeLimit }: Tree): string {
  const limit = textOf(sizeLimit);
  const what = medium === 'Memory' ? 'memory' : 'empty folder';
  return limit === undefined ? what : `${what} up to ${limit}`;
}
