/** Values by their keys, both in the order in which they come. */
export function gathered<Key, Value>(entries: Iterable<readonly [Key, Value]>): Map<Key, Value[]> {
  const values = new Map<Key, Value[]>();
  for (const [key, value] of entries) {
    const same = values.get(key);
    if (same) same.push(value);
    else values.set(key, [value]);
  }
  return values;
}
