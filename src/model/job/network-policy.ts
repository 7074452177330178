import { Manifest, Metadata } from '../manifest';
import { JobCluster } from './job-cluster';
import { CONTROLLED_LABEL } from './pod';

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
