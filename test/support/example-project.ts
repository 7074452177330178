/** The projects among the examples, as their users get them: out of the packed package, with it installed. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { PACKAGE, ROOT, type Project } from './package';

const PROJECTS = 'examples/projects';

/** What every project that is compiled has for it. */
const COMPILER = ['typescript', '@types/node'];

/** A file of a project in this repository. */
export function fileOf(name: string, file: string): string {
  return join(ROOT, PROJECTS, name, file);
}

/**
 * Copies a project of the package to a folder of its own, where it finds all that its package.json asks for.
 *
 * @param to name of the folder
 * @throws Error that names a dependency which is not installed here
 */
export function installExample(installed: Project, name: string, to = name): string {
  const modules = join(installed.folder, 'node_modules');
  const folder = join(installed.folder, to);
  cpSync(join(modules, PACKAGE.name, PROJECTS, name), folder, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const dependency of [...Object.keys(dependencies), ...COMPILER]) {
    if (!existsSync(join(modules, dependency))) link(dependency, modules);
  }
  return folder;
}

function link(dependency: string, modules: string): void {
  const source = join(ROOT, 'node_modules', dependency);
  if (!existsSync(source))
    throw new Error(`${dependency} is not among the devDependencies of this repository`);
  mkdirSync(dirname(join(modules, dependency)), { recursive: true });
  symlinkSync(source, join(modules, dependency));
}
