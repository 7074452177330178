/** The containers of a pod: the one that runs Flux, sidecars, and what all have in common. */
import { defined } from '../defined';
import { BROKER_PORT } from '../flux/ports';
import { archiveEnvironment } from '../state/environment';
import { Container, LifeCycle } from '../minicluster/api/container';
import { LocatedContainer, RunMode } from '../minicluster/cluster';
import { hostListOf, lastRank, taskOptions } from './broker';
import { BrokerVariable, Variable, userVariables, variables } from './environment';
import { FluxMounts, FluxRunner, runnerMounts } from './flux-source';
import { pullPolicyOf } from './images';
import { JobCluster, leadHost } from './job-cluster';
import { gracePeriod } from './pod';
import { PodVolumes } from './pod-volumes';
import { probesOf } from './probes';
import { SCRIPTS } from './script-files';

/** Where batch jobs write by default, as with the operator. */
const OUTPUT = '/tmp/fluxout';

/** Default of {@link MiniClusterJobOptions.brokerRestarts}. */
const BROKER_RESTARTS = 20;

/** The container that runs Flux. */
export function fluxContainer(one: FluxRunner, volumes: PodVolumes, mounts: FluxMounts): object {
  const { cluster, runner } = one;
  const { broker, port } = cluster;
  const { container } = runner;
  return {
    ...common(runner, volumes, runnerMounts(mounts, one)),
    name: broker.container,
    command: ['/bin/bash', `${SCRIPTS}/start.sh`],
    env: [...fluxVariables(cluster, runner), ...identityOf(cluster), ...userVariables(container)],
    ports: [{ name: broker.portName, containerPort: port, protocol: 'TCP' }, ...portsOf(container)],
    ...defined({ lifecycle: lifecycleOf(container.lifeCycle, '/bin/bash') }),
    ...probesOf(cluster),
  };
}

/** What the scripts of the Flux container are told besides. */
function fluxVariables(cluster: JobCluster, runner: LocatedContainer): Variable[] {
  const { container } = runner;
  const { spec, options, mode, port } = cluster;
  const { flux } = spec;
  const leader = flux?.bursting?.leadBroker;
  const isSubmitting = mode === RunMode.SUBMIT || mode === RunMode.BATCH;
  return variables({
    ...sharedVariables(cluster),
    MINICLUSTER_LEAD: leadHost(cluster),
    [BrokerVariable.MODE]: mode,
    [BrokerVariable.PORT]: leader ? (leader.port ?? BROKER_PORT) : port,
    [BrokerVariable.HOSTS]: hostListOf(cluster),
    MINICLUSTER_LAST_RANK: lastRank(cluster),
    MINICLUSTER_TASKS: isSubmitting ? taskOptions(cluster) : undefined,
    MINICLUSTER_CORES: cluster.broker.cores,
    ...archiveVariables(cluster, runner),
    MINICLUSTER_RESTARTS: options.brokerRestarts ?? BROKER_RESTARTS,
    MINICLUSTER_COMPLETE_WORKERS: said(flux?.completeWorkers),
    MINICLUSTER_TIMED: said(spec.logging?.timed),
    FLUX_OUTPUT_DIR: container.logs ?? OUTPUT,
    ...cluster.broker.variables,
  });
}

/** Seconds on top of the grace period until the lock of a lead whose node is lost has expired on a file server. */
const LOCK_EXPIRES = 90;

/** What the scripts are told of the archive. */
function archiveVariables(
  cluster: JobCluster,
  { volumes }: LocatedContainer,
): Record<string, string | undefined> {
  return cluster.archive
    ? archiveEnvironment(cluster.archive, volumes, gracePeriod(cluster) + LOCK_EXPIRES)
    : {};
}

/** What tells this cluster from earlier ones whose archives are kept: pods that are replaced belong to the same. */
function identityOf({ archive }: JobCluster): Variable[] {
  if (!archive || archive.keep === 0) return [];
  const fieldPath = "metadata.labels['batch.kubernetes.io/controller-uid']";
  return [{ name: 'MINICLUSTER_CLUSTER', valueFrom: { fieldRef: { fieldPath } } }];
}

