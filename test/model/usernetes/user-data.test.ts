/** User data: what cloud-init reads at the start of a node. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import {
  LARGEST_USER_DATA,
  UserData,
  UsernetesClusterSpec,
  bootBundle,
  checkUserData,
  nodeConfig,
  userData,
} from '../../../src/model/usernetes';

const BOOTSTRAP = readFileSync(join(__dirname, '../../../assets/usernetes/bootstrap.py'), 'utf8');
const SPEC: UsernetesClusterSpec = { nodes: 4, maxNodes: 32, instanceType: 'hpc7g.4xlarge' };
const RESOLVED = {
  cluster: 'hpc',
  firstAddress: '10.0.16.32',
  efa: true,
  bundle: { bucket: 'flux-hpc', key: 'boot.json', sha256: 'a'.repeat(64) },
};
const LARGE: UsernetesClusterSpec = {
  ...SPEC,
  nodes: 256,
  maxNodes: 256,
  munge: true,
  certificate: { arn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${'x'.repeat(512)}` },
};

const of = (spec: UsernetesClusterSpec): UserData => userData(nodeConfig(spec, RESOLVED));

/** Such that it can't be compressed to much less. */
const noise = (length: number): string =>
  Array.from({ length: Math.ceil(length / 43) }, (_, at) =>
    createHash('sha256').update(String(at)).digest('base64url'),
  )
    .join('')
    .slice(0, length);

interface CloudConfig {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
  }[];
}

test('the user data of a small cluster', () => {
  const script = BOOTSTRAP.trimEnd().replace(/^(?=.)/gm, '      ');
  const { text } = of(SPEC);
  expect(text).toContain(script);
  expect(text.replace(script, '      (bootstrap.py)')).toMatchSnapshot();
});

test('it writes cluster.json, and the script that fetches all others where every boot runs it', () => {
  const { write_files: files } = parse(of(SPEC).text) as CloudConfig;
  expect(files.map(({ path, permissions }) => [path, permissions])).toEqual([
    ['/etc/flux-usernetes/cluster.json', '0644'],
    ['/var/lib/cloud/scripts/per-boot/flux-usernetes', '0755'],
  ]);
  expect(JSON.parse(files[0]?.content ?? '')).toEqual(nodeConfig(SPEC, RESOLVED));
  expect(files[1]?.content).toBe(BOOTSTRAP);
  expect(BOOTSTRAP).toMatch(/^#!/);
});

test.each([
  ['a small cluster', SPEC],
  ['a large one', LARGE],
])('cloud-init takes the user data of %s', (_, spec) => {
  const folder = mkdtempSync(join(tmpdir(), 'user-data-'));
  try {
    const file = join(folder, 'user-data');
    writeFileSync(file, of(spec).text);
    const { status, stdout, stderr, error } = spawnSync('cloud-init', ['schema', '--config-file', file], {
      encoding: 'utf8',
    });
    if (error) throw new Error('cloud-init is not on the PATH, and is needed to check user data: install it');
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('rror')]);
    expect(stdout).toContain('Valid');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('EC2 gets it as it is, far below what it takes, for the largest cluster, too', () => {
  for (const spec of [SPEC, LARGE]) {
    const { text, base64, bytes } = of(spec);
    expect(Buffer.from(base64, 'base64').toString()).toBe(text);
    expect(bytes).toBe(Buffer.byteLength(text));
    expect(bytes).toBeLessThan(LARGEST_USER_DATA / 2 + 2048);
    expect(checkUserData({ text, base64, bytes })).toEqual([]);
  }
});

const mirrorOf = (length: number): UsernetesClusterSpec => ({
  ...SPEC,
  mirror: { channel: `https://mirror.example.com/${noise(length)}` },
});

test('what is longer than EC2 takes is compressed, always to the same bytes', () => {
  const room = LARGEST_USER_DATA - of(mirrorOf(0)).bytes;
  const longest = of(mirrorOf(room));
  expect([longest.bytes, Buffer.from(longest.base64, 'base64').toString()]).toEqual([
    LARGEST_USER_DATA,
    longest.text,
  ]);
  const longer = of(mirrorOf(room + 1));
  const data = Buffer.from(longer.base64, 'base64');
  expect(data.subarray(0, 10).toString('hex')).toBe('1f8b08000000000002ff');
  expect(gunzipSync(data).toString()).toBe(longer.text);
  expect(longer.bytes).toBe(data.length);
  expect(longer.bytes).toBeLessThan(LARGEST_USER_DATA);
  expect(of(mirrorOf(room + 1))).toEqual(longer);
});

test('what is too long even then is a problem', () => {
  expect(checkUserData(of(mirrorOf(30_000)))).toEqual([
    expect.objectContaining({
      code: 'UC034',
      message: expect.stringMatching(/^makes user data of \d+ bytes, and EC2 takes 16384$/),
    }),
  ]);
});

test('the number of nodes changes no byte of it', () => {
  expect(of({ ...SPEC, nodes: 7 }).base64).toBe(of(SPEC).base64);
});

test('no script is part of it but the one that fetches the others', () => {
  const { files } = JSON.parse(bootBundle().text) as { files: { path: string }[] };
  expect(files.some(({ path }) => path === 'bootstrap.py')).toBe(false);
  expect(files.some(({ path }) => path === 'boot.sh' || path === 'boot-lib.sh')).toBe(true);
});
