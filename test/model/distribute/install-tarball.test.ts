/** A Flux that the node has already: as a tarball that is unpacked, or as part of its image. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Installation, Options, Outcome, sha256 } from '../../support/distribute-installation';
import { PYTHON } from '../../support/python';

jest.setTimeout(60_000);

let node: Installation;

beforeEach(async () => {
  node = await Installation.start();
  mkdirSync(node.path('node/srv'), { recursive: true });
});
afterEach(() => {
  node.stop();
});

const FLUX = '#!/bin/sh\necho "libflux-core:  0.85.0"\n';

/** Packs entries of name, type, content or target, mode with Python, which refuses nothing. */
function pack(entries: readonly (readonly [string, string, string?, number?])[]): void {
  const script = `
import io, json, sys, tarfile
kinds = {"file": tarfile.REGTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "device": tarfile.CHRTYPE}
with tarfile.open(sys.argv[1], "w:gz") as tar:
    for name, kind, content, mode in json.loads(sys.argv[2]):
        info = tarfile.TarInfo(name)
        info.type, info.mode = kinds[kind], mode
        if kind == "file":
            info.size = len(content)
        elif content:
            info.linkname = content
        tar.addfile(info, io.BytesIO(content.encode()) if kind == "file" else None)
`;
  const all = entries.map(([name, kind, content = '', mode = 0o755]) => [name, kind, content, mode]);
  execFileSync(PYTHON, ['-c', script, node.path('node/srv/flux.tar.gz'), JSON.stringify(all)]);
}

const checksum = (): string => sha256(readFileSync(node.path('node/srv/flux.tar.gz')));
const ofTarball = (digest = checksum(), path = '/srv/flux.tar.gz'): Options =>
  node.settings({
    environment: 'tarball-1',
    source: 'tarball',
    tarballs: { amd64: { path, sha256: digest } },
  });
const install = (settings = ofTarball(), env: Options = {}): Promise<Outcome> =>
  node.install(null, settings, env);

test('a tarball of the node is unpacked, once', async () => {
  pack([
    ['bin/flux', 'file', FLUX],
    ['lib/libflux.so', 'link', 'libflux.so.2', 0o777],
    ['etc/setuid', 'file', '', 0o4777],
  ]);
  const { code, result } = await install();
  expect([code, result]).toEqual([0, node.installed('envs/tarball-1')]);
  expect(readlinkSync(node.installed('current'))).toBe('envs/tarball-1');
  expect(readlinkSync(node.installed('envs/tarball-1/lib/libflux.so'))).toBe('libflux.so.2');
  expect(execFileSync('stat', ['-c', '%a', node.installed('envs/tarball-1/etc/setuid')]).toString()).toBe(
    '755\n',
  );
  expect([(await install()).started, node.requests]).toEqual([[], []]);
});

test('conda-unpack is run by the Python that is unpacked', async () => {
  pack([
    ['bin/flux', 'file', FLUX],
    ['bin/python', 'file', '#!/bin/sh\necho "$0 $*" >"$(dirname "$0")/ran"\n'],
    ['bin/conda-unpack', 'file', '#!/usr/bin/env python\n'],
  ]);
  expect((await install()).code).toBe(0);
  const bin = node.installed('envs/tarball-1/bin');
  expect(readFileSync(`${bin}/ran`, 'utf8')).toBe(`${bin}/python ${bin}/conda-unpack\n`);
});

test('links on the way to the tarball lead about the node, not about the pod', async () => {
  pack([['bin/flux', 'file', FLUX]]);
  mkdirSync(node.path('node/mnt/disk'), { recursive: true });
  symlinkSync('/srv', node.path('node/mnt/disk/data'));
  symlinkSync('../srv/flux.tar.gz', node.path('node/srv/newest'));
  expect((await install(ofTarball(checksum(), '/mnt/disk/data/newest'))).code).toBe(0);
  symlinkSync('round', node.path('node/srv/round'));
  expect((await install(ofTarball('0'.repeat(64), '/srv/round'))).errors).toContain(
    'flux-distribute: /srv/round on the node leads from link to link without an end\n',
  );
});

