/** What Flux on the nodes is not allowed to be. */
import {
  BrokerRunner,
  FLUX_DISTRIBUTE_RULES,
  FluxDistributeSpec,
  NodeCleanUpSpec,
  checkDistributesTogether,
  checkFluxDistribute,
  fluxDistribute,
  fluxDistributeCleanUp,
} from '../../../src/model/distribute';

const NAMED = { name: 'flux', namespace: 'hpc' };
const SUM = 'a'.repeat(64);
const PACKAGE = `https://conda.anaconda.org/conda-forge/linux-64/flux-core-0.85.0-h1.conda#${SUM}`;
const ARM_PACKAGE = PACKAGE.replace('linux-64', 'linux-aarch64');
const TARBALL = { path: '/var/flux.tgz', sha256: SUM };
const DOWNLOAD = { url: 'https://mirror/micromamba', sha256: SUM };

/** Codes and paths of what is wrong. */
function wrong(spec: unknown, metadata: unknown = NAMED): string[] {
  const problems = checkFluxDistribute(metadata as typeof NAMED, spec as FluxDistributeSpec);
  return problems.map(({ code, path }) => `${code} ${path}`);
}

const mirror = (amd64: unknown): unknown => ({
  architectures: ['amd64'],
  mirror: { installer: { version: '2.9.0-0', amd64 } },
});

