/** What state.py takes for a whole archive: of every format, cut off anywhere. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON } from '../../support/python';

jest.setTimeout(60_000);

/**
 * Makes an archive of three files as `flux dump` does, cuts it off at every length (of long ones at each 7th), and prints
 * the lengths that pass for whole, the length that holds all files with the empty block behind them, and the length of all.
 */
const CUTS = `
import io, json, os, sys, tarfile
sys.path.insert(0, sys.argv[1])
import state
folder, suffix = sys.argv[2:]
whole = os.path.join(folder, "whole" + suffix)
kind = {".tgz": "gz", ".tar": ""}.get(suffix, suffix[5:])
with tarfile.open(whole, "w:" + kind, format=tarfile.PAX_FORMAT) as archive:
    for name, content in (("a", os.urandom(700)), ("é" * 80, b""), ("b", b"b" * 512)):
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    end = archive.offset
with open(whole, "rb") as file:
    content = file.read()
cut = os.path.join(folder, "cut" + suffix)
passed = []
for length in sorted({*range(0, len(content), 7), *range(0, len(content) + 1, 512), *range(len(content) - 40, len(content) + 1)}):
    with open(cut, "wb") as file:
        file.write(content[:length])
    if state.is_whole(cut):
        passed.append(length)
print(json.dumps([passed, end + 512, len(content)]))
`;

/** Runs a script with state.py as a module, in a folder of its own. */
function python(script: string, ...args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'whole-'));
  const scripts = join(__dirname, '../../../assets/state');
  const env = {
    MINICLUSTER_ARCHIVE: join(folder, 'x'),
    MINICLUSTER_STATE_RUN: folder,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  try {
    return execFileSync(PYTHON, ['-c', script, scripts, folder, ...args], { env, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function cuts(suffix: string): [passed: number[], needed: number, all: number] {
  return JSON.parse(python(CUTS, suffix)) as [number[], number, number];
}

test.each(['.tar.gz', '.tgz', '.tar.bz2', '.tar.xz'])(
  'an archive %s that lacks any of its bytes is not whole',
  (suffix) => {
    const [passed, , all] = cuts(suffix);
    expect(passed).toEqual([all]);
  },
);

test('a plain archive is whole once all files are there, with the empty block that ends them', () => {
  const [passed, needed, all] = cuts('.tar');
  expect(passed.at(-1)).toBe(all);
  expect(passed[0]).toBe(needed);
  expect(needed).toBeGreaterThan(4 * 512);
});

test('an archive of nothing is no state', () => {
  const script = `
import gzip, sys
sys.path.insert(0, sys.argv[1])
import state
path = sys.argv[2] + "/empty.tgz"
with gzip.open(path, "wb") as file:
    file.write(bytes(10240))
print(state.is_whole(path))
`;
  expect(python(script)).toBe('False\n');
});
