/** What nodes are given: cluster.json, scripts, keys, the wait; and what they cost. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CERTIFICATE_BYTES,
  Market,
  USERNETES_COMMIT,
  UsernetesClusterSpec,
  bootBundle,
  clusterCertificate,
  hourlyCost,
  nodeConfig,
  publicParameterOf,
  waitTemplate,
  waveOf,
} from '../../../src/model/usernetes';

const SPEC: UsernetesClusterSpec = { nodes: 4, maxNodes: 32, instanceType: 'hpc7g.4xlarge' };
const RESOLVED = {
  cluster: 'hpc',
  firstAddress: '10.0.16.32',
  efa: true,
  bundle: { bucket: 'flux-hpc', key: 'boot.json', sha256: 'a'.repeat(64) },
};
const SUM = 'b'.repeat(64);
const PACKAGES = 'https://conda.anaconda.org/conda-forge';

test('cluster.json of a small cluster', () => {
  expect(nodeConfig({ ...SPEC, munge: true }, RESOLVED)).toEqual({
    cluster: 'hpc',
    mode: 'system',
    maxNodes: 32,
    firstAddress: '10.0.16.32',
    parameters: '/flux-usernetes/hpc',
    bundle: RESOLVED.bundle,
    certificate: { parameter: '/flux-usernetes/hpc/curve-certificate' },
    mungeKey: { parameter: '/flux-usernetes/hpc/munge-key' },
    engine: 'docker',
    flux: {
      packages: ['flux-core=0.85.0', 'flux-sched=0.51.0', 'python=3.13', 'mpich'],
      channel: PACKAGES,
      micromamba: {
        amd64: { url: expect.stringMatching(/^https:.*micromamba-linux-64$/), sha256: expect.any(String) },
        arm64: {
          url: expect.stringMatching(/^https:.*micromamba-linux-aarch64$/),
          sha256: expect.any(String),
        },
      },
    },
    usernetes: { repository: 'https://github.com/rootless-containers/usernetes', commit: USERNETES_COMMIT },
    efa: true,
    ports: {
      overlay: 8050,
      etcd: 2379,
      kubelet: 10_250,
      flannel: 8472,
      apiServer: 6443,
      firstJobPort: 20_000,
    },
    nodeSubnets: '10.100.0.0/14',
    limits: { step: 900, ready: 1800, job: 900 },
  });
});

test('another number of nodes changes no byte of it, nor do tags, prices, capacity or the wait', () => {
  const text = (spec: UsernetesClusterSpec): string => JSON.stringify(nodeConfig(spec, RESOLVED));
  const grown: UsernetesClusterSpec = {
    ...SPEC,
    nodes: 6,
    tags: { team: 'x' },
    prices: { instanceHour: 2 },
    capacity: { market: Market.SPOT },
    wait: { timeout: 600 },
    ingress: [{ cidr: '203.0.113.0/24', port: 22 }],
  };
  expect(text(grown)).toBe(text(SPEC));
  expect(text({ ...SPEC, maxNodes: 33 })).not.toBe(text(SPEC));
});

test('a secret that exists is named by its ARN, as what it is', () => {
  const of = (arn: string): unknown => nodeConfig({ ...SPEC, certificate: { arn } }, RESOLVED);
  const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:flux-AbCdEf';
  const parameter = 'arn:aws:ssm:us-east-1:123456789012:parameter/flux/curve';
  expect(of(secret)).toMatchObject({ certificate: { secret } });
  expect(of(parameter)).toMatchObject({ certificate: { parameter } });
});

test('what is asked for goes into it', () => {
  const commit = 'c'.repeat(40);
  const installer = { version: '2', arm64: { url: 'https://mirror.example.com/m', sha256: SUM } };
  const spec = {
    ...SPEC,
    usernetesCommit: commit,
    versions: { fluxCore: '0.84.0' },
    mirror: { channel: 'https://mirror.example.com/conda', installer },
  };
  expect(nodeConfig(spec, RESOLVED)).toMatchObject({
    usernetes: { commit },
    flux: {
      packages: ['flux-core=0.84.0', 'flux-sched=0.50.0', 'python=3.13', 'mpich'],
      channel: 'https://mirror.example.com/conda',
      micromamba: { arm64: installer.arm64 },
    },
  });
});

interface Bundle {
  readonly files: readonly { readonly path: string; readonly mode: string; readonly text: string }[];
}

/** All files of the scripts of nodes, but the one in the user data, and those that only images are made with. */
function scripts(): string[] {
  const folder = join(__dirname, '../../../assets/usernetes');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.includes('__pycache__') && entry.name !== 'bootstrap.py',
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('image/'))
    .sort();
}

