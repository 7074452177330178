/** What a shared volume is not allowed to be, and what is known of drivers. */
import {
  SHARED_VOLUME_RULES,
  SharedVolumeSpec,
  checkMount,
  checkSharedVolume,
  claimObject,
  lacksLocking,
  lacksRename,
  sharedVolume,
} from '../../../src/model/storage';

const NAMED = { name: 'data', namespace: 'flux' };
const HOST = { hostPath: { path: '/x' } };
const NFS = { nfs: { server: 'a', path: '/x' } };
const CSI = { csi: { driver: 'a.b', volumeHandle: 'c' } };

/** Codes and paths of what is wrong. */
function wrong(spec: unknown, metadata: unknown = NAMED): string[] {
  const problems = checkSharedVolume(metadata as typeof NAMED, spec as SharedVolumeSpec);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

const BROKEN: [code: string, spec: unknown, metadata: unknown, ...paths: string[]][] = [
  ['SV001', { ...HOST, size: 4 }, NAMED, 'size'],
  ['SV001', { nfs: { ...NFS.nfs, mountOptions: ['hard'] } }, NAMED, 'nfs.mountOptions'],
  ['SV001', HOST, { ...NAMED, finalizers: [] }, 'metadata.finalizers'],
  ['SV002', { ...HOST, capacity: 5 }, NAMED, 'capacity'],
  ['SV002', { ...HOST, accessModes: 'ReadWriteMany' }, NAMED, 'accessModes'],
  ['SV002', { hostPath: '/x' }, NAMED, 'hostPath'],
  ['SV002', { csi: { ...CSI.csi, nodeStageSecretRef: 'keys' } }, NAMED, 'csi.nodeStageSecretRef'],
  ['SV002', { csi: { ...CSI.csi, nodeStageSecretRef: { name: 'A' } } }, NAMED, 'csi.nodeStageSecretRef'],
  ['SV002', { ...HOST, nodeSelector: { zone: 'a b' } }, NAMED, 'nodeSelector'],
  ['SV002', HOST, { ...NAMED, labels: { '-a': 'b' } }, 'metadata.labels'],
  ['SV002', [], NAMED, 'spec'],
  ['SV002', { nfs: { server: 'nfs://h/x', path: '/x' } }, NAMED, 'nfs.server'],
  ['SV002', { nfs: { server: 'h:/x', path: '/x' } }, NAMED, 'nfs.server'],
  ['SV002', { nfs: { server: 'h:2049', path: '/x' } }, NAMED, 'nfs.server'],
  ['SV003', HOST, { name: 'Data', namespace: 'flux' }, 'metadata.name'],
  ['SV003', HOST, { namespace: 'flux' }, 'metadata.name'],
  ['SV003', HOST, { name: 'x'.repeat(254), namespace: 'flux' }, 'metadata.name'],
  ['SV003', HOST, { name: 'data', namespace: 'a.b' }, 'metadata.namespace'],
  ['SV003', { existingClaim: 'no claim' }, NAMED, 'existingClaim'],
  ['SV003', { csi: { ...CSI.csi, driver: 'a_b' } }, NAMED, 'csi.driver'],
  ['SV003', { storageClassName: 'E F', capacity: '1Gi' }, NAMED, 'storageClassName'],
  ['SV004', { ...HOST, ...NFS, ...CSI }, NAMED, 'nfs', 'csi'],
  ['SV004', { ...HOST, existingClaim: 'theirs' }, NAMED, 'existingClaim'],
  ['SV005', HOST, { name: 'data' }, 'metadata.namespace'],
  ['SV006', {}, NAMED, 'capacity'],
  ['SV006', { storageClassName: 'efs' }, NAMED, 'capacity'],
  ['SV006', { capacity: '100 GB' }, NAMED, 'capacity'],
  ['SV006', { ...HOST, capacity: '0Gi' }, NAMED, 'capacity'],
  ['SV006', { ...HOST, capacity: '-1Gi' }, NAMED, 'capacity'],
  ['SV007', { ...HOST, accessModes: [] }, NAMED, 'accessModes'],
  ['SV007', { ...HOST, accessModes: ['RWX'] }, NAMED, 'accessModes'],
  ['SV007', { ...HOST, accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] }, NAMED, 'accessModes'],
  ['SV007', { existingClaim: 'theirs', accessModes: ['RWX'] }, NAMED, 'accessModes'],
  ['SV008', { capacity: '1Gi', reclaimPolicy: 'Retain' }, NAMED, 'reclaimPolicy'],
  ['SV008', { capacity: '1Gi', mountOptions: ['hard'] }, NAMED, 'mountOptions'],
  ['SV008', { capacity: '1Gi', nodeSelector: { a: 'b' } }, NAMED, 'nodeSelector'],
  ['SV009', { existingClaim: 'theirs', capacity: '1Gi' }, NAMED, 'capacity'],
  ['SV010', { ...HOST, reclaimPolicy: 'Delete' }, NAMED, 'reclaimPolicy'],
  ['SV010', { ...CSI, reclaimPolicy: 'Recycle' }, NAMED, 'reclaimPolicy'],
  ['SV011', { hostPath: { path: 'data' } }, NAMED, 'hostPath.path'],
  ['SV011', { hostPath: { path: '/a/../b' } }, NAMED, 'hostPath.path'],
  ['SV011', { nfs: { server: 'a', path: 'data' } }, NAMED, 'nfs.path'],
  ['SV012', { hostPath: { path: '/x', type: 'File' } }, NAMED, 'hostPath.type'],
  ['SV013', { ...HOST, mountOptions: ['ro'] }, NAMED, 'mountOptions'],
  ['SV014', { hostPath: {} }, NAMED, 'hostPath.path'],
  ['SV014', { nfs: {} }, NAMED, 'nfs.path', 'nfs.server'],
  ['SV014', { csi: {} }, NAMED, 'csi.driver'],
  ['SV014', { csi: { driver: 'efs.csi.aws.com' } }, NAMED, 'csi.volumeHandle'],
  ['SV014', { csi: { driver: 's3.csi.aws.com' } }, NAMED, 'csi.volumeAttributes.bucketName'],
  [
    'SV014',
    { csi: { driver: 'fsx.csi.aws.com', volumeHandle: 'fs-0' } },
    NAMED,
    'csi.volumeAttributes.dnsname',
  ],
  ['SV015', { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-0' } }, NAMED, 'accessModes'],
];

test.each(BROKEN)('%s: %j', (code, spec, metadata, ...paths) => {
  expect(wrong(spec, metadata)).toEqual(paths.map((path) => `${code} ${path}`));
});

test('a field of the wrong type hides no other problem, and counts neither as missing nor twice', () => {
  expect(
    wrong(
      {
        nfs: { server: 7, path: 'data', port: 2049 },
        accessModes: 'ReadWriteMany',
        capacity: '0Gi',
        reclaimPolicy: 'Recycle',
        size: 4,
      },
      { name: 'Data', labels: 'a' },
    ),
  ).toEqual([
    'SV002 metadata.labels',
    'SV002 accessModes',
    'SV001 size',
    'SV002 nfs.server',
    'SV001 nfs.port',
    'SV003 metadata.name',
    'SV006 capacity',
    'SV005 metadata.namespace',
    'SV010 reclaimPolicy',
    'SV011 nfs.path',
  ]);
  expect(
    wrong({ csi: { driver: 's3.csi.aws.com', volumeAttributes: 'a' }, accessModes: 7 }, { name: 'data' }),
  ).toEqual(['SV002 accessModes', 'SV002 csi.volumeAttributes', 'SV005 metadata.namespace']);
  expect(wrong({ capacity: 5, mountOptions: ['hard'] })).toEqual(['SV002 capacity', 'SV008 mountOptions']);
});

test.each([
  ['100GB', "write '100Gi'"],
  ['100 GB', "write '100Gi'"],
  ['1.5tb', "write '1.5Ti'"],
  ['100gi', "write '100Gi'"],
  ['large', "write a quantity in quotes, as '100Gi'; where the file system grows by itself, any will do"],
])('a capacity of %s is no quantity, and the fix names one', (capacity, fix) => {
  expect(checkSharedVolume(NAMED, { capacity })).toMatchObject([
    { code: 'SV006', message: 'is no quantity', fix },
  ]);
});

test.each(['nfs', 'fs-0.efs.eu-west-1.amazonaws.com', 'my_nfs', '10.0.0.1', 'fd00::1', '[fd00::1]'])(
  'an NFS server may be called %s',
  (server) => {
    expect(wrong({ nfs: { server, path: '/x' } })).toEqual([]);
  },
);

test.each<[what: string, spec: SharedVolumeSpec]>([
  ['a size with a fraction', { capacity: '1.5Ti' }],
  ['a size in plain bytes', { capacity: '1e9' }],
  ['several access modes', { ...HOST, accessModes: ['ReadWriteMany', 'ReadOnlyMany', 'ReadWriteOnce'] }],
  ['fields that are undefined', { ...HOST, nfs: undefined, capacity: undefined }],
  ['a driver whose name is that of a field of every object', { csi: { ...CSI.csi, driver: 'constructor' } }],
  [
    'a block device for one node',
    { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'v' }, accessModes: ['ReadWriteOnce'] },
  ],
  ['two dots within a name', { hostPath: { path: '/a..b' } }],
])('%s is fine', (_what, spec) => {
  expect(wrong(spec)).toEqual([]);
});

test('every rule is broken by one of these tests', () => {
  const ofMounts = checkMount('data', {}).map(({ code }) => code);
  const broken = new Set([...BROKEN.map(([code]) => code), ...ofMounts]);
  expect([...broken].sort()).toEqual(SHARED_VOLUME_RULES.map(({ code }) => code));
});

test('an error tells all problems at once, and the page that explains them', () => {
  const render = (): unknown => sharedVolume({ name: 'data' }, { hostPath: { path: 'x' }, capacity: '0' });
  expect(render).toThrow(
    /^SharedVolume 'data' is not valid:\n.*SV006\)\n.*SV005\)\n.*SV011\)\n.*docs\/shared-volume\.md/,
  );
});

