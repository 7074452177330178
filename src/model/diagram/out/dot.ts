/** A diagram in the language of Graphviz (graphviz.org/doc/info/lang.html). */
import { Diagram, DiagramArrow, DiagramArrowKind, DiagramBox, DiagramBoxKind } from '../types';
import { BoxNames } from './names';
import { escapeXml, printable } from './printable';
import { Palette } from './theme';

/**
 * The widest of the usual sans-serif fonts. Graphviz measures texts with it, so that they fit in whatever font the reader
 * has.
 */
export const MEASURED_FONT = 'Verdana';

/** Points. */
const SIZES = { title: 15, box: 10.5, line: 9.5, arrow: 9 };

/** Between the legend and what is below it. */
const GAP = '<FONT POINT-SIZE="4">&#160;</FONT>';

/** The text for Graphviz. */
export function dot(diagram: Diagram, palette: Palette): string {
  const names = new BoxNames(diagram);
  const font = `fontname="${MEASURED_FONT}"`;
  const legend = `<FONT POINT-SIZE="${SIZES.arrow}" COLOR="${palette.detail}">${texted(legendOf(diagram))}</FONT>`;
  const title = html([`<B>${texted(diagram.title)}</B>`, legend, GAP]);
  return [
    'digraph {',
    `graph [rankdir=LR, compound=true, newrank=true, nodesep=0.16, ranksep=0.5, pad=0.2, bgcolor="${palette.background}", ${font}, ` +
      `fontcolor="${palette.text}", fontsize=${SIZES.title}, labelloc=t, labeljust=l, label=${title}]`,
    `node [shape=box, margin="0.12,0.07", height=0.3, penwidth=1.1, ${font}, fontsize=${SIZES.box}, fontcolor="${palette.text}"]`,
    `edge [${font}, fontsize=${SIZES.arrow}, fontcolor="${palette.detail}", color="${palette.arrow}", arrowsize=0.7]`,
    ...diagram.boxes.flatMap((box) => boxLines(box, diagram.arrows, names, palette)),
    // The last one is the first from above.
    ...[...diagram.arrows].reverse().flatMap((arrow) => arrowLines(arrow, names)),
    '}',
    '',
  ].join('\n');
}

/** What lines and borders mean, as far as they are there. */
function legendOf({ boxes, arrows }: Diagram): string {
  const isApart = (box: DiagramBox): boolean => box.isApart || box.boxes.some(isApart);
  const has = (kind: DiagramArrowKind): boolean => arrows.some((arrow) => arrow.kind === kind);
  return [
    ...(has(DiagramArrowKind.CONNECTS) ? ['arrow: connects to'] : []),
    ...(has(DiagramArrowKind.IS_PARENT_OF) ? ['arrow between ranks: parent of'] : []),
    ...(has(DiagramArrowKind.NEEDS) ? ['dashed arrow: needs'] : []),
    ...(has(DiagramArrowKind.MAKES) ? ['bold arrow: makes or changes'] : []),
    ...(boxes.some(isApart) ? ['dashed border: made by others, or later'] : []),
  ].join(' · ');
}

function boxLines(
  box: DiagramBox,
  arrows: readonly DiagramArrow[],
  names: BoxNames,
  palette: Palette,
): readonly string[] {
  const name = names.of(box.id) ?? '';
  const { fill, border } = palette.boxes[box.kind];
  const style = `style="${['rounded', 'filled', ...(box.isApart ? ['dashed'] : [])].join(',')}"`;
  const colours = `color="${border}", fillcolor="${fill}"`;
  const label = `label=${labelOf(box, palette)}`;
  if (box.boxes.length === 0) {
    const shape = box.kind === DiagramBoxKind.VOLUME ? ', shape=cylinder' : '';
    const plain = shape === '' ? style : style.replace('rounded,', '');
    return [`${name} [${plain}, ${colours}, ${label}${shape}]`];
  }
  return [
    `subgraph cluster_${name} {`,
    `graph [${style}, ${colours}, fontsize=${SIZES.box}, margin=10, ${label}]`,
    ...box.boxes.flatMap((inner) => boxLines(inner, arrows, names, palette)),
    ...columnLines(box, arrows, names),
    '}',
  ];
}

