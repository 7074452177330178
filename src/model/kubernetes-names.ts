/** What Kubernetes takes as names of its objects. */

/** Longest DNS label: a pod's host name, a volume's name, a Service's name. */
export const LONGEST_LABEL = 63;

/** A DNS label that starts with a letter, as names of Services need it (RFC 1035). */
export function isServiceName(text: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= LONGEST_LABEL;
}

/** A DNS label (RFC 1123), as names of namespaces, containers and volumes need it. */
export function isLabel(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= LONGEST_LABEL;
}

/** A key of the data of a Secret or ConfigMap. */
export function isDataKey(text: string): boolean {
  return /^[-._a-zA-Z0-9]+$/.test(text);
}
