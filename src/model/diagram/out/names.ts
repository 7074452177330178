import { Diagram, DiagramBox } from '../types';

/** Boxes by short names, which every format takes: ids may hold any text. */
export class BoxNames {
  private readonly names = new Map<string, string>();
  private readonly boxes = new Map<string, DiagramBox>();

  public constructor({ boxes }: Diagram) {
    for (const box of boxes) this.number(box);
  }

  private number(box: DiagramBox): void {
    if (!this.names.has(box.id)) {
      this.names.set(box.id, `b${this.names.size}`);
      this.boxes.set(box.id, box);
    }
    for (const inner of box.boxes) this.number(inner);
  }

  public of(id: string): string | undefined {
    return this.names.get(id);
  }

  public box(id: string): DiagramBox | undefined {
    return this.boxes.get(id);
  }
}
