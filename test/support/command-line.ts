/** Runs the command line in this process, in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Io } from '../../src/cli/io';
import { run } from '../../src/cli/program';

/** What a command has done. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line. */
export async function minicluster(
  args: readonly string[],
  world: Partial<Io> & { input?: string | Buffer } = {},
): Promise<Result> {
  let [out, err] = ['', ''];
  const { input = '', ...given } = world;
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readInput: () => Promise.resolve(Buffer.from(input)),
    colours: false,
    isTerminal: false,
    ...given,
  };
  const code = await run(args, io);
  return { code, out, err };
}

/** A new folder with some files, as the working directory until `leave` is called. */
export function enterFolder(files: Readonly<Record<string, string>>): { readonly leave: () => void } {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'minicluster-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  process.chdir(folder);
  return {
    leave: () => {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A v1alpha2 MiniCluster whose spec goes on with these lines, and that has no errors. */
export function yamlCluster(name: string, ...spec: string[]): string {
  return [
    'apiVersion: flux-framework.org/v1alpha2',
    'kind: MiniCluster',
    `metadata: { name: ${name} }`,
    'spec:',
    '  tasks: 1',
    '  containers:',
    '  - image: ubuntu:24.04',
    '    command: lmp -in a',
    ...spec,
    '',
  ].join('\n');
}
