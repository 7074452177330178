/** The pictures of the pages are those that the examples give now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagramImages } from '../../../scripts/generate/diagrams';

const ROOT = join(__dirname, '../../..');

test('docs/images holds what `npm run generate` would write', async () => {
  const images = await diagramImages(ROOT);
  const old = images.filter(({ path, text }) => readFileSync(join(ROOT, path), 'utf8') !== text);
  expect(old.map(({ path }) => path)).toEqual([]);
  expect(images).toHaveLength(10);
});
