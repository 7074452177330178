import { CERTIFICATE_KEY, certificateInCluster } from '../certificate/in-cluster';
import { PYTHON_IMAGE } from '../images';
import { Manifest, Metadata } from '../manifest';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { PolicyRule, binding, role, serviceAccount } from '../rbac';
import { checkFluxDistribute } from './check';
import { CertificateSecret, daemonSet } from './daemon-set';
import { labelsOf, namesOf } from './identity';
import { scheduling } from '../node-pod';
import { programConfigMaps } from '../script-config-map';
import { settingsOf } from './settings';
import { FluxDistributeSpec } from './spec';

/** A rendered FluxDistribute, and what is wrong with its input. */
export interface RenderedFluxDistribute {
  /** In the order in which they are to be applied; empty where there are errors. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Renders what installs Flux on the nodes of a Kubernetes cluster, runs it there and keeps it in step with the nodes: a
 * DaemonSet of supervisors, what they may see and write, a Lease and a ConfigMap in which they agree, scripts and settings,
 * and the certificate. The same input gives the same manifests, whatever the number of nodes.
 *
 * @throws InvalidSpecError with all problems, if there are any
 */
export function fluxDistribute(metadata: Metadata, spec: FluxDistributeSpec = {}): Manifest[] {
  const { manifests, problems } = renderFluxDistribute(metadata, spec);
  throwErrors(subjectOf('FluxDistribute', metadata), problems);
  return [...manifests];
}

/** Renders and tells the problems in one go, for callers that name it in their own way. */
export function renderFluxDistribute(
  metadata: Metadata,
  spec: FluxDistributeSpec = {},
): RenderedFluxDistribute {
  const problems = checkFluxDistribute(metadata, spec);
  return { manifests: hasErrors(problems) ? [] : manifestsOf(metadata, spec), problems };
}

function manifestsOf(given: Metadata, spec: FluxDistributeSpec): Manifest[] {
  const labels = labelsOf(given);
  const metadata = { ...given, labels };
  const { name, membership, clusterRole } = namesOf(given);
  const certificate = certificateOf(metadata, spec);
  const configMaps = programConfigMaps(metadata, settingsOf(given, spec), 'supervise.py');
  const account = { kind: 'ServiceAccount', name, namespace: given.namespace };
  const { namespace: _, ...ofTheCluster } = { ...metadata, name: clusterRole };
  return [
    serviceAccount(metadata),
    role('ClusterRole', ofTheCluster, [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    ]),
    binding('ClusterRole', ofTheCluster, account),
    role('Role', metadata, ownRights(name, membership)),
    binding('Role', metadata, account),
    // Both are there from the start: a right to create can't be one for a name.
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: {} },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: membership } },
    ...certificate.manifests,
    ...configMaps,
    daemonSet(metadata, spec, configMaps, certificate.secret),
  ];
}

/** The one Lease by which they elect, and the one ConfigMap that all of them follow. */
function ownRights(lease: string, membership: string): PolicyRule[] {
  return [
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [lease],
      verbs: ['get', 'update', 'patch'],
    },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [membership],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
  ];
}

function certificateOf(
  metadata: Metadata,
  spec: FluxDistributeSpec,
): { readonly secret: CertificateSecret; readonly manifests: Manifest[] } {
  const { secretName, secret, key = CERTIFICATE_KEY } = spec.certificate ?? {};
  const given = secretName ?? secret?.name;
  if (given !== undefined) return { secret: { secretName: given, key }, manifests: [] };
  const name = namesOf(metadata).curve;
  const manifests = certificateInCluster(
    { ...metadata, name },
    {
      image: spec.image ?? PYTHON_IMAGE,
      imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
      imagePullSecrets: spec.imagePullSecrets?.map((one) => one.name),
      scheduling: scheduling(spec),
    },
  );
  return { secret: { secretName: name, key: CERTIFICATE_KEY }, manifests };
}
