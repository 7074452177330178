/**
 * A run of hosts in RFC 29 notation: `hosts('lmp', 0, 4)` is `lmp-[0-3]`, one host is `lmp-[0]`.
 * Ranges keep a configuration small however many hosts there are.
 */
export function hostRange(prefix: string, first: number, count: number): string {
  const last = first + count - 1;
  return `${prefix}-[${first === last ? first : `${first}-${last}`}]`;
}

/** The parts of a host list: commas within brackets part numbers, others part names. */
export function hostListParts(list: string): string[] {
  return list.split(/,(?![^[]*\])/);
}
