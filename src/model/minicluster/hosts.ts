/** The hosts of a Flux instance, those of other clusters among them. */
import { BrokerHost } from '../flux/broker-config';
import { hostRange } from '../flux/host-list';
import { BROKER_PORT } from '../flux/ports';
import { Metadata } from '../manifest';
import { Bursting } from './api/flux-options';
import { MiniClusterSpec } from './api/v1alpha2';
import { Writable } from './writable';

/** The hosts in the order of the ranks, as the operator lists them (pkg/flux/config.go). */
export function hostsOf(
  { name }: Metadata,
  spec: MiniClusterSpec,
  networkInterface = 'eth0',
): readonly BrokerHost[] {
  const { hostlist, leadBroker, clusters = [] } = spec.flux?.bursting ?? {};
  const bursted = clusters.map((cluster) => hostRange(cluster.name ?? '', 0, cluster.size ?? 0));
  if (!leadBroker) {
    const own = hostRange(name, 0, spec.maxSize ?? spec.size ?? 1);
    return [{ host: hostlist ?? [own, ...bursted].join(',') }];
  }
  const { address, port = BROKER_PORT } = leadBroker;
  const lead = {
    host: address,
    bind: `tcp://${networkInterface}:${port}`,
    connect: `tcp://${address}:${port}`,
  };
  const followers = leadBroker.size > 1 ? [hostRange(leadBroker.name, 1, leadBroker.size - 1)] : [];
  const others = hostlist === undefined ? [...followers, ...bursted] : withoutFirst(hostlist, address);
  return others.length > 0 ? [lead, { host: others.join(',') }] : [lead];
}

/** A host list without the lead broker at its head, which has an entry of its own. */
function withoutFirst(hostlist: string, first: string): string[] {
  if (hostlist === first) return [];
  return [hostlist.startsWith(`${first},`) ? hostlist.slice(first.length + 1) : hostlist];
}

/** Fills in what the operator means by default and loses (trap T63). */
export function completeBurstedClusters(spec: Writable<MiniClusterSpec>): void {
  const bursting: Writable<Bursting> | undefined = spec.flux?.bursting;
  bursting?.clusters?.forEach((cluster, index) => {
    cluster.name ??= `burst-${index}`;
    cluster.size ??= spec.size ?? 1;
  });
}
