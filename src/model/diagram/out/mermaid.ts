import { BoxNames } from './names';
import { printable } from './printable';
import { Palette, paletteOf } from './theme';
import { Diagram, DiagramArrow, DiagramArrowKind, DiagramBox, DiagramBoxKind, DiagramTheme } from '../types';

/** The text of a flowchart. */
export function mermaidOf(diagram: Diagram, theme?: DiagramTheme): string {
  const names = new BoxNames(diagram);
  const palette = paletteOf(theme);
  const lines = [
    '---',
    // A text in JSON is one in YAML, too.
    `title: ${JSON.stringify(printable(diagram.title))}`,
    'config:',
    '  flowchart:',
    // Pixels: paths and images stay on one line.
    '    wrappingWidth: 600',
    '---',
    'flowchart LR',
    ...diagram.boxes.flatMap((box) => boxLines(box, names)).map(indented),
    ...diagram.arrows.flatMap((arrow) => arrowLines(arrow, names)).map(indented),
    ...styleLines(diagram, names, palette).map(indented),
  ];
  return `${lines.join('\n')}\n`;
}

function indented(line: string): string {
  return `  ${line}`;
}

function boxLines(box: DiagramBox, names: BoxNames): readonly string[] {
  const name = names.of(box.id) ?? '';
  const [open, close] = SHAPES[box.kind] ?? ['[', ']'];
  if (box.boxes.length === 0) return [`${name}${open}"${labelOf(box)}"${close}`];
  return [
    `subgraph ${name}["${labelOf({ ...box, lines: [] })}"]`,
    // Mermaid has room for one line at the head of a frame: the others are a box of their own, without a border.
    ...(box.lines.length === 0 ? [] : [`${name}_lines["${linesOf(box).join('<br>')}"]:::lines`]),
    ...box.boxes.flatMap((inner) => boxLines(inner, names)).map(indented),
    'end',
  ];
}

/** How boxes of a kind are drawn; all others are rectangles. */
const SHAPES: Readonly<Partial<Record<DiagramBoxKind, readonly [string, string]>>> = {
  [DiagramBoxKind.BROKER]: ['(', ')'],
  [DiagramBoxKind.SERVICE]: ['([', '])'],
  [DiagramBoxKind.VOLUME]: ['[(', ')]'],
};

function labelOf({ title, lines }: DiagramBox): string {
  return [`<b>${escapeMermaid(title)}</b>`, ...linesOf({ lines })].join('<br>');
}

function linesOf({ lines }: Pick<DiagramBox, 'lines'>): readonly string[] {
  return lines.map(escapeMermaid);
}

/** Characters that mean nothing in labels, neither to Mermaid nor in the Markdown and HTML that it takes them for. */
const SPECIAL = /[^\p{L}\p{N}\p{M} .,/–…\u2060-]/gu;
/** At the start of a label these would begin a list. */
const LIST = /^(\s*)([-.]|\d+(?=\.))/;
/**
 * What Mermaid reads even where it is written as entities: formulas, line breaks, icons, and the signs that it puts in
 * place of entities itself. An invisible character between them keeps them as they are.
 */
const PAIRS = /\$(?=\$)|\\(?=n)|\bfa(?=[a-z]?:)|ﬂ(?=°)|¶(?=ß)/g;
const WORD_JOINER = '\u2060';

/** A text within quotes; Mermaid writes entities as `#35;`. */
function escapeMermaid(text: string): string {
  const entity = (character: string): string => `#${character.codePointAt(0) ?? 0};`;
  const entities = (characters: string): string => Array.from(characters).map(entity).join('');
  const plain = printable(text).replace(PAIRS, `$&${WORD_JOINER}`);
  const [, blanks = '', list = ''] = LIST.exec(plain) ?? [];
  const rest = plain.slice(blanks.length + list.length);
  return `${blanks.replace(SPECIAL, entity)}${entities(list)}${rest.replace(SPECIAL, entity)}`;
}

const ARROWS: Readonly<Record<DiagramArrowKind, string>> = {
  [DiagramArrowKind.CONNECTS]: '-->',
  [DiagramArrowKind.IS_PARENT_OF]: '-->',
  [DiagramArrowKind.NEEDS]: '-.->',
  [DiagramArrowKind.MAKES]: '==>',
};

function arrowLines({ from, to, kind, label }: DiagramArrow, names: BoxNames): readonly string[] {
  const [first, second] = [names.of(from), names.of(to)];
  if (first === undefined || second === undefined) return [];
  const text = label === '' ? '' : `|"${escapeMermaid(label)}"|`;
  return [`${first} ${ARROWS[kind]}${text} ${second}`];
}

/** A class for each kind of box; frames take styles of their own, since not every version gives them classes. */
function styleLines(diagram: Diagram, names: BoxNames, { boxes: colours, text }: Palette): readonly string[] {
  const all = diagram.boxes.flatMap(withInner);
  const styleOf = (kind: DiagramBoxKind, isApart: boolean): string =>
    [
      `fill:${colours[kind].fill}`,
      `stroke:${colours[kind].border}`,
      `color:${text}`,
      ...(isApart ? ['stroke-dasharray:5 4'] : []),
    ].join(',');
  const styles = Object.values(DiagramBoxKind).flatMap((kind) =>
    [false, true].flatMap((isApart) => {
      const same = all.filter((box) => box.kind === kind && box.isApart === isApart);
      const style = styleOf(kind, isApart);
      const className = isApart ? `${kind}Apart` : kind;
      const [leaves, frames] = [
        same.filter(({ boxes }) => boxes.length === 0),
        same.filter(({ boxes }) => boxes.length > 0),
      ];
      return [
        ...(leaves.length === 0
          ? []
          : [
              `classDef ${className} ${style}`,
              `class ${leaves.map(({ id }) => names.of(id) ?? '').join(',')} ${className}`,
            ]),
        ...frames.map(({ id }) => `style ${names.of(id) ?? ''} ${style}`),
      ];
    }),
  );
  const hasLines = all.some(({ boxes, lines }) => boxes.length > 0 && lines.length > 0);
  return hasLines ? [...styles, `classDef lines fill:none,stroke:none,color:${text}`] : styles;
}

function withInner(box: DiagramBox): readonly DiagramBox[] {
  return [box, ...box.boxes.flatMap(withInner)];
}
