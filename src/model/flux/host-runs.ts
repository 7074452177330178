import { hostListParts } from './host-list';

/** Hosts of a host list that differ in one number: `node-[0-3]`, or a single one. */
export interface HostRun {
  /** What stands before the number. */
  readonly head: string;
  /** What stands behind it. */
  readonly tail: string;
  /** The first number as it is written, which may have zeros in front; undefined for a host without one. */
  readonly first?: string;
  readonly count: number;
}

const NUMBERED = /^([^[\]]*)\[([^[\]]*)\]([^[\]]*)$/;
const RANGE = /^(\d{1,9})(?:-(\d{1,9}))?$/;

/** Reads a host list of RFC 29 as runs, in its order; what is none of its forms counts as one host of that name. */
export function hostRuns(list: string): HostRun[] {
  return hostListParts(list)
    .filter((part) => part !== '')
    .flatMap(runsOf);
}

function runsOf(part: string): HostRun[] {
  const [, head = '', numbers = '', tail = ''] = NUMBERED.exec(part) ?? [];
  const ranges = numbers.split(',').map((range) => RANGE.exec(range));
  const runs = ranges.map((range): HostRun => {
    const [, first = '', last = first] = range ?? [];
    return { head, tail, first, count: Number(last) - Number(first) + 1 };
  });
  const isRead = ranges.every((range) => range !== null) && runs.every(({ count }) => count > 0);
  return isRead ? runs : [{ head: part, tail: '', count: 1 }];
}

/** The name of a host of a run, by its place in it. */
export function hostAt({ head, tail, first }: HostRun, index: number): string {
  if (first === undefined) return `${head}${tail}`;
  return `${head}${String(Number(first) + index).padStart(first.length, '0')}${tail}`;
}
