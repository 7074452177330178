import { Manifest, Metadata } from '../manifest';
import { JobCluster } from './job-cluster';
import { CONTROLLED_LABEL } from './pod';

/** The port of the brokers for the pods of the cluster, ports of containers for everybody, and nothing else. */
export function networkPolicy(
  { containers, port, metadata: { name } }: JobCluster,
  metadata: Metadata,
): Manifest {
  const podSelector = { matchLabels: { [CONTROLLED_LABEL]: name } };
  const open = (ports: readonly number[]): object[] => ports.map((one) => ({ port: one, protocol: 'TCP' }));
  const ports = [...new Set(containers.flatMap(({ container }) => container.ports ?? []))];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector,
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector }], ports: open([port]) },
        ...(ports.length > 0 ? [{ ports: open(ports) }] : []),
      ],
    },
  };
}
