/** What assets/state/*.sh and state.py are told. */
import { LocatedVolume } from '../minicluster/cluster';
import { writesOnce } from './archive-volume';
import { ArchiveOptions } from './read-archive';
import { ArchiveSave } from './spec';

/** The program that restores and saves the archive, and its modules, below assets/. */
export const STATE_PROGRAM: readonly string[] = [
  'state/state.py',
  'state/state_archives.py',
  'state/state_lock.py',
  'state/state_pod.py',
];

/**
 * The variables of the scripts, without those that have their default.
 * @param lockWait seconds to wait for a cluster that has the archive still
 */
export function archiveEnvironment(
  archive: ArchiveOptions,
  volumes: readonly LocatedVolume[],
  lockWait: number,
): Record<string, string | undefined> {
  const { path, save, everyMinutes, drainSeconds, keep } = archive;
  const isSaved = save !== ArchiveSave.NEVER;
  return {
    MINICLUSTER_ARCHIVE: path,
    MINICLUSTER_SAVE: save,
    MINICLUSTER_SAVE_EVERY: save === ArchiveSave.PERIODIC ? String(everyMinutes * 60) : undefined,
    MINICLUSTER_KEEP: keep > 0 ? String(keep) : undefined,
    MINICLUSTER_DRAIN: drainSeconds > 0 ? String(drainSeconds) : undefined,
    MINICLUSTER_WRITE_ONCE: writesOnce(archive, volumes) ? 'true' : undefined,
    MINICLUSTER_LOCK_WAIT: isSaved ? String(lockWait) : undefined,
  };
}
