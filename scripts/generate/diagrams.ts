/** The pictures of docs/images, drawn from the YAML of examples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { DiagramTheme, diagram, svg, usernetesDiagram, type Diagram } from '../../src/model/diagram';
import type { Manifest } from '../../src/model/manifest';
import type { GeneratedFile } from './files';

/** The examples with a picture. */
const EXAMPLES = ['hello-world', 'topology', 'multi-application', 'flux-distribute'];

/** Every picture, light and dark. */
export async function diagramImages(root: string): Promise<readonly GeneratedFile[]> {
  const drawn = new Map<string, Diagram>(EXAMPLES.map((name) => [name, diagram(manifestsOf(root, name))]));
  drawn.set('usernetes', usernetesDiagram({ clusterName: 'hpc', nodes: 32, instanceType: 'hpc7g.4xlarge' }));
  const files: GeneratedFile[] = [];
  for (const [name, picture] of drawn)
    for (const theme of Object.values(DiagramTheme))
      files.push({ path: `docs/images/${name}-${theme}.svg`, text: await svg(picture, { theme }) });
  return files;
}

function manifestsOf(root: string, name: string): readonly Manifest[] {
  const text = readFileSync(join(root, 'examples', `${name}.yaml`), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
