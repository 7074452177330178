/** What a shared volume is rendered to. */
import * as fc from 'fast-check';
import { Manifest, Metadata } from '../../../src/model/manifest';
import { SharedVolumeSpec, persistentVolumeName, sharedVolume } from '../../../src/model/storage';
import { checked } from '../../support/checked';

const NAMED: Metadata = { name: 'data', namespace: 'flux' };

interface VolumeSpec extends Record<string, unknown> {
  readonly claimRef: { readonly namespace: string; readonly name: string };
}

/** The rendered manifests by kind, each of them checked. */
function render(spec: SharedVolumeSpec, metadata = NAMED): { volume?: Manifest; claim?: Manifest } {
  const manifests = checked(sharedVolume(metadata, spec));
  return {
    volume: manifests.find(({ kind }) => kind === 'PersistentVolume'),
    claim: manifests.find(({ kind }) => kind === 'PersistentVolumeClaim'),
  };
}

test('a directory of the nodes becomes a PersistentVolume and a claim that are bound to each other only', () => {
  expect(checked(sharedVolume(NAMED, { hostPath: { path: '/tmp/data' }, capacity: '5Gi' }))).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'flux.data' },
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'flux', name: 'data' },
        hostPath: { path: '/tmp/data', type: 'DirectoryOrCreate' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'flux' },
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '5Gi' } },
        storageClassName: '',
        volumeName: 'flux.data',
      },
    },
  ]);
});

test('a storage class makes the volume, so that only a claim is rendered, in no namespace if none is given', () => {
  const spec = { capacity: '100Gi', storageClassName: 'efs' };
  expect(checked(sharedVolume({ name: 'data' }, spec))).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '100Gi' } },
        storageClassName: 'efs',
      },
    },
  ]);
});

test('without a class the claim leaves it open, so that the default class of the Kubernetes cluster holds', () => {
  expect(render({ capacity: '1Gi' }).claim?.spec).not.toHaveProperty('storageClassName');
});

test('an existing claim needs no manifest', () => {
  expect(sharedVolume({ name: 'data' }, { existingClaim: 'theirs', accessModes: ['ReadWriteMany'] })).toEqual(
    [],
  );
});

test('NFS is mounted with its options, and a read-only export is ReadOnlyMany on both sides', () => {
  const { volume, claim } = render({
    nfs: { server: 'nfs.example.com', path: '/export', readOnly: true },
    mountOptions: ['nfsvers=4.1', 'hard'],
  });
  expect(volume?.spec).toMatchObject({
    nfs: { server: 'nfs.example.com', path: '/export', readOnly: true },
    mountOptions: ['nfsvers=4.1', 'hard'],
    accessModes: ['ReadOnlyMany'],
    capacity: { storage: '1Gi' },
  });
  expect(claim?.spec).toMatchObject({
    accessModes: ['ReadOnlyMany'],
    resources: { requests: { storage: '1Gi' } },
  });
});

test('a CSI volume has all that the driver needs, and its Secrets are those of the namespace unless they say another', () => {
  const { volume } = render({
    csi: {
      driver: 'example.csi.vendor.com',
      volumeHandle: 'vol-1',
      volumeAttributes: { share: 'a' },
      fsType: 'xfs',
      nodeStageSecretRef: { name: 'keys' },
      controllerExpandSecretRef: { name: 'keys', namespace: 'storage' },
    },
    reclaimPolicy: 'Delete',
    storageClassName: 'label',
    nodeSelector: { 'topology.kubernetes.io/zone': 'a', disk: 'fast' },
  });
  expect(volume?.spec).toMatchObject({
    csi: {
      driver: 'example.csi.vendor.com',
      volumeHandle: 'vol-1',
      volumeAttributes: { share: 'a' },
      fsType: 'xfs',
      nodeStageSecretRef: { name: 'keys', namespace: 'flux' },
      controllerExpandSecretRef: { name: 'keys', namespace: 'storage' },
    },
    persistentVolumeReclaimPolicy: 'Delete',
    storageClassName: 'label',
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a'] },
              { key: 'disk', operator: 'In', values: ['fast'] },
            ],
          },
        ],
      },
    },
  });
});

