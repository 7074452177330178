/** The package as its users get it: built, packed and installed in a project of its own. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(__dirname, '../..');

interface PackageFile {
  readonly name: string;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>> & { readonly minicluster: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageFile;

/** A project that has the package among its dependencies. */
export interface Project {
  readonly folder: string;
  readonly tarball: string;
}

/** Runs Node in a fresh process and gives what it wrote. Its errors name what went wrong, with all output. */
export async function node(folder: string, ...args: readonly string[]): Promise<string> {
  return run(process.execPath, args, folder);
}

/** The TypeScript compiler, in a fresh process. */
export async function tsc(folder: string, ...args: readonly string[]): Promise<string> {
  return node(folder, join(ROOT, 'node_modules/typescript/bin/tsc'), ...args);
}

/** Writes a file of a project. */
export function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** Builds and packs the package below a folder, and installs it in a project there. */
export async function installPackage(below: string): Promise<Project> {
  const stage = join(below, 'stage');
  await tsc(ROOT, '-p', 'tsconfig.build.json', '--outDir', join(stage, 'lib'));
  for (const file of ['package.json', 'README.md', 'LICENSE', ...PACKAGE.files]) {
    const source = join(ROOT, file);
    if (file !== 'lib' && existsSync(source)) cpSync(source, join(stage, file), { recursive: true });
  }
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', below], stage);
  const tarball = join(below, (JSON.parse(packed) as { filename: string }[])[0]!.filename);

  const project = join(below, 'project');
  const modules = join(project, 'node_modules');
  const installed = join(modules, PACKAGE.name);
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], below);
  for (const name of Object.keys({ ...PACKAGE.dependencies, ...PACKAGE.peerDependencies })) {
    const source = join(ROOT, 'node_modules', name);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    if (existsSync(source)) symlinkSync(source, join(modules, name));
  }
  rmSync(stage, { recursive: true });
  return { folder: project, tarball };
}

/** Runs a program and gives what it wrote. Its errors name what went wrong, with all output. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args], { cwd, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
