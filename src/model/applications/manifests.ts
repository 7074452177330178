/** The objects of a cluster with several applications. */
import { certificateOf } from '../job/certificate-maker';
import { configMapOf } from '../job/config-map';
import { FluxRunner } from '../job/flux-source';
import { indexedJob } from '../job/indexed-job';
import { JobCluster } from '../job/job-cluster';
import { networkPolicy, servicesPolicy } from '../job/network-policy';
import { podTemplate } from '../job/pod';
import { Files, assetsOf, ownFiles } from '../job/script-files';
import { brokerService, servicesPod } from '../job/services';
import { Manifest } from '../manifest';
import { Problem } from '../problems';
import { ApplicationsCluster, fluxionPorts } from './brokers';
import { MachineSharing } from './spec';

/** How the server of converged-computing/fluxion listens on all addresses. */
const FLUXION_SERVER = ['/code/bin/server', '--host', '0.0.0.0'];

function commandsOfServices({ read }: ApplicationsCluster): ReadonlyMap<string, readonly string[]> {
  return new Map(read.fluxion ? [['fluxion', read.fluxion.serviceCommand ?? FLUXION_SERVER]] : []);
}

/** Scripts of the containers can be started as programs: flux-app is one. */
const EXECUTABLE = 0o555;

/** Renders a cluster that no rule has anything against. */
export function manifestsOf(cluster: ApplicationsCluster, problems: Problem[]): Manifest[] {
  const { metadata, queue, brokers, sharing } = cluster;
  const configMaps: Manifest[] = [];
  const addFiles = (suffix: string, files: Files, path: string): string => {
    const configMap = configMapOf(metadata, suffix, files, path, problems);
    configMaps.push(configMap);
    return configMap.metadata.name;
  };
  const scripts = addFiles('scripts', Object.assign({}, ...brokers.map(assetsOf)) as Files, 'applications');
  const runners = brokers.flatMap((broker, index): FluxRunner[] => {
    const { runner } = broker;
    const { container } = broker.broker;
    if (!runner) return [];
    const own = addFiles(`${container}-files`, ownFiles(broker), cluster.read.brokers[index]?.path ?? '');
    const sources = [scripts, own].map((name) => ({ configMap: { name } }));
    const source = { projected: { defaultMode: EXECUTABLE, sources } };
    return [{ cluster: broker, runner, scripts: { name: `flux-scripts-${container}`, source } }];
  });
  const first = runners[0] as FluxRunner;
  const { secret, manifests } = certificateOf(withoutRoot(queue), first.runner);
  // The Job asks what all containers of its pods still do when Flux has ended.
  const pods = { ...queue, containers: brokers.flatMap((broker) => broker.containers) };
  const ports = brokers.map(({ port }) => port);
  const open = sharing === MachineSharing.FLUXION ? [...ports, fluxionPorts(cluster.read).controller] : ports;
  return [
    ...manifests,
    ...configMaps,
    brokerService(queue, metadata, ports),
    ...servicesPod(withoutRoot(queue), metadata, commandsOfServices(cluster)),
    ...(queue.options.networkPolicy ? [networkPolicy(brokers, metadata, open)] : []),
    ...(sharing === MachineSharing.FLUXION
      ? [servicesPolicy(queue, metadata, fluxionPorts(cluster.read).service)]
      : []),
    indexedJob(pods, podTemplate(queue, runners, secret)),
  ];
}

/** The brokers may be root's; what makes their certificate, and services of the user's, have no need to. */
function withoutRoot(cluster: JobCluster): JobCluster {
  const { runAsUser, runAsGroup, ...securityContext } = cluster.spec.pod?.securityContext ?? {};
  if (runAsUser !== 0) return cluster;
  const others = runAsGroup === 0 ? securityContext : { ...securityContext, runAsGroup };
  const pod = {
    ...cluster.spec.pod,
    securityContext: Object.keys(others).length > 0 ? others : undefined,
  };
  return { ...cluster, spec: { ...cluster.spec, pod } };
}
