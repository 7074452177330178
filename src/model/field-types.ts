/** Types of fields that several constructs have. */
import { FieldType, Fields, isText } from './fields';
import { isLabelValue, isQualifiedName, isSubdomain } from './kubernetes-names';
import { amountOf, isQuantity } from './quantity';
import { Tree, isTree } from './tree';

export const TEXT: FieldType = { expected: 'a text', accepts: isText };
export const FLAG: FieldType = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};
/** One of some texts. */
export const oneOf = (values: readonly string[]): FieldType => ({
  expected: `one of ${values.join(', ')}`,
  accepts: (value) => values.includes(value as string),
});
export const LIST: FieldType = {
  expected: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.every(isText),
};
export const TREE: FieldType = { expected: 'an object', accepts: isTree };
export const TREES: FieldType = {
  expected: 'a list of objects',
  accepts: (value) => Array.isArray(value) && value.every(isTree),
};
export const TEXTS: FieldType = {
  expected: 'texts by name',
  accepts: (value) => isTreeOf(value, (one) => typeof one === 'string'),
};
export const LABELS: FieldType = {
  expected: 'labels: texts of letters, digits, -, _ and ., of at most 63 characters',
  accepts: (value) =>
    isTreeOf(value, (one) => typeof one === 'string' && isLabelValue(one)) && hasQualifiedKeys(value),
};
export const ANNOTATIONS: FieldType = {
  expected: 'texts by name',
  accepts: (value) => TEXTS.accepts(value) && hasQualifiedKeys(value),
};
/** What names an object, and what is on all objects that belong to it. */
export const METADATA: Fields = {
  name: TEXT,
  namespace: TEXT,
  labels: LABELS,
  annotations: ANNOTATIONS,
};
export const NUMBER: FieldType = { expected: 'a whole number', accepts: Number.isInteger };
export const COUNT: FieldType = { expected: 'a whole number of at least 1', accepts: isCount };
export const OBJECT_NAME: FieldType = { expected: 'the name of an object', accepts: isObjectName };
export const NAMED_LIST: FieldType = {
  expected: 'a list of objects with a name',
  accepts: (value) =>
    Array.isArray(value) && value.every((one: unknown) => isTree(one) && isObjectName(one.name)),
};
export const RESOURCES: FieldType = {
  expected:
    "limits and requests with quantities in quotes, no request above its limit, as { limits: { memory: '1Gi' } }",
  accepts: isResources,
};
export const TOLERATIONS: FieldType = {
  expected: "a list of objects with key, operator 'Exists' or 'Equal' with a value, and effect of a taint",
  accepts: (value) => Array.isArray(value) && value.every(isToleration),
};

const DIGEST = /^[a-z0-9][-a-z0-9._:]*(?:\/[a-z0-9][-a-z0-9._]*)*(?::[\w.-]+)?@sha256:[0-9a-f]{64}$/;

/** Host and path of an image in lower case, a tag if need be, and the digest. */
export function isImageByDigest(value: unknown): boolean {
  return isText(value) && DIGEST.test(value);
}

const LARGEST_INTEGER = 2 ** 31 - 1;

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_INTEGER;
}

/** Names of claims, PersistentVolumes, Secrets and most others. */
export function isObjectName(value: unknown): boolean {
  return isText(value) && isSubdomain(value);
}

function isTreeOf(value: unknown, accepts: (one: unknown) => boolean): boolean {
  return isTree(value) && Object.values(value).every(accepts);
}

function hasQualifiedKeys(value: unknown): boolean {
  return Object.keys(treeOf(value)).every(isQualifiedName);
}

/** The fields of an object, none of anything else. */
export function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {};
}

function isResources(value: unknown): boolean {
  if (!isTree(value) || Object.keys(value).some((key) => key !== 'limits' && key !== 'requests'))
    return false;
  const isOfQuantities = Object.values(value).every(
    (amounts) =>
      amounts === undefined ||
      isTreeOf(amounts, (one) => isText(one) && isQuantity(one) && amountOf(one) >= 0),
  );
  return isOfQuantities && isWithin(value.requests as Amounts, value.limits as Amounts);
}

type Amounts = Readonly<Record<string, string>> | undefined;

/** The API server refuses a request above its limit. */
function isWithin(requests: Amounts = {}, limits: Amounts = {}): boolean {
  return Object.entries(requests).every(([name, request]) => {
    const limit = limits[name];
    return limit === undefined || amountOf(request) <= amountOf(limit);
  });
}

const TOLERATION_FIELDS = ['key', 'operator', 'value', 'effect'];
const EFFECTS: readonly unknown[] = [undefined, '', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function isToleration(given: unknown): boolean {
  const { key, operator = 'Equal', value, effect } = treeOf(given);
  const isOfTexts = isTreeOf(given, (text) => text === undefined || typeof text === 'string');
  const isKnown = Object.keys(treeOf(given)).every((field) => TOLERATION_FIELDS.includes(field));
  const isKey = isText(key) ? isQualifiedName(key) : operator === 'Exists';
  const isMatch = operator === 'Exists' ? !value : operator === 'Equal';
  return isOfTexts && isKnown && isKey && isMatch && EFFECTS.includes(effect);
}

/** Is this a whole number within these bounds? */
export function isIntegerIn(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Fields whose numbers lie within bounds: those that do not, with what is expected. */
export function outOfRange(given: Tree, ranges: Ranges): readonly OutOfRange[] {
  return Object.entries(ranges).flatMap(([path, [least, most]]) => {
    const value = given[path];
    if (value === undefined || isIntegerIn(value, least, most)) return [];
    return [{ path, value, expected: `must be from ${least} to ${most}` }];
  });
}

/** The least and the largest number of each field. */
export type Ranges = Readonly<Record<string, readonly [least: number, most: number]>>;

/** A number that does not lie within its bounds. */
export interface OutOfRange {
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;
}
