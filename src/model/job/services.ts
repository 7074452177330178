/** The Services of a cluster, and the Deployment of its services pod. */
import { defined } from '../defined';
import { Manifest, Metadata } from '../manifest';
import { Container } from '../minicluster/api/container';
import { portName, serviceContainer } from './containers';
import { JobCluster, PORT_NAME, headlessNameOf } from './job-cluster';
import {
  JOB_NAME_LABEL,
  CONTROLLED_LABEL,
  NAME_LABEL,
  nodeAffinityOf,
  podLabels,
  podMetadata,
  podOptions,
  pullSecrets,
} from './pod';
import { PodVolumes } from './pod-volumes';

/** Label of the pods of an Indexed Job, since Kubernetes 1.28. */
const INDEX_LABEL = 'batch.kubernetes.io/job-completion-index';

/** Tells the services pod from the pods of a cluster that has its name. */
const COMPONENT_LABEL = 'app.kubernetes.io/component';

/** The Service of the brokers: headless, or one address for the lead broker alone. */
export function brokerService(
  cluster: JobCluster,
  metadata: Metadata,
  [port, ...further]: readonly number[] = [cluster.port],
): Manifest {
  const { spec, options } = cluster;
  const selector = { [JOB_NAME_LABEL]: cluster.metadata.name };
  const isMinimal = spec.flux?.minimalService ?? false;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name: headlessNameOf(cluster.metadata, spec) },
    spec: {
      ...(isMinimal ? { selector: { ...selector, [INDEX_LABEL]: '0' } } : { clusterIP: 'None', selector }),
      publishNotReadyAddresses: options.publishNotReadyAddresses ?? true,
      ports: [
        { name: PORT_NAME, port, targetPort: port, protocol: 'TCP' },
        ...further.map((one) => ({ name: portName(one), port: one, targetPort: one, protocol: 'TCP' })),
      ],
    },
  };
}

/** A Service for each sidecar with ports, under the name of the sidecar, as with the operator. */
export function sidecarServices(
  { sidecars, metadata: { name } }: JobCluster,
  metadata: Metadata,
): Manifest[] {
  return sidecars
    .filter(({ container }) => (container.ports ?? []).length > 0)
    .map(({ container }) =>
      service({ ...metadata, name: container.name ?? '' }, { [CONTROLLED_LABEL]: name }, [container]),
    );
}

/** The name of the services pod's Deployment, Service and host, and the label that selects it. */
export function servicesName(name: string): string {
  return `${name}-services`;
}

/** What selects the services pod. */
export function servicesLabels(name: string): Record<string, string> {
  return { [NAME_LABEL]: servicesName(name), [COMPONENT_LABEL]: 'services' };
}

/**
 * The Deployment of the services pod, and a Service for the ports of its containers.
 * @param commands of containers that run something else than what their image starts by itself, by their names
 */
export function servicesPod(
  cluster: JobCluster,
  given: Metadata,
  commands: ReadonlyMap<string, readonly string[]> = new Map(),
): Manifest[] {
  const { services, spec } = cluster;
  if (services.length === 0) return [];
  const name = servicesName(cluster.metadata.name);
  const metadata = { ...given, name };
  const matchLabels = servicesLabels(cluster.metadata.name);
  const volumes = new PodVolumes();
  const containers = services.map((one) =>
    serviceContainer(one, volumes, commands.get(one.container.name ?? '')),
  );
  const nodeAffinity = nodeAffinityOf(spec.pod?.nodeAffinity);
  // The Service of the brokers selects it too: <name>-services.<headless Service> is its address with the operator.
  const labels = { ...podLabels(cluster), ...matchLabels, [JOB_NAME_LABEL]: cluster.metadata.name };
  const deployment: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      // Two of them would share volumes that may be written by one.
      strategy: { type: 'Recreate' },
      selector: { matchLabels },
      template: {
        metadata: podMetadata(labels, spec.pod?.annotations),
        spec: {
          hostname: name,
          subdomain: headlessNameOf(cluster.metadata, spec),
          ...podOptions(cluster, [...pullSecrets(services), ...pullSecrets(cluster.containers)]),
          ...defined({ affinity: nodeAffinity && { nodeAffinity } }),
          containers,
          volumes: volumes.volumes(),
        },
      },
    },
  };
  const listening = services.map(({ container }) => container).filter(({ ports = [] }) => ports.length > 0);
  return listening.length > 0 ? [deployment, service(metadata, matchLabels, listening)] : [deployment];
}

function service(metadata: Metadata, selector: object, containers: readonly Container[]): Manifest {
  const ports = new Set(containers.flatMap((container) => container.ports ?? []));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector,
      ports: [...ports].map((port) => ({ name: portName(port), port, targetPort: port, protocol: 'TCP' })),
    },
  };
}
