/** YAML as kubectl understands it, for reading and for writing. */
import type * as Yaml from 'yaml';

const TAG = 'tag:yaml.org,2002:';

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const WHOLE = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|0[oO][0-7]+|0[bB][01]+|[1-9][0-9]*)$/;
const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NO_NUMBER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function truthValue(text: string): boolean | undefined {
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : undefined;
}

/** The whole number that a text is for kubectl's parser; undefined for any other text. */
function wholeNumber(text: string): number | undefined {
  const plain = withoutUnderscores(text);
  if (plain === undefined || !WHOLE.test(plain)) return undefined;
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(plain) ?? [];
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  // Plus zero, since JSON has no negative one.
  return (sign === '-' ? -1 : 1) * Number(octal) + 0;
}

/** The other numbers. Too large ones are texts. */
function decimalNumber(text: string): number | undefined {
  if (NO_NUMBER.test(text)) return NaN;
  // In front of a point underscores are not left out.
  const plain = text.startsWith('.') ? text : withoutUnderscores(text);
  if (plain === undefined || !DECIMAL.test(plain)) return undefined;
  const number = Number(plain);
  return Number.isFinite(number) ? number : undefined;
}

/** Only what starts like a number can be one. */
function withoutUnderscores(text: string): string | undefined {
  return /^[-+0-9]/.test(text) ? text.replaceAll('_', '') : undefined;
}

/** Tags of the library that mean the same to kubectl. */
const SHARED = ['map', 'seq', 'str', 'null'];

/**
 * How kubectl's parser (goyaml.v2) reads scalars: by YAML 1.1, but octal as in YAML 1.2 too, and neither times nor
 * numbers to the base of 60. What is written under these options is put in quotes where it would be read as another type.
 */
function schema(shared: readonly string[]): Yaml.SchemaOptions & Yaml.DocumentOptions {
  return {
    version: '1.1',
    schema: 'yaml-1.1',
    merge: false,
    customTags: (tags) => [
      ...tags.filter((tag) => typeof tag !== 'string' && shared.some((name) => tag.tag === TAG + name)),
      scalar('bool', (value) => typeof value === 'boolean', truthValue),
      scalar('int', (value) => Number.isInteger(value), wholeNumber),
      scalar('float', (value) => typeof value === 'number', decimalNumber),
    ],
  };
}

/** For reading: `<<` merges. */
export const READ_AS_KUBECTL = schema([...SHARED, 'merge']);

/** For writing: nothing merges. */
export const WRITTEN_FOR_KUBECTL = schema(SHARED);

/** @param read gives the value that a text stands for, or undefined where it is something else */
function scalar(
  name: string,
  identify: (value: unknown) => boolean,
  read: (text: string) => unknown,
): Yaml.ScalarTag {
  return {
    tag: TAG + name,
    default: true,
    identify,
    // The library asks for a regular expression, and only ever calls this of it.
    test: { test: (text: string) => read(text) !== undefined } as RegExp,
    resolve: (text) => read(text),
    stringify: ({ value }) => String(value),
  };
}
