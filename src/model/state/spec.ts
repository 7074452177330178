import { Int32 } from '../minicluster/api/kubernetes';
import { Archive } from '../minicluster/api/v1alpha2';

/** When the state of the queue is saved. */
export enum ArchiveSave {
  /** Never: the archive is restored, and stays as it is. */
  NEVER = 'never',
  /** When the cluster ends, by itself or because its pods are deleted. */
  ON_STOP = 'on-stop',
  /** Every few minutes as well, so that a cluster that is killed loses little. */
  PERIODIC = 'periodic',
}

/**
 * The archive that carries the queue and the history of jobs from one cluster to the next. It holds the environments of
 * jobs, so only the user and the group of the container may read it.
 */
export interface StateArchive extends Archive {
  /**
   * Path of the archive in the Flux container, on a volume that outlives the cluster: a file that ends in .tar, .tar.gz,
   * .tgz, .tar.bz2 or .tar.xz. If it is there at start, and whole, it is restored; one that is not whole is put aside as
   * `broken-<name>`.
   * @default - none: the queue starts empty and ends with the cluster
   */
  readonly path?: string;
  /**
   * When the state is saved.
   * @default ArchiveSave.ON_STOP; a MiniCluster whose own texts save it (`commands.prefix`, `lifeCycle.preStopExec`) is
   * left as it is
   */
  readonly save?: ArchiveSave;
  /**
   * Minutes between two saves, with `ArchiveSave.PERIODIC`.
   * @default 10
   */
  readonly everyMinutes?: Int32;
  /**
   * Seconds that running jobs get to end when the pods are deleted; no job is started meanwhile. Those that still run then
   * are cancelled. Pending jobs are saved in any case, and run in the next cluster. With the operator 20 at most, since
   * its pods are killed after 30 s.
   * @default 0
   */
  readonly drainSeconds?: Int32;
  /**
   * How many archives of earlier clusters are kept beside the newest, as `<name>.1` (the last one), `<name>.2` and so on.
   * The newest of them that is whole is restored if the archive itself is not.
   * @default 0
   */
  readonly keep?: Int32;
  /**
   * For volumes that can't replace a file by a rename, or whose locks don't hold for other nodes, as buckets that are
   * mounted: each save gets a name of its own (`<stem>-<number>-<host>-<random>`), and the newest whole one is restored.
   * Two clusters then never damage each other's archives, but nothing keeps both from starting from the same one.
   * @default - true for volumes that are known to be such; for others it is found out at start, and told
   */
  readonly writeOnce?: boolean;
}
