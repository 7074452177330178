/** The brokers of a pod: the queue's first, then those of the applications, each a cluster of its own over all pods. */
import { BROKER_PORT } from '../flux/ports';
import { portName } from '../job/containers';
import { BrokerVariable } from '../job/environment';
import {
  JobCluster,
  PORT_NAME,
  PodBroker,
  headlessNameOf,
  leadHost,
  readJobCluster,
} from '../job/job-cluster';
import { servicesName } from '../job/services';
import { coresOfLimit } from '../job/cores';
import { VIEW_IMAGE } from '../job/flux-source';
import { FluxFrom } from '../job/input';
import { Metadata } from '../manifest';
import { LocatedContainer } from '../minicluster/cluster';
import { FLUXION_PORT, ReadApplications, ReadBroker } from './read-input';
import { MachineSharing } from './spec';
import { tablesOf } from './tables';
import { scriptsOf } from './scripts';

/** A cluster with several applications as its rules and renderers look at it. */
export interface ApplicationsCluster {
  readonly read: ReadApplications;
  readonly metadata: Metadata;
  readonly sharing: MachineSharing;
  /** What the pods have as a whole is read from the first, the queue's. */
  readonly queue: JobCluster;
  /** All of them, in the order of their numbers. */
  readonly brokers: readonly JobCluster[];
}

/** Settles what an input leaves open. */
export function readBrokers(metadata: Metadata, read: ReadApplications): ApplicationsCluster {
  const { sharing } = read;
  const names = read.brokers.map(({ name }) => name);
  const clusters = read.brokers.map((broker, index) => clusterOf(metadata, broker, index));
  const shared = sharing === MachineSharing.STATIC ? undefined : sharedCores(clusters);
  const drain = clusters[0]?.archive?.drainSeconds;
  let firstCore = 0;
  const brokers = clusters.map((cluster, index) => {
    const { name, cores } = read.brokers[index] as ReadBroker;
    const numbered = `${index}-${name}`;
    const broker: PodBroker = {
      container: name,
      cores: sharing === MachineSharing.STATIC ? cores : shared,
      place: `${cluster.root}/brokers/${numbered}`,
      portName: index === 0 ? PORT_NAME : portName(cluster.port),
      socket: `${cluster.root}/config/run/flux/local-${index}`,
      tables: tablesOf(sharing, index, names),
      variables: {
        MINICLUSTER_BROKER: numbered,
        [BrokerVariable.BROKERS]: names.join(' '),
        [BrokerVariable.SHARING]: sharing,
        MINICLUSTER_QUEUE_DRAIN: index > 0 ? drain || undefined : undefined,
        MINICLUSTER_FIRST_CORE: cores === undefined ? undefined : firstCore,
        ...(sharing === MachineSharing.FLUXION && fluxionVariables(cluster, read)),
      },
      scripts: scriptsOf(sharing, index),
    };
    firstCore += cores ?? 0;
    const onePodPerNode = isAlone(cluster, broker, sharing);
    return { ...cluster, options: { ...cluster.options, onePodPerNode }, broker };
  });
  return { read, metadata, sharing, queue: brokers[0] as JobCluster, brokers };
}

/**
 * Must a node have one pod only? Two would plan with the same cores, unless it is known which part of a node a pod has.
 * With cores of their own the applications of both would have the same ones.
 */
function isAlone(
  { options, spec }: JobCluster,
  { cores }: PodBroker,
  sharing: MachineSharing,
): boolean | undefined {
  // Rules of the job engine tell what it means that no rule of placement is wanted.
  if (options.onePodPerNode !== undefined || spec.network?.disableAffinity) return options.onePodPerNode;
  return sharing === MachineSharing.STATIC || cores === undefined;
}

/** The cluster of one container, on a port of its own; the queue's container is the view image where none is given. */
function clusterOf(metadata: Metadata, { input }: ReadBroker, index: number): JobCluster {
  const port = (input.options.port ?? BROKER_PORT) + index;
  const cluster = readJobCluster(metadata, { ...input, options: { ...input.options, port } });
  const { runner, spec, fluxFrom } = cluster;
  if (!runner || index > 0 || fluxFrom === FluxFrom.IMAGE) return cluster;
  const image = runner.container.image ?? spec.flux?.container?.image ?? VIEW_IMAGE;
  const located: LocatedContainer = { ...runner, container: { ...runner.container, image } };
  return { ...cluster, runner: located, containers: [located] };
}

/** The cores that every application can use: undefined for all of the node. A limit of the queue is for its own work. */
function sharedCores([queue, ...applications]: readonly JobCluster[]): number | undefined {
  const given = queue?.options.cores;
  if (given !== undefined) return given;
  const limits = applications
    .map(({ runner }) => coresOfLimit(runner))
    .filter((cores) => cores !== undefined);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

const CONTROLLER_PORT = 5000;

/** The ports of Fluxion. */
export function fluxionPorts({ fluxion }: ReadApplications): { service: number; controller: number } {
  const { servicePort = FLUXION_PORT, controllerPort = CONTROLLER_PORT } = fluxion ?? {};
  return { service: servicePort, controller: controllerPort };
}

function fluxionVariables(cluster: JobCluster, read: ReadApplications): Record<string, string | number> {
  const { metadata, spec } = cluster;
  const { service, controller } = fluxionPorts(read);
  return {
    MINICLUSTER_FLUXION_SERVICE: `${servicesName(metadata.name)}:${service}`,
    MINICLUSTER_CONTROLLER: `${leadHost(cluster)}.${headlessNameOf(metadata, spec)}:${controller}`,
    MINICLUSTER_CONTROLLER_PORT: controller,
  };
}
