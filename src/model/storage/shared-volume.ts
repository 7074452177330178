import { createHash } from 'node:crypto';
import { defined } from '../defined';
import { Manifest, Metadata } from '../manifest';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { accessModesOf } from './access-modes';
import { checkSharedVolume } from './check';
import { lacksLocking, lacksRename } from './csi-drivers';
import { ClaimObject, CsiSource, DEFAULT_CAPACITY, SharedVolumeSpec, VolumeSecretReference } from './spec';

/** A rendered volume, and what is wrong with its input. */
export interface RenderedSharedVolume {
  /** In the order in which they are to be applied; empty where there are errors, and for an existing claim. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Renders a shared volume: its PersistentVolumeClaim, called as the metadata says, and before it the PersistentVolume where
 * no storage class makes one. The two are bound to each other, so that no other claim takes the volume. A claim that
 * exists needs no manifest. The same input gives the same manifests.
 *
 * @throws InvalidSpecError with all problems, if there are any
 */
export function sharedVolume(metadata: Metadata, spec: SharedVolumeSpec): Manifest[] {
  const { manifests, problems } = renderSharedVolume(metadata, spec);
  throwErrors(subjectOf('SharedVolume', metadata), problems);
  return [...manifests];
}

/** Renders and tells the problems in one go, for callers that name the volume in their own way. */
export function renderSharedVolume(metadata: Metadata, spec: SharedVolumeSpec): RenderedSharedVolume {
  const problems = checkSharedVolume(metadata, spec);
  if (hasErrors(problems) || spec.existingClaim !== undefined) return { manifests: [], problems };
  const isStatic = spec.hostPath ?? spec.nfs ?? spec.csi;
  return {
    manifests: isStatic ? boundPair(metadata, spec) : [claim(metadata, spec, spec.storageClassName)],
    problems,
  };
}

/** What a claim for this volume tells those that mount it. The spec must be free of errors. */
export function claimObject(name: string, spec: SharedVolumeSpec): ClaimObject {
  const { existingClaim, accessModes, csi, mountOptions } = spec;
  return {
    name: existingClaim ?? name,
    accessModes: existingClaim === undefined ? accessModesOf(spec) : accessModes && [...accessModes],
    lacksRename: csi !== undefined && lacksRename(csi.driver),
    lacksLocking: lacksLocking(csi?.driver, mountOptions),
  };
}

const LONGEST_NAME = 253;
const HASH_LENGTH = 16;

/**
 * The name of the PersistentVolume of a claim, which is one for the whole Kubernetes cluster. A namespace has no dots, so
 * that the first dot ends it and no two claims share a name.
 */
export function persistentVolumeName(namespace: string, name: string): string {
  const whole = `${namespace}.${name}`;
  if (whole.length <= LONGEST_NAME) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH);
  // Letters and digits end a part of a DNS name; what is cut may leave a dot or a dash.
  const start = whole.slice(0, LONGEST_NAME - HASH_LENGTH - 1).replace(/[-.]+$/, '');
  return `${start}-${hash}`;
}

/** A volume and its claim, whether or not the spec has errors: for what is converted, and judged elsewhere. */
export function boundPair(metadata: Metadata, spec: SharedVolumeSpec): [Manifest, Manifest] {
  const { namespace = '', name, ...others } = metadata;
  const { storageClassName = '', mountOptions = [], nodeSelector = {}, reclaimPolicy = 'Retain' } = spec;
  const volumeName = persistentVolumeName(namespace, name);
  const volume: Manifest = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { ...others, name: volumeName },
    spec: {
      capacity: { storage: spec.capacity ?? DEFAULT_CAPACITY },
      accessModes: accessModesOf(spec),
      persistentVolumeReclaimPolicy: reclaimPolicy,
      // The API server drops an empty one: every `kubectl apply` would set it again.
      ...(storageClassName && { storageClassName }),
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
      ...(mountOptions.length > 0 && { mountOptions: [...mountOptions] }),
      ...sourceOf(spec, namespace, volumeName),
      ...(Object.keys(nodeSelector).length > 0 && { nodeAffinity: affinityTo(nodeSelector) }),
    },
  };
  return [volume, claim(metadata, spec, storageClassName, volumeName)];
}

function claim(
  metadata: Metadata,
  spec: SharedVolumeSpec,
  storageClassName: string | undefined,
  volumeName?: string,
): Manifest {
  const storage = spec.capacity ?? DEFAULT_CAPACITY;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata },
    spec: defined({
      accessModes: accessModesOf(spec),
      resources: { requests: { storage } },
      storageClassName,
      volumeName,
    }),
  };
}

function sourceOf({ hostPath, nfs, csi }: SharedVolumeSpec, namespace: string, volumeName: string): object {
  if (hostPath) return { hostPath: { path: hostPath.path, type: hostPath.type ?? 'DirectoryOrCreate' } };
  if (nfs) return { nfs: defined({ ...nfs }) };
  return csi ? { csi: csiOf(csi, namespace, volumeName) } : {};
}

function csiOf(csi: CsiSource, namespace: string, volumeName: string): object {
  const secret = (reference: VolumeSecretReference | undefined): object | undefined =>
    reference && { name: reference.name, namespace: reference.namespace ?? namespace };
  return defined({
    driver: csi.driver,
    volumeHandle: csi.volumeHandle ?? volumeName,
    volumeAttributes: csi.volumeAttributes && { ...csi.volumeAttributes },
    fsType: csi.fsType,
    readOnly: csi.readOnly,
    controllerPublishSecretRef: secret(csi.controllerPublishSecretRef),
    nodeStageSecretRef: secret(csi.nodeStageSecretRef),
    nodePublishSecretRef: secret(csi.nodePublishSecretRef),
    controllerExpandSecretRef: secret(csi.controllerExpandSecretRef),
    nodeExpandSecretRef: secret(csi.nodeExpandSecretRef),
  });
}

/** Nodes that have all of these labels. */
function affinityTo(labels: Readonly<Record<string, string>>): object {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  return { required: { nodeSelectorTerms: [{ matchExpressions }] } };
}