const BROKEN: [code: string, spec: unknown, metadata: unknown, ...paths: string[]][] = [
  ['FD001', { nodes: 4 }, NAMED, 'nodes'],
  ['FD001', { versions: { core: '0.85.0' } }, NAMED, 'versions.core'],
  ['FD001', { directories: { opt: '/opt/x' } }, NAMED, 'directories.opt'],
  ['FD001', {}, { ...NAMED, finalizers: [] }, 'metadata.finalizers'],
  ['FD002', { port: '8050' }, NAMED, 'port'],
  ['FD002', { tolerations: [{ operator: 'Equal' }] }, NAMED, 'tolerations'],
  ['FD002', { nodeSelector: { 'a b': 'c' } }, NAMED, 'nodeSelector'],
  ['FD002', { runner: 'cron' }, NAMED, 'runner'],
  ['FD002', { versions: { fluxCore: 0.85 } }, NAMED, 'versions.fluxCore'],
  ['FD002', { resources: { requests: { cpu: '4' }, limits: { cpu: '2' } } }, NAMED, 'resources'],
  ['FD002', { updateStrategy: { maxUnavailable: '0' } }, NAMED, 'updateStrategy.maxUnavailable'],
  ['FD002', [], NAMED, 'spec'],
  ['FD003', {}, { name: 'Flux', namespace: 'hpc' }, 'metadata.name'],
  ['FD003', {}, { name: 'x'.repeat(41), namespace: 'hpc' }, 'metadata.name'],
  ['FD003', {}, { namespace: 'hpc' }, 'metadata.name'],
  ['FD003', {}, { name: 'flux', namespace: 'a.b' }, 'metadata.namespace'],
  ['FD004', {}, { name: 'flux' }, 'metadata.namespace'],
  ['FD005', { versions: { fluxCore: '0.1.0' } }, NAMED, 'versions'],
  ['FD005', { versions: { fluxCore: '0.85.0', fluxSched: '0.38.0' } }, NAMED, 'versions'],
  ['FD006', { architectures: ['riscv64'] }, NAMED, 'architectures[0]'],
  ['FD006', { architectures: ['amd64', 'amd64'] }, NAMED, 'architectures[1]'],
  ['FD006', { architectures: [] }, NAMED, 'architectures'],
  ['FD007', { image: 'python:3.13' }, NAMED, 'image'],
  ['FD008', { port: 80 }, NAMED, 'port'],
  ['FD008', { port: 30_000 }, NAMED, 'port'],
  ['FD008', { port: 10_250 }, NAMED, 'port'],
  ['FD009', { versions: {}, prefix: '/usr' }, NAMED, 'prefix'],
  [
    'FD009',
    { locks: { amd64: PACKAGE, arm64: ARM_PACKAGE }, tarballs: { amd64: TARBALL, arm64: TARBALL } },
    NAMED,
    'tarballs',
  ],
  ['FD010', mirror({ url: 'https://mirror/micromamba' }), NAMED, 'mirror.installer.amd64.sha256'],
  ['FD010', mirror({ ...DOWNLOAD, sha256: 'abc' }), NAMED, 'mirror.installer.amd64.sha256'],
  [
    'FD010',
    { architectures: ['amd64'], tarballs: { amd64: { path: '/a/b' } } },
    NAMED,
    'tarballs.amd64.sha256',
  ],
  ['FD011', mirror({ ...DOWNLOAD, url: 'ftp://mirror' }), NAMED, 'mirror.installer.amd64.url'],
  ['FD011', { mirror: { channel: 'https://me:secret@mirror/conda' } }, NAMED, 'mirror.channel'],
  ['FD011', { proxy: { https: 'proxy:3128' } }, NAMED, 'proxy.https'],
  ['FD011', { mirror: { channel: 'https://conda.example.com/t/TOKEN/forge' } }, NAMED, 'mirror.channel'],
  [
    'FD011',
    mirror({ ...DOWNLOAD, url: 'https://m/x?X-Amz-Signature=1' }),
    NAMED,
    'mirror.installer.amd64.url',
  ],
  ['FD010', { mirror: { channel: 'http://mirror/conda-forge' } }, NAMED, 'locks'],
  ['FD012', { directories: { installation: 'opt/x' } }, NAMED, 'directories.installation'],
  ['FD012', { directories: { installation: '/opt' } }, NAMED, 'directories.installation'],
  ['FD012', { directories: { state: '/var/../etc' } }, NAMED, 'directories.state'],
  ['FD012', { directories: { state: '/var/a b' } }, NAMED, 'directories.state'],
  [
    'FD012',
    { directories: { installation: '/opt/x', state: '/opt/x/state' } },
    NAMED,
    'directories.installation',
    'directories.state',
  ],
  ['FD012', { prefix: 'usr' }, NAMED, 'prefix'],
  [
    'FD012',
    { directories: { installation: '/var/lib/flux-distribute/flux' } },
    NAMED,
    'directories.installation',
  ],
  ['FD012', { directories: { state: '/var/lib/kubelet/flux' } }, NAMED, 'directories.state'],
  ['FD012', { directories: { installation: '/usr/local' } }, NAMED, 'directories.installation'],
  ['FD012', { directories: { run: '/flux-distribute/scripts' } }, NAMED, 'directories.run'],
  ['FD012', { directories: { run: `/run/${'x'.repeat(90)}` } }, NAMED, 'directories.run'],
  ['FD013', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, NAMED, "nodeSelector['kubernetes.io/arch']"],
  ['FD014', { cores: '4-1' }, NAMED, 'cores'],
  ['FD014', { threadsPerCore: 2 }, NAMED, 'cores'],
  ['FD014', { cores: '0,0' }, NAMED, 'cores'],
  ['FD014', { cores: '[0-3]' }, NAMED, 'cores'],
  ['FD015', { topology: 'kary:1' }, NAMED, 'topology'],
  ['FD015', { topology: 'custom' }, NAMED, 'topology'],
  ['FD016', { leaseSeconds: 5 }, NAMED, 'leaseSeconds'],
  ['FD016', { quorum: 0 }, NAMED, 'quorum'],
  ['FD016', { drainSeconds: -1 }, NAMED, 'drainSeconds'],
  ['FD017', { configuration: '[bootstrap]\ncurve_cert = "x"' }, NAMED, 'configuration'],
  ['FD017', { configuration: '[queues' }, NAMED, 'configuration'],
  ['FD017', { configuration: 'a = 1' }, NAMED, 'configuration'],
  ['FD018', { stateVolume: { name: 'data', accessModes: ['ReadWriteOnce'] } }, NAMED, 'stateVolume'],
  ['FD018', { stateVolume: {} }, NAMED, 'stateVolume'],
  ['FD019', { architectures: ['amd64'], locks: { amd64: 'flux-core=0.85.0' } }, NAMED, 'locks.amd64'],
  ['FD019', { architectures: ['arm64'], locks: { arm64: PACKAGE } }, NAMED, 'locks.arm64'],
  ['FD019', { architectures: ['amd64'], locks: { amd64: PACKAGE.replace(/#.*/, '') } }, NAMED, 'locks.amd64'],
  [
    'FD019',
    { architectures: ['amd64'], locks: { amd64: PACKAGE.replace('flux-core', 'zlib') } },
    NAMED,
    'locks.amd64',
  ],
  ['FD020', { locks: { amd64: PACKAGE } }, NAMED, 'locks.arm64'],
  ['FD020', { tarballs: { arm64: TARBALL } }, NAMED, 'tarballs.amd64'],
  ['FD020', mirror(undefined), NAMED, 'mirror.installer.amd64'],
  ['FD021', { runner: BrokerRunner.SYSTEMD }, NAMED, 'runner'],
  ['FD022', { networkInterface: 'eth0; reboot' }, NAMED, 'networkInterface'],
  ['FD022', { networkInterface: 'ens5', topology: 'kary:2' }, NAMED, 'networkInterface'],
  ['FD024', { certificate: { secretName: 'Keep' } }, NAMED, 'certificate'],
  ['FD024', { certificate: { secretName: 'keep', key: 'a/b' } }, NAMED, 'certificate'],
];

test.each(BROKEN)('%s is told of %j', (code, spec, metadata, ...paths) => {
  expect(wrong(spec, metadata)).toEqual(paths.map((path) => `${code} ${path}`));
});

test('every rule is broken by some input', () => {
  const elsewhere = ['FD023', 'FD025'];
  const broken = new Set([...BROKEN.map(([code]) => code), ...elsewhere]);
  expect([...broken].sort()).toEqual(FLUX_DISTRIBUTE_RULES.map(({ code }) => code));
});

const FINE: unknown[] = [
  {},
  { versions: { fluxCore: '0.85.0' } },
  { versions: { fluxSched: '0.38.0' }, architectures: ['arm64'] },
  { architectures: ['amd64'], locks: { amd64: `@EXPLICIT\n# linux-64\n\n${PACKAGE}\n` } },
  mirror(DOWNLOAD),
  { tarballs: { amd64: TARBALL, arm64: TARBALL }, runner: BrokerRunner.SYSTEMD },
  { prefix: '/usr', runner: BrokerRunner.SYSTEMD },
  { cores: '0-3,8-11', threadsPerCore: 2, port: 8051, topology: 'kary:16' },
  { networkInterface: 'ens5', topology: 'flat' },
  { configuration: '# ours\n[sched-fluxion-qmanager]\nqueue-policy = "easy"\n' },
  { stateVolume: { name: 'data', accessModes: ['ReadWriteMany'] }, stateCopies: 0 },
  { drainSeconds: 0, settleSeconds: 0, port: undefined },
  {
    tolerations: [{ key: 'hpc', operator: 'Exists', effect: 'NoSchedule' }],
    certificate: { secretName: 'keep' },
  },
];

test.each(FINE)('%j is fine', (spec) => {
  expect(wrong(spec)).toEqual([]);
});

test('a pair of versions that does not exist is answered with those that do', () => {
  expect(() => fluxDistribute(NAMED, { versions: { fluxCore: '0.66.0', fluxSched: '0.38.0' } })).toThrow(
    /flux-core 0\.69\.0 with flux-sched 0\.38\.0, or flux-core 0\.85\.0 with flux-sched 0\.51\.0/,
  );
});

test('all problems are told at once, with the value and what to write', () => {
  expect(() => fluxDistribute({ name: 'flux' }, { port: 22, topology: 'ring' })).toThrow(
    [
      "FluxDistribute 'flux' is not valid:",
      '  - metadata.namespace is needed; give the namespace in metadata, or to the chart (FD004)',
      '  - port must be a port that is free on nodes, got 22; write a whole number from 1024 to 29999 that neither ' +
        'Kubernetes nor etcd uses (2379, 2380, 6443, 9099, 10248 to 10259) (FD008)',
      "  - topology is no shape of the overlay network, got \"ring\"; write 'flat', 'kary:2' (or more), 'binomial' or " +
        "'mincrit:2' (or more) (FD015)",
      '  (codes: docs/flux-distribute.md of flux-framework-constructs)',
    ].join('\n'),
  );
});

test('two on one port may not share nodes, nor two in one folder', () => {
  const one = { metadata: NAMED, spec: {} };
  const together = (name: string, spec: FluxDistributeSpec): string[] =>
    checkDistributesTogether({ metadata: { ...NAMED, name }, spec }, [one]).map(
      ({ code, path }) => `${code} ${path}`,
    );
  expect(together('other', {})).toEqual(['FD023 port']);
  expect(together('other', { port: 8051 })).toEqual([]);
  expect(together('flux', { port: 8051 })).toEqual([
    'FD023 directories.installation',
    'FD023 directories.state',
    'FD023 directories.run',
  ]);
  expect(together('other', { port: 8051, directories: { state: '/opt/flux-distribute' } })).toEqual([
    'FD023 directories.state',
  ]);
});

test('nodes of different labels or architectures are no shared nodes', () => {
  const clash = (one: FluxDistributeSpec, other: FluxDistributeSpec): number =>
    checkDistributesTogether({ metadata: { ...NAMED, name: 'other' }, spec: one }, [
      { metadata: NAMED, spec: other },
    ]).length;
  expect(clash({ nodeSelector: { pool: 'a' } }, { nodeSelector: { pool: 'b' } })).toBe(0);
  expect(clash({ nodeSelector: { pool: 'a' } }, { nodeSelector: { zone: 'b' } })).toBe(1);
  expect(clash({ nodeSelector: { pool: 'a' } }, {})).toBe(1);
  expect(clash({ architectures: ['amd64'] }, { architectures: ['arm64'] })).toBe(0);
});

test.each<[string, unknown, string]>([
  ['no node', { nodes: 0 }, 'FD025'],
  ['too many nodes', { nodes: 5001 }, 'FD025'],
  ['nodes that are not counted', {}, 'FD025'],
  ['a part of a node', { nodes: 1.5 }, 'FD002'],
  ['a state that is no flag', { nodes: 4, withState: 'no' }, 'FD002'],
  ['another field', { nodes: 4, withstate: true }, 'FD001'],
  ['a FluxDistribute with errors', { nodes: 4, of: { port: 1 } }, 'FD008'],
  ['nothing', undefined, 'FD002'],
])('a clean-up of %s is told', (_, spec, code) => {
  expect(() => fluxDistributeCleanUp(NAMED, spec as NodeCleanUpSpec)).toThrow(
    new RegExp(`^FluxDistributeCleanUp 'flux' is not valid:\\n.*${code}`),
  );
});
