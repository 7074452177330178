/** Compares an object with what an API server holds of it. */
import type { CrdSchema } from '../../../scripts/crd-fields';
import { amountOf } from '../../../src/model/quantity';
import type { Json } from './api';

/** Fields of built-in kinds whose values the server writes in its own unit: 1000m of a CPU are 1. */
const QUANTITIES = /\.(requests|limits|capacity|sizeLimit|storage)(\.|$)/;

/** How a server holds objects. */
export interface Holding {
  /** May a field of its type's zero value be left out, as Go does: `false`, `[]`? Only of built-in kinds. */
  readonly dropsZeros?: boolean;
}

/**
 * Every field that the server holds in another way than it was sent, or does not hold: `spec.size: sent 4, holds 5`. What
 * it adds is no difference.
 */
export function differences(sent: Json, held: Json, { dropsZeros = false }: Holding = {}): string[] {
  return differencesAt('', asHeld(sent), held, dropsZeros);
}

/** Texts of a Secret are held as bytes. */
function asHeld(sent: Json): Json {
  const { stringData, ...object } = sent;
  if (stringData === undefined) return sent;
  const texts = Object.entries(stringData as Record<string, string>);
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { ...object, data: { ...(object.data as object), ...Object.fromEntries(encoded) } };
}

function differencesAt(path: string, sent: unknown, held: unknown, dropsZeros = false): string[] {
  if (isObject(sent) && isObject(held))
    return Object.entries(sent).flatMap(([name, value]) =>
      differencesAt(below(path, name), value, held[name], dropsZeros),
    );
  if (Array.isArray(sent) && Array.isArray(held) && sent.length === held.length)
    return sent.flatMap((value, index) => differencesAt(`${path}[${index}]`, value, held[index], dropsZeros));
  const isHeld = isSame(path, sent, held) || (dropsZeros && held === undefined && isZero(sent));
  return isHeld ? [] : [`${path}: sent ${show(sent)}, holds ${show(held)}`];
}

function isSame(path: string, sent: unknown, held: unknown): boolean {
  if (Object.is(sent, held)) return true;
  return QUANTITIES.test(path) && isAmount(sent) && isAmount(held) && amountOf(sent) === amountOf(held);
}

function isZero(value: unknown): boolean {
  return value === false || (Array.isArray(value) && value.length === 0);
}

/**
 * Every field of a custom resource that nobody sent and that is no default of its definition: `spec.extra: added 4`.
 *
 * @param schema of the part of the definition that `sent` and `held` are for
 */
export function additions(schema: CrdSchema | undefined, sent: unknown, held: unknown, path = ''): string[] {
  if (Array.isArray(sent) && Array.isArray(held))
    return held.flatMap((value, index) => additions(schema?.items, sent[index], value, `${path}[${index}]`));
  if (!isObject(held)) return [];
  const given = isObject(sent) ? sent : {};
  return Object.entries(held).flatMap(([name, value]) => {
    const at = below(path, name);
    const field = schema?.properties?.[name] ?? schema?.additionalProperties;
    if (name in given) return additions(field, given[name], value, at);
    if (field?.default === undefined) return [`${at}: added ${show(value)}`];
    // A default that is an object gets the defaults of its own fields.
    const other = differencesAt(at, field.default, value);
    return [...other, ...additions(field, field.default, value, at)];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAmount(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
