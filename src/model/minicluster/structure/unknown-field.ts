/** What to write in place of a field that doesn't exist. */
import { FieldTable } from '../api/field-table';
import { fieldsAt, Place } from './place';
import { StaleNames } from './stale-names';

/** What is known of an API version and the other one. */
export interface Vocabulary {
  readonly table: FieldTable;
  readonly stale: StaleNames;
  readonly other: { readonly name: string; readonly table: FieldTable };
}

/** The fix for an unknown field of the object at a place. */
export function fixForUnknown({ table, stale, other }: Vocabulary, object: Place, name: string): string {
  const generic = object.generic.replace(/^services\[\]/, 'containers[]');
  const instead = own(own(stale, generic) ?? {}, name);
  if (instead !== undefined) return instead;
  const path = generic === '' ? name : `${generic}.${name}`;
  if (pathsOf(other.table).includes(path)) return `leave it out: only ${other.name} has it`;
  const near = nearest(name, Object.keys(fieldsAt(table, object.type)));
  if (near !== undefined) return `write ${near}`;
  const elsewhere = pathsOf(table).find((known) => known.endsWith(`.${name}`) || known === name);
  return elsewhere === undefined ? 'leave it out' : `write it as ${elsewhere}, or leave it out`;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Every path of a table, those near the root first; `services[]` is left out, it is as `containers[]`. */
function pathsOf(table: FieldTable): readonly string[] {
  const known = PATHS.get(table);
  if (known) return known;
  const paths: string[] = [];
  const queue = [{ type: table.root, prefix: '' }];
  for (const { type, prefix } of queue) {
    for (const [name, fieldType] of Object.entries(fieldsAt(table, type))) {
      if (prefix + name === 'services') continue;
      const path = prefix + name;
      paths.push(path);
      const [, inner = '', suffix = ''] = /^(\w+)((?:\[\]|\{\})*)$/.exec(fieldType) ?? [];
      queue.push({ type: inner, prefix: `${path}${reversed(suffix)}.` });
    }
  }
  PATHS.set(table, paths);
  return paths;
}

const PATHS = new WeakMap<FieldTable, readonly string[]>();

/** A type's marks come innermost first, a path's outermost first. */
function reversed(marks: string): string {
  return (marks.match(/\[\]|\{\}/g) ?? []).reverse().join('');
}

/** Longer names than this are no slips of the pen. */
const LONGEST_NAME = 30;

/** The known name that a writer most likely meant, if one is near enough. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const written = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(Math.min(name.length, LONGEST_NAME) / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const length = distance(written, candidate.toLowerCase());
    if (length < least) [best, least] = [candidate, length];
  }
  return best;
}

/** How many letters to insert, delete, change or swap with their neighbour to get from one word to the other. */
function distance(one: string, other: string): number {
  const wide = other.length + 1;
  const cost = new Array<number>((one.length + 1) * wide).fill(0);
  const at = (i: number, j: number): number => cost[i * wide + j] ?? Infinity;
  for (let i = 0; i <= one.length; i += 1) {
    for (let j = 0; j <= other.length; j += 1) {
      if (i === 0 || j === 0) {
        cost[i * wide + j] = i + j;
        continue;
      }
      const change = at(i - 1, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swap = swapped ? at(i - 2, j - 2) + 1 : Infinity;
      cost[i * wide + j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap);
    }
  }
  return at(one.length, other.length);
}
