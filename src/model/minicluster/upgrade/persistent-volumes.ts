/** What the v1alpha1 operator made of `volumes`, as shared volumes: the PersistentVolumes and their claims. */
import { posix } from 'node:path';
import { Manifest } from '../../manifest';
import { boundPair, persistentVolumeName } from '../../storage';
import { CsiSource, HostPathSource } from '../../storage/props';
import { V1Alpha1Volume } from '../api/v1alpha1';
import { NothingLeft, Upgrade } from './upgrade-context';

/** The storage class that meant a directory of the node. */
const HOSTPATH = 'hostpath';

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
    capacity = '5Gi',
    delete: wasDeleted,
    driver,
    volumeHandle,
    attributes,
    secret,
    secretNamespace,
    ...rest
  } = volume;
  const { namespace = metadata.name } = metadata;
  // PersistentVolumes have no namespace: the key alone collided with that of others.
  noteReclaimPolicy(upgrade, key, persistentVolumeName(namespace, claimName(key)), wasDeleted);
  const csi = { driver, volumeHandle, attributes, secret, secretNamespace };
  const [persistentVolume, claim] = boundPair(
    { name: claimName(key), namespace },
    {
      ...(rest satisfies NothingLeft),
      capacity,
      storageClassName,
      ...(storageClassName === HOSTPATH
        ? { hostPath: hostPath(upgrade, key, path, csi) }
        : { csi: csiSource(upgrade, key, path, storageClassName, csi) }),
    },
  );
  if (metadata.namespace === undefined) {
    notes.added(
      `volumes.${key}`,
      `has a PersistentVolume ${persistentVolume.metadata.name} that any claim of its class may take: without a namespace none can be named`,
      'give metadata a namespace',
    );
    Reflect.deleteProperty(persistentVolume.spec as object, 'claimRef');
  }
  return [
    {
      ...persistentVolume,
      metadata: {
        ...persistentVolume.metadata,
        labels: merged(metadata.labels, labels),
        annotations: merged(metadata.annotations, annotations),
      },
    },
    {
      ...claim,
      metadata: {
        name: claimName(key),
        namespace: metadata.namespace,
        labels: merged(metadata.labels),
        annotations: merged(metadata.annotations, claimAnnotations),
      },
    },
  ];
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

function hostPath({ notes }: Upgrade, key: string, path: string, csi: CsiFields): HostPathSource {
  for (const [field, value] of Object.entries(csi)) {
    notes.lost(`volumes.${key}.${field}`, value, 'had no effect with the storage class hostpath');
  }
  // As the operator did: Kubernetes refuses a path with '..' in it.
  return { path: posix.normalize(path) };
}

function csiSource(
  { notes }: Upgrade,
  key: string,
  path: string,
  storageClass: string,
  { driver = '', volumeHandle, attributes, secret, secretNamespace }: CsiFields,
): CsiSource {
  notes.lost(
    `volumes.${key}.path`,
    path,
    'had no effect: only the storage class hostpath is a directory of the node',
  );
  if (!secret)
    notes.lost(`volumes.${key}.secretNamespace`, secretNamespace, 'had no effect without a secret');
  const reference = secret ? { name: secret, namespace: secretNamespace ?? 'default' } : undefined;
  return {
    driver,
    // `||`, as the operator: an empty handle counts as none.
    volumeHandle: volumeHandle || storageClass,
    volumeAttributes: attributes,
    controllerPublishSecretRef: reference,
    nodePublishSecretRef: reference,
    nodeStageSecretRef: reference,
  };
}
