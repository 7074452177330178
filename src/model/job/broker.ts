/** What the brokers are told: their configuration, and the options of their command line. */
import { brokerConfig } from '../flux/broker-config';
import { RunMode } from '../minicluster/cluster';
import { JobCluster, headlessNameOf } from './job-cluster';

/** Where the start script copies the certificate, readable by the broker's user alone. */
export function certificateFile({ broker }: Pick<JobCluster, 'broker'>): string {
  return `${broker.place}/config/curve/curve.cert`;
}

/** A lead broker that is killed loses what came after the last checkpoint; one costs next to nothing. */
const CHECKPOINT_PERIOD = '2s';

/** The broker.toml of every pod. */
export function configurationOf(cluster: JobCluster): string {
  const { metadata, spec, options, hosts, port, broker } = cluster;
  if (spec.flux?.brokerConfig) return spec.flux.brokerConfig;
  return brokerConfig({
    curveCert: certificateFile(cluster),
    hosts,
    domain: domainOf(headlessNameOf(metadata, spec), metadata.namespace, options.clusterDomain),
    port,
    networkInterface: options.networkInterface,
    resources: `${broker.place}/config/etc/flux/system/R`,
    queuePolicy: spec.flux?.scheduler?.queuePolicy,
    checkpointPeriod: CHECKPOINT_PERIOD,
    tables: broker.tables,
  });
}

/** The Service's name alone is a domain that the resolver of the pods completes. */
function domainOf(headless: string, namespace?: string, clusterDomain?: string): string {
  return clusterDomain === undefined ? headless : `${headless}.${namespace ?? ''}.svc.${clusterDomain}`;
}

/** The hosts in one list, in the order of the ranks. */
export function hostListOf({ hosts }: JobCluster): string {
  return hosts.map(({ host }) => host).join(',');
}

/** The highest rank of the instance; undefined where the user has written the host list. */
export function lastRank({ spec, maxSize }: JobCluster): number | undefined {
  const { hostlist, leadBroker, clusters = [] } = spec.flux?.bursting ?? {};
  if (hostlist !== undefined) return undefined;
  const bursted = clusters.reduce((sum, { size = 0 }) => sum + size, 0);
  return (leadBroker?.size ?? maxSize) + bursted - 1;
}

const DEFAULT_LOG_LEVEL = 6;

/** How long a broker tries to reach its parent before it tries anew, as the operator has it. */
const CONNECT_TIMEOUT = '5s';

/** The options of every broker. */
export function brokerOptions(cluster: JobCluster): string[] {
  const { spec, broker } = cluster;
  const { place, socket } = broker;
  const { flux, logging } = spec;
  const attributes: Record<string, string | number | undefined> = {
    'cron.directory': `${place}/config/etc/flux/system/cron.d`,
    'tbon.fanout': 256,
    rundir: `${place}/config/run/flux`,
    statedir: `${place}/config/var/lib/flux`,
    'local-uri': flux?.disableSocket ? undefined : `local://${socket}`,
    'tbon.connect_timeout': flux?.connectTimeout ?? CONNECT_TIMEOUT,
    'tbon.topo': flux?.topology,
    'tbon.zmqdebug': logging?.zeromq ? 1 : undefined,
    'broker.quorum': quorumOf(cluster),
    'log-stderr-level': logging?.quiet ? 0 : (flux?.logLevel ?? DEFAULT_LOG_LEVEL),
    'log-stderr-mode': 'local',
  };
  const options = Object.entries(attributes).map(([name, value]) =>
    value === undefined ? [] : [`-S${name}=${value}`],
  );
  return options.flat();
}

/** How many brokers must be there before the lead runs anything; undefined for all of them. */
function quorumOf(cluster: JobCluster): number | undefined {
  const { spec, size, maxSize, mode, runner } = cluster;
  if (spec.minSize !== undefined) return spec.minSize;
  if (maxSize !== size) return size;
  const { optionFlags, submitCommand, bursting } = spec.flux ?? {};
  const isPlain = !optionFlags && !submitCommand && !bursting && !runner?.container.commands?.prefix;
  // A job for all nodes waits for them by itself; flux submit gets ready meanwhile.
  return mode === RunMode.SUBMIT && isPlain && size > 1 && nodesOf(cluster) === size ? 1 : undefined;
}

/** The nodes that are asked for, where the number of tasks leaves no choice. */
function nodesOf({ spec, size }: JobCluster): number | undefined {
  const tasks = spec.tasks ?? 1;
  return tasks >= size || tasks === 0 ? size : undefined;
}

/** The options of `flux submit` and `flux batch` for nodes and tasks. */
export function taskOptions(cluster: JobCluster): string {
  const { spec } = cluster;
  const tasks = spec.tasks ?? 1;
  const size = nodesOf(cluster);
  const nodes = size === undefined ? [] : [`-N${size}`];
  return [...nodes, ...(tasks > 0 ? [`-n${tasks}`] : []), ...(spec.logging?.debug ? ['-vvv'] : [])].join(' ');
}
