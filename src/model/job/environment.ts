/** Environment variables of containers. */
import { Container } from '../minicluster/api/container';

/** One entry of a container's `env`. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** What the scripts of a container with a broker are told, as far as a diagram reads it again. */
export enum BrokerVariable {
  HOSTS = 'MINICLUSTER_HOSTS',
  MODE = 'MINICLUSTER_MODE',
  PORT = 'MINICLUSTER_PORT',
  /** The containers with brokers, the queue's first. */
  BROKERS = 'MINICLUSTER_BROKERS',
  SHARING = 'MINICLUSTER_SHARING',
}

/** Variables that are given, with exactly these values, without those that are undefined. */
export function variables(values: Readonly<Record<string, string | number | undefined>>): Variable[] {
  const list: Variable[] = [];
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) list.push({ name, value: literal(String(value), NO_NAMES) });
  }
  return list;
}

/** The user's variables, those from Secrets first, so that values can refer to them. */
export function userVariables({ environment = {}, secrets = {} }: Container): Variable[] {
  const names = new Set([...Object.keys(environment), ...Object.keys(secrets)]);
  return [
    ...Object.entries(secrets).map(([name, secretKeyRef]) => ({ name, valueFrom: { secretKeyRef } })),
    ...Object.entries(environment).map(([name, value]) => ({ name, value: literal(value, names) })),
  ];
}

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Two dollar signs, with what may follow them; a reference up to the first closing bracket, as Kubernetes reads it; or a
 * dollar sign before a letter beyond ASCII, whose first byte older releases take for a letter.
 */
const EXPANDED = /\$\$(?:\(([-._a-zA-Z0-9]+)\))?|\$\(([^)]*)\)|\$(?=[^\x00-\x7F])/g;

/** What a variable can be called. */
const VARIABLE = /^[-._a-zA-Z0-9]+$/;

/**
 * The value as it must be written for it to arrive as it is: Kubernetes turns `$$` into `$`, and `$(NAME)` into a
 * variable, of the node's environment too (third_party/forked/golang/expansion). References to variables of the same
 * container are meant, and stay; written `$$(NAME)` they arrive as `$(NAME)`.
 */
function literal(value: string, names: ReadonlySet<string>): string {
  if (!value.includes('$')) return value;
  return value.replace(EXPANDED, (match: string, escaped?: string, name?: string) => {
    if (names.has(escaped ?? name ?? '')) return match;
    if (name !== undefined && !VARIABLE.test(name)) return match;
    return (match.startsWith('$$') ? '$$' : '$') + match;
  });
}
