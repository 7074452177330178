import { Manifest, Metadata } from '../manifest';
import { FluxOperatorSpec } from './spec';

/** The ports that the manager opens, and how it is told (the flags of upstream's main.go). */
export const METRICS_PORT = 8080;
const HEALTH_PORT = 8081;

const RESOURCES = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } };

/** Which of the operator's Deployments this is. */
export interface Flavor {
  readonly architecture: string;
  readonly image: string;
}

/**
 * The Deployment for the nodes of one architecture.
 *
 * @param metadata of the Deployment
 * @param selector labels that only the operator's pods have
 * @param serviceAccountName what its pods run as
 */
export function deployment(
  metadata: Metadata,
  { architecture, image }: Flavor,
  selector: Readonly<Record<string, string>>,
  serviceAccountName: string,
  spec: FluxOperatorSpec,
): Manifest {
  const { leaderElection = true, replicas = 1 } = spec;
  const matchLabels = { ...selector, 'flux-framework.org/architecture': architecture };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels: { ...metadata.labels, ...matchLabels } },
    spec: {
      replicas,
      selector: { matchLabels },
      // Without a lease the old pod must be gone before the new one works.
      ...(!leaderElection && { strategy: { type: 'Recreate' } }),
      template: {
        metadata: {
          labels: { ...metadata.labels, ...matchLabels },
          annotations: { 'kubectl.kubernetes.io/default-container': 'manager' },
        },
        spec: {
          serviceAccountName,
          // The ServiceAccount itself hands out no token.
          automountServiceAccountToken: true,
          nodeSelector: {
            ...spec.nodeSelector,
            'kubernetes.io/os': 'linux',
            'kubernetes.io/arch': architecture,
          },
          ...(spec.tolerations && { tolerations: spec.tolerations }),
          ...(spec.priorityClassName && { priorityClassName: spec.priorityClassName }),
          ...(spec.imagePullSecrets && {
            imagePullSecrets: spec.imagePullSecrets.map(({ name }) => ({ name })),
          }),
          terminationGracePeriodSeconds: 10,
          // The image's own user is 65532 (upstream's Dockerfile); platforms that assign another may.
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [manager(image, leaderElection, spec)],
        },
      },
    },
  };
}

function manager(
  image: string,
  leaderElection: boolean,
  { resources = RESOURCES }: FluxOperatorSpec,
): object {
  return {
    name: 'manager',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/manager'],
    args: [
      `--metrics-bind-address=:${METRICS_PORT}`,
      `--health-probe-bind-address=:${HEALTH_PORT}`,
      ...(leaderElection ? ['--leader-elect'] : []),
    ],
    ports: [
      { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
      { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'health' },
      initialDelaySeconds: 15,
      periodSeconds: 20,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'health' },
      initialDelaySeconds: 5,
      periodSeconds: 10,
    },
    resources: structuredClone(resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      // The operator writes no files: certificates are made in memory.
      readOnlyRootFilesystem: true,
    },
  };
}
