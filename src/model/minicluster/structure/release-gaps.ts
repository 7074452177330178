/** The fields of a spec that one release of the operator doesn't have. */
import { Availability, RELEASES } from '../api/generated/releases';
import { OPERATOR_VERSIONS, OperatorVersion } from '../operator-version';
import { fieldPath, itemPath, memberPath } from './place';

/** Tells of a field that is there and that the release lacks. */
export type ReportGap = (path: string, generic: string, value: unknown, availability: Availability) => void;

/** What to look at below one place: fields by name, or the items or values of a list or map. */
interface Node {
  readonly generic: string;
  readonly missing?: Availability;
  readonly fields: Map<string, Node>;
  each?: Node;
}

/** Reports every field of a spec that the release lacks, but none inside such a field. */
export function findGaps(spec: unknown, release: OperatorVersion, report: ReportGap): void {
  const tree = treeOf(release);
  // Paths are made only where there is something to tell: this runs for every cluster of an app.
  if (hasGap(tree, spec)) visit(tree, spec, '', report);
}

function hasGap(node: Node, value: unknown): boolean {
  if (value === undefined) return false;
  if (node.missing) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { each } = node;
  if (each && Object.values(value).some((item) => hasGap(each, item))) return true;
  for (const [name, next] of node.fields) {
    if (hasGap(next, (value as Record<string, unknown>)[name])) return true;
  }
  return false;
}

/** Does a release have a field of this availability? */
export function isIn({ since, until, alsoIn }: Availability, release: OperatorVersion): boolean {
  if (alsoIn === release) return true;
  const at = OPERATOR_VERSIONS.indexOf(release);
  const first = since === undefined ? 0 : ORDER.indexOf(since);
  const last = until === undefined ? ORDER.length - 1 : ORDER.indexOf(until);
  return first <= at && at <= last;
}

const ORDER: readonly string[] = OPERATOR_VERSIONS;
const TREES = new Map<OperatorVersion, Node>();

function treeOf(release: OperatorVersion): Node {
  const known = TREES.get(release);
  if (known) return known;
  const root: Node = { generic: '', fields: new Map() };
  for (const [path, availability] of Object.entries(RELEASES)) {
    if (!isIn(availability, release)) add(root, path, availability);
  }
  TREES.set(release, root);
  return root;
}

function add(root: Node, path: string, availability: Availability): void {
  let node = root;
  const steps = path.match(/\w+|\[\]|\{\}/g) ?? [];
  for (const [index, step] of steps.entries()) {
    // What is in a field that is missing needs no report of its own.
    if (node.missing) return;
    const missing = index === steps.length - 1 ? availability : undefined;
    if (step === '[]' || step === '{}') {
      node = node.each ??= { generic: node.generic + step, fields: new Map() };
    } else {
      const generic = node.generic === '' ? step : `${node.generic}.${step}`;
      const next = node.fields.get(step) ?? { generic, missing, fields: new Map<string, Node>() };
      node.fields.set(step, next);
      node = next;
    }
  }
}

function visit(node: Node, value: unknown, path: string, report: ReportGap): void {
  if (value === undefined) return;
  if (node.missing) {
    report(path, node.generic, value, node.missing);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (node.each) visitEach(node.each, value, path, report);
  for (const [name, next] of node.fields) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner !== undefined) visit(next, inner, fieldPath(path, name), report);
  }
}

function visitEach(each: Node, value: object, path: string, report: ReportGap): void {
  if (Array.isArray(value)) {
    value.forEach((item: unknown, index) => visit(each, item, itemPath(path, index), report));
  } else {
    for (const key of Object.keys(value)) {
      visit(each, (value as Record<string, unknown>)[key], memberPath(path, key), report);
    }
  }
}
