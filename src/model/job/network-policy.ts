import { Manifest, Metadata } from '../manifest';
import { JobCluster } from './job-cluster';
import { CONTROLLED_LABEL } from './pod';
import { servicesLabels, servicesName } from './services';

/**
 * The ports of the brokers for the pods of the cluster, ports of containers for everybody, and nothing else.
 * @param clusters those that the pods belong to
 */
export function networkPolicy(
  clusters: readonly JobCluster[],
  metadata: Metadata,
  brokerPorts: readonly number[],
): Manifest {
  const podSelector = { matchLabels: { [CONTROLLED_LABEL]: metadata.name } };
  const open = (ports: readonly number[]): object[] => ports.map((one) => ({ port: one, protocol: 'TCP' }));
  const containers = clusters.flatMap((cluster) => cluster.containers);
  const ports = [...new Set(containers.flatMap(({ container }) => container.ports ?? []))];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector,
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector }], ports: open(brokerPorts) },
        ...(ports.length > 0 ? [{ ports: open(ports) }] : []),
      ],
    },
  };
}

/** One port of the services pod for the pods of the cluster, the others for everybody. */
export function servicesPolicy({ services }: JobCluster, metadata: Metadata, closed: number): Manifest {
  const name = servicesName(metadata.name);
  const others = new Set(services.flatMap(({ container }) => container.ports ?? []));
  others.delete(closed);
  const from = [{ podSelector: { matchLabels: { [CONTROLLED_LABEL]: metadata.name } } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...metadata, name },
    spec: {
      podSelector: { matchLabels: servicesLabels(metadata.name) },
      policyTypes: ['Ingress'],
      ingress: [
        { from, ports: [{ port: closed, protocol: 'TCP' }] },
        ...(others.size > 0 ? [{ ports: [...others].map((port) => ({ port, protocol: 'TCP' })) }] : []),
      ],
    },
  };
}
