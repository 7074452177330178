/** Registered resources as a snapshot shows them: without what other tests are about, and what is too long to read. */
import { Registered, labelOf } from './pulumi-deploy';

const LONGEST = 200;

/** Inputs by resource, without scripts and user data, which change often; secrets are hidden. */
export function shortened(resources: readonly Registered[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    resources.map((resource) => [labelOf(resource), shorten(resource, '', resource.inputs)]),
  );
}

function shorten(resource: Registered, path: string, value: unknown): unknown {
  if (resource.secretPaths.includes(path)) return '<secret>';
  if (typeof value === 'string')
    return value.length > LONGEST
      ? '<long text>'
      : value.replace(/[0-9a-f]{64}|(?<=boot-)[0-9a-f]{16}/, '<checksum>');
  if (Array.isArray(value))
    return value.map((one: unknown, index) => shorten(resource, `${path}[${index}]`, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      shorten(resource, path === '' ? name : `${path}.${name}`, one),
    ]),
  );
}
