/** The PersistentVolumes and claims that the v1alpha1 operator made, as manifests of their own. */
import { posix } from 'node:path';
import { Manifest } from '../../manifest';
import { persistentVolumeName } from '../../storage';
import { V1Alpha1Volume } from '../api/v1alpha1';
import { NothingLeft, Upgrade } from './upgrade-context';

/** The storage class that meant a directory of the node. */
const HOSTPATH = 'hostpath';

const ACCESS_MODES = ['ReadWriteMany'];

/** The claim that belongs to a volume of the spec, called as before. */
export function claimName(key: string): string {
  return `${key}-claim`;
}

/** A PersistentVolume and its claim for each volume of the spec, bound to each other only. */
export function persistentVolumes(upgrade: Upgrade): Manifest[] {
  return Object.entries(upgrade.cluster.spec.volumes ?? {}).flatMap(([key, volume]) =>
    volumeAndClaim(upgrade, key, volume),
  );
}

function volumeAndClaim(upgrade: Upgrade, key: string, volume: V1Alpha1Volume): Manifest[] {
  const { metadata, notes } = upgrade;
  const {
    path,
    labels,
    annotations,
    claimAnnotations,
    storageClass: storageClassName = HOSTPATH,
    capacity: storage = '5Gi',
    delete: wasDeleted,
    driver,
    volumeHandle,
    attributes,
    secret,
    secretNamespace,
    ...rest
  } = volume;
  // PersistentVolumes have no namespace: the key alone collided with that of others.
  const name = persistentVolumeName(metadata.namespace ?? metadata.name, claimName(key));
  const csi = { driver, volumeHandle, attributes, secret, secretNamespace };
  noteReclaimPolicy(upgrade, key, name, wasDeleted);
  if (metadata.namespace === undefined) {
    notes.added(
      `volumes.${key}`,
      `has a PersistentVolume ${name} that any claim of its class may take: without a namespace none can be named`,
      'give metadata a namespace',
    );
  }
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name,
        labels: merged(metadata.labels, labels),
        annotations: merged(metadata.annotations, annotations),
      },
      spec: {
        ...(rest satisfies NothingLeft),
        accessModes: ACCESS_MODES,
        capacity: { storage },
        claimRef: metadata.namespace && claimOf(metadata.namespace, key),
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName,
        ...(storageClassName === HOSTPATH
          ? hostPath(upgrade, key, path, csi)
          : csiSource(upgrade, key, path, storageClassName, csi)),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(key),
        namespace: metadata.namespace,
        labels: merged(metadata.labels),
        annotations: merged(metadata.annotations, claimAnnotations),
      },
      spec: {
        accessModes: ACCESS_MODES,
        resources: { requests: { storage } },
        storageClassName,
        volumeMode: 'Filesystem',
        volumeName: name,
      },
    },
  ];
}

function claimOf(namespace: string, key: string): object {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claimName(key) };
}

/** All of the maps as one; nothing where there is nothing in them. */
function merged(...parts: (Record<string, string> | undefined)[]): Record<string, string> | undefined {
  const all = Object.fromEntries(parts.flatMap((part) => Object.entries(part ?? {})));
  return Object.keys(all).length > 0 ? all : undefined;
}

function noteReclaimPolicy(
  { notes }: Upgrade,
  key: string,
  name: string,
  wasDeleted: boolean | undefined,
): void {
  notes.changed(
    `volumes.${key}.delete`,
    wasDeleted,
    `is the reclaim policy Retain now: PersistentVolume ${name} and ${claimName(key)} outlive the MiniCluster`,
    `before you delete the old MiniCluster, set the reclaim policy of its PersistentVolume ${key} to Retain as well, ` +
      `or its data may be deleted; then delete the old claim ${claimName(key)}, whose volume can't be changed`,
  );
}

type CsiFields = Pick<
  V1Alpha1Volume,
  'driver' | 'volumeHandle' | 'attributes' | 'secret' | 'secretNamespace'
>;

function hostPath({ notes }: Upgrade, key: string, path: string, csi: CsiFields): object {
  for (const [field, value] of Object.entries(csi)) {
    notes.lost(`volumes.${key}.${field}`, value, 'had no effect with the storage class hostpath');
  }
  // As the operator did: Kubernetes refuses a path with '..' in it.
  return { hostPath: { path: posix.normalize(path) } };
}

function csiSource(
  { notes }: Upgrade,
  key: string,
  path: string,
  storageClass: string,
  { driver, volumeHandle, attributes, secret, secretNamespace }: CsiFields,
): object {
  notes.lost(
    `volumes.${key}.path`,
    path,
    'had no effect: only the storage class hostpath is a directory of the node',
  );
  if (!secret)
    notes.lost(`volumes.${key}.secretNamespace`, secretNamespace, 'had no effect without a secret');
  const reference = secret && { name: secret, namespace: secretNamespace ?? 'default' };
  return {
    csi: {
      driver,
      // `||`, as the operator: an empty handle counts as none.
      volumeHandle: volumeHandle || storageClass,
      volumeAttributes: attributes,
      ...(reference && {
        controllerPublishSecretRef: reference,
        nodePublishSecretRef: reference,
        nodeStageSecretRef: reference,
      }),
    },
  };
}
