import { Problem } from '../problems';
import { isTree } from '../tree';
import { problemOf } from '../minicluster/rules/rule';
import { STAGED_PATH } from './rules';
import { StagedPath } from './spec';

const REQUIRED: readonly string[] = ['path', 'to'];
const FIELDS: ReadonlySet<string> = new Set([...REQUIRED, 'from', 'pull', 'sha256']);

/**
 * Reads a list of staged paths, which may be anything.
 * @returns those that have the fields of one, each at its place: the places of the others are empty
 */
export function readStaging(given: unknown, problems: Problem[]): readonly StagedPath[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    problems.push(problemOf(STAGED_PATH, 'staging', given, 'must be a list'));
    return [];
  }
  const list: StagedPath[] = [];
  given.forEach((one: unknown, index) => {
    const read = readPath(one, `staging[${index}]`, problems);
    if (read) list[index] = read;
  });
  return list;
}

function readPath(given: unknown, at: string, problems: Problem[]): StagedPath | undefined {
  if (!isTree(given)) {
    problems.push(problemOf(STAGED_PATH, at, given));
    return undefined;
  }
  const found: Problem[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!FIELDS.has(name))
      found.push(
        problemOf(
          STAGED_PATH,
          `${at}.${name}`,
          value,
          'is no field of a staged path',
          `write ${[...FIELDS].join(', ')}`,
        ),
      );
    else if (typeof value !== 'string')
      found.push(problemOf(STAGED_PATH, `${at}.${name}`, value, 'must be a text'));
  }
  for (const name of REQUIRED) {
    if (given[name] === undefined || given[name] === '')
      found.push(problemOf(STAGED_PATH, `${at}.${name}`, given[name], 'is missing'));
  }
  problems.push(...found);
  return found.length > 0 ? undefined : { ...(given as unknown as StagedPath) };
}
