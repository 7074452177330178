/** Python as the pods of tests have it: the interpreter and its standard library alone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The interpreter itself: the first one on the PATH may be a script that looks for it, or needs an environment. */
export const INTERPRETER = execFileSync(
  'python3',
  ['-SEc', 'import os, sys; print(os.path.realpath(sys.executable))'],
  { encoding: 'utf8' },
).trim();

/**
 * Puts it at a path, without the packages that are installed on this machine: no image has those, and to look for them
 * takes longer than all else at a start.
 */
export function linkPython(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(INTERPRETER, path);
  // What makes a virtual environment of a folder; this one is empty.
  const settings = [`home = ${dirname(INTERPRETER)}`, 'include-system-site-packages = false'];
  writeFileSync(join(dirname(path), 'pyvenv.cfg'), `${settings.join('\n')}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'python-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Python for what tests start themselves. */
export const PYTHON = join(folder, 'bin/python3');
linkPython(PYTHON);
