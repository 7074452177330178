/** A validator of one API version as a module that needs neither ajv nor a compiler when it is loaded. */
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone';

import type { JsonSchema } from './json-schema';

/** Whole numbers that a double holds and the format allows; 2^63 - 1 itself isn't a double. */
const RANGES: Readonly<Record<string, { minimum: number; maximum: number }>> = {
  int32: { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  int64: { minimum: -(2 ** 63), maximum: 2 ** 63 - 1024 },
  quantity: { minimum: -(2 ** 63), maximum: 2 ** 63 - 1024 },
};

/** The keywords that decide whether a value is valid; all others are for readers. */
const DECIDING = new Set([
  '$ref',
  'definitions',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'pattern',
]);

/**
 * The TypeScript source of the validator for a schema of json-schema.ts.
 * @param types the module with its type, as it imports it
 */
export function validatorSource(schema: JsonSchema, note: string, types: string): string {
  const ajv = new Ajv({
    allErrors: true,
    // The structural check has its own words.
    messages: false,
    // One function per object keeps the module small.
    inlineRefs: false,
    strict: false,
    unicodeRegExp: false,
    code: { source: true, esm: false, lines: true, optimize: 2 },
  });
  const id = 'spec';
  ajv.addSchema(deciding(schema), id);
  const code = standaloneCode(ajv, { validate: id });
  if (/\brequire\(/.test(code)) throw new Error('the validator would need ajv at run time');
  return `${note}
// @ts-nocheck
/* eslint-disable */
import type { Validate } from '${types}';

${asModule(code)}`;
}

/** The schema without its texts, and with formats of numbers as the ranges that they stand for. */
function deciding(schema: JsonSchema): JsonSchema {
  const kept: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties' || keyword === 'definitions') {
      const members = Object.entries(value as JsonSchema).map(([name, member]) => [
        name,
        deciding(member as JsonSchema),
      ]);
      kept.push([keyword, Object.fromEntries(members)]);
    } else if (keyword === 'format') {
      kept.push(...Object.entries(RANGES[value as string] ?? {}));
    } else if (DECIDING.has(keyword)) {
      kept.push([keyword, isSchema(value) ? deciding(value) : value]);
    }
  }
  return Object.fromEntries(kept);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ajv writes a CommonJS module; here the compiler decides what modules look like. */
function asModule(code: string): string {
  const [, name] = /exports\.validate = (\w+);/.exec(code) ?? [];
  if (!name) throw new Error('ajv exports no validator');
  const bare = code.replace('"use strict";', '').replace(/exports\.validate = \w+;\n?/, '');
  const body = withShortReports(withoutSchemas(bare));
  return `${body.trim()}\n\nexport const validate: Validate = ${name};\n`;
}

/** Of the schemas that ajv writes along, the code needs no more than the names of properties. */
function withoutSchemas(code: string): string {
  // The types that would have been right are in the table of fields too.
  const short = code.replace(/params:\{type: schema\d+\.properties\.[\w.]+\}/g, 'params:{}');
  if (/schema\d+\.(?!properties,)/.test(short))
    throw new Error('ajv reads more of the schemas than expected');
  return short.replace(/^const (schema\d+) = (.*);\n/gm, (_, name: string, schema: string) => {
    if (!short.includes(`${name}.properties`)) return '';
    const { properties } = JSON.parse(schema) as { properties: JsonSchema };
    const names = Object.keys(properties).map((property) => `${property}: 1`);
    return `const ${name} = { properties: { ${names.join(', ')} } };\n`;
  });
}

/** ajv spells out how each error is added to the list, and where in the schema it is from; here is a function. */
function withShortReports(code: string): string {
  const report =
    /const (err\d+) = (\{.*\});\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}/g;
  const short = code.replace(report, 'vErrors = add(vErrors, $2);').replace(/schemaPath:"[^"]*",/g, '');
  if (short.includes('vErrors.push')) throw new Error('ajv reports errors in another form than expected');
  const add = 'const add = (errors, error) => (errors === null ? [error] : (errors.push(error), errors));';
  return `${add}\n\n${short.trim()}`;
}
