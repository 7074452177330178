/** What is known of CSI drivers, from their own pages. A driver that is not listed may do anything. */

/** What is known of one driver. */
interface CsiDriver {
  /** The access modes of a volume with files; undefined where all of them work. */
  readonly accessModes?: readonly string[];
  /** Attributes that a volume can't do without. */
  readonly attributes?: readonly string[];
  /** Is the handle a mere name, which only has to be unique? */
  readonly hasFreeHandle?: boolean;
  /** Does it lack a rename that replaces a file in one step? */
  readonly lacksRename?: boolean;
  /** Does it lack locks that hold for other nodes? */
  readonly lacksLocking?: boolean;
}

const MANY_NODES = ['ReadWriteMany', 'ReadOnlyMany'];
const ONE_NODE = ['ReadWriteOnce', 'ReadWriteOncePod'];

/**
 * Buckets through FUSE: neither Mountpoint nor gcsfuse nor BlobFuse implements locks. Linux then keeps `flock` to the one
 * mount, so that taking a lock succeeds on each node.
 */
const BUCKET: CsiDriver = { lacksRename: true, lacksLocking: true };

const DRIVERS: Readonly<Record<string, CsiDriver>> = {
  // awslabs/mountpoint-s3 doc/SEMANTICS.md: no rename, and no lockf; awslabs/mountpoint-s3-csi-driver
  // examples/kubernetes/static_provisioning: modes, bucketName, a handle that is only unique.
  's3.csi.aws.com': {
    ...BUCKET,
    accessModes: MANY_NODES,
    attributes: ['bucketName'],
    hasFreeHandle: true,
  },
  // scality/mountpoint-s3-csi-driver: the same Mountpoint for other S3 servers.
  's3.csi.scality.com': {
    ...BUCKET,
    attributes: ['bucketName'],
    hasFreeHandle: true,
  },
  // GoogleCloudPlatform/gcsfuse docs/semantics.md and README: a rename copies and deletes unless the bucket has a
  // hierarchical namespace; no file locking. The handle is the bucket.
  'gcsfuse.csi.storage.gke.io': BUCKET,
  // Azure/azure-storage-fuse wiki, "Differences from POSIX": a rename copies and deletes.
  'blob.csi.azure.com': BUCKET,
  // kubernetes-sigs/aws-fsx-csi-driver examples/kubernetes/static_provisioning. The handle is the file system.
  'fsx.csi.aws.com': { attributes: ['dnsname'] },
  // Block devices with a file system of their own, which one node mounts.
  'ebs.csi.aws.com': { accessModes: ONE_NODE },
  'local.csi.openebs.io': { accessModes: ONE_NODE },
  'zfs.csi.openebs.io': { accessModes: ONE_NODE },
  'io.openebs.csi-mayastor': { accessModes: ONE_NODE },
};

/** What is known of a driver; nothing of one that is not listed. */
export function csiDriver(driver: string): CsiDriver {
  return Object.hasOwn(DRIVERS, driver) ? (DRIVERS[driver] ?? {}) : {};
}

/** Is it known that volumes of this driver can't replace a file by a rename in one step? */
export function lacksRename(driver: string): boolean {
  return csiDriver(driver).lacksRename ?? false;
}

/**
 * Is it known that locks on volumes of this driver, or under these mount options, don't hold for other nodes? A probe at
 * run time can't find out: the lock is granted, on each node.
 */
export function lacksLocking(driver: string | undefined, mountOptions: readonly string[] = []): boolean {
  if (driver !== undefined && csiDriver(driver).lacksLocking) return true;
  return mountOptions
    .flatMap((option) => option.split(','))
    .some((option) => LOCAL_LOCKS.test(option.trim()));
}

/** Options of NFS (nfs(5)) and Lustre (mount.lustre(8)) that keep locks to the node, or switch them off. */
const LOCAL_LOCKS = /^(nolock|local_lock=(all|flock)|localflock|noflock)$/;