test.each([undefined, null, 7, 'x', [], { hostPath: null }, { csi: { driver: 7 } }])(
  'what is no volume at all is told, not thrown: %j',
  (spec) => {
    expect(wrong(spec)).not.toEqual([]);
    expect(wrong(spec, null)).not.toEqual([]);
  },
);

test.each<[path: unknown, options: unknown, ...paths: string[]]>([
  ['data', {}, 'path'],
  ['/a:b', {}, 'path'],
  [undefined, {}, 'path'],
  ['/data', { subPath: '/a' }, 'subPath'],
  ['/data', { subPath: 'a/../..' }, 'subPath'],
  ['/data', { subPath: '' }, 'subPath'],
  ['/data', { readOnly: 'yes' }, 'readOnly'],
  ['/data', null, 'options'],
  ['data', 'read-only', 'path', 'options'],
])('a mount at %j with %j is refused', (path, options, ...paths) => {
  expect(checkMount(path, options).map((problem) => problem.path)).toEqual(paths);
});

test('buckets lack a rename in one step and locks between nodes, file systems of many nodes have both', () => {
  for (const driver of ['s3.csi.aws.com', 'gcsfuse.csi.storage.gke.io']) {
    expect([driver, lacksRename(driver), lacksLocking(driver)]).toEqual([driver, true, true]);
  }
  for (const driver of ['efs.csi.aws.com', 'fsx.csi.aws.com', 'unknown.example.com']) {
    expect([driver, lacksRename(driver), lacksLocking(driver)]).toEqual([driver, false, false]);
  }
});

test.each(['nolock', 'local_lock=all', 'local_lock=flock', 'localflock', 'noflock', 'hard,nolock'])(
  'the mount option %s keeps locks from other nodes',
  (option) => {
    expect(lacksLocking(undefined, ['ro', option])).toBe(true);
  },
);

test.each(['flock', 'local_lock=none', 'local_lock=posix', 'nolocks'])(
  'the mount option %s leaves flock to all nodes',
  (option) => {
    expect(lacksLocking('efs.csi.aws.com', [option])).toBe(false);
  },
);

test('a claim tells those that mount it what its volume can do', () => {
  expect(claimObject('data', { csi: { driver: 's3.csi.aws.com' } })).toEqual({
    name: 'data',
    accessModes: ['ReadWriteMany'],
    lacksRename: true,
    lacksLocking: true,
  });
  expect(claimObject('data', { existingClaim: 'theirs' })).toEqual({
    name: 'theirs',
    accessModes: undefined,
    lacksRename: false,
    lacksLocking: false,
  });
});
