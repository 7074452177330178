/** Diagrams of what stands in files, and what is in them. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Diagram, DiagramBox } from '../../src/model/diagram';
import { Manifest } from '../../src/model/manifest';
import { manifestsIn } from './manifests';

const EXAMPLES = join(__dirname, '../../examples');

/** The names of all examples. */
export const EXAMPLE_NAMES = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => basename(file, '.yaml'));

/** What an example renders. */
export function manifestsOf(example: string): Manifest[] {
  return manifestsIn(readFileSync(join(EXAMPLES, `${example}.yaml`), 'utf8'));
}

/** Every box of a diagram, inner ones after those around them. */
export function allBoxes({ boxes }: Pick<Diagram, 'boxes'>): readonly DiagramBox[] {
  return boxes.flatMap((box) => [box, ...allBoxes(box)]);
}

/** The box with a title; an error names those that there are. */
export function boxNamed(diagram: Diagram, title: string): DiagramBox {
  const boxes = allBoxes(diagram);
  const found = boxes.find((box) => box.title === title);
  if (!found) throw new Error(`no box ${title} among ${boxes.map((box) => box.title).join('; ')}`);
  return found;
}

/** The arrows by the titles of their boxes: `Service hello -> In each of 4 pods`, with what stands beside them. */
export function arrowTexts(diagram: Diagram): readonly string[] {
  const titles = new Map(allBoxes(diagram).map(({ id, title }) => [id, title]));
  return diagram.arrows.map(({ from, to, kind, label }) =>
    `${titles.get(from) ?? '?'} ${kind} ${titles.get(to) ?? '?'} ${label}`.trim(),
  );
}
