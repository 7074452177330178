/** YAML as kubectl reads it, with the place of each value. */
import type * as Yaml from 'yaml';
import { READ_AS_KUBECTL } from './kubectl-yaml';
import { Fault, MERGE, keyOf, unfold } from './unfold';
import { loadYaml } from './yaml-writer';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a document can't be read, and where. */
export interface YamlFault extends Omit<Fault, 'offset'> {
  readonly position: Position;
}

/** One document of a text. */
export interface YamlDocument {
  /** The data; undefined where there are faults. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** Has it nothing but comments? */
  readonly isEmpty: boolean;
  /** The document as it is written, without the line of dashes before it. */
  readonly text: string;
  /**
   * Where a value stands, by its path as problems write it: the key of a field, the start of an item, or as much of
   * the path as there is.
   */
  readonly positionAt: (path: string) => Position;
  /** How the scalar at a path is written, without quotes; undefined where there is none. */
  readonly writtenAt: (path: string) => string | undefined;
}

/** Reads all documents of a text. */
export function readYaml(given: string): YamlDocument[] {
  const yaml = loadYaml();
  const lines = new yaml.LineCounter();
  // The mark of its encoding that an editor may write, and joined files have in their middle.
  const text = given.replace(/^\uFEFF/gm, '');
  const documents = yaml.parseAllDocuments(text, {
    ...READ_AS_KUBECTL,
    // Looked for when aliases are unfolded: the library takes quadratic time.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  // Of a text without any document the library gives no list but an empty one with a mark.
  return [...documents].map((document, index, all) => {
    // Comments before a document belong to it.
    const start = all[index - 1]?.range[2] ?? 0;
    return new ReadDocument(yaml, document, { text, start, lines });
  });
}

/** What separates documents, with what stands behind it in the line left alone. */
const LINE_OF_DASHES = /^---(?!\S)[^\S\n]*\n?/m;

/** The text that a document is in. */
interface Source {
  readonly text: string;
  /** Where the document starts. */
  readonly start: number;
  readonly lines: Yaml.LineCounter;
}

class ReadDocument implements YamlDocument {
  public readonly value: unknown;
  public readonly faults: readonly YamlFault[];
  private readonly entries = new Map<unknown, ReadonlyMap<string | number, Place>>();

  public constructor(
    private readonly yaml: typeof Yaml,
    private readonly document: Yaml.Document.Parsed,
    private readonly source: Source,
  ) {
    const faults = this.faultsOfText();
    if (faults.length === 0) this.value = this.read(faults);
    this.faults = faults.map(({ offset, ...fault }) => ({ ...fault, position: this.position(offset) }));
  }

  private read(faults: Fault[]): unknown {
    try {
      // Unfolding is bounded by now.
      return this.document.toJS({ maxAliasCount: -1 }) as unknown;
    } catch (error) {
      faults.push({ kind: 'broken', message: (error as Error).message, offset: this.start });
      return undefined;
    }
  }

  private faultsOfText(): Fault[] {
    const { document, yaml } = this;
    // What a parser says after its first syntax error is noise.
    const [error] = document.errors;
    if (error) return [{ kind: 'broken', message: error.message, offset: error.pos[0] }];
    const { explicit } = document.directives.yaml;
    if (explicit || Object.keys(document.directives.tags).length > 1) {
      return [{ kind: 'broken', message: 'kubectl reads no % directives', offset: this.source.start }];
    }
    try {
      return unfold(yaml, document);
    } catch (problem) {
      return [{ kind: 'broken', message: (problem as Error).message, offset: this.start }];
    }
  }

  public get isEmpty(): boolean {
    const { contents, errors } = this.document;
    const isNothing = contents === null || (this.yaml.isScalar(contents) && contents.source === '');
    return errors.length === 0 && isNothing;
  }

  public get text(): string {
    const { text, start } = this.source;
    return text.slice(start, this.document.range[2]).replace(LINE_OF_DASHES, '');
  }

  public positionAt(path: string): Position {
    return this.position(this.find(path).place.offset);
  }

  public writtenAt(path: string): string | undefined {
    const { place, rest } = this.find(path);
    return rest === '' && this.yaml.isScalar(place.node) ? place.node.source : undefined;
  }

  /** The last place on a path that there is, and what is left of the path there. */
  private find(path: string): { place: Place; rest: string } {
    let place: Place = { node: this.document.contents, offset: this.start };
    let rest = path;
    for (let step = this.step(place.node, rest); step; step = this.step(place.node, rest)) {
      [place, rest] = step;
    }
    return { place, rest };
  }

  /** The entry that a path starts with, the longest name first, and what is left of the path. */
  private step(node: unknown, path: string): [Place, string] | undefined {
    const entries = this.entriesOf(node);
    for (const { length, key } of firstSteps(path)) {
      const place = entries.get(key);
      if (place) return [place, path.slice(length)];
    }
    return undefined;
  }

  private entriesOf(given: unknown): ReadonlyMap<string | number, Place> {
    const node = this.yaml.isAlias(given) ? given.resolve(this.document) : given;
    const known = this.entries.get(node);
    if (known) return known;
    const entries = new Map<string | number, Place>();
    this.entries.set(node, entries);
    this.addEntries(node, entries);
    return entries;
  }

  private addEntries(node: unknown, entries: Map<string | number, Place>): void {
    const { yaml } = this;
    if (yaml.isSeq(node)) {
      node.items.forEach((item, index) => entries.set(index, { node: item, offset: this.offsetOf(item) }));
    }
    if (!yaml.isMap(node)) return;
    for (const { key, value } of node.items) {
      const name = keyOf(yaml, key);
      // What a merge brings in stands where it is written.
      if (name === MERGE) this.addMerged(value, entries);
      else entries.set(name, { node: value, offset: this.offsetOf(key) });
    }
  }

  private addMerged(value: unknown, entries: Map<string | number, Place>): void {
    const source = this.yaml.isAlias(value) ? value.resolve(this.document) : value;
    if (!this.yaml.isSeq(source)) this.addEntries(source, entries);
    // The first of several counts.
    else for (const item of [...source.items].reverse()) this.addMerged(item, entries);
  }

  private offsetOf(node: unknown): number {
    return (this.yaml.isNode(node) ? node.range?.[0] : undefined) ?? this.start;
  }

  private get start(): number {
    return this.document.contents?.range[0] ?? this.document.range[0];
  }

  private position(offset: number): Position {
    const { line, col } = this.source.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** A node, and where it starts in the text. */
interface Place {
  readonly node: unknown;
  readonly offset: number;
}

/** The ways to read the first step of a path, whose keys may hold anything: the longest first. */
function firstSteps(path: string): { readonly length: number; readonly key: string | number }[] {
  const bracket = /^\[(?:(\d+)|("(?:[^"\\]|\\.)*"))\]/.exec(path);
  if (bracket) {
    const [{ length }, index, quoted] = bracket;
    return [{ length, key: quoted === undefined ? Number(index) : (JSON.parse(quoted) as string) }];
  }
  const start = path.startsWith('.') ? 1 : 0;
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index).filter((index) => index > start);
  return [path.length, ...ends.reverse()].map((length) => ({ length, key: path.slice(start, length) }));
}
