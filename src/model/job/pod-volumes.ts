/** The volumes of a pod, and where its containers mount them. */
import { defined } from '../defined';
import { LONGEST_LABEL } from '../kubernetes-names';
import { ContainerVolume } from '../minicluster/api/container';
import { LocatedVolume } from '../minicluster/cluster';
import { mountPathOf } from '../minicluster/mounts';

/** A mount of one container. */
export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

/** Collects the volumes of one pod. One key with two sources in two containers gives two volumes. */
export class PodVolumes {
  private readonly sources = new Map<string, object>();
  private readonly names = new Map<string, string>();

  /** Adds a volume of the engine's under a name of its own. */
  public add(name: string, source: object): void {
    this.sources.set(name, source);
  }

  /** Adds a volume of the user's, and gives its mount. */
  public mount({ key, volume, facts }: LocatedVolume): Mount {
    const source = sourceOf(volume);
    const content = `${key} ${JSON.stringify(source)}`;
    const name = this.names.get(content) ?? this.freeName(key);
    this.names.set(content, name);
    this.sources.set(name, source);
    const subPath = facts?.subPath as string | undefined;
    const mount = { name, mountPath: mountPathOf(volume) };
    return {
      ...mount,
      ...(volume.readOnly && { readOnly: true }),
      ...(subPath !== undefined && { subPath }),
    };
  }

  public volumes(): object[] {
    return [...this.sources].map(([name, source]) => ({ name, ...source }));
  }

  private freeName(key: string): string {
    let name = key;
    for (let number = 2; this.sources.has(name); number += 1)
      name = `${key.slice(0, LONGEST_LABEL - 1 - String(number).length)}-${number}`;
    return name;
  }
}

/** The volume as Kubernetes has it, without its name. */
function sourceOf(volume: ContainerVolume): object {
  if (volume.csiDriver) {
    const { csiDriver: driver, csiDriverAttributes: volumeAttributes, readOnly } = volume;
    return { csi: defined({ driver, volumeAttributes, readOnly: readOnly || undefined }) };
  }
  if (volume.secretName) return { secret: { secretName: volume.secretName } };
  if (volume.emptyDir) {
    const { emptyDirMedium: medium, emptyDirSizeLimit: sizeLimit } = volume;
    return { emptyDir: defined({ medium: medium === 'memory' ? 'Memory' : medium, sizeLimit }) };
  }
  if (volume.hostPath) return { hostPath: { path: volume.hostPath, type: 'Directory' } };
  if (volume.configMapName) {
    const items = volume.items && Object.entries(volume.items).map(([key, path]) => ({ key, path }));
    return { configMap: defined({ name: volume.configMapName, items }) };
  }
  return { persistentVolumeClaim: { claimName: volume.claimName } };
}
