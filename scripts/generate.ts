/**
 * Writes what is produced from the API types (src/model/minicluster/api): schemas, validators, the
 * CustomResourceDefinitions, tables of fields and their reference pages, and the pictures of docs/images. Run it by
 * `npm run generate` after a change of the types or of the examples; a test compares the checked-in files with what it
 * would write.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { diagramImages } from './generate/diagrams';
import { generatedFiles, type GeneratedFile } from './generate/files';

const root = join(__dirname, '..');

function write(files: readonly GeneratedFile[]): void {
  for (const { path, text } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

write(generatedFiles(root));
void diagramImages(root).then(write);
