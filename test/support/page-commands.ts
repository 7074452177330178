/**
 * The command lines of a page, run by bash with nothing on the PATH: whatever they call is written down in place of
 * being run.
 */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from './package';
import type { Block } from './pages';

/** What a page's commands do. */
export interface PageCommands {
  /** Each program with its arguments, in the order of the calls. */
  readonly calls: readonly (readonly string[])[];
  /** What bash itself has to say: a line that is no shell, a folder or file that isn't there. */
  readonly complaints: string;
}

/** Files that a shell in a pod or on a node reads, not one in the clone. */
const PRELUDE = `
command_not_found_handle() { printf '%s\\0' "$#" "$@" >>"$CALLS"; }
.() { command_not_found_handle . "$@"; }
source() { command_not_found_handle source "$@"; }
`;

/** Runs all blocks of one page, one after the other in one shell, as a reader would. */
export function commandsOf(blocks: readonly Block[]): PageCommands {
  const below = mkdtempSync(join(tmpdir(), 'page-'));
  const clone = join(below, 'clone');
  const calls = join(below, 'calls');
  try {
    copyOfClone(clone);
    writeFileSync(calls, '');
    const { stderr } = spawnSync(
      '/bin/bash',
      ['-c', [PRELUDE, ...blocks.map(({ code }) => shellOf(code)), 'wait'].join('\n')],
      {
        cwd: clone,
        encoding: 'utf8',
        timeout: 20_000,
        env: { PATH: join(below, 'programs'), HOME: below, CALLS: calls },
      },
    );
    return { calls: readCalls(readFileSync(calls, 'utf8')), complaints: stderr };
  } finally {
    rmSync(below, { recursive: true });
  }
}

/** A folder in which the project's folders can be entered and files be made. */
function copyOfClone(folder: string): void {
  mkdirSync(folder);
  for (const name of readdirSync(ROOT).filter((file) => !file.startsWith('.')))
    symlinkSync(join(ROOT, name), join(folder, name));
}

/** What is typed: all of it, or in a session, which begins with a prompt, what stands behind the prompts. */
function shellOf(code: string): string {
  if (!/^[$#] /.test(code)) return code;
  return Array.from(code.matchAll(/^[$#] ((?:.*\\\n)*.*)$/gm), ([, typed]) => typed ?? '').join('\n');
}

function readCalls(text: string): string[][] {
  const words = text.split('\0').slice(0, -1);
  const calls: string[][] = [];
  while (words.length > 0) calls.push(words.splice(0, Number(words.shift())));
  return calls;
}
