/** Settings of the stacks for cdk8s, from the environment: `NAMESPACE=lab npm run synth`. */

/** A text; without a default it is empty where nothing is set. */
export function setting(name: string, byDefault = ''): string {
  const value = process.env[name];
  return value === undefined || value === '' ? byDefault : value;
}

/** A whole number. What is none is given on as it is, for the construct to name it with the field that it is for. */
export function numberSetting(name: string, byDefault: number): number {
  return Number(setting(name, String(byDefault)));
}
