/** The pods of the Job, and what they share with the services pod. */
import { defined } from '../defined';
import { Metadata } from '../manifest';
import { LocatedContainer } from '../minicluster/cluster';
import { fluxContainer, sidecarContainer } from './containers';
import { FluxRunner, addFlux } from './flux-source';
import { distinct } from './images';
import { JobCluster, headlessNameOf, isNative } from './job-cluster';
import { PodVolumes } from './pod-volumes';

/** The label by which pods of a cluster are told from others, with the operator too. */
export const NAME_LABEL = 'app.kubernetes.io/name';

/** The label of the pods of the Job alone: nobody but the Job controller writes it. */
export const CONTROLLED_LABEL = 'batch.kubernetes.io/job-name';

/** The label that selects the pods of the cluster and its services pod, which the Job controller writes as well. */
export const JOB_NAME_LABEL = 'job-name';

/** Default of {@link MiniClusterJobOptions.terminationGracePeriodSeconds}, without what running jobs get. */
const GRACE_PERIOD = 30;

/** Seconds between the signal to stop and the kill. */
export function gracePeriod({ options, archive }: JobCluster): number {
  return options.terminationGracePeriodSeconds ?? GRACE_PERIOD + (archive?.drainSeconds ?? 0);
}

/** The labels of the pods, as the operator writes them; here nothing depends on those that are the user's too. */
export function podLabels({ metadata, spec }: JobCluster): Record<string, string> {
  const { name, namespace } = metadata;
  const labels: Record<string, string> = {
    app: 'flux-operator',
    [NAME_LABEL]: name,
    'hpa-selector': name,
    ...(namespace !== undefined && { namespace }),
    ...spec.pod?.labels,
  };
  labels[NAME_LABEL] = name;
  return labels;
}

/**
 * The template of the Job's pods.
 * @param cluster what the pods have as a whole
 * @param runners the containers that run Flux: one for each cluster that the pods belong to
 */
export function podTemplate(
  cluster: JobCluster,
  runners: readonly FluxRunner[],
  secret: { readonly secretName: string; readonly key: string },
): object {
  const { metadata, spec, sidecars } = cluster;
  const volumes = new PodVolumes();
  const flux = addFlux(cluster, volumes, runners, secret);
  const native = sidecars.filter((sidecar) => isNative(cluster, sidecar));
  const all = new Set(runners.flatMap((one) => one.cluster.containers));
  const containers = [...all]
    .filter((one) => !native.includes(one))
    .map((one) => {
      const runner = runners.find((other) => other.runner === one);
      return runner ? fluxContainer(runner, volumes, flux) : sidecarContainer(cluster, one, volumes, flux);
    });
  const initContainers = [
    ...flux.initContainers,
    ...native.map((one) => ({
      ...sidecarContainer(cluster, one, volumes, flux),
      restartPolicy: 'Always',
    })),
  ];
  const { restartPolicy = DEFAULT_RESTART_POLICY } = spec.pod ?? {};
  return {
    metadata: podMetadata(podLabels(cluster), spec.pod?.annotations),
    spec: {
      subdomain: headlessNameOf(metadata, spec),
      restartPolicy,
      terminationGracePeriodSeconds: gracePeriod(cluster),
      ...podOptions(cluster, [spec.flux?.container?.imagePullSecret, ...pullSecrets([...all])]),
      ...defined({ affinity: affinityOf(cluster) }),
      ...(initContainers.length > 0 && { initContainers }),
      containers,
      volumes: volumes.volumes(),
    },
  };
}

/** Followers that fail are restarted within the container; a failed pod leaves its logs. */
export const DEFAULT_RESTART_POLICY = 'Never';

export function podMetadata(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> | undefined,
): Omit<Metadata, 'name'> {
  return { labels: { ...labels }, ...(annotations && { annotations }) };
}

export function pullSecrets(containers: readonly LocatedContainer[]): (string | undefined)[] {
  return containers.map(({ container }) => container.imagePullSecret);
}

/** The options that both kinds of pods get. */
export function podOptions(
  { spec, options }: JobCluster,
  imagePullSecrets: readonly (string | undefined)[],
): object {
  const pod = spec.pod ?? {};
  const secrets = distinct(imagePullSecrets).map((name) => ({ name }));
  return defined({
    serviceAccountName: pod.serviceAccountName,
    automountServiceAccountToken: pod.automountServiceAccountToken ?? false,
    shareProcessNamespace: spec.shareProcessNamespace || undefined,
    hostIPC: pod.hostIPC || undefined,
    hostPID: pod.hostPID || undefined,
    dnsPolicy: pod.dnsPolicy,
    runtimeClassName: pod.runtimeClassName,
    priorityClassName: options.priorityClassName,
    schedulerName: pod.schedulerName,
    nodeSelector: pod.nodeSelector,
    tolerations: pod.tolerations,
    securityContext: pod.securityContext,
    imagePullSecrets: secrets.length > 0 ? secrets : undefined,
  });
}

/** Pods of one cluster near one another, but each on a node of its own: preferred as with the operator, or required. */
function affinityOf({ metadata, spec, options }: JobCluster): object | undefined {
  const nodeAffinity = nodeAffinityOf(spec.pod?.nodeAffinity);
  const isFree = spec.network?.disableAffinity ?? false;
  if (isFree) return nodeAffinity && { nodeAffinity };
  const term = (topologyKey: string): object => ({
    labelSelector: { matchLabels: { [CONTROLLED_LABEL]: metadata.name } },
    topologyKey,
  });
  const preferred = (topologyKey: string): object => ({
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(topologyKey) }],
  });
  return {
    ...(nodeAffinity && { nodeAffinity }),
    podAffinity: preferred('topology.kubernetes.io/zone'),
    podAntiAffinity: options.onePodPerNode
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term('kubernetes.io/hostname')] }
      : preferred('kubernetes.io/hostname'),
  };
}

/** Labels of nodes, all of which must have one of their values. */
export function nodeAffinityOf(
  labels: Readonly<Record<string, readonly string[]>> | undefined,
): object | undefined {
  if (labels === undefined || Object.keys(labels).length === 0) return undefined;
  const matchExpressions = Object.entries(labels).map(([key, values]) => ({ key, operator: 'In', values }));
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
}
