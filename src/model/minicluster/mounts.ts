/** Where volumes are mounted, and which of them a path is on. */
import { ContainerVolume } from './api/container';
import { LocatedVolume } from './cluster';
import { isBelow, plainPath } from './rules/common/paths';

/** Where an empty directory is mounted that says nothing else, as with the operator. */
export const SHARED_MEMORY = '/dev/shm';

/** Where a volume is mounted in its container. */
export function mountPathOf({ path, emptyDir }: ContainerVolume): string {
  return path ?? (emptyDir ? SHARED_MEMORY : '');
}

/** The volume that a path is on: of those above it the nearest. Undefined for the container's own file system. */
export function volumeOf(path: string, volumes: readonly LocatedVolume[]): LocatedVolume | undefined {
  const file = plainPath(path);
  let nearest: LocatedVolume | undefined;
  let longest = -1;
  for (const one of volumes) {
    const mount = plainPath(mountPathOf(one.volume));
    if (mount.length <= longest || !isBelow(file, mount)) continue;
    nearest = one;
    longest = mount.length;
  }
  return nearest;
}
