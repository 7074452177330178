/** YAML as kubectl reads it, with the place of each value. */
import type * as Yaml from 'yaml';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a document can't be read. */
export interface YamlFault {
  readonly kind: 'broken' | 'duplicate-key' | 'alias-bomb';
  /** What the parser says, or the key that is there twice. */
  readonly message: string;
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

/**
 * Reads all documents of a text the way kubectl does, that is by YAML 1.1: `yes` and `on` are truth values, `0777` is
 * octal, `<<` merges. Not as YAML 1.1 but as kubectl, times and 12:30:45 are texts.
 */
export function readYaml(text: string): YamlDocument[] {
  const yaml = loadYaml();
  const lines = new yaml.LineCounter();
  const documents = yaml.parseAllDocuments(text, {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => !isOnlyYaml11(tag)),
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

/** Tags of YAML 1.1 that kubectl's parser doesn't know or leaves as texts. */
const ONLY_YAML_1_1 = ['timestamp', 'binary', 'set', 'omap', 'pairs'];

function isOnlyYaml11(tag: Yaml.Tags[number]): boolean {
  if (typeof tag === 'string') return ONLY_YAML_1_1.includes(tag);
  const name = tag.tag.slice(tag.tag.lastIndexOf(':') + 1);
  return ONLY_YAML_1_1.includes(name) || ('format' in tag && tag.format === 'TIME');
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

  public constructor(
    private readonly yaml: typeof Yaml,
    private readonly document: Yaml.Document.Parsed,
    private readonly source: Source,
  ) {
    const [firstSyntaxError] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
    // What a parser says after its first syntax error is noise.
    const told = document.errors.filter(
      (error) => error.code === 'DUPLICATE_KEY' || error === firstSyntaxError,
    );
    const faults = told.map(({ code, message, pos }): YamlFault => {
      const position = this.position(pos[0]);
      return code === 'DUPLICATE_KEY'
        ? { kind: 'duplicate-key', message: this.wordAt(pos[0]), position }
        : { kind: 'broken', message, position };
    });
    if (faults.length === 0) this.value = this.read(faults);
    this.faults = faults;
  }

  public get isEmpty(): boolean {
    return this.document.errors.length === 0 && this.document.contents === null;
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
    const found = this.entriesOf(node)
      .flatMap((place) => {
        const names =
          typeof place.key === 'number'
            ? [`[${place.key}]`]
            : [`[${JSON.stringify(place.key)}]`, place.key, `.${place.key}`];
        return names.filter((name) => startsWith(path, name)).map((name) => ({ place, name }));
      })
      .sort((one, other) => other.name.length - one.name.length)[0];
    return found && [found.place, path.slice(found.name.length)];
  }

  private entriesOf(given: unknown): Entry[] {
    const { yaml } = this;
    const node = yaml.isAlias(given) ? given.resolve(this.document) : given;
    if (yaml.isSeq(node)) {
      return node.items.map((item, key) => ({ key, node: item, offset: this.offsetOf(item) }));
    }
    if (!yaml.isMap(node)) return [];
    return node.items.flatMap(({ key, value }) => {
      // What a merge brings in stands where it is written.
      if (yaml.isScalar(key) && key.source === '<<') return this.mergedEntries(value);
      return [{ key: String(yaml.isScalar(key) ? key.value : key), node: value, offset: this.offsetOf(key) }];
    });
  }

  private mergedEntries(value: unknown): Entry[] {
    return this.yaml.isSeq(value)
      ? value.items.flatMap((item) => this.entriesOf(item))
      : this.entriesOf(value);
  }

  private offsetOf(node: unknown): number {
    return (this.yaml.isNode(node) ? node.range?.[0] : undefined) ?? this.start;
  }

  private get start(): number {
    return this.document.contents?.range[0] ?? this.document.range[0];
  }

  private read(faults: YamlFault[]): unknown {
    try {
      return this.document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch (error) {
      const isBomb = error instanceof ReferenceError && error.message.includes('alias count');
      faults.push({
        kind: isBomb ? 'alias-bomb' : 'broken',
        message: (error as Error).message,
        position: this.position(this.start),
      });
      return undefined;
    }
  }

  private wordAt(offset: number): string {
    return /^[^\s:]*/.exec(this.source.text.slice(offset))?.[0] ?? '';
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

/** A node within a map or a list. */
interface Entry extends Place {
  readonly key: string | number;
}

/** Is the name a whole step of the path? */
function startsWith(path: string, name: string): boolean {
  return path.startsWith(name) && /^(?:$|[.[])/.test(path.slice(name.length));
}

/** Loaded when it is needed: whoever only writes specs in TypeScript needs no parser. */
function loadYaml(): typeof Yaml {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it always
  return require('yaml') as typeof Yaml;
}
