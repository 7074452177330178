import { DiagramArrow, DiagramArrowKind, DiagramBox, DiagramBoxKind } from '../types';

/** What of a box is not empty. */
export interface BoxParts {
  readonly lines?: readonly (string | undefined)[];
  readonly boxes?: readonly DiagramBox[];
  readonly isApart?: boolean;
}

/** A box; lines that are undefined are left out. */
export function boxOf(id: string, kind: DiagramBoxKind, title: string, parts: BoxParts = {}): DiagramBox {
  const { lines = [], boxes = [], isApart = false } = parts;
  return { id, kind, title, lines: lines.filter((line) => line !== undefined), boxes, isApart };
}

/** Boxes and arrows that come together one after the other. */
export class Sketch {
  public readonly boxes: DiagramBox[] = [];
  public readonly arrows: DiagramArrow[] = [];
  private readonly ids = new Set<string>();

  public add(...boxes: readonly DiagramBox[]): void {
    this.boxes.push(...boxes);
    for (const box of boxes) this.know(box);
  }

  private know({ id, boxes }: DiagramBox): void {
    this.ids.add(id);
    for (const box of boxes) this.know(box);
  }

  public has(id: string): boolean {
    return this.ids.has(id);
  }

  public connect(from: string, to: string, label = ''): void {
    this.arrows.push({ from, to, kind: DiagramArrowKind.CONNECTS, label });
  }

  public parent(from: string, to: string, label = ''): void {
    this.arrows.push({ from, to, kind: DiagramArrowKind.IS_PARENT_OF, label });
  }

  public need(from: string, to: string, label = ''): void {
    this.arrows.push({ from, to, kind: DiagramArrowKind.NEEDS, label });
  }

  public make(from: string, to: string, label = ''): void {
    this.arrows.push({ from, to, kind: DiagramArrowKind.MAKES, label });
  }
}
