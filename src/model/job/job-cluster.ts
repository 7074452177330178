import { BrokerHost } from '../flux/broker-config';
import { BROKER_PORT } from '../flux/ports';
import { Metadata } from '../manifest';
import { MiniClusterSpec } from '../minicluster/api/v1alpha2';
import { Cluster, LocatedContainer, readCluster } from '../minicluster/cluster';
import { completeBurstedClusters, hostsOf } from '../minicluster/hosts';
import { OperatorVersion } from '../minicluster/operator-version';
import { plainPath } from '../minicluster/rules/common/paths';
import { Writable } from '../minicluster/writable';
import { StagedPath } from '../staging/spec';
import { coresOfLimit } from './cores';
import { dropEmptyTexts } from './empty-texts';
import { FluxFrom } from './input';
import { KubernetesTarget, OLDEST_KUBERNETES, minorOf } from './kubernetes-version';
import { MiniClusterJobOptions } from './options';
import { ReadJobInput } from './read-input';

/** A MiniCluster as the job engine's rules and renderers look at it. */
export interface JobCluster extends Cluster {
  readonly options: MiniClusterJobOptions;
  readonly target: KubernetesTarget;
  readonly fluxFrom: FluxFrom;
  /** Was it said where Flux comes from, or does it follow from the spec? */
  readonly saysFluxFrom: boolean;
  /** The existing Secret; undefined where the certificate is made in the cluster. */
  readonly certificate?: { readonly secretName: string; readonly key: string };
  /** What all nodes get before anything runs. */
  readonly staging: readonly StagedPath[];
  /** `restartPolicy` of containers, by their index. */
  readonly restartPolicies: ReadonlyMap<number, unknown>;
  /** The hosts of the instance in the order of their ranks. */
  readonly hosts: readonly BrokerHost[];
  /** The folder that the containers of a pod share. */
  readonly root: string;
  readonly port: number;
  readonly broker: PodBroker;
}

/** What tells the broker of a pod from others in the same pod. */
export interface PodBroker {
  /** Name of its container. */
  readonly container: string;
  /** The folder with all that is its own. */
  readonly place: string;
  readonly socket: string;
  /** Name of its port, in pods and Services. */
  readonly portName: string;
  /** The cores of a pod that it may plan with; undefined where it takes what it finds: all cores of the node. */
  readonly cores?: number;
  /** Tables of its configuration beside those that every broker has. */
  readonly tables: object;
  /** Variables of its container beside those that every one has. */
  readonly variables: Readonly<Record<string, string | number | undefined>>;
  /** Scripts beside those that every one has: paths below `assets/`. */
  readonly scripts: readonly string[];
}

/** The default of `flux.container.mountPath`. */
export const ROOT = '/mnt/flux';

/** Name of the port of the brokers, in pods and Services. */
export const PORT_NAME = 'flux';

/** Settles what a spec leaves open, and reads it. */
export function readJobCluster(metadata: Metadata, input: ReadJobInput): JobCluster {
  const { spec, options, fluxFrom, certificate, restartPolicies, mounts, archive, staging } = input;
  dropEmptyTexts(spec);
  completeBurstedClusters(spec);
  keepImageEntrypoints(spec);
  const port = options.port ?? BROKER_PORT;
  const root = plainPath(spec.flux?.container?.mountPath ?? ROOT);
  const cluster = readCluster(metadata, spec, OperatorVersion.MAIN, mounts, archive);
  return {
    ...cluster,
    options,
    target: new KubernetesTarget(
      minorOf(options.kubernetes ?? '') ?? OLDEST_KUBERNETES,
      options.featureGates ?? [],
    ),
    fluxFrom: fluxFrom ?? (spec.flux?.container?.disable ? FluxFrom.IMAGE : FluxFrom.VIEW_COPY),
    saysFluxFrom: fluxFrom !== undefined,
    certificate,
    staging,
    restartPolicies,
    hosts: reachable(metadata, spec, options, port),
    root,
    port,
    broker: onlyBroker(metadata, root, options, cluster.runner),
  };
}

/** The broker of a pod that has one: its container has the name of the cluster, as the operator calls it. */
function onlyBroker(
  { name }: Metadata,
  root: string,
  options: MiniClusterJobOptions,
  runner: LocatedContainer | undefined,
): PodBroker {
  const socket = `${root}/config/run/flux/local`;
  const cores = options.cores ?? coresOfLimit(runner);
  return {
    cores,
    container: name,
    place: root,
    socket,
    portName: PORT_NAME,
    tables: {},
    variables: {},
    scripts: [],
  };
}

/** A sidecar without command and hooks runs what its image starts by itself. */
function keepImageEntrypoints({ containers }: Writable<MiniClusterSpec>): void {
  for (const container of containers) {
    const hasHooks = Object.keys(container.commands ?? {}).length > 0;
    if (!container.command && !hasHooks) container.noWrapEntrypoint ??= true;
  }
}

/** The hosts; behind a single Service for the lead broker its name alone is one that resolves. */
function reachable(
  metadata: Metadata,
  spec: MiniClusterSpec,
  { networkInterface }: MiniClusterJobOptions,
  port: number,
): readonly BrokerHost[] {
  const hosts = hostsOf(metadata, spec, networkInterface);
  if (!spec.flux?.minimalService || spec.flux.bursting?.leadBroker) return hosts;
  const lead = { host: `${metadata.name}-0`, connect: `tcp://${headlessNameOf(metadata, spec)}:${port}` };
  const followers = (spec.maxSize ?? spec.size ?? 1) - 1;
  return followers > 0 ? [lead, ...withoutLead(hosts, metadata.name, followers)] : [lead];
}

function withoutLead(hosts: readonly BrokerHost[], name: string, followers: number): BrokerHost[] {
  const own = new RegExp(`^${name}-\\[0(?:-\\d+)?\\]`);
  const range = followers === 1 ? `${name}-1` : `${name}-[1-${followers}]`;
  return hosts.map((entry) => ({ ...entry, host: entry.host.replace(own, range) }));
}

/** The name of the Service of the brokers, and the subdomain of the pods. */
export function headlessNameOf(metadata: Metadata, spec: MiniClusterSpec): string {
  return spec.network?.headlessName ?? metadata.name;
}

/** The name of the lead broker's host: rank 0. */
export function leadHost({ metadata, spec }: JobCluster): string {
  const { leadBroker, hostlist } = spec.flux?.bursting ?? {};
  return leadBroker?.address ?? firstHost(hostlist) ?? `${metadata.name}-0`;
}

/** The first host of a list in RFC 29 notation. */
function firstHost(hostlist: string | undefined): string | undefined {
  const [, prefix, first, plain] = /^\s*(?:([^,[\]]*)\[(\d+)[^\]]*\]|([^,[\]]+))/.exec(hostlist ?? '') ?? [];
  return plain ?? (prefix !== undefined && first !== undefined ? prefix + first : undefined);
}

/** Is this sidecar to be rendered as a native one? */
export function isNative({ spec, restartPolicies }: JobCluster, { container }: LocatedContainer): boolean {
  return restartPolicies.get(spec.containers.indexOf(container)) === 'Always';
}