function labelOf({ title, lines }: DiagramBox, palette: Palette): string {
  const details = lines.map(
    (line) => `<FONT POINT-SIZE="${SIZES.line}" COLOR="${palette.detail}">${texted(line)}</FONT>`,
  );
  return html([`<B>${texted(title)}</B>`, ...details]);
}

/**
 * Boxes of a frame in columns: those that no other one has an arrow to, then those that these have arrows to, and so on.
 * In each column they are below one another in their order; Graphviz fills columns from below.
 */
function columnLines(
  { boxes }: DiagramBox,
  arrows: readonly DiagramArrow[],
  names: BoxNames,
): readonly string[] {
  const places = new Map(boxes.map(({ id }) => [id, 0]));
  const within = arrows.filter(({ from, to }) => places.has(from) && places.has(to));
  // As often as the longest way can be: arrows in a circle end there, too.
  for (let round = 0; round < boxes.length; round += 1) {
    const wrong = within.filter(({ from, to }) => (places.get(to) ?? 0) <= (places.get(from) ?? 0));
    if (wrong.length === 0) break;
    for (const { from, to } of wrong) places.set(to, (places.get(from) ?? 0) + 1);
  }
  const columns = new Map<number, string[]>();
  for (const { id, boxes: inner } of boxes) {
    const place = places.get(id) ?? 0;
    if (inner.length === 0) columns.set(place, [names.of(id) ?? '', ...(columns.get(place) ?? [])]);
  }
  return [...columns.values()]
    .filter(({ length }) => length > 1)
    .map((column) => `{ rank=same; ${column.join(' -> ')} [style=invis, weight=100] }`);
}

/** Lines from the left edge. */
function html(lines: readonly string[]): string {
  const rows = lines.map((line) => `<TR><TD ALIGN="LEFT">${line}</TD></TR>`);
  return `<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">${rows.join('')}</TABLE>>`;
}

/** An element without any text is a syntax error, and Graphviz puts names in place of `\N`, `\G` and others. */
function texted(text: string): string {
  const plain = printable(text);
  return plain.trim() === '' ? '&#160;' : escapeXml(plain).replaceAll('\\', '\\\\');
}

const STYLES: Readonly<Record<DiagramArrowKind, string>> = {
  [DiagramArrowKind.CONNECTS]: 'style=solid',
  [DiagramArrowKind.IS_PARENT_OF]: 'style=solid',
  [DiagramArrowKind.NEEDS]: 'style=dashed',
  [DiagramArrowKind.MAKES]: 'style=bold',
};

/** Arrows of frames begin and end at a box within, and are cut off at the frame. */
function arrowLines(arrow: DiagramArrow, names: BoxNames): readonly string[] {
  const [from, to] = [names.box(arrow.from), names.box(arrow.to)];
  if (!from || !to) return [];
  const ends = [
    ...(from.boxes.length > 0 ? [`ltail=cluster_${names.of(from.id) ?? ''}`] : []),
    ...(to.boxes.length > 0 ? [`lhead=cluster_${names.of(to.id) ?? ''}`] : []),
  ];
  const label = arrow.label === '' ? [] : [`label=${html([texted(arrow.label), ''])}`];
  const attributes = [STYLES[arrow.kind], ...ends, ...label].join(', ');
  return [`${names.of(leafOf(from).id) ?? ''} -> ${names.of(leafOf(to).id) ?? ''} [${attributes}]`];
}

/** The last of the boxes within: in a row from left to right what follows is beside it. */
function leafOf(box: DiagramBox): DiagramBox {
  const last = box.boxes.at(-1);
  return last ? leafOf(last) : box;
}
