/** How messages speak of types and objects. */
import { FieldTable } from '../api/field-table';
import { fieldsAt, Place } from './place';

const WHOLE_NUMBERS: readonly string[] = ['Int32', 'Int64', 'WholeNumber'];

/** What a value of this type is: `a string`. */
export function nameOf(type: string): string {
  if (type.endsWith('[]')) return 'a list';
  if (type.endsWith('{}')) return 'a map';
  if (type === 'string') return 'a string';
  if (type === 'boolean') return 'true or false';
  if (type === 'Quantity') return 'a quantity';
  return WHOLE_NUMBERS.includes(type) ? 'a whole number' : 'an object';
}

/** What to write in place of a value of a wrong type. */
export function fixForType(table: FieldTable, { type, optional, value }: Place): string {
  if (value === null && optional) return `leave it out, or write ${nameOf(type)}`;
  if (type.endsWith('[]')) return 'write a list, even for one entry';
  if (type.endsWith('{}')) return `write a map of names to ${pluralOf(type.slice(0, -2))}`;
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  if (type === 'string' && isScalar) return `${QUOTE_IT}"${String(value)}"`;
  if (type === 'Quantity') return isScalar ? `${QUOTE_IT}"${String(value)}"` : QUANTITY_FIX;
  const unquoted = typeof value === 'string' ? withoutQuotes(type, value.trim()) : undefined;
  if (unquoted !== undefined) return `write it without quotes: ${unquoted}`;
  const fields = Object.keys(fieldsAt(table, type));
  return fields.length > 0 ? `write an object with ${listOf(fields)}` : `write ${nameOf(type)}`;
}

/** How the fix for a scalar that is meant as text starts; the text follows in double quotes. */
export const QUOTE_IT = 'quote it: ';

/** What a quantity looks like. */
export const QUANTITY_FIX = 'write a number with at most a unit behind it, such as 500m, 4 or 8Gi';

/** How a message calls the object at a place: `a MiniCluster container`. */
export function objectAt(generic: string): string {
  if (generic === '') return 'a MiniCluster';
  const inContainer = /^(?:containers|services)\[\](?:\.|$)/;
  const rest = generic.replace(inContainer, '').replaceAll(/(?:\[\]|\{\})(?=.)/g, '');
  if (rest === '') return 'a MiniCluster container';
  const isOneOfSome = /(?:\[\]|\{\})$/.test(rest);
  const name = isOneOfSome ? rest.replace(/s?(?:\[\]|\{\})$/, '') : rest;
  if (inContainer.test(generic)) return `a container's ${name}`;
  return isOneOfSome ? `a ${name.slice(name.lastIndexOf('.') + 1)}` : name;
}

/** The scalar that somebody put between quotes, where it is one of the type. */
function withoutQuotes(type: string, text: string): string | undefined {
  if (WHOLE_NUMBERS.includes(type)) return /^[+-]?\d+$/.test(text) ? text : undefined;
  if (type !== 'boolean') return undefined;
  if (/^(?:true|yes|on)$/i.test(text)) return 'true';
  return /^(?:false|no|off)$/i.test(text) ? 'false' : undefined;
}

function pluralOf(type: string): string {
  if (type.endsWith('[]')) return 'lists';
  if (type === 'string') return 'strings';
  if (type === 'Quantity') return 'quantities';
  return 'objects';
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  if (names.length > shown.length) return `fields such as ${shown.join(', ')}`;
  return shown.length === 1 ? `the field ${shown.join()}` : `the fields ${shown.join(', ')}`;
}
