/** The volume that an archive is on. */
import { Metadata } from '../manifest';
import { Cluster, LocatedVolume } from '../minicluster/cluster';
import { mountPathOf, volumeOf } from '../minicluster/mounts';
import { plainPath } from '../minicluster/rules/common/paths';
import { Report } from '../minicluster/rules/rule';
import { lacksLocking, lacksRename } from '../storage/csi-drivers';
import { ArchiveOptions } from './read-archive';
import { ArchiveSave } from './spec';

/** The volumes of a pod of the operator, which mounts those of each container into all behind it (trap T29). */
export function podVolumes({ containers }: Cluster): LocatedVolume[] {
  return containers.flatMap(({ volumes }) => volumes);
}

function mountOf({ volume }: LocatedVolume): string {
  return plainPath(mountPathOf(volume));
}

/** Does it outlive the pods? */
function lasts({ volume }: LocatedVolume): boolean {
  return (volume.claimName ?? volume.hostPath ?? volume.csiDriver) !== undefined;
}

/** Tells what is wrong with the place of an archive. */
export function checkPlace(
  path: string,
  save: ArchiveSave,
  volumes: readonly LocatedVolume[],
  report: Report,
): void {
  const holding = volumeOf(path, volumes);
  const field = 'archive.path';
  if (!holding || !lasts(holding)) report(field, path);
  else if (mountOf(holding) === plainPath(path))
    report(field, path, 'is a folder, where a volume is mounted', 'name a file in it');
  else if (holding.volume.readOnly && save !== ArchiveSave.NEVER)
    report(field, path, 'is in a volume that is readOnly, so that nothing can be saved', 'mount it writable');
}

/** Is the volume known to lack what an archive that is replaced needs? */
export function lacksReplacing(path: string, volumes: readonly LocatedVolume[]): boolean {
  const holding = volumeOf(path, volumes);
  if (!holding) return false;
  const { volume, facts } = holding;
  if (facts?.lacksRenameOrLocks) return true;
  return volume.csiDriver !== undefined && (lacksRename(volume.csiDriver) || lacksLocking(volume.csiDriver));
}

/** Does each save get a name of its own? */
export function writesOnce(archive: ArchiveOptions, volumes: readonly LocatedVolume[]): boolean {
  return archive.writeOnce ?? lacksReplacing(archive.path, volumes);
}

/** What two clusters that write one archive have in common: the volume, and the path on it. Undefined where none is written. */
export function placeOf(
  { namespace }: Metadata,
  archive: ArchiveOptions,
  volumes: readonly LocatedVolume[],
): string | undefined {
  if (archive.save === ArchiveSave.NEVER) return undefined;
  const { path } = archive;
  const holding = volumeOf(path, volumes);
  if (!holding || !lasts(holding)) return undefined;
  const { volume, facts } = holding;
  const inner = `${typeof facts?.subPath === 'string' ? facts.subPath : ''}/${plainPath(path).slice(mountOf(holding).length)}`;
  const rest = plainPath(`/${inner}`);
  if (volume.claimName !== undefined) return `claim ${namespace ?? ''}/${volume.claimName}${rest}`;
  if (volume.hostPath !== undefined) return `host ${plainPath(`${volume.hostPath}/${rest}`)}`;
  return `${volume.csiDriver ?? ''} ${JSON.stringify(volume.csiDriverAttributes ?? {})}${rest}`;
}
