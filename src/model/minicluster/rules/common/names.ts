/** Names of MiniClusters, and of what the operator and Kubernetes call after them. */
import { Report } from '../rule';

/** Longest DNS label: a pod's host name, a volume's name, a Service's name. */
const DNS_LABEL = 63;

/** The longest name that every release takes: v1alpha1 has a volume `<name>-flux-config`. */
export const LONGEST_NAME = DNS_LABEL - '-flux-config'.length;

/**
 * Tells of a MiniCluster's name that is too long: the last pod is called `<name>-<maxSize - 1>`, and the operator
 * names pod volumes after the cluster; all are DNS labels.
 * @param suffix the longest by which the operator names a volume
 * @returns whether there was something to tell
 */
export function reportLongName(name: string, suffix: string, maxSize: number, report: Report): boolean {
  const lastIndex = `-${Math.max(maxSize, 1) - 1}`;
  const longest = DNS_LABEL - Math.max(lastIndex.length, suffix.length);
  if (name.length <= longest) return false;
  report(
    'metadata.name',
    name,
    `has ${name.length} characters, but '<name>${suffix}' and the last pod, '<name>-${maxSize - 1}', must fit 63`,
    `shorten it to ${longest}`,
  );
  return true;
}

/** A DNS label that starts with a letter, as names of Services need it (RFC 1035). */
export function isServiceName(text: string): boolean {
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= DNS_LABEL;
}

/** A DNS label (RFC 1123), as names of containers and volumes need it. */
export function isLabel(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= DNS_LABEL;
}
