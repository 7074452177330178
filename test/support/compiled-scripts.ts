/** Scripts in Python as a folder that has them compiled, too: tests start them many times, and compiling takes long. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON } from './python';

/** Makes the folder for the tests of a file, of scripts by the names that they have there. */
export function compiledScripts(scripts: ReadonlyMap<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'scripts-')));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, path] of scripts) cpSync(path, join(folder, name));
  // By what they hold: a test that changes a script has it compiled anew.
  execFileSync(PYTHON, ['-m', 'compileall', '-q', '--invalidation-mode=checked-hash', folder]);
  return folder;
}
