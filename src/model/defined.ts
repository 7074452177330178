/** The same object without the fields that are undefined: what is not said stays unsaid in a manifest. */
export function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    if (fields[name] !== undefined) result[name] = fields[name];
  }
  return result;
}
