/** Every path of a spec, and the releases that have it. */
import { OPERATOR_VERSIONS } from '../../src/model/minicluster/operator-version';
import { objectOf, type ApiTypes, type Field, type FieldType } from './types';

export interface FieldPath {
  /** `containers[].volumes{}.path` */
  readonly path: string;
  readonly field: Field;
  /** First and last release that has the field and all that it is in. */
  readonly since: string;
  readonly until: string;
  /** A build between releases that has both though one of them came with a later release. */
  readonly alsoIn?: string;
}

const RELEASES: readonly string[] = OPERATOR_VERSIONS;

/** The paths of all named fields, in the order of the types. */
export function fieldPaths(types: ApiTypes): readonly FieldPath[] {
  const found: FieldPath[] = [];
  const visit = (object: string, prefix: string, first: number, last: number, build?: string): void => {
    for (const field of objectOf(types, object).fields) {
      const path = prefix + field.name;
      const since = Math.max(first, field.since === undefined ? 0 : indexOf(path, field.since));
      const until = Math.min(
        last,
        field.until === undefined ? RELEASES.length - 1 : indexOf(path, field.until),
      );
      const alsoIn = field.alsoIn ?? (field.since === undefined ? build : undefined);
      if (alsoIn !== undefined) indexOf(path, alsoIn);
      // A shared object may have a field that ended before the place came where the object is used now:
      // no release has it there, and the structural check says so.
      found.push({ path, field, since: RELEASES[since]!, until: RELEASES[until]!, alsoIn });
      const inner = step(field.type, path);
      if (inner) visit(inner.object, `${inner.path}.`, since, until, alsoIn);
    }
  };
  visit(types.root, '', 0, RELEASES.length - 1);
  return found;
}

/** Does the newest release have the field? */
export function isCurrent(field: Field): boolean {
  return field.until === undefined || field.until === RELEASES.at(-1);
}

function indexOf(path: string, release: string): number {
  const index = RELEASES.indexOf(release);
  if (index < 0) throw new Error(`${path}: ${release} is not a release (${RELEASES.join(', ')})`);
  return index;
}

/** The object that lists and maps of this type lead to, and the path of one of them. */
function step(type: FieldType, path: string): { object: string; path: string } | undefined {
  if (type.kind === 'list') return step(type.items, `${path}[]`);
  if (type.kind === 'map') return step(type.values, `${path}{}`);
  return type.kind === 'object' ? { object: type.name, path } : undefined;
}
