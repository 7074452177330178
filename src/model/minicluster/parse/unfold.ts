/** What an unread document would become: too large, endless, or ambiguous. */
import type * as Yaml from 'yaml';

/** Why a document can't be read, and where. */
export interface Fault {
  readonly kind: 'broken' | 'duplicate-key' | 'alias-bomb';
  /** The reason, or the key that is there twice. */
  readonly message: string;
  readonly offset: number;
}

/** No manifest has as many values; an alias bomb has millions. */
const MOST_VALUES = 1_000_000;

/**
 * Looks for keys that are there twice, aliases that unfold to too much or to themselves, and applies merges the way
 * kubectl does: what `<<` brings in replaces keys before it, and keys after it replace that.
 */
export function unfold(yaml: typeof Yaml, document: Yaml.Document.Parsed): Fault[] {
  const faults: Fault[] = [];
  const sizes = new Map<unknown, number>();
  const open = new Set<unknown>();

  const sizeOf = (node: unknown): number => {
    if (!yaml.isNode(node)) return 1;
    if (yaml.isScalar(node)) {
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
        faults.push({
          kind: 'broken',
          message: 'no JSON can hold this number',
          offset: node.range?.[0] ?? 0,
        });
      }
      return 1;
    }
    if (yaml.isAlias(node)) return sizeOfAlias(node);
    const known = sizes.get(node);
    if (known !== undefined) return known;
    open.add(node);
    let size = 1;
    if (yaml.isMap(node)) {
      for (const { key, value } of node.items) size += sizeOf(key) + sizeOf(value);
      mendMap(node);
    } else if (yaml.isSeq(node)) for (const item of node.items) size += sizeOf(item);
    open.delete(node);
    sizes.set(node, size);
    return size;
  };

  const sizeOfAlias = (alias: Yaml.Alias): number => {
    const target = alias.resolve(document);
    const offset = alias.range?.[0] ?? 0;
    if (open.has(target)) {
      faults.push({ kind: 'broken', message: `the anchor ${alias.source} contains itself`, offset });
      return 1;
    }
    const size = sizeOf(target);
    const isFirst = faults.every(({ kind }) => kind !== 'alias-bomb');
    if (size > MOST_VALUES && isFirst) faults.push({ kind: 'alias-bomb', message: alias.source, offset });
    return size;
  };

  const mendMap = (map: Yaml.YAMLMap): void => {
    const seen = new Map<string, Yaml.Pair>();
    for (const pair of [...map.items]) {
      const name = keyOf(yaml, pair.key);
      if (name === MERGE) {
        for (const merged of mergedKeys(pair.value)) remove(map, seen, merged);
      } else if (seen.has(name)) {
        const offset = (yaml.isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? 0;
        faults.push({ kind: 'duplicate-key', message: name, offset });
      } else seen.set(name, pair);
    }
  };

  const mergedKeys = (value: unknown): string[] => {
    const source = yaml.isAlias(value) ? value.resolve(document) : value;
    if (yaml.isSeq(source)) return source.items.flatMap(mergedKeys);
    if (!yaml.isMap(source)) return [];
    return source.items.flatMap(({ key, value: inner }) => {
      const name = keyOf(yaml, key);
      return name === MERGE ? mergedKeys(inner) : [name];
    });
  };

  if (sizeOf(document.contents) > MOST_VALUES && faults.length === 0) {
    faults.push({ kind: 'alias-bomb', message: '', offset: document.contents?.range[0] ?? 0 });
  }
  return faults;
}

/** The key of a merge. */
export const MERGE = '<<';

/** A key as the text that it becomes in JSON. */
export function keyOf(yaml: typeof Yaml, key: unknown): string {
  if (!yaml.isScalar(key)) return String(key);
  const isMerge = key.source === MERGE && (key.type === undefined || key.type === yaml.Scalar.PLAIN);
  return isMerge ? MERGE : String(key.value);
}

function remove(map: Yaml.YAMLMap, seen: Map<string, Yaml.Pair>, name: string): void {
  const pair = seen.get(name);
  if (!pair) return;
  map.items.splice(map.items.indexOf(pair), 1);
  seen.delete(name);
}
