import { Problem, Severity } from '../problems';
import { Tree, isTree } from '../tree';
import { RuleText, problemOf } from '../minicluster/rules/rule';
import { EVERY_ENGINE } from '../minicluster/rules/releases';
import { ArchiveSave } from './spec';

/** What is to be done about the archive, with the defaults filled in. */
export interface ArchiveOptions {
  readonly path: string;
  readonly save: ArchiveSave;
  /** Is any of the options given, or is it just the path? */
  readonly isExplicit: boolean;
  readonly everyMinutes: number;
  readonly drainSeconds: number;
  readonly keep: number;
  /** Undefined: as is known of the volume. */
  readonly writeOnce?: boolean;
}

/** Seconds are wanted in the pods; more than this is no number of theirs. */
const LONGEST_MINUTES = 7 * 24 * 60;
const LONGEST_DRAIN = 7 * 24 * 3600;
const MOST_ARCHIVES = 1000;

export const ARCHIVE_OPTION: RuleText = {
  code: 'MC151',
  traps: [],
  severity: Severity.ERROR,
  releases: EVERY_ENGINE,
  title: 'is no value of this option of the archive',
  consequence: 'The library does not guess what is meant.',
  remedy: 'see the page about state',
};

/**
 * Takes out of a spec's `archive` what the resource has no field for.
 * @returns undefined where there is no archive
 */
export function takeArchive(spec: unknown, problems: Problem[]): ArchiveOptions | undefined {
  const archive = isTree(spec) ? spec.archive : undefined;
  if (!isTree(archive)) return undefined;
  const { path } = archive;
  const given = Object.keys(archive).filter((name) => OPTIONS.has(name));
  const taken: Tree = {};
  for (const name of given) {
    taken[name] = archive[name];
    Reflect.deleteProperty(archive, name);
  }
  const options = new ArchiveReader(taken, problems);
  const save = options.save();
  const read = {
    save,
    isExplicit: given.length > 0,
    everyMinutes: options.count('everyMinutes', 10, [1, LONGEST_MINUTES], 10),
    drainSeconds: options.count('drainSeconds', 0, [0, LONGEST_DRAIN], 300),
    keep: options.count('keep', 0, [0, MOST_ARCHIVES], 2),
    writeOnce: options.flag('writeOnce'),
  };
  if (save !== ArchiveSave.PERIODIC)
    options.hasNoUse('everyMinutes', `without save: '${ArchiveSave.PERIODIC}'`);
  if (save === ArchiveSave.NEVER) {
    options.hasNoUse('drainSeconds', 'where nothing is saved');
    options.hasNoUse('keep', 'where nothing is saved');
  }
  if (typeof path !== 'string' || path === '') {
    if (given.length > 0) options.tell('path', path, 'is missing', 'name the file of the archive');
    return undefined;
  }
  return { path, ...read };
}

const OPTIONS: ReadonlySet<string> = new Set(['save', 'everyMinutes', 'drainSeconds', 'keep', 'writeOnce']);

class ArchiveReader {
  public constructor(
    private readonly given: Tree,
    private readonly problems: Problem[],
  ) {}

  public tell(name: string, value: unknown, message: string, fix: string): void {
    this.problems.push(problemOf(ARCHIVE_OPTION, `archive.${name}`, value, message, fix));
  }

  public save(): ArchiveSave {
    const { save } = this.given;
    const known = Object.values(ArchiveSave).find((one) => one === save);
    if (save !== undefined && !known)
      this.tell('save', save, 'is no time to save', `write ${Object.values(ArchiveSave).join(', ')}`);
    return known ?? ArchiveSave.ON_STOP;
  }

  public count(
    name: string,
    byDefault: number,
    [least, most]: readonly [number, number],
    example: number,
  ): number {
    const value = this.given[name];
    if (value === undefined) return byDefault;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
      return value as number;
    this.tell(
      name,
      value,
      `must be a whole number from ${least} to ${most}`,
      `write a number, as ${name}: ${example}`,
    );
    return byDefault;
  }

  public flag(name: string): boolean | undefined {
    const value = this.given[name];
    if (value === undefined || typeof value === 'boolean') return value;
    this.tell(name, value, 'must be true or false', 'write it without quotes');
    return undefined;
  }

  public hasNoUse(name: string, where: string): void {
    if (this.given[name] === undefined || this.given[name] === 0) return;
    this.tell(name, this.given[name], `has no use ${where}`, 'leave it out, or change save');
  }
}