test('two volumes of one bucket have handles of their own, which Mountpoint for S3 asks for', () => {
  const bucket = { csi: { driver: 's3.csi.aws.com', volumeAttributes: { bucketName: 'results' } } };
  const handles = ['a', 'b'].map((namespace) => {
    const { csi } = render(bucket, { name: 'data', namespace }).volume?.spec as { csi: object };
    return (csi as { volumeHandle: string }).volumeHandle;
  });
  expect(handles).toEqual(['a.data', 'b.data']);
});

test('labels and annotations stand on both objects, the namespace on the claim alone', () => {
  const extra = { labels: { team: 'a' }, annotations: { note: 'kept' } };
  const { volume, claim } = render({ hostPath: { path: '/x' } }, { ...NAMED, ...extra });
  expect(volume?.metadata).toEqual({ name: 'flux.data', ...extra });
  expect(claim?.metadata).toEqual({ ...NAMED, ...extra });
});

test('an empty list of mount options or of labels of nodes is none: an empty term would match no node', () => {
  const { volume } = render({ nfs: { server: 'a', path: '/x' }, mountOptions: [], nodeSelector: {} });
  expect(volume?.spec).not.toHaveProperty('mountOptions');
  expect(volume?.spec).not.toHaveProperty('nodeAffinity');
});

test('what is rendered is not the data of the caller', () => {
  const spec = { csi: { driver: 'a.b', volumeHandle: 'c', volumeAttributes: { d: 'e' } } };
  const { volume } = render(spec);
  spec.csi.volumeAttributes.d = 'changed';
  expect(volume?.spec).toMatchObject({ csi: { volumeAttributes: { d: 'e' } } });
});

const label = (longest: number): fc.Arbitrary<string> =>
  fc.stringMatching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/).map((text) => {
    const cut = text.slice(0, longest);
    return /[a-z0-9]$/.test(cut) ? cut : `${cut.slice(0, -1)}x`;
  });
const namespaces = fc.oneof(label(63), fc.constantFrom('a', 'a-b', 'b', 'a'.repeat(63)));
const names = fc.oneof(
  fc.array(label(60), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
  fc.constantFrom('c', 'b-c', 'b.c', 'n'.repeat(253), `${'n'.repeat(252)}m`, 'n.'.repeat(126) + 'n'),
);

test('no two claims share a PersistentVolume, and each name is one that Kubernetes takes', () => {
  fc.assert(
    fc.property(namespaces, names, namespaces, names, (namespace, name, otherNamespace, otherName) => {
      const one = persistentVolumeName(namespace, name);
      expect(one).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(one.length).toBeLessThanOrEqual(253);
      const isSame = namespace === otherNamespace && name === otherName;
      expect(persistentVolumeName(otherNamespace, otherName) === one).toBe(isSame);
    }),
    { numRuns: 500 },
  );
});

test('where a namespace ends and a name starts makes a difference', () => {
  fc.assert(
    fc.property(label(20), label(20), label(20), fc.constantFrom('-', ''), (one, two, three, between) => {
      const moved = persistentVolumeName(`${one}${between}${two}`, three);
      expect(persistentVolumeName(one, `${two}-${three}`)).not.toBe(moved);
      expect(persistentVolumeName(one, `${two}.${three}`)).not.toBe(moved);
    }),
  );
});

test('whatever the names are, the two objects name each other', () => {
  fc.assert(
    fc.property(namespaces, names, (namespace, name) => {
      const [volume, claim] = sharedVolume({ name, namespace }, { hostPath: { path: '/x' } });
      expect((volume?.spec as VolumeSpec).claimRef).toMatchObject({ namespace, name });
      expect(claim?.metadata).toMatchObject({ name, namespace });
      expect((claim?.spec as VolumeSpec).volumeName).toBe(volume?.metadata.name);
    }),
  );
});
