/** Service accounts, each with all that it may do, in one box. */
import { KubernetesObject, Objects } from '../read/objects';
import { textOf, textsOf, treesOf, valueAt } from '../read/tolerant';
import { Tree } from '../../tree';
import { counted, listed, short } from './words';

/** The kinds that say together what an account may do. */
const ROLES = ['Role', 'ClusterRole'];
const BINDINGS = ['RoleBinding', 'ClusterRoleBinding'];

/** Rules that are shown; a box is no place to review rights. */
const MOST_RULES = 5;
/** All that are usual: each of them counts. */
const MOST_VERBS = 8;
/** Characters. */
const LONGEST_RULE = 90;

/** What is said in the boxes of accounts, and which objects need no box of their own for it. */
export interface Rights {
  /** Lines of service accounts, by their ids. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** Ids of roles and bindings that these lines stand for. */
  readonly told: ReadonlySet<string>;
}

/** Gathers the rights of the service accounts among the objects. */
export function rightsOf(objects: Objects): Rights {
  const lines = new Map<string, string[]>();
  const told = new Set<string>();
  for (const binding of objects.ofKind(...BINDINGS)) {
    const role = roleOf(binding, objects);
    const accounts = accountsOf(binding, objects);
    if (!role || accounts.length === 0) continue;
    told.add(binding.id).add(role.id);
    for (const { id } of accounts) lines.set(id, [...(lines.get(id) ?? []), ...ruleLines(role, binding)]);
  }
  return { lines: new Map([...lines].map(([id, all]) => [id, shortened(all)])), told };
}

function roleOf({ body, namespace }: KubernetesObject, objects: Objects): KubernetesObject | undefined {
  const kind = textOf(valueAt(body, 'roleRef', 'kind')) ?? '';
  const name = textOf(valueAt(body, 'roleRef', 'name')) ?? '';
  return ROLES.includes(kind) ? objects.find(kind, kind === 'Role' ? namespace : '', name) : undefined;
}

function accountsOf({ body, namespace }: KubernetesObject, objects: Objects): readonly KubernetesObject[] {
  return treesOf(body.subjects).flatMap((subject) => {
    const [name = '', where = namespace] = [textOf(subject.name), textOf(subject.namespace)];
    return subject.kind === 'ServiceAccount' ? (objects.find('ServiceAccount', where, name) ?? []) : [];
  });
}

function ruleLines({ body }: KubernetesObject, { kind }: KubernetesObject): readonly string[] {
  const where = kind === 'ClusterRoleBinding' ? ' everywhere' : '';
  return treesOf(body.rules).map((rule) => short(`may ${verbsAndResources(rule)}${where}`, LONGEST_RULE));
}

function verbsAndResources({ verbs, resources, resourceNames, nonResourceURLs }: Tree): string {
  const what = [...textsOf(resources), ...textsOf(nonResourceURLs)];
  const names = textsOf(resourceNames);
  return `${listed(textsOf(verbs), MOST_VERBS)}: ${listed(what)}${names.length === 0 ? '' : ` ${listed(names, 2)}`}`;
}

function shortened(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MOST_RULES;
  return rest <= 0 ? lines : [...lines.slice(0, MOST_RULES), `and ${counted(rest, 'more rule')}`];
}
