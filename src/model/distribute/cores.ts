/** Lists of cores as flux-core writes them: RFC 22 without brackets. */

const RANGE = /^(0|[1-9][0-9]{0,4})(?:-(0|[1-9][0-9]{0,4}))?$/;

/** Are these ranges of numbers in ascending order, none twice? */
export function isCoreList(text: string): boolean {
  let next = 0;
  return text.split(',').every((range) => {
    const [, first = '', last = first] = RANGE.exec(range) ?? [];
    const isAscending = first !== '' && Number(first) >= next && Number(last) >= Number(first);
    next = Number(last) + 1;
    return isAscending;
  });
}

/** How many cores such a list has. */
export function countOfCores(text: string): number {
  return text.split(',').reduce((sum, range) => {
    const [first = '', last = first] = range.split('-');
    return sum + Number(last) - Number(first) + 1;
  }, 0);
}
