import * as pulumi from '@pulumi/pulumi';

/** The part of arguments that is known now, and the paths of what is given but becomes known later. */
export interface KnownPart<T> {
  readonly value: T;
  readonly unknown: readonly string[];
}

/** Leaves out outputs and promises, at any depth: `network.vpcId`, `ingress[0].cidr`. */
export function knownPart<T>(args: unknown): KnownPart<T> {
  const unknown: string[] = [];
  const value = known('', args, unknown) as T;
  return { value, unknown };
}

function known(path: string, value: unknown, unknown: string[]): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) {
    unknown.push(path);
    return undefined;
  }
  if (Array.isArray(value))
    return value.map((one: unknown, index) => known(`${path}[${index}]`, one, unknown));
  if (!isRecord(value)) return value;
  const fields = Object.entries(value).map(([name, one]): [string, unknown] => [
    name,
    known(path === '' ? name : `${path}.${name}`, one, unknown),
  ]);
  return Object.fromEntries(fields);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
