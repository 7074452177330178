/** Objects of which the same is to be said share a box. */
import { DiagramArrow, DiagramBox, DiagramBoxKind } from '../types';
import { gathered } from '../gathered';
import { boxOf } from './sketch';
import { short } from './words';

/** Up to as many of a kind that nothing is connected with have a box each. */
const FEW = 3;
/** Names in the box of many. */
const MOST_NAMES = 6;

interface Parts {
  readonly boxes: readonly DiagramBox[];
  readonly arrows: readonly DiagramArrow[];
}

/**
 * The same, with one box for files and Secrets that all their arrows have in common, and one for many objects of a kind
 * without any arrow.
 */
export function collapsed(boxes: readonly DiagramBox[], arrows: readonly DiagramArrow[]): Parts {
  const signatures = signaturesOf(arrows);
  const keyOf = (box: DiagramBox): string =>
    JSON.stringify([kindOf(box), box.isApart, signatures.get(box.id) ?? []]);
  const alike = gathered(boxes.map((box) => [keyOf(box), box] as const));
  const replaced = new Map<string, DiagramBox>();
  for (const same of alike.values())
    if (same.length > mostOf(same[0], signatures)) {
      const many = boxOfMany(same);
      for (const { id } of same) replaced.set(id, many);
    }
  const isFirst = ({ id }: DiagramBox): boolean => (replaced.get(id)?.id ?? id) === id;
  return {
    boxes: boxes.filter(isFirst).map((box) => replaced.get(box.id) ?? box),
    arrows: arrows.filter(({ from, to }) => [from, to].every((id) => (replaced.get(id)?.id ?? id) === id)),
  };
}

/** The arrows of each box, without the box itself. */
function signaturesOf(arrows: readonly DiagramArrow[]): ReadonlyMap<string, readonly string[]> {
  return gathered(
    arrows.flatMap(({ from, to, kind, label }): [string, string][] => [
      [from, JSON.stringify(['to', to, kind, label])],
      [to, JSON.stringify(['from', from, kind, label])],
    ]),
  );
}

/** How many boxes like this one stay by themselves. */
function mostOf(box: DiagramBox | undefined, signatures: ReadonlyMap<string, unknown>): number {
  if (!box || box.boxes.length > 0) return Infinity;
  if (!signatures.has(box.id)) return FEW;
  return box.kind === DiagramBoxKind.CONFIGURATION || box.kind === DiagramBoxKind.SECRET ? 1 : Infinity;
}

/** The kind of object, which every title begins with. */
function kindOf({ title }: DiagramBox): string {
  return title.split(' ', 1)[0] ?? '';
}

/** It has the id of the first one, and says of them what is so of all. */
function boxOfMany(same: readonly DiagramBox[]): DiagramBox {
  const [first] = same;
  const kind = first ? kindOf(first) : '';
  const names = same.map(({ title }) => short(title.slice(kind.length + 1)));
  const rest = names.length - MOST_NAMES;
  return boxOf(first?.id ?? '', first?.kind ?? DiagramBoxKind.OBJECT, `${same.length} × ${kind}`, {
    lines: [
      ...names.slice(0, MOST_NAMES),
      rest > 0 ? `and ${rest} more` : undefined,
      ...commonLines(same).map((line) => `each: ${line}`),
    ],
    isApart: first?.isApart ?? false,
  });
}

function commonLines(same: readonly DiagramBox[]): readonly string[] {
  const [first, ...others] = same.map(({ lines }) => lines);
  return first?.filter((line) => others.every((lines) => lines.includes(line))) ?? [];
}
