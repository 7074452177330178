/** What a CustomResourceDefinition says about each field, as facts that two of them can be compared by. */

/** The part of an OpenAPI v3 schema that a CustomResourceDefinition uses. */
export interface CrdSchema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly anyOf?: readonly CrdSchema[];
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly items?: CrdSchema;
  readonly additionalProperties?: CrdSchema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** One version that a CustomResourceDefinition serves. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: CrdSchema };
  readonly subresources?: unknown;
}

/** A CustomResourceDefinition, as far as this project reads and writes it. */
export interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string>>;
    readonly scope: string;
    readonly versions: readonly CrdVersion[];
  };
}

/** All that a CustomResourceDefinition says about one field, but for its description. */
export interface FieldFacts {
  readonly type: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The required members of an object, sorted. */
  readonly required?: readonly string[];
  readonly listType?: string;
}

/**
 * Path to facts, sorted by path. `[]` stands for the items of a list and `{}` for the values of a map:
 * `spec.containers[].volumes{}.path`.
 */
export type CrdFields = Readonly<Record<string, FieldFacts>>;

/** The facts of `spec` and `status` of a CustomResourceDefinition that serves one version. */
export function crdFields(crd: Crd): CrdFields {
  const found: [string, FieldFacts][] = [];
  const root = onlyVersion(crd).schema.openAPIV3Schema.properties ?? {};
  for (const part of ['spec', 'status']) {
    if (root[part]) collect(part, root[part], found);
  }
  found.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(found);
}

/** The one version of a CustomResourceDefinition. */
export function onlyVersion(crd: Crd): CrdVersion {
  const [version, ...others] = crd.spec.versions;
  if (!version || others.length > 0) throw new Error('expected a CustomResourceDefinition of one version');
  return version;
}

/** Is this the path of a field with a name of its own, not of a list's items or a map's values? */
export function isNamedField(path: string): boolean {
  return path.includes('.') && /\w$/.test(path);
}

function collect(path: string, schema: CrdSchema, found: [string, FieldFacts][]): void {
  found.push([path, facts(schema)]);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    collect(`${path}.${name}`, member, found);
  }
  if (schema.items) collect(`${path}[]`, schema.items, found);
  if (schema.additionalProperties) collect(`${path}{}`, schema.additionalProperties, found);
}

function facts(schema: CrdSchema): FieldFacts {
  const all: FieldFacts = {
    type: schema['x-kubernetes-int-or-string'] ? 'int-or-string' : (schema.type ?? 'any'),
    format: schema.format,
    default: schema.default,
    pattern: schema.pattern,
    enum: schema.enum,
    minimum: schema.minimum,
    minLength: schema.minLength,
    maxLength: schema.maxLength,
    required: schema.required ? [...schema.required].sort() : undefined,
    listType: schema['x-kubernetes-list-type'],
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as FieldFacts;
}
