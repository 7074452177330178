import { execFileSync } from 'node:child_process';

/** The interpreter itself: the first one on the PATH may be a script that looks for it, or needs an environment. */
export const PYTHON = execFileSync(
  'python3',
  ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'],
  { encoding: 'utf8' },
).trim();
