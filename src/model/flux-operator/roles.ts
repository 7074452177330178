import { PolicyRule } from '../rbac';
import { Right } from './rights';

/** The rules that grant these rights and no more: one for each resource, or for each named object of it. */
export function policyRules(rights: readonly Right[]): PolicyRule[] {
  const granted = new Map<string, Right & { readonly verbs: string[] }>();
  for (const right of rights) {
    const { apiGroup, resource, resourceName = '', verbs } = right;
    const key = `${apiGroup} ${resource} ${resourceName}`;
    const known = granted.get(key);
    if (known) known.verbs.push(...verbs);
    else granted.set(key, { ...right, verbs: [...verbs] });
  }
  return [...granted.values()].map(({ apiGroup, resource, resourceName, verbs }) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    ...(resourceName !== undefined && { resourceNames: [resourceName] }),
    verbs: [...new Set(verbs)].sort(),
  }));
}
