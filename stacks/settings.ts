/** Settings of the stacks for cdk8s, from the environment: `NAMESPACE=lab npm run synth`. */

/** A text; without a default it is empty where nothing is set. */
export function setting(name: string, byDefault = ''): string {
  const value = process.env[name];
  return value === undefined || value === '' ? byDefault : value;
}

/** A setting that is wrong; the message names it. */
export class InvalidSettingError extends Error {
  public override readonly name = 'InvalidSettingError';
}

/**
 * A number of things, at least one.
 * @throws InvalidSettingError if it is something else
 */
export function numberSetting(name: string, byDefault: number): number {
  const text = setting(name, String(byDefault));
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidSettingError(`${name} must be a whole number of at least 1, got "${text}"`);
}
