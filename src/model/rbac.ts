/** The objects of Kubernetes that give rights. */
import { Manifest, Metadata } from './manifest';

/** A rule of a Role or ClusterRole, as rbac.authorization.k8s.io/v1 has it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A Role or ClusterRole. */
export interface RoleManifest extends Manifest {
  readonly rules: readonly PolicyRule[];
}

/** A RoleBinding or ClusterRoleBinding. */
export interface BindingManifest extends Manifest {
  readonly roleRef: object;
  readonly subjects: readonly object[];
}

/** A ServiceAccount. */
export interface ServiceAccountManifest extends Manifest {
  readonly automountServiceAccountToken: boolean;
}

const GROUP = 'rbac.authorization.k8s.io';

/** An account whose token only those pods get that ask for it. */
export function serviceAccount(metadata: Metadata): ServiceAccountManifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false };
}

/** @param kind `Role` or `ClusterRole` */
export function role(kind: string, metadata: Metadata, rules: readonly PolicyRule[]): RoleManifest {
  return { apiVersion: `${GROUP}/v1`, kind, metadata, rules };
}

/**
 * Gives a role to an account.
 * @param kind of the role that has the name of this binding
 */
export function binding(kind: string, metadata: Metadata, account: object): BindingManifest {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: GROUP, kind, name: metadata.name },
    subjects: [account],
  };
}
