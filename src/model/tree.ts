/** Plain data with fields. */
export type Tree = Record<string, unknown>;

/** Is this an object with fields? */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
