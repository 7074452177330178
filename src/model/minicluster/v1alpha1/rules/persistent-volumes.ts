/** What the v1alpha1 operator makes of the volumes of a MiniCluster: PersistentVolumes and claims. */
import { Severity } from '../../../problems';
import { V1Alpha1Volume } from '../../api/v1alpha1';
import { isQuantity } from '../../../quantity';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

const HOSTPATH = 'hostpath';

interface DefinedVolume {
  readonly key: string;
  readonly volume: V1Alpha1Volume;
  readonly path: string;
  readonly storageClass: string;
}

function definedVolumes({ spec }: V1Alpha1Cluster): DefinedVolume[] {
  return Object.entries(spec.volumes ?? {}).map(([key, volume]) => ({
    key,
    volume,
    path: `volumes.${key}`,
    storageClass: volume.storageClass ?? HOSTPATH,
  }));
}

/** Fields that say something about a CSI volume only. */
const CSI_FIELDS = ['driver', 'volumeHandle', 'attributes', 'secret', 'secretNamespace'] as const;

/** Kubernetes deletes the PersistentVolume of such a directory by itself; of any other it can't. */
const DELETABLE = /\/tmp\/.+/;

/** With this annotation the provisioner of the driver deletes the volume. */
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

export const PERSISTENT_VOLUME_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC252',
    traps: ['T28'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is no quantity, and the operator panics on it',
    consequence:
      'The operator crashes at every pass: no MiniCluster of the whole Kubernetes cluster is served any more.',
    remedy: 'write a quantity such as 5Gi',
    check: (cluster, report) => {
      for (const { volume, path } of definedVolumes(cluster)) {
        if (volume.capacity !== undefined && !isQuantity(volume.capacity))
          report(`${path}.capacity`, volume.capacity);
      }
    },
  },
  {
    code: 'MC253',
    traps: ['T33'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is missing, and every storage class but hostpath needs it',
    consequence:
      'Kubernetes refuses a CSI volume without a driver; the operator stops there at every pass, and the Job is never made.',
    remedy: 'name the CSI driver, or leave storageClass out for a directory of the node',
    check: (cluster, report) => {
      for (const { volume, path, storageClass } of definedVolumes(cluster)) {
        if (storageClass !== HOSTPATH && !volume.driver) report(`${path}.driver`, undefined);
      }
    },
  },
  {
    code: 'MC254',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is ignored with the storage class hostpath, which is the default',
    consequence: 'The volume is a directory on each node instead of what the CSI driver would give.',
    remedy: 'write the storageClass of the driver',
    check: (cluster, report) => {
      for (const { volume, path, storageClass } of definedVolumes(cluster)) {
        if (storageClass !== HOSTPATH) continue;
        for (const field of CSI_FIELDS) {
          const value = volume[field];
          if (value && Object.keys(value).length > 0) report(`${path}.${field}`, value);
        }
      }
    },
  },
  {
    code: 'MC255',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is not set, and the Secret is looked for in the namespace default',
    consequence:
      'The CSI driver does not find a Secret in the namespace of the MiniCluster, and the pods never start.',
    remedy: 'write the namespace of the Secret',
    check: (cluster, report) => {
      const { namespace } = cluster.metadata;
      if (!namespace || namespace === 'default') return;
      for (const { volume, path, storageClass } of definedVolumes(cluster)) {
        if (storageClass === HOSTPATH || !volume.secret || volume.secretNamespace) continue;
        report(`${path}.secretNamespace`, undefined);
      }
    },
  },
  {
    code: 'MC256',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be an absolute path of the node, without `..` in it',
    consequence: 'Kubernetes refuses the PersistentVolume; the operator stops there at every pass.',
    remedy: 'write the directory from the root of the node',
    check: (cluster, report) => {
      for (const { volume, path, storageClass } of definedVolumes(cluster)) {
        if (storageClass !== HOSTPATH) continue;
        if (!volume.path.startsWith('/') || volume.path.split('/').includes('..'))
          report(`${path}.path`, volume.path);
      }
    },
  },
  {
    code: 'MC257',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'is the name of a PersistentVolume, which the whole Kubernetes cluster shares',
    consequence:
      'A MiniCluster of another namespace with a volume of this name finds the first one and takes it for its own; its ' +
      'claim is never bound, or it sees the data of the other.',
    remedy: 'put the name of the MiniCluster into the key',
    check: (cluster, report) => {
      for (const { key, path } of definedVolumes(cluster)) {
        if (!key.includes(cluster.metadata.name)) report(path, key);
      }
    },
  },
  {
    code: 'MC258',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'shares its storage class with another volume, and may get its data',
    consequence:
      'A claim names a class and a size, not a volume: Kubernetes binds it to any PersistentVolume that fits.',
    remedy: 'make the volumes and claims yourself and name them under existingVolumes',
    check: (cluster, report) => {
      const first = new Map<string, DefinedVolume>();
      for (const defined of definedVolumes(cluster)) {
        const other = first.get(defined.storageClass);
        if (other)
          report(
            defined.path,
            defined.key,
            `shares its storage class with ${other.path}, and may get its data`,
          );
        else first.set(defined.storageClass, defined);
      }
    },
  },
  {
    code: 'MC259',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'of false keeps nothing: the reclaim policy is Delete all the same',
    consequence:
      'The claim is deleted with the MiniCluster, and Kubernetes or the CSI driver then deletes what the PersistentVolume ' +
      'stands for, if it can. The operator itself deletes no volume, with true or false.',
    remedy:
      'make the volume and its claim yourself, with the reclaim policy Retain, and name it under existingVolumes',
    check: (cluster, report) => {
      for (const { volume, path } of definedVolumes(cluster)) {
        if (volume.delete === false) report(`${path}.delete`, false);
      }
    },
  },
  {
    code: 'MC260',
    traps: [],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title: 'leaves a PersistentVolume behind that the next MiniCluster with this volume can not bind',
    consequence:
      'Its claim is deleted with the MiniCluster and the PersistentVolume stays Released or Failed; the next claim waits ' +
      'for ever. Kubernetes deletes only directories below /tmp by itself.',
    remedy:
      'delete the PersistentVolume by hand between clusters, or use a claim of your own under existingVolumes',
    check: (cluster, report) => {
      for (const { key, volume, path, storageClass } of definedVolumes(cluster)) {
        const deletable =
          storageClass === HOSTPATH
            ? DELETABLE.test(volume.path)
            : PROVISIONED_BY in (volume.annotations ?? {});
        if (!deletable) report(path, key);
      }
    },
  },
];
