/**
 * Writes what is produced from the API types (src/model/minicluster/api): schemas, validators, the
 * CustomResourceDefinitions, tables of fields and their reference pages. Run it by `npm run generate`
 * after a change of the types; a test compares the checked-in files with what it would write.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { generatedFiles } from './generate/files';

const root = join(__dirname, '..');

for (const { path, text } of generatedFiles(root)) {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