/** What the scripts of every container are told: where Flux is, and how strict and quiet to be. */
function sharedVariables({ root, broker, spec }: JobCluster): Record<string, string | undefined> {
  return {
    MINICLUSTER_ROOT: root,
    MINICLUSTER_PLACE: broker.place === root ? undefined : broker.place,
    MINICLUSTER_PYTHON_PATH: spec.flux?.container?.pythonPath,
    MINICLUSTER_FLUXION: said(!spec.flux?.scheduler?.simple),
    MINICLUSTER_STRICT: said(spec.logging?.strict),
    MINICLUSTER_QUIET: said(spec.logging?.quiet),
  };
}

function said(flag: boolean | undefined): string | undefined {
  return flag ? 'true' : undefined;
}

/** A container beside the one that runs Flux, in every pod of the cluster. */
export function sidecarContainer(
  cluster: JobCluster,
  sidecar: LocatedContainer,
  volumes: PodVolumes,
  { mounts }: FluxMounts,
): object {
  const { container } = sidecar;
  const isWrapped = !container.noWrapEntrypoint;
  const index = cluster.spec.containers.indexOf(container);
  const own = variables({
    ...sharedVariables(cluster),
    MINICLUSTER_SIDECAR: index,
    MINICLUSTER_NO_WAIT: said(cluster.spec.flux?.noWaitSocket),
  });
  return {
    ...common(sidecar, volumes, mounts),
    name: container.name,
    ...(isWrapped && { command: ['/bin/bash', `${SCRIPTS}/sidecar.sh`] }),
    ...listed('env', [...(isWrapped ? own : []), ...userVariables(container)]),
    ...listed('ports', portsOf(container)),
    ...defined({ lifecycle: lifecycleOf(container.lifeCycle, isWrapped ? '/bin/bash' : '/bin/sh') }),
  };
}

/** A container of the services pod: its image as it is, unless another command is given. */
export function serviceContainer(
  service: LocatedContainer,
  volumes: PodVolumes,
  command?: readonly string[],
): object {
  const { container } = service;
  return {
    ...common(service, volumes, []),
    name: container.name,
    ...defined({ command }),
    ...listed('env', userVariables(container)),
    ...listed('ports', portsOf(container)),
    ...defined({ lifecycle: lifecycleOf(container.lifeCycle, '/bin/sh') }),
  };
}

function common(
  { container, volumes: own }: LocatedContainer,
  volumes: PodVolumes,
  mounts: readonly object[],
): object {
  const { image, workingDir, resources, securityContext } = container;
  return {
    ...defined({ image, workingDir, resources, securityContext }),
    imagePullPolicy: pullPolicyOf(container),
    ...listed('volumeMounts', [...mounts, ...own.map((volume) => volumes.mount(volume))]),
  };
}

/** A field that is left out where the list is empty. */
function listed(field: string, list: readonly object[]): object {
  return list.length > 0 ? { [field]: list } : {};
}

/** The ports of a container, named by their numbers. */
function portsOf({ ports = [] }: Container): { name: string; containerPort: number; protocol: string }[] {
  return ports.map((port) => ({ name: portName(port), containerPort: port, protocol: 'TCP' }));
}

/** Names of ports need a letter, and have 15 characters at most. */
export function portName(port: number): string {
  return `port-${port}`;
}

/** Hooks of the kubelet. A single word is a program; more than one is for a shell. */
function lifecycleOf(hooks: LifeCycle | undefined, shell: string): object | undefined {
  const exec = (text: string | undefined): object | undefined =>
    text ? { exec: { command: /\s/.test(text) ? [shell, '-c', text] : [text] } } : undefined;
  const handlers = defined({ postStart: exec(hooks?.postStartExec), preStop: exec(hooks?.preStopExec) });
  return Object.keys(handlers).length > 0 ? handlers : undefined;
}
