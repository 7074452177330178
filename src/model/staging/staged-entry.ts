/** Staged paths with their defaults, as scripts take them. */
import { hashOf } from '../hash';
import { plainPath } from '../minicluster/rules/common/paths';
import { StagedPath } from './spec';

/** A staged path, complete and written in the shortest way. */
export interface StagedEntry {
  /** Names its archive, and its marker on the nodes. */
  readonly key: string;
  readonly path: string;
  readonly to: string;
  readonly from: string;
  readonly pull: string;
  readonly sha256: string;
}

/** Fills in what is left out. */
export function entryOf({
  path: given,
  to: target,
  from: source,
  pull = '',
  sha256 = '',
}: StagedPath): StagedEntry {
  const path = plainPath(given);
  const to = plainPath(target);
  const from = plainPath(source ?? target);
  return { key: hashOf([from, to, path]), path, to, from, pull, sha256: sha256.toLowerCase() };
}

/** Where it is on every node. */
export function placeOf({ to, path }: StagedEntry): string {
  return plainPath(`${to}/${path}`);
}

/** The fields in the order in which the scripts read them. */
export function fieldsOf({ key, path, to, from, pull, sha256 }: StagedEntry): string[] {
  return [key, path, to, from, pull, sha256];
}