test.each([
  ['outside of it by its name', [['../outside', 'file', 'x']]],
  [
    'outside of it by a link',
    [
      ['lib', 'link', '../..'],
      ['lib/outside', 'file', 'x'],
    ],
  ],
  ['outside of it by a link that is hard', [['shadow', 'hard', '../../../outside']]],
  ['to a place of its own', [['bin/flux', 'link', '/bin/true']]],
  ['a device', [['null', 'device']]],
] as const)('a tarball that would write %s is refused, and nothing of it stays', async (_, entries) => {
  pack([['bin/flux-core', 'file', FLUX], ...(entries as readonly (readonly [string, string, string?])[])]);
  writeFileSync(node.path('outside'), 'as it was');
  const { code, errors } = await install();
  expect([code, errors.trim().split('\n').pop()]).toEqual([
    1,
    expect.stringMatching(
      /^flux-distribute: the tarball \/srv\/flux\.tar\.gz on the node can't be used: .+$/,
    ),
  ]);
  expect(readdirSync(node.installed('envs'))).toEqual([]);
  expect([existsSync(node.installed('outside')), node.read('outside')]).toEqual([false, 'as it was']);
});

test('a tarball that is absolute stays inside', async () => {
  pack([['/bin/flux', 'file', FLUX]]);
  expect((await install()).code).toBe(0);
  expect(existsSync(node.installed('envs/tarball-1/bin/flux'))).toBe(true);
});

test.each([
  ['is another one', () => ofTarball('a'.repeat(64)), /has the checksum sha256 [0-9a-f]{64}, not a{64}$/],
  [
    'is not there',
    () => ofTarball('a'.repeat(64), '/srv/none'),
    /can't be unpacked on the node: No such file/,
  ],
  [
    'is not for this architecture',
    () => node.settings({ environment: 'tarball-1', source: 'tarball', tarballs: { arm64: {} } }),
    /the settings name no tarball for amd64 nodes, and this is one$/,
  ],
])('a tarball that %s is told in one sentence', async (_, settings, sentence) => {
  pack([['bin/flux', 'file', FLUX]]);
  const { code, errors } = await install(settings());
  expect([code, errors.trim().split('\n').pop()]).toEqual([1, expect.stringMatching(sentence)]);
});

test('a tarball that is cut off, or has its Flux deeper, is told in one sentence', async () => {
  pack([['flux/bin/flux', 'file', FLUX]]);
  expect((await install()).errors).toContain(
    '/srv/flux.tar.gz has no bin/flux at its top: pack what is in the prefix',
  );
  const path = node.path('node/srv/flux.tar.gz');
  writeFileSync(path, readFileSync(path).subarray(0, 40));
  expect((await install()).errors).toMatch(
    /flux-distribute: the tarball \/srv\/flux\.tar\.gz on the node can't be used: /,
  );
  expect(readdirSync(node.installed('envs'))).toEqual([]);
});

test('a Flux of the node itself is used as it is', async () => {
  mkdirSync(node.path('node', node.path('own/bin')), { recursive: true });
  mkdirSync(node.path('own/bin'), { recursive: true });
  const settings = node.settings({ environment: 'node-1', source: 'node', prefix: node.path('own') });
  const missing = await install(settings);
  expect(missing.errors).toBe(
    `flux-distribute: there is no ${node.path('own')}/bin/flux on this node, which is to have Flux in its image\n`,
  );
  node.put('own/bin/flux', FLUX);
  node.put(`node${node.path('own/bin/flux')}`, FLUX);
  const { code, result } = await install(settings);
  expect([code, result, node.requests]).toEqual([0, node.path('own'), []]);
  expect(readlinkSync(node.installed('current'))).toBe(node.path('own'));
});
