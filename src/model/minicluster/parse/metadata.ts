import { Metadata } from '../../manifest';
import { Problem, Severity } from '../../problems';
import { Tree, isTree } from '../../tree';
import { copy } from '../read-input';
import { problemOf } from '../rules/rule';
import { memberPath } from '../structure/place';
import { QUOTE_IT } from '../structure/wording';
import { withoutNulls } from './as-input';
import { PARSE_RULES } from './rules';

/** What the API server or kubectl adds to an object; it means nothing to whoever writes it again. */
const SET_BY_THE_SERVER: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);

/** kubectl's own note of what was applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Reads the metadata of an object, which may be anything. */
export function readParsedMetadata(given: unknown, problems: Problem[]): Metadata {
  const tree = isTree(given) ? (withoutNulls(given) as Tree) : {};
  const { name, namespace, labels, annotations, ...others } = tree;
  for (const [field, value] of Object.entries(others)) {
    if (SET_BY_THE_SERVER.has(field)) continue;
    problems.push(problemOf(PARSE_RULES.metadata, memberPath('metadata', field), value));
  }
  const read: { -readonly [Field in keyof Metadata]: Metadata[Field] } = { name: '' };
  if (typeof name === 'string' && name !== '') read.name = name;
  else problems.push(noText('metadata.name', name));
  if (typeof namespace === 'string') read.namespace = namespace;
  else if (namespace !== undefined) problems.push(noText('metadata.namespace', namespace));
  if (labels !== undefined) read.labels = readTexts('metadata.labels', labels, problems);
  if (annotations !== undefined) {
    const all = readTexts('metadata.annotations', annotations, problems);
    const { [LAST_APPLIED]: _, ...kept } = all;
    if (Object.keys(kept).length > 0 || !Object.hasOwn(all, LAST_APPLIED)) read.annotations = kept;
  }
  return read;
}

function readTexts(path: string, given: unknown, problems: Problem[]): Record<string, string> {
  if (!isTree(given)) {
    const fix = 'write a map of names to strings';
    problems.push({ ...noText(path, given), message: 'must be a map', fix });
    return {};
  }
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') problems.push(noText(memberPath(path, key), value));
  }
  return copy(given) as Record<string, string>;
}

function noText(path: string, value: unknown): Problem {
  const isMissing = value === undefined || value === '';
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return {
    code: isMissing ? 'MC102' : 'MC101',
    severity: Severity.ERROR,
    path,
    value,
    message: isMissing ? 'is missing' : 'must be a string',
    fix: isScalar ? `${QUOTE_IT}"${String(value)}"` : 'write a string',
  };
}
