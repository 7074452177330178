/** Where in a spec something stands: as messages write it, and as the tables of the API name it. */
import { FieldTable } from '../api/field-table';

/** One place in a spec. */
export interface Place {
  /** `containers[0].volumes.data`; `spec` for the whole of it. */
  readonly path: string;
  /** The same for all items and keys: `containers[].volumes{}`; empty for the whole spec. */
  readonly generic: string;
  /** The type there, in the notation of the field table. */
  readonly type: string;
  /** May the field or entry be left out? An item of a list can't. */
  readonly optional: boolean;
  readonly value: unknown;
}

/** Follows a JSON pointer of a validator through a spec and the types of its fields. */
export function locate(table: FieldTable, spec: unknown, pointer: string): Place {
  let place: Place = { path: '', generic: '', type: table.root, optional: false, value: spec };
  for (const segment of pointer.split('/').slice(1)) {
    place = stepInto(table, place, segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return place.path === '' ? { ...place, path: 'spec' } : place;
}

/** The path of a field of an object: `size`, `containers[0].image`. */
export function fieldPath(parent: string, name: string): string {
  const member = memberPath(parent, name);
  return parent === '' && !member.startsWith('[') ? member.slice(1) : member;
}

/** The path of an entry of a map; a key that isn't a plain word is quoted: `pod.labels["app/name"]`. */
export function memberPath(parent: string, key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

/** The path of an item of a list. */
export function itemPath(parent: string, index: number | string): string {
  return `${parent}[${index}]`;
}

/** The fields of the object type at a place; none where the type is something else. */
export function fieldsAt(table: FieldTable, type: string): Readonly<Record<string, string>> {
  return table.objects[type] ?? {};
}

function stepInto(table: FieldTable, { path, generic, type, value }: Place, segment: string): Place {
  const inner = (value as Record<string, unknown>)[segment];
  const [of, mark] = [type.slice(0, -2), type.slice(-2)];
  if (mark === '[]') {
    return {
      path: itemPath(path, segment),
      generic: generic + mark,
      type: of,
      optional: false,
      value: inner,
    };
  }
  if (mark === '{}') {
    return {
      path: memberPath(path, segment),
      generic: generic + mark,
      type: of,
      optional: true,
      value: inner,
    };
  }
  return {
    path: fieldPath(path, segment),
    generic: generic === '' ? segment : `${generic}.${segment}`,
    type: fieldsAt(table, type)[segment] ?? '',
    optional: !table.required[type]?.includes(segment),
    value: inner,
  };
}
