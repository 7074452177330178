/** The Pulumi plugin beside an installed package. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, write, type Project } from './package';

/** Where it is in the repository. */
export const PLUGIN = join(ROOT, 'plugin');

/**
 * Puts the plugin into a folder of its own that finds the package, and gives that folder. The engine runs the entry point
 * by ts-node: in `exported.cjs` are the same exports, without their types.
 */
export function pluginIn(project: Project): string {
  const folder = join(project.folder, 'plugin');
  cpSync(PLUGIN, folder, { recursive: true });
  const entry = readFileSync(join(PLUGIN, 'index.ts'), 'utf8');
  const exported = entry.replace(
    /export \{([^}]*)\} from '([^']*)';/g,
    (_, names: string, from: string) =>
      `{ const {${names}} = require('${from}'); Object.assign(exports, {${names}}); }`,
  );
  write(folder, 'exported.cjs', exported);
  return folder;
}
