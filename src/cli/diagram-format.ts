/** What a diagram is drawn as. In a file of its own: the command line names the choices, and loads no more. */
export enum DiagramFormat {
  MERMAID = 'mermaid',
  SVG = 'svg',
}
