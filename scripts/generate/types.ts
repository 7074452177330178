/** The API types as the generators see them: objects with fields, read from the TypeScript sources. */
import { join } from 'node:path';

import { createGenerator, type Schema } from 'ts-json-schema-generator';

/** The named number and quantity types of api/kubernetes.ts, and what each allows. */
export const SCALARS = ['Int32', 'Int64', 'WholeNumber', 'Quantity'] as const;
export type Scalar = (typeof SCALARS)[number];

export type FieldType =
  | { readonly kind: 'string' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'scalar'; readonly name: Scalar }
  | { readonly kind: 'object'; readonly name: string }
  | { readonly kind: 'list'; readonly items: FieldType }
  | { readonly kind: 'map'; readonly values: FieldType };

/** Bounds that a doc comment gives by tags; only the status has them. */
export interface Bounds {
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly description: string;
  readonly required: boolean;
  readonly bounds: Bounds;
  /** What the API server fills in (`@default 1`). */
  readonly default?: unknown;
  /** What holds in effect though the API server fills in nothing (`@default - the cluster's name`). */
  readonly defaultProse?: string;
  /** What the API server filled in up to and with an earlier release (`@defaultUntil 0.2.1 "VALUE"`). */
  readonly defaultUntil?: { readonly release: string; readonly value: unknown };
  /** First and last release that has it; absent where that is the oldest or the newest. */
  readonly since?: string;
  readonly until?: string;
  /** A build between releases that has it though it came with a later one. */
  readonly alsoIn?: string;
  readonly listType?: string;
}

export interface ObjectType {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly Field[];
}

/** All objects that can be reached from a root, the root first, each before those that it uses. */
export interface ApiTypes {
  readonly root: string;
  readonly objects: ReadonlyMap<string, ObjectType>;
}

const OWN_TAGS = ['since', 'until', 'alsoIn', 'defaultUntil', 'listType', 'values'];

/** What ts-json-schema-generator gives for a field, with our own tags beside it. */
type Node = Omit<Schema, 'default'> & {
  readonly default?: unknown;
  readonly since?: string;
  readonly until?: string;
  readonly alsoIn?: string;
  readonly defaultUntil?: string;
  readonly listType?: string;
  readonly values?: string[];
};

/** Reads interfaces, each with all that it uses, from TypeScript files of one folder. */
export function readTypes(
  folder: string,
  files: readonly string[],
  roots: readonly string[],
): ReadonlyMap<string, ApiTypes> {
  const generator = createGenerator({
    // Braces around a single name are taken literally.
    path: join(folder, files.length > 1 ? `{${files.join(',')}}.ts` : `${files.join()}.ts`),
    expose: 'export',
    jsDoc: 'extended',
    sortProps: false,
    encodeRefs: false,
    // `npm run typecheck` judges the types; this compiler only reads them.
    skipTypeCheck: true,
    extraTags: OWN_TAGS,
  });
  return new Map(
    roots.map((root) => [root, reachable(root, generator.createSchema(root).definitions ?? {})]),
  );
}

function reachable(root: string, definitions: Readonly<Record<string, unknown>>): ApiTypes {
  const objects = new Map<string, ObjectType>();
  const visit = (name: string): void => {
    if (objects.has(name)) return;
    const object = readObject(name, definitions[name] as Node);
    objects.set(name, object);
    for (const field of object.fields) {
      const inner = innermost(field.type);
      if (inner.kind === 'object') visit(inner.name);
    }
  };
  visit(root);
  return { root, objects };
}

/** The object of that name. */
export function objectOf(types: ApiTypes, name: string): ObjectType {
  const object = types.objects.get(name);
  if (!object) throw new Error(`no object ${name} among the API types`);
  return object;
}

/** What a list or map of lists or maps holds in the end. */
export function innermost(type: FieldType): FieldType {
  if (type.kind === 'list') return innermost(type.items);
  if (type.kind === 'map') return innermost(type.values);
  return type;
}

/** The same object without the members that are undefined. */
export function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function readObject(name: string, node: Node): ObjectType {
  if (node.type !== 'object' || !node.properties) throw new Error(`${name} is not an interface with fields`);
  const required = new Set(node.required ?? []);
  const fields = Object.entries(node.properties).map(([field, member]) =>
    readField(`${name}.${field}`, field, member as Node, required.has(field)),
  );
  return { name, description: text(node.description), fields };
}

function readField(where: string, name: string, node: Node, required: boolean): Field {
  const prose = typeof node.default === 'string' && node.default.startsWith('- ');
  return {
    name,
    type: readType(where, node),
    description: text(node.description),
    required,
    bounds: compact({
      format: node.format,
      // A doc comment can't hold a star before a slash; it is written with a backslash between them.
      pattern: node.pattern?.replaceAll('\\/', '/'),
      enum: node.values,
      minimum: node.minimum,
      minLength: node.minLength,
      maxLength: node.maxLength,
    }),
    default: prose ? undefined : node.default,
    defaultProse: prose ? text(node.default).slice(2).replace(/\s+/g, ' ') : undefined,
    defaultUntil: node.defaultUntil === undefined ? undefined : readDefaultUntil(where, node.defaultUntil),
    since: node.since,
    until: node.until,
    alsoIn: node.alsoIn,
    listType: node.listType,
  };
}

function readType(where: string, node: Node): FieldType {
  if (node.$ref) {
    const name = node.$ref.replace('#/definitions/', '');
    const scalar = SCALARS.find((known) => known === name);
    return scalar ? { kind: 'scalar', name: scalar } : { kind: 'object', name };
  }
  if (node.type === 'string' && !node.enum) return { kind: 'string' };
  if (node.type === 'boolean') return { kind: 'boolean' };
  if (node.type === 'array') return { kind: 'list', items: readType(where, node.items as Node) };
  if (node.type === 'object' && !node.properties && typeof node.additionalProperties === 'object') {
    return { kind: 'map', values: readType(where, node.additionalProperties) };
  }
  throw new Error(
    `${where}: write a string, boolean, ${SCALARS.join(', ')}, named interface, list or Record`,
  );
}

function readDefaultUntil(where: string, tag: string): { release: string; value: unknown } {
  const [, release, value] = /^(\S+)\s+(.+)$/s.exec(tag) ?? [];
  if (!release || !value) throw new Error(`${where}: @defaultUntil takes a release and a value as JSON`);
  return { release, value: JSON.parse(value) };
}

/** A doc comment as plain text: links become the name that they point to. */
function text(comment = ''): string {
  return comment
    .replace(/ *\{@link +([^}]+?) *\} */g, ' `$1` ')
    .replace(/` ([.,;:)])/g, '`$1')
    .trim();
}
