/** Pictures of what will run. What draws them is loaded on use: few programs draw, and imports count at every synth. */
import { Manifest } from '../manifest';
import { Diagram, DiagramOptions, DrawingOptions } from './types';
import type { UsernetesDiagramSpec } from './usernetes';

export * from './types';
export type { UsernetesDiagramSpec } from './usernetes';

/* eslint-disable @typescript-eslint/no-require-imports */

/**
 * A picture of what will run once some manifests are applied: pods with their containers, brokers with ports and
 * sockets, volumes, the tree of the overlay network, and what needs what. A MiniCluster stands for what the Flux Operator
 * makes of it. Objects that are of no kind that is known here are plain boxes.
 *
 * The manifests may be anybody's, and need not be valid: what can't be read is left out. The same manifests give the same
 * diagram.
 *
 * @param manifests objects that are applied together, in any order
 */
export function diagram(manifests: readonly Manifest[], options: DiagramOptions = {}): Diagram {
  const model = require('./diagram') as typeof import('./diagram');
  return model.diagramOf(manifests, options);
}

/**
 * A picture of a cluster of Flux on EC2 with Kubernetes in user space: its instances by their ranks, the brokers, where
 * Kubernetes runs, and what the nodes reach and are reached by. What only AWS knows, such as the addresses, is not in it.
 */
export function usernetesDiagram(spec: UsernetesDiagramSpec, options: DiagramOptions = {}): Diagram {
  const model = require('./usernetes') as typeof import('./usernetes');
  return model.diagramOfUsernetes(spec, options);
}

/**
 * A diagram as the text of a flowchart of Mermaid (mermaid.js.org), as GitHub and others draw it in a block of Markdown.
 * The same diagram gives the same text.
 */
export function mermaid(diagram: Diagram, options: DrawingOptions = {}): string {
  const out = require('./out/mermaid') as typeof import('./out/mermaid');
  return out.mermaidOf(diagram, options.theme);
}

/**
 * A diagram as a picture in SVG, laid out by Graphviz. It stands by itself: no script, no font, no address of anything.
 * The same diagram gives the same text.
 */
export async function svg(diagram: Diagram, options: DrawingOptions = {}): Promise<string> {
  const out = require('./out/svg') as typeof import('./out/svg');
  return out.svgOf(diagram, options.theme);
}
