/** What a distribution of content is not allowed to be. */
import {
  CONTENT_DISTRIBUTION_RULES,
  ContentDistributionSpec,
  checkContentDistribution,
  contentDistribution,
} from '../../../src/model/content';

const NAMED = { name: 'lammps', namespace: 'hpc' };
const THROUGH = { name: 'flux' };
const IMAGE = 'ghcr.io/rse-ops/lammps:1.0';
const SUM = 'a'.repeat(64);
const FILE = { url: 'https://example.com/data.tar', sha256: SUM, target: '/data/data.tar' };

/** Codes and paths of what is wrong. */
function wrong(spec: unknown, metadata: unknown = NAMED): string[] {
  const problems = checkContentDistribution(metadata as typeof NAMED, spec as ContentDistributionSpec);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

const images = (...names: readonly string[]): unknown => ({ through: THROUGH, images: names });
const file = (given: object): unknown => ({ through: THROUGH, files: [{ ...FILE, ...given }] });
const also = (given: object): unknown => ({ through: THROUGH, images: [IMAGE], ...given });

const BROKEN: [code: string, spec: unknown, ...paths: string[]][] = [
  ['CD001', also({ image: IMAGE }), 'image'],
  ['CD001', file({ owner: 'root' }), 'files[0].owner'],
  ['CD002', also({ keep: 'yes' }), 'keep'],
  ['CD002', also({ files: [FILE.url] }), 'files'],
  ['CD002', file({ mode: 0o755 }), 'files[0].mode'],
  ['CD002', undefined, 'spec'],
  ['CD004', { images: [IMAGE] }, 'through'],
  ['CD004', also({ through: { name: 'flux', namespace: 'other' } }), 'through'],
  ['CD004', also({ through: { name: 'flux', spec: { port: 1 } } }), 'through'],
  ['CD005', { through: THROUGH }, 'spec'],
  ['CD005', { through: THROUGH, images: [] }, 'spec'],
  ['CD006', images('ghcr.io/rse-ops/lammps'), 'images[0]'],
  ['CD006', images('ghcr.io/rse-ops/lammps:latest'), 'images[0]'],
  ['CD006', images('https://ghcr.io/rse-ops/lammps:1.0'), 'images[0]'],
  ['CD006', images('ghcr.io/RSE/lammps:1.0'), 'images[0]'],
  ['CD006', images('ghcr.io/rse-ops/lammps:1.0; reboot'), 'images[0]'],
  ['CD007', images(IMAGE, IMAGE), 'images[1]'],
  ['CD007', { through: THROUGH, files: [FILE, FILE] }, 'files[1].target'],
  ['CD007', { through: THROUGH, files: [FILE, { ...FILE, target: '/data' }] }, 'files[1].target'],
  ['CD008', file({ url: undefined, sha256: undefined }), 'files[0]'],
  ['CD008', file({ path: '/nfs/data' }), 'files[0]'],
  ['CD009', file({ sha256: undefined }), 'files[0].sha256'],
  ['CD009', file({ sha256: 'abc' }), 'files[0].sha256'],
  ['CD009', file({ url: undefined, path: '/nfs/data' }), 'files[0].sha256'],
  ['CD010', file({ url: 'http://example.com/data.tar' }), 'files[0].url'],
  ['CD010', file({ url: 'https://me:secret@example.com/data.tar' }), 'files[0].url'],
  ['CD010', also({ proxy: { https: 'proxy' } }), 'proxy.https'],
  ['CD010', file({ url: 'https://b.s3.amazonaws.com/a?X-Amz-Signature=abc' }), 'files[0].url'],
  ['CD011', file({ target: 'data' }), 'files[0].target'],
  ['CD011', file({ target: '/data/../etc/x' }), 'files[0].target'],
  ['CD011', file({ url: undefined, sha256: undefined, path: 'nfs' }), 'files[0].path'],
  ['CD011', also({ containerd: { address: 'unix:///run/x' } }), 'containerd.address'],
  ['CD012', file({ target: '/etc/passwd' }), 'files[0].target'],
  ['CD012', file({ target: '/var/lib/kubelet' }), 'files[0].target'],
  ['CD012', file({ target: '/var/lib/containerd/x' }), 'files[0].target'],
  ['CD012', file({ target: '/root/.ssh/authorized_keys' }), 'files[0].target'],
  ['CD012', file({ target: '/opt/flux-distribute/other' }), 'files[0].target'],
  ['CD012', file({ url: undefined, sha256: undefined, path: '/data', target: '/data' }), 'files[0].target'],
  ['CD012', file({ target: '/usr/bin/tool' }), 'files[0].target'],
  ['CD012', file({ target: '/opt' }), 'files[0].target'],
  ['CD012', file({ target: '/opt/flux-distribute/flux/bin' }), 'files[0].target'],
  ['CD012', file({ target: '/var/lib/flux-distribute' }), 'files[0].target'],
  ['CD013', file({ mode: 'rwx' }), 'files[0].mode'],
  ['CD014', also({ nodes: 'node-[0-' }), 'nodes'],
  ['CD014', also({ nodes: 'node 1' }), 'nodes'],
  ['CD014', also({ nodes: 'node-[9-0]' }), 'nodes'],
  ['CD015', also({ parallelism: 0 }), 'parallelism'],
  ['CD015', also({ bandwidth: '100MB' }), 'bandwidth'],
  ['CD015', also({ bandwidth: '1' }), 'bandwidth'],
  ['CD016', also({ imagePullSecret: {} }), 'imagePullSecret'],
  ['CD017', also({ checkSeconds: 30 }), 'checkSeconds'],
  ['CD017', also({ keep: true, deadlineSeconds: 600 }), 'deadlineSeconds'],
];

test.each(BROKEN)('%s is told of %j', (code, spec, ...paths) => {
  expect(wrong(spec)).toEqual(paths.map((path) => `${code} ${path}`));
});

test.each([{ name: 'Lammps' }, { name: 'x'.repeat(41) }, {}])(
  'CD003 is told of the metadata %j',
  (metadata) => {
    expect(wrong(also({}), metadata)).toEqual(['CD003 metadata.name']);
  },
);

test('every rule is broken by some input', () => {
  const broken = new Set([...BROKEN.map(([code]) => code), 'CD003']);
  expect([...broken].sort()).toEqual(CONTENT_DISTRIBUTION_RULES.map(({ code }) => code));
});

const FINE: unknown[] = [
  also({}),
  images(`ghcr.io/rse-ops/lammps@sha256:${SUM}`, `ubuntu:24.04@sha256:${SUM}`, 'registry:5000/a/b_c:v1'),
  file({ mode: '0755' }),
  file({ target: '/usr/local/share/data' }),
  file({ url: undefined, sha256: undefined, path: '/nfs/data', target: '/srv/data' }),
  also({ nodes: 'node-[0-9],ip-10-0-1-[20-25,30].ec2.internal', parallelism: 50, bandwidth: '100M' }),
  also({ keep: true, checkSeconds: 30 }),
  also({
    imagePullSecret: { name: 'registry' },
    containerd: { address: '/run/k3s/containerd/containerd.sock' },
  }),
];

test.each(FINE)('%j is fine', (spec) => {
  expect(wrong(spec)).toEqual([]);
});

test('all problems are told at once, with the value and what to write', () => {
  expect(() => contentDistribution(NAMED, { through: THROUGH, images: ['lammps'], parallelism: 0 })).toThrow(
    [
      "ContentDistribution 'lammps' is not valid:",
      '  - images[0] must be a whole reference of an image with a fixed tag or a digest, got "lammps"; write ' +
        "REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST, as 'ghcr.io/rse-ops/lammps:1.0' (CD006)",
      '  - parallelism must be from 1 to 100000, got 0; write a number in the range that the message names (CD015)',
      '  (codes: docs/content-distribution.md of flux-framework-constructs)',
    ].join('\n'),
  );
});
