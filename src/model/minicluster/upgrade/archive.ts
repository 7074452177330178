/** v1alpha1 restored an archive and never saved it, whatever its pages said (trap T17). */
import { ArchiveSave, StateArchive } from '../../state/spec';
import { isDumpable } from '../../state/rules';
import { Upgrade } from './upgrade-context';

/** The archive, which is saved now where Flux can write one of that name. */
export function upgradeArchive({ cluster, notes }: Upgrade): StateArchive | undefined {
  const path = cluster.spec.archive?.path;
  if (!path) return cluster.spec.archive;
  if (!isDumpable(path)) {
    notes.changed(
      'archive.path',
      path,
      'is restored as before and not saved: flux dump takes the format from the end of the name, and knows none here',
      'call it .tar, .tar.gz or .tgz, and leave archive.save out',
    );
    return { path, save: ArchiveSave.NEVER };
  }
  notes.added(
    'archive.path',
    'is saved as well now, over what was there, when the cluster ends or its pods are deleted',
    'mount it where the user of the container may write, for this MiniCluster alone',
  );
  return { path, save: ArchiveSave.ON_STOP };
}