test('the bundle has every script with the mode that it needs, and a checksum', () => {
  const { text, sha256 } = bootBundle();
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  expect(bootBundle()).toEqual({ text, sha256 });
  const { files } = JSON.parse(text) as Bundle;
  expect(files.map(({ path }) => path)).toEqual(scripts());
  for (const { path, mode, text: content } of files) {
    expect(content).toBe(readFileSync(join(__dirname, '../../../assets/usernetes', path), 'utf8'));
    expect([path, mode]).toEqual([path, content.startsWith('#!') ? '755' : '644']);
  }
});

test('packages that are locked travel in the bundle, and their names no more in cluster.json', () => {
  const locks = {
    amd64: `@EXPLICIT\n# amd64\n${PACKAGES}/linux-64/flux-core-1.conda#${SUM}\n${PACKAGES}/noarch/a-1.conda#sha256:${SUM}\n`,
    arm64: `${PACKAGES}/linux-aarch64/flux-core-1.conda#${'d'.repeat(32)}`,
  };
  const bundle = bootBundle(locks);
  const { files } = JSON.parse(bundle.text) as Bundle;
  const lock = files.find(({ path }) => path === 'lock.json');
  expect(JSON.parse(lock?.text ?? '')).toEqual({
    'linux-64': [
      { url: `${PACKAGES}/linux-64/flux-core-1.conda`, sha256: SUM },
      { url: `${PACKAGES}/noarch/a-1.conda`, sha256: SUM },
    ],
    'linux-aarch64': [{ url: `${PACKAGES}/linux-aarch64/flux-core-1.conda`, md5: 'd'.repeat(32) }],
  });
  expect(files.map(({ path }) => path)).toEqual([...scripts(), 'lock.json'].sort());
  expect(bundle.sha256).not.toBe(bootBundle().sha256);
  expect(nodeConfig({ ...SPEC, locks }, RESOLVED)).toMatchObject({ flux: { packages: [] } });
});

test('the same bytes give the same certificate, others another one', () => {
  const bytes = (fill: number): string => Buffer.alloc(CERTIFICATE_BYTES, fill).toString('base64');
  expect(clusterCertificate(bytes(1), 'hpc')).toBe(clusterCertificate(bytes(1), 'hpc'));
  expect(clusterCertificate(bytes(1), 'hpc')).toMatch(/^ {4}name = "hpc"$/m);
  expect(clusterCertificate(bytes(1), 'hpc')).not.toBe(clusterCertificate(bytes(2), 'hpc'));
  expect(() => clusterCertificate('AAAA', 'hpc')).toThrow(RangeError);
});

test('each wait has a handle and a condition of its own, and gives its time and address to all nodes', () => {
  const wave = waveOf(['i-1', '2700']);
  expect(wave).toMatch(/^[0-9a-f]+$/);
  expect(waveOf(['i-1', '2700'])).toBe(wave);
  expect(new Set([wave, waveOf(['i-1', 'i-2', '2700']), waveOf(['i-1', '600'])]).size).toBe(3);
  expect(waveOf(['i-2', '2700'])).not.toBe(wave);
  const template = waitTemplate({ cluster: 'hpc', parameters: '/flux-usernetes/hpc', nodes: 4, wave });
  expect(JSON.parse(template)).toMatchObject({
    Resources: {
      [`Handle${wave}`]: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
      [`Ready${wave}`]: {
        Type: 'AWS::CloudFormation::WaitCondition',
        Properties: { Handle: { Ref: `Handle${wave}` }, Count: 4, Timeout: '2700' },
      },
      Signal: {
        Type: 'AWS::SSM::Parameter',
        Properties: {
          Name: '/flux-usernetes/hpc/signal',
          Type: 'String',
          Value: { 'Fn::Join': [' ', ['2700', { Ref: `Handle${wave}` }]] },
        },
      },
    },
  });
});

test.each([
  ['24.04', 'amd64', 'ebs-gp3'],
  ['24.04', 'arm64', 'ebs-gp3'],
  ['22.04', 'amd64', 'ebs-gp2'],
])('the newest Ubuntu %s for %s is where Canonical has it, with %s', (release, architecture, volume) => {
  expect(publicParameterOf(release, architecture)).toBe(
    `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture}/hvm/${volume}/ami-id`,
  );
});

test.each<[number | undefined, Partial<UsernetesClusterSpec>]>([
  [undefined, {}],
  [8, { prices: { instanceHour: 2 } }],
  [8.0438, { prices: { instanceHour: 2, volumeGibMonth: 0.08 } }],
  [8.0877, { prices: { instanceHour: 2, volumeGibMonth: 0.08 }, volume: { size: 200 } }],
  [8.045, { prices: { instanceHour: 2, networkHour: 0.045 } }],
])('an hour costs %j dollars with %j', (cost, fields) => {
  expect(hourlyCost({ ...SPEC, ...fields })).toBe(cost);
});
