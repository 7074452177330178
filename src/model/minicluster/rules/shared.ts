/** Questions that the rules of both API versions ask. */
import { isPlainCommand, isPlainInDoubleQuotes, isPlainWord } from '../../flux/quoting';

/** Longest DNS label: a pod's host name, a volume's name, a Service's name. */
const DNS_LABEL = 63;

/** The ConfigMap volume that the operator adds; its name is the longest that it derives from the cluster's. */
const ENTRYPOINT_SUFFIX = '-entrypoint';

/**
 * How long a MiniCluster's name may be: the last pod is called `<name>-<maxSize - 1>`, and the operator
 * names a pod volume `<name>-entrypoint` (controllers/flux/volumes.go); both are DNS labels.
 */
export function longestName(maxSize: number): number {
  const lastIndex = `-${Math.max(maxSize, 1) - 1}`;
  return DNS_LABEL - Math.max(lastIndex.length, ENTRYPOINT_SUFFIX.length);
}

/** The longest name that every release takes: v1alpha1 has a volume `<name>-flux-config`. */
export const LONGEST_NAME = DNS_LABEL - '-flux-config'.length;

/** Can the operator's entrypoint take this command inline without changing it? */
export function isInlineSafe(command: string): boolean {
  return isPlainCommand(command);
}

/** Does this batch text arrive unchanged through the `echo "…"` that writes it? */
export function isSafeInEcho(text: string): boolean {
  return isPlainInDoubleQuotes(text);
}

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?(\d+(\.\d*)?|\.\d+))?$/;

/** Is this a quantity as Kubernetes reads it (`5Gi`, `500m`, `1e3`)? */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** An absolute path that a shell takes as one word whether quoted or not. */
export function isPlainPath(text: string): boolean {
  return text.startsWith('/') && isPlainWord(text);
}

/** A DNS label that starts with a letter, as names of Services need it (RFC 1035). */
export function isServiceName(text: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= DNS_LABEL;
}

/** A DNS label (RFC 1123), as names of containers and volumes need it. */
export function isLabel(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= DNS_LABEL;
}

/**
 * Is this hook still whole where the entrypoint adds ` > /dev/null` behind its last line (quiet), or a
 * blank (otherwise)? A heredoc or comment at the end isn't, nor is a line that goes on.
 */
export function isSafeAsHook(hook: string, quiet: boolean): boolean {
  if (quiet) return !/[\n#\\]/.test(hook) && !hook.includes('<<');
  const last = hook.slice(hook.lastIndexOf('\n') + 1);
  return last.trim() === '' || (!hook.includes('<<') && !last.endsWith('\\'));
}
