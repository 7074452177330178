/** Reads manifests of anybody, which may have anything in place of what belongs there. */
import { Tree, isTree } from '../../tree';

/** The object with fields, or one without any. */
export function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {};
}

/** The objects with fields of a list; nothing for all else. */
export function treesOf(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : [];
}

/** What is below a path of fields. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, field) => treeOf(inner)[field], value);
}

/** The object with fields below a path, or one without any. */
export function treeAt(value: unknown, ...path: readonly string[]): Tree {
  return treeOf(valueAt(value, ...path));
}

/** A text, or a number or truth value as text; undefined for an empty one and for all else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf).filter((text) => text !== undefined) : [];
}

/** The texts of a map, such as labels. */
export function textMapOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(treeOf(value)).map(([key, text]) => [key, textOf(text)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** A whole number of at least 0; undefined for all else. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
