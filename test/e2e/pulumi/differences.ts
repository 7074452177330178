/** How the inputs of a resource differ, and what a real provider would make anew for it. */
import { type Properties } from './clouds';

/** A value that differs. */
export interface Difference {
  /** As the engine writes paths: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  readonly kind: 'ADD' | 'DELETE' | 'UPDATE';
  /** Is the resource made anew for it? */
  readonly replaces: boolean;
}

/** Values that cannot be changed in place, of the kinds that the stacks make; `*` stands for all. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'aws:ec2/instance:Instance': ['ami', 'subnetId', 'networkInterfaces', 'primaryNetworkInterface'],
  'aws:ec2/networkInterface:NetworkInterface': ['interfaceType', 'subnetId'],
  'aws:ec2/subnet:Subnet': ['availabilityZone', 'cidrBlock', 'vpcId'],
  'aws:ec2/subnetCidrReservation:SubnetCidrReservation': ['*'],
  'aws:ec2/vpc:Vpc': ['cidrBlock'],
  'aws:ssm/parameter:Parameter': ['name'],
  'kubernetes:batch/v1:Job': ['spec.completions', 'spec.parallelism', 'spec.selector', 'spec.template'],
  'kubernetes:core/v1:ConfigMap': ['data', 'binaryData'],
  'kubernetes:core/v1:Secret': ['type', 'data', 'stringData'],
  'kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding': ['roleRef'],
  'kubernetes:rbac.authorization.k8s.io/v1:RoleBinding': ['roleRef'],
  'random:index/randomBytes:RandomBytes': ['*'],
};

/** Of every Kubernetes object. */
const IDENTITY = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace'];

/** @returns one for each value that differs, from the outside in */
export function differencesOf(type: string, before: Properties, after: Properties): readonly Difference[] {
  const fixed = [...(FIXED[type] ?? []), ...(isKubernetes(type) ? IDENTITY : [])];
  const isFixed = (path: string): boolean => fixed.some((one) => one === '*' || isAtOrBelow(one, path));
  return leavesOf('', before, after).map((leaf) => ({ ...leaf, replaces: isFixed(leaf.path) }));
}

/** Must an object that is made anew be gone before? Two of one name cannot be in a cluster. */
export function deletesFirst(type: string, before: Properties, after: Properties): boolean {
  return isKubernetes(type) && nameOf(before) === nameOf(after);
}

export function isKubernetes(type: string): boolean {
  return type.startsWith('kubernetes:');
}

/** What names an object within its kind: `flux/queue`. */
export function nameOf({ metadata }: Properties): string {
  const { namespace = '', name } = metadata as { readonly namespace?: string; readonly name: string };
  return `${namespace}/${name}`;
}

function leavesOf(path: string, before: unknown, after: unknown): Omit<Difference, 'replaces'>[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (before === undefined) return [{ path, kind: 'ADD' }];
  if (after === undefined) return [{ path, kind: 'DELETE' }];
  if (!isNested(before) || !isNested(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path, kind: 'UPDATE' }];
  const names = Array.from(new Set([...Object.keys(before), ...Object.keys(after)])).sort();
  const below = (name: string): string => pathBelow(path, name, Array.isArray(before));
  return names.flatMap((name) => leavesOf(below(name), before[name], after[name]));
}

/** Is it an object or a list? */
function isNested(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null;
}

function pathBelow(path: string, name: string, isList: boolean): string {
  if (isList) return `${path}[${name}]`;
  if (!/^\w+$/.test(name)) return `${path}["${name}"]`;
  return path === '' ? name : `${path}.${name}`;
}

function isAtOrBelow(above: string, path: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}
