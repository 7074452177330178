/** Names of MiniClusters, and of what the operator and Kubernetes call after them. */
import { LONGEST_LABEL } from '../../../kubernetes-names';
import { Report } from '../rule';

/** The longest name that every release takes: v1alpha1 has a volume `<name>-flux-config`. */
export const LONGEST_NAME = LONGEST_LABEL - '-flux-config'.length;

/**
 * Tells of a MiniCluster's name that is too long: the last pod is called `<name>-<maxSize - 1>`, and the operator
 * names pod volumes after the cluster; all are DNS labels.
 * @param suffix the longest by which something else is named; empty where nothing is
 * @returns whether there was something to tell
 */
export function reportLongName(name: string, suffix: string, maxSize: number, report: Report): boolean {
  const lastIndex = `-${Math.max(maxSize, 1) - 1}`;
  const longest = LONGEST_LABEL - Math.max(lastIndex.length, suffix.length);
  if (name.length <= longest) return false;
  const others = suffix === '' ? '' : `'<name>${suffix}' and `;
  report(
    'metadata.name',
    name,
    `has ${name.length} characters, but ${others}the last pod, '<name>-${maxSize - 1}', must fit 63`,
    `shorten it to ${longest}`,
  );
  return true;
}
