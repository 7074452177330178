/** What the objects of one FluxDistribute are called, and what its pods are known by. */
import { Metadata } from '../manifest';
import { NodeDirectories } from '../node-pod';
import { FluxDistributeSpec } from './spec';

/** Names of a FluxDistribute's objects; all lie in its namespace, the roles for the whole cluster excepted. */
export interface DistributeNames {
  /** DaemonSet, ServiceAccount, Role, Lease. */
  readonly name: string;
  /** ConfigMap with the generation of brokers. */
  readonly membership: string;
  /** Secret with the certificate that is made in the cluster. */
  readonly curve: string;
  /** ClusterRole and its binding. */
  readonly clusterRole: string;
}

export function namesOf({ name, namespace = '' }: Metadata): DistributeNames {
  return {
    name,
    membership: `${name}-membership`,
    curve: `${name}-curve`,
    clusterRole: `flux-framework.org:distribute:${namespace}:${name}`,
  };
}

/** Labels that only the pods of this one have. */
export function selectorOf({ name }: Metadata): Record<string, string> {
  return { 'app.kubernetes.io/name': 'flux-distribute', 'app.kubernetes.io/instance': name };
}

/** Labels of every object. */
export function labelsOf(metadata: Metadata): Record<string, string> {
  return {
    ...metadata.labels,
    'app.kubernetes.io/part-of': 'flux-framework',
    ...selectorOf(metadata),
  };
}

/** The folders of the nodes. */
export function directoriesOf({ name }: Metadata, spec: FluxDistributeSpec): Required<NodeDirectories> {
  const { installation, state, run } = spec.directories ?? {};
  return {
    installation: installation ?? `/opt/flux-distribute/${name}`,
    state: state ?? `/var/lib/flux-distribute/${name}`,
    run: run ?? `/run/flux-distribute/${name}`,
  };
}
