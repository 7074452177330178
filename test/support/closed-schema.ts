/** Validators from OpenAPI schemas in which a field that the schema doesn't name is a finding. */
import Ajv, { type ErrorObject } from 'ajv';

import { show } from '../../src/model/problems';

export type Schema = Readonly<Record<string, unknown>>;

/** Everything that is wrong with a value, one phrase each: `spec.size must be integer, got "4"`. */
export type Validator = (value: unknown) => string[];

/** Keywords whose value is a schema, a list of schemas or schemas by name. */
const ONE = ['items', 'additionalProperties', 'not'];
const SEVERAL = ['allOf', 'anyOf', 'oneOf'];
const NAMED = ['properties', 'definitions'];

/** The other keywords that ajv is to judge by; the rest are texts and hints for Kubernetes' clients. */
const JUDGED = new Set([
  '$ref',
  'type',
  'format',
  'pattern',
  'enum',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
]);

const INT32 = 2 ** 31;
const WHOLE_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/**
 * A schema as ajv reads it: closed, and without what ajv doesn't know.
 *
 * @param given a schema of Kubernetes' OpenAPI description or of a CustomResourceDefinition
 * @param defaulted does the API server fill in defaults before it validates? It does for custom resources,
 *   where a required field with a default may be left out. In the OpenAPI description of the built-in kinds a
 *   default may just be the zero value of the field's Go type.
 */
export function closed(given: object, defaulted = false): Schema {
  const schema = given as Schema;
  // This keyword of Kubernetes says that the value is a number or a string, whatever else is written.
  if (schema['x-kubernetes-int-or-string'] === true) {
    return {
      type: ['integer', 'string'],
      ...(schema.pattern === undefined ? {} : { pattern: schema.pattern }),
    };
  }
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (ONE.includes(keyword) && isSchema(value)) result[keyword] = closed(value, defaulted);
    else if (keyword === 'additionalProperties') result[keyword] = value;
    else if (SEVERAL.includes(keyword))
      result[keyword] = (value as Schema[]).map((one) => closed(one, defaulted));
    else if (NAMED.includes(keyword))
      result[keyword] = closedMembers(value as Record<string, Schema>, defaulted);
    else if (JUDGED.has(keyword)) result[keyword] = value;
  }
  if (schema.properties !== undefined && schema.additionalProperties === undefined) {
    result.additionalProperties = schema['x-kubernetes-preserve-unknown-fields'] === true;
  }
  if (defaulted && schema.required !== undefined) {
    const members = (schema.properties ?? {}) as Record<string, Schema | undefined>;
    result.required = (schema.required as string[]).filter((name) => members[name]?.default === undefined);
  }
  if (schema.nullable === true && typeof schema.type === 'string') result.type = [schema.type, 'null'];
  return result;
}

function closedMembers(
  members: Readonly<Record<string, Schema>>,
  defaulted: boolean,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, closed(member, defaulted)]),
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compiles validators of closed schemas; what one of them refers to is looked up in the documents added. */
export class Validators {
  private readonly ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    logger: false,
    // What is read here are files of Kubernetes and of this project, not schemas that could be wrong.
    validateSchema: false,
    formats: {
      int32: { type: 'number', validate: (value: number) => value >= -INT32 && value < INT32 },
      int64: { type: 'number', validate: Number.isSafeInteger },
      double: { type: 'number', validate: Number.isFinite },
      byte: WHOLE_BASE64,
      'date-time': DATE_TIME,
      quantity: QUANTITY,
      'int-or-string': true,
    },
  });

  /** Makes a document's schemas known as `NAME#/components/schemas/…`. */
  public add(name: string, document: Schema): void {
    this.ajv.addSchema(document, name);
  }

  public compile(schema: Schema): Validator {
    const validate = this.ajv.compile(schema);
    return (value) => (validate(value) ? [] : phrases(validate.errors ?? []));
  }
}

/** What ajv found, in words; the same finding by two branches of a schema is told once. */
export function phrases(errors: readonly ErrorObject[]): string[] {
  return [...new Set(errors.map(phrase))];
}

function phrase({ instancePath, keyword, params, message = 'is not valid', data }: ErrorObject): string {
  const path = readable(instancePath) || 'the object';
  const detail = params as { additionalProperty: string; missingProperty: string; allowedValues: unknown[] };
  const got = data === undefined ? '' : `, got ${show(data)}`;
  switch (keyword) {
    case 'additionalProperties':
      return `${path} has no field ${show(detail.additionalProperty)}`;
    case 'required':
      return `${path} lacks ${show(detail.missingProperty)}`;
    case 'enum':
      return `${path} must be one of ${detail.allowedValues.map(show).join(', ')}${got}`;
    default:
      return `${path} ${message}${got}`;
  }
}

/** `/spec/containers/0/image` as `spec.containers[0].image`. */
function readable(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : `${index > 0 ? '.' : ''}${key}`))
    .join('');
}
