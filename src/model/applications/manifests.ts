/** The objects of a cluster with several applications. */
import { CERTIFICATE_KEY, certificateInCluster } from '../certificate/in-cluster';
import { hashOfFiles } from '../hash';
import { certificateMaker } from '../job/certificate-maker';
import { FluxRunner } from '../job/flux-source';
import { jobLabels, jobSpec } from '../job/indexed-job';
import { JobCluster } from '../job/job-cluster';
import { LARGEST_CONFIG_MAP, withLabels, withoutQueue } from '../job/minicluster-job';
import { networkPolicy, servicesPolicy } from '../job/network-policy';
import { podTemplate } from '../job/pod';
import { Files, assetsOf, bytesOf, ownFiles } from '../job/script-files';
import { brokerService, servicesPod } from '../job/services';
import { Manifest } from '../manifest';
import { INPUT_RULES } from '../minicluster/input-rules';
import { problemOf } from '../minicluster/rules/rule';
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
  const { certificate, options } = queue;
  const configMaps: Manifest[] = [];
  const addFiles = (suffix: string, files: Files, path: string): string => {
    const bytes = bytesOf(files);
    if (bytes > LARGEST_CONFIG_MAP) problems.push(problemOf(INPUT_RULES.tooLarge, path, `${bytes} bytes`));
    const name = `${metadata.name}-${suffix}-${hashOfFiles(files)}`;
    const data = { ...files };
    configMaps.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name },
      immutable: true,
      data,
    });
    return name;
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
  const secretName = `${metadata.name}-curve`;
  const secret = certificate ?? { secretName, key: CERTIFICATE_KEY };
  const first = runners[0] as FluxRunner;
  // The Job asks what all containers of its pods still do when Flux has ended.
  const pods = { ...queue, containers: brokers.flatMap((broker) => broker.containers) };
  const ports = brokers.map(({ port }) => port);
  const open = sharing === MachineSharing.FLUXION ? [...ports, fluxionPorts(cluster.read).controller] : ports;
  return [
    ...(certificate
      ? []
      : certificateInCluster(
          withoutQueue({ ...metadata, name: secretName }),
          certificateMaker(withoutRoot(queue), first.runner),
        )),
    ...configMaps,
    brokerService(queue, metadata, ports),
    ...servicesPod(withoutRoot(queue), metadata, commandsOfServices(cluster)),
    ...(options.networkPolicy ? [networkPolicy(brokers, metadata, open)] : []),
    ...(sharing === MachineSharing.FLUXION
      ? [servicesPolicy(queue, metadata, fluxionPorts(cluster.read).service)]
      : []),
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: withLabels(metadata, jobLabels(queue)),
      spec: jobSpec(pods, podTemplate(queue, runners, secret)),
    },
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
