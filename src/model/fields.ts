/** Fields by name and type, for input that no compiler has seen. */
import { isTree } from './tree';

/** What a field must be: a test, and its name for messages. */
export interface FieldType {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** The type of each field of an object. */
export type Fields<T = Record<string, unknown>> = Readonly<Record<keyof T & string, FieldType>>;

/** A field that does not fit; `expected` is missing where there is no such field. */
export interface Unfit {
  readonly path: string;
  readonly value: unknown;
  readonly expected?: string;
}

/** Is this a text that says something? */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The fields of an object that have another name or type than they may. Those that are undefined count as left out. */
export function unfit(path: string, given: unknown, fields: Readonly<Record<string, FieldType>>): Unfit[] {
  if (!isTree(given)) return [{ path: path || 'spec', value: given, expected: 'an object' }];
  return Object.entries(given).flatMap(([name, value]) => {
    const place = path ? `${path}.${name}` : name;
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!type) return [{ path: place, value }];
    if (value === undefined || type.accepts(value)) return [];
    return [{ path: place, value, expected: type.expected }];
  });
}
