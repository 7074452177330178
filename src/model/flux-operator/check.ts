import { isLabel } from '../kubernetes-names';
import { Problem, Severity } from '../problems';
import { Tree, isTree } from '../tree';
import { FluxOperatorRule, RULES } from './rules';
import { ARCHITECTURES, FluxOperatorMetadata, FluxOperatorSpec } from './spec';

/** What a field must be: a test, and its name for messages. */
interface FieldType {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const QUANTITY = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
/** Host and path of an image in lower case, a tag if need be, and the digest. */
const DIGEST = /^[a-z0-9][-a-z0-9._:]*(?:\/[a-z0-9][-a-z0-9._]*)*(?::[\w.-]+)?@sha256:[0-9a-f]{64}$/;
const LABEL_KEY = /^(?:[a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
/** Namespaces in which there are pods of Kubernetes itself, or of anybody. */
const OF_EVERYBODY = /^(?:default|kube-.*|openshift(?:-.*)?)$/;
const MOST_REPLICAS = 2 ** 31 - 1;
/** A name that may start the name of a Service (RFC 1035), and end in the longest suffix: '-leader-election'. */
const NAME = /^[a-z]([-a-z0-9]{0,45}[a-z0-9])?$/;

const TEXT: FieldType = { expected: 'a text', accepts: isText };
const LABELS: FieldType = {
  expected: 'labels: texts of letters, digits, -, _ and ., of at most 63 characters',
  accepts: isLabels,
};
const ANNOTATIONS: FieldType = {
  expected: 'texts by name',
  accepts: (value) => isTreeOf(value, (one) => typeof one === 'string') && hasLabelKeys(value),
};
const OBJECT: FieldType = { expected: 'the name of an object', accepts: isObjectName };
const FLAG: FieldType = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
const TREE: FieldType = { expected: 'an object', accepts: isTree };

const METADATA_FIELDS: Readonly<Record<keyof FluxOperatorMetadata, FieldType>> = {
  name: TEXT,
  namespace: TEXT,
  labels: LABELS,
  annotations: ANNOTATIONS,
};

const SPEC_FIELDS: Readonly<Record<keyof FluxOperatorSpec, FieldType>> = {
  images: TREE,
  createNamespace: FLAG,
  replicas: { expected: 'a whole number of at least 1', accepts: isCount },
  leaderElection: FLAG,
  ownerReferencesPermissionEnforcement: FLAG,
  resources: {
    expected: "limits and requests with quantities in quotes, as { limits: { memory: '1Gi' } }",
    accepts: isResources,
  },
  nodeSelector: LABELS,
  tolerations: {
    expected: "a list of objects with key, operator 'Exists' or 'Equal' with a value, and effect of a taint",
    accepts: isTolerations,
  },
  priorityClassName: OBJECT,
  imagePullSecrets: { expected: 'a list of objects with a name', accepts: isNamedList },
};

/** All that is wrong with the metadata and the spec of an operator; they may be anything. */
export function checkFluxOperator(metadata: unknown, spec: unknown): Problem[] {
  const problems: Problem[] = [
    ...checkFields('metadata', metadata, METADATA_FIELDS),
    ...checkFields('', spec, SPEC_FIELDS),
  ];
  checkNames(treeOf(metadata), treeOf(spec), problems);
  if (spec === undefined || isTree(spec)) checkImages(treeOf(spec).images, problems);
  checkElection(treeOf(spec), problems);
  for (const label of OWN_SELECTORS) {
    const value = treeOf(treeOf(spec).nodeSelector)[label];
    if (value !== undefined) problems.push(problem(RULES.ownSelector, `nodeSelector['${label}']`, value));
  }
  return problems;
}

const OWN_SELECTORS = ['', 'beta.'].flatMap((prefix) =>
  ['arch', 'os'].map((what) => `${prefix}kubernetes.io/${what}`),
);

/** A problem with what the rule says. */
export function problem(
  { code, title, remedy }: FluxOperatorRule,
  path: string,
  value: unknown,
  message = title,
): Problem {
  return { code, severity: Severity.ERROR, path, value, message, fix: remedy };
}

function checkFields(
  path: string,
  given: unknown,
  fields: Readonly<Record<string, FieldType>>,
): readonly Problem[] {
  if (given === undefined) return [];
  if (!isTree(given)) return [problem(RULES.type, path || 'spec', given, 'must be an object')];
  return Object.entries(given).flatMap(([name, value]) => {
    const place = path ? `${path}.${name}` : name;
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!type) return [problem(RULES.unknown, place, value)];
    if (value === undefined || type.accepts(value)) return [];
    return [problem(RULES.type, place, value, `must be ${type.expected}`)];
  });
}

function checkNames({ name, namespace }: Tree, { createNamespace }: Tree, problems: Problem[]): void {
  if (isText(name) && !NAME.test(name)) {
    problems.push(problem(RULES.name, 'metadata.name', name, 'must be a DNS label of at most 47 characters'));
  }
  if (isText(namespace) && !isLabel(namespace)) {
    problems.push(problem(RULES.name, 'metadata.namespace', namespace));
  } else if (isText(namespace) && createNamespace !== false && OF_EVERYBODY.test(namespace)) {
    problems.push(problem(RULES.sharedNamespace, 'metadata.namespace', namespace));
  }
}

function checkImages(images: unknown, problems: Problem[]): void {
  if (images !== undefined && !isTree(images)) return;
  const given = Object.entries(treeOf(images)).filter(([, image]) => image !== undefined);
  if (given.length === 0) problems.push(problem(RULES.noImage, 'images', images));
  for (const [architecture, image] of given) {
    const path = `images.${architecture}`;
    if (!ARCHITECTURES.some((one) => one === architecture))
      problems.push(problem(RULES.unknown, path, image));
    else if (!isText(image) || !DIGEST.test(image)) problems.push(problem(RULES.digest, path, image));
  }
}

function checkElection({ images, replicas, leaderElection }: Tree, problems: Problem[]): void {
  const deployments = Object.values(treeOf(images)).filter((image) => image !== undefined).length;
  const isAlone = deployments < 2 && (replicas === undefined || replicas === 1);
  if (leaderElection === false && !isAlone) problems.push(problem(RULES.oneWorker, 'leaderElection', false));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_REPLICAS;
}

function treeOf(value: unknown): Tree {
  return isTree(value) ? value : {};
}

function isTreeOf(value: unknown, accepts: (one: unknown) => boolean): boolean {
  return isTree(value) && Object.values(value).every(accepts);
}

function isResources(value: unknown): boolean {
  if (!isTree(value) || Object.keys(value).some((key) => key !== 'limits' && key !== 'requests'))
    return false;
  return Object.values(value).every(
    (amounts) => amounts === undefined || isTreeOf(amounts, (one) => isText(one) && QUANTITY.test(one)),
  );
}

const TOLERATION_FIELDS = ['key', 'operator', 'value', 'effect'];
const EFFECTS: readonly unknown[] = [undefined, '', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function isTolerations(value: unknown): boolean {
  return Array.isArray(value) && value.every(isToleration);
}

function isToleration(given: unknown): boolean {
  const { key, operator = 'Equal', value, effect } = treeOf(given);
  const isOfTexts = isTreeOf(given, (text) => text === undefined || typeof text === 'string');
  const isKnown = Object.keys(treeOf(given)).every((field) => TOLERATION_FIELDS.includes(field));
  const isKey = isText(key) ? LABEL_KEY.test(key) : operator === 'Exists';
  const isMatch = operator === 'Exists' ? !value : operator === 'Equal';
  return isOfTexts && isKnown && isKey && isMatch && EFFECTS.includes(effect);
}

function isLabels(value: unknown): boolean {
  return isTreeOf(value, (one) => typeof one === 'string' && LABEL_VALUE.test(one)) && hasLabelKeys(value);
}

function hasLabelKeys(value: unknown): boolean {
  return Object.keys(treeOf(value)).every((key) => LABEL_KEY.test(key));
}

function isObjectName(value: unknown): boolean {
  return isText(value) && OBJECT_NAME.test(value);
}

function isNamedList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one: unknown) => isTree(one) && isObjectName(one.name));
}
