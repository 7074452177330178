import { ARCHITECTURES } from '../architectures';
import { Manifest, Metadata } from '../manifest';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { binding, role, serviceAccount } from '../rbac';
import { checkFluxOperator } from './check';
import { METRICS_PORT, deployment } from './deployment';
import { CLUSTER_RIGHTS, LEADER_ELECTION_RIGHTS, OWNER_REFERENCE_RIGHTS, Right } from './rights';
import { policyRules } from './roles';
import { DEFAULT_NAME, DEFAULT_NAMESPACE, FluxOperatorMetadata, FluxOperatorSpec } from './spec';

/** A rendered operator, and what is wrong with its input. */
export interface RenderedFluxOperator {
  /** In the order in which they are to be applied; empty where there are errors. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Renders what installs the Flux Operator: namespace, CustomResourceDefinition (v1alpha2), ServiceAccount, roles and
 * bindings, metrics Service, and a Deployment for each architecture that there is an image for. The same input gives
 * the same manifests.
 *
 * Unlike the other renderers it can't work without arguments: the image is required, because no digest of it is
 * known for certain.
 *
 * @throws InvalidSpecError with all problems, if there are any
 */
export function fluxOperator(metadata?: FluxOperatorMetadata, spec?: FluxOperatorSpec): Manifest[] {
  const { manifests, problems } = renderFluxOperator(metadata, spec);
  throwErrors(subjectOf('FluxOperator', metadata), problems);
  return [...manifests];
}

/** Renders and tells the problems in one go, for callers that name the operator in their own way. */
export function renderFluxOperator(
  metadata?: FluxOperatorMetadata,
  spec?: FluxOperatorSpec,
): RenderedFluxOperator {
  const problems = checkFluxOperator(metadata, spec);
  if (!spec || hasErrors(problems)) return { manifests: [], problems };
  return { manifests: manifestsOf(metadata ?? {}, spec), problems };
}

function manifestsOf(given: FluxOperatorMetadata, spec: FluxOperatorSpec): Manifest[] {
  const { name = DEFAULT_NAME, namespace = DEFAULT_NAMESPACE, annotations } = given;
  const { createNamespace = true, leaderElection = true } = spec;
  const selector = { 'app.kubernetes.io/name': 'flux-operator', 'app.kubernetes.io/instance': name };
  const labels = { ...given.labels, 'app.kubernetes.io/part-of': 'flux-framework', ...selector };
  const clusterWide = (objectName: string): Metadata => ({
    name: objectName,
    labels: { ...labels },
    ...withAnnotations(annotations),
  });
  const local = (objectName: string): Metadata => ({ ...clusterWide(objectName), namespace });
  // A prefix of its own: FluxCD's operator has cluster-wide objects with the plain name.
  const cluster = clusterWide(`flux-framework.org:${name}`);
  const election = local(`${name}-leader-election`);
  const account = { kind: 'ServiceAccount', name, namespace };
  return [
    ...(createNamespace ? [namespaceOf(clusterWide(namespace))] : []),
    definition(clusterWide),
    serviceAccount(local(name)),
    role('ClusterRole', cluster, policyRules(clusterRights(spec))),
    binding('ClusterRole', cluster, account),
    ...(leaderElection
      ? [role('Role', election, policyRules(LEADER_ELECTION_RIGHTS)), binding('Role', election, account)]
      : []),
    metricsService(local(`${name}-metrics`), selector),
    ...ARCHITECTURES.flatMap((architecture) => {
      const image = spec.images[architecture];
      if (image === undefined) return [];
      return [deployment(local(`${name}-${architecture}`), { architecture, image }, selector, name, spec)];
    }),
  ];
}

function definition(clusterWide: (name: string) => Metadata): Manifest {
  // Loaded on use: it is large, and most apps have no operator.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { crd } = require('./definition') as typeof import('./definition');
  const { metadata, ...definitionOfKind } = structuredClone(crd);
  return { ...definitionOfKind, metadata: { ...clusterWide(metadata.name), ...metadata } };
}

function withAnnotations(annotations: Record<string, string> | undefined): Partial<Metadata> {
  return annotations ? { annotations } : {};
}

function clusterRights({ ownerReferencesPermissionEnforcement }: FluxOperatorSpec): readonly Right[] {
  return ownerReferencesPermissionEnforcement
    ? [...CLUSTER_RIGHTS, ...OWNER_REFERENCE_RIGHTS]
    : CLUSTER_RIGHTS;
}

function namespaceOf(metadata: Metadata): Manifest {
  const labels = { ...metadata.labels, 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, labels } };
}

/** Plain HTTP without authentication: that is what the manager serves. */
function metricsService(metadata: Metadata, selector: Readonly<Record<string, string>>): Manifest {
  const port = { name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: [port] } };
}
