import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about a shared volume says, for messages and for docs/shared-volume.md. */
export type SharedVolumeRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const RULES = {
  unknown: rule(
    'SV001',
    'is no field of a shared volume',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'SV002',
    'has the wrong type',
    'The API server refuses the object, or the field does not mean what it says.',
    'write a value of the type that the message names',
  ),
  name: rule(
    'SV003',
    'is no name that Kubernetes takes',
    'The API server refuses the object.',
    'use lower-case letters, digits, - and dots (a namespace has no dots), and end with a letter or digit',
  ),
  sources: rule(
    'SV004',
    'and another source exclude one another',
    'Kubernetes takes one source for a volume; the library does not guess which is meant.',
    'keep one of hostPath, nfs, csi and existingClaim; leave all out for a volume that a storage class makes',
  ),
  namespace: rule(
    'SV005',
    'is needed for hostPath, nfs and csi',
    'The PersistentVolume has to name its claim with the namespace: otherwise any claim may take it, and volumes of two ' +
      'namespaces have one name.',
    'give the namespace in metadata, or to the chart',
  ),
  capacity: rule(
    'SV006',
    'must be a size above zero',
    'The API server refuses a claim without a size, and a storage class makes volumes as large as it says.',
    "write a quantity in quotes, as '100Gi'; where the file system grows by itself, any will do",
  ),
  accessModes: rule(
    'SV007',
    'are no access modes that a volume can have',
    'The API server refuses the object.',
    "write some of 'ReadWriteMany', 'ReadOnlyMany' and 'ReadWriteOnce', or ['ReadWriteOncePod'] alone",
  ),
  ofTheClass: rule(
    'SV008',
    'belongs to the storage class of a dynamic volume',
    'A claim has no such field: the volume gets what the class says.',
    'remove it and set it in the StorageClass; for what exists already see kubectl patch persistentvolume',
  ),
  ofTheClaim: rule(
    'SV009',
    'belongs to the existing claim',
    'Nothing is rendered for a claim that exists, so that it would have no effect.',
    'remove it, and change the claim where it is made',
  ),
  reclaimPolicy: rule(
    'SV010',
    'is no reclaim policy that works here',
    'Kubernetes can not delete a directory of nodes or of an NFS server, and Recycle is deprecated and empties the volume.',
    "write 'Retain', or 'Delete' for csi with a driver that deletes its volumes",
  ),
  path: rule(
    'SV011',
    'must be an absolute path that does not go up',
    'The API server refuses the PersistentVolume.',
    'write the path from the root of the node or of the NFS server',
  ),
  hostPathType: rule(
    'SV012',
    'is no kind of directory',
    'The API server refuses the PersistentVolume, or pods that mount a file in place of a directory never start.',
    "write 'Directory' or 'DirectoryOrCreate'",
  ),
  hostPathOptions: rule(
    'SV013',
    'are for nfs and csi',
    'A directory of a node is bound into the pod as it is: the pods would not start with them.',
    'remove them',
  ),
  required: rule(
    'SV014',
    'is missing',
    'The API server refuses the PersistentVolume, or the driver can not find the volume and pods stay in ContainerCreating.',
    'write it; docs/shared-volume.md shows what the common drivers need',
  ),
  driverModes: rule(
    'SV015',
    'has an access mode that this driver does not have',
    'The driver refuses the volume, and pods stay in ContainerCreating.',
    'write one that it has, or choose storage that fits: several nodes need a shared file system',
  ),
  mount: rule(
    'SV016',
    'can not be mounted like this',
    'Kubernetes refuses the pods.',
    'write an absolute path without a colon, and as subPath a relative one without ..',
  ),
} as const;

/** The rules in the order of their codes. */
export const SHARED_VOLUME_RULES: readonly SharedVolumeRule[] = Object.values(RULES);
