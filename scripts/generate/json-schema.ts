/** JSON schema of the API types: one definition per object, with all that the doc comments say. */
import { QUANTITY_PATTERN } from './quantity';
import { compact, type ApiTypes, type Field, type FieldType, type Scalar } from './types';

export type JsonSchema = { readonly [keyword: string]: unknown };

const SCALAR_SCHEMAS: Record<Scalar, JsonSchema> = {
  Int32: { type: 'integer', format: 'int32' },
  Int64: { type: 'integer', format: 'int64' },
  WholeNumber: { type: 'integer' },
  Quantity: { type: ['integer', 'string'], format: 'quantity', pattern: QUANTITY_PATTERN },
};

/** The schema of a spec, with a note that says what it is made from. */
export function jsonSchema(types: ApiTypes, note: string): JsonSchema {
  return {
    $comment: note,
    $schema: 'http://json-schema.org/draft-07/schema#',
    $ref: reference(types.root),
    definitions: definitions(types),
  };
}

function definitions(types: ApiTypes): JsonSchema {
  const entries = [...types.objects.values()].map((object) => {
    const required = object.fields.filter((field) => field.required).map((field) => field.name);
    return [
      object.name,
      {
        description: object.description,
        type: 'object',
        properties: Object.fromEntries(object.fields.map((field) => [field.name, property(field)])),
        ...(required.length > 0 && { required }),
        additionalProperties: false,
      },
    ];
  });
  return Object.fromEntries(entries) as JsonSchema;
}

function property(field: Field): JsonSchema {
  return compact({
    ...typeSchema(field.type),
    ...field.bounds,
    description: field.description,
    default: field.default,
    defaultProse: field.defaultProse,
    defaultUntil: field.defaultUntil,
    since: field.since,
    until: field.until,
    alsoIn: field.alsoIn,
    listType: field.listType,
  });
}

function typeSchema(type: FieldType): JsonSchema {
  switch (type.kind) {
    case 'string':
    case 'boolean':
      return { type: type.kind };
    case 'scalar':
      return SCALAR_SCHEMAS[type.name];
    case 'object':
      return { $ref: reference(type.name) };
    case 'list':
      return { type: 'array', items: typeSchema(type.items) };
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.values) };
  }
}

function reference(name: string): string {
  return `#/definitions/${name}`;
}
