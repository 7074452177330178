/**
 * What a container gets of its variables: Kubernetes replaces references in their values, in the order of the list
 * (makeEnvironment of the kubelet, third_party/forked/golang/expansion).
 */
import { PodContainer } from './pod-references';

/** How a release reads a dollar sign that starts no reference. */
export enum Reads {
  /** With the letter after it. */
  LETTERS = 'letters',
  /** With the byte after it, which it writes as the letter of that number: older releases. */
  BYTES = 'bytes',
}

const [DOLLAR, OPEN, CLOSE] = [0x24, 0x28, 0x29];

/**
 * The variables of a container.
 * @param outside variables that are there before: those of the Services of the namespace
 * @param secrets values of variables that come from Secrets
 */
export function environmentOf(
  { env = [] }: PodContainer,
  reads: Reads,
  outside: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const known = new Map<string, string>();
  for (const { name, value = '', valueFrom } of env) {
    const lookUp = (reference: string): string =>
      known.get(reference) ??
      (Object.hasOwn(outside, reference) ? outside[reference] : undefined) ??
      `$(${reference})`;
    known.set(name, valueFrom ? (secrets[name] ?? '') : expand(value, lookUp, reads));
  }
  return Object.fromEntries(known);
}

function expand(text: string, lookUp: (name: string) => string, reads: Reads): string {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const next = bytes[at + 1];
    const close = next === OPEN ? bytes.indexOf(CLOSE, at + 2) : -1;
    if (bytes[at] !== DOLLAR || next === undefined) {
      parts.push(bytes.subarray(at, at + 1));
      at += 1;
    } else if (close >= 0) {
      parts.push(Buffer.from(lookUp(bytes.toString('utf8', at + 2, close))));
      at = close + 1;
    } else {
      // Two signs are one; before anything else the sign stays.
      if (next !== DOLLAR) parts.push(Buffer.from('$'));
      parts.push(reads === Reads.BYTES ? Buffer.from(String.fromCodePoint(next)) : Buffer.from([next]));
      at += 2;
    }
  }
  return Buffer.concat(parts).toString('utf8');
}
