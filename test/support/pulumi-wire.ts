/** Properties as Pulumi's engine gets them: secrets, assets and what is not known yet are objects and texts of its own. */
import { runtime } from '@pulumi/pulumi';

/** Stands for what is not known in a preview. */
export const UNKNOWN = runtime.unknownValue;

/** Properties without their envelopes, and the paths of the secrets among them: `value`, `tags.Name`, `rules[0].cidr`. */
export interface Unwrapped {
  readonly value: unknown;
  readonly secretPaths: readonly string[];
}

export function unwrap(wire: unknown): Unwrapped {
  const secretPaths: string[] = [];
  const value = unwrapAt('', wire, secretPaths);
  return { value, secretPaths };
}

function unwrapAt(path: string, wire: unknown, secretPaths: string[]): unknown {
  if (Array.isArray(wire))
    return wire.map((one: unknown, index) => unwrapAt(`${path}[${index}]`, one, secretPaths));
  if (typeof wire !== 'object' || wire === null) return wire;
  const { [runtime.specialSigKey]: signature, ...fields } = wire as Record<string, unknown>;
  if (signature === runtime.specialSecretSig) {
    secretPaths.push(path);
    return unwrapAt(path, fields.value, secretPaths);
  }
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return Object.fromEntries(
    Object.entries(fields).map(([name, one]) => [name, unwrapAt(below(name), one, secretPaths)]),
  );
}

/** Puts a value into the envelope of secrets. */
export function secretOf(value: unknown): object {
  return { [runtime.specialSigKey]: runtime.specialSecretSig, value };
}
