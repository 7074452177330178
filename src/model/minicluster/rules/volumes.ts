/** Traps T25 to T35: volumes and where they end up. */
import { isLabel } from '../../kubernetes-names';
import { Severity } from '../../problems';
import { ContainerVolume } from '../api/container';
import { Cluster, LocatedContainer, LocatedVolume } from '../cluster';
import { OperatorVersion } from '../operator-version';
import { isQuantity } from '../../quantity';
import { keyOfAConfigMap, secretOfLaterContainers } from './common/volumes';
import { operatorMounts, operatorVolumes } from './operator-volumes';
import { EVERY_ENGINE, EVERY_RELEASE, MAIN_ONLY, SINCE_0_2_1, SINCE_0_2_1_AND_JOB } from './releases';
import { Rule } from './rule';

/** The sources of a volume in the operator's order of precedence (V:158-246). */
const SOURCES = ['csiDriver', 'secretName', 'emptyDir', 'hostPath', 'configMapName', 'claimName'] as const;

function sourcesOf(volume: ContainerVolume): string[] {
  return SOURCES.filter((source) => volume[source]);
}

/** Where the operator mounts it, without a slash at the end: an emptyDir always at /dev/shm. */
function mountPath({ emptyDir, path }: ContainerVolume): string | undefined {
  if (emptyDir) return '/dev/shm';
  return path?.endsWith('/') ? path.replace(/\/+$/, '') : path;
}

/** Both lists of containers, each the content of one pod. */
function pods(cluster: Cluster): readonly (readonly LocatedContainer[])[] {
  return [cluster.containers, cluster.services];
}

function sameVolume(one: ContainerVolume, other: ContainerVolume): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Its nodeserver refuses inline volumes without `readOnly: true` (kubernetes-sigs/secrets-store-csi-driver). */
const SECRETS_STORE = 'secrets-store.csi.k8s.io';

export const VOLUME_RULES: readonly Rule<Cluster>[] = [
  {
    code: 'MC025',
    releases: EVERY_RELEASE,
    ...keyOfAConfigMap(({ volumes }: Cluster) =>
      volumes.map(({ key, path, volume }) => ({ key, path, configMapName: volume.configMapName })),
    ),
    remedy: 'use the name of the ConfigMap as key; the library renames the key unless that name is taken',
  },
  {
    code: 'MC026',
    traps: ['T26'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'is an emptyDir, which the operator always mounts at /dev/shm and read-write',
    consequence:
      '`path` and `readOnly` are ignored, and a second emptyDir in the pod gets the same path: the Job is rejected.',
    remedy: 'leave path and readOnly out, and have at most one emptyDir in a pod',
    check: (cluster, report) => {
      if (!cluster.volumes.some(({ volume }) => volume.emptyDir)) return;
      for (const containers of pods(cluster)) {
        const emptyDirs = containers
          .flatMap(({ volumes }) => volumes)
          .filter(({ volume }) => volume.emptyDir);
        const first = emptyDirs[0];
        for (const { key, volume, path } of emptyDirs) {
          if (volume.path && volume.path !== '/dev/shm') report(`${path}.path`, volume.path);
          if (volume.readOnly) report(`${path}.readOnly`, true);
          if (key !== first?.key)
            report(`${path}.emptyDir`, true, `is a second emptyDir at /dev/shm beside ${first?.path}`);
        }
      }
    },
  },
  {
    code: 'MC027',
    traps: ['T27'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1,
    title: 'is understood only as memory, in lower case',
    consequence: 'Any other text, the spelling Memory of Kubernetes included, gives a directory on disk.',
    remedy: 'write memory, or leave it out for disk; the library takes Memory as well',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        const medium = volume.emptyDirMedium;
        if (medium && medium !== 'memory') report(`${path}.emptyDirMedium`, medium);
      }
    },
  },
  {
    code: 'MC028',
    traps: ['T28'],
    severity: Severity.ERROR,
    releases: SINCE_0_2_1_AND_JOB,
    title: 'is no quantity',
    consequence:
      'The operator crashes at every pass: no MiniCluster of the whole Kubernetes cluster is served any more.',
    remedy: 'write a quantity such as 2Gi',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        const limit = volume.emptyDirSizeLimit;
        if (limit && !isQuantity(limit)) report(`${path}.emptyDirSizeLimit`, limit);
      }
    },
  },
  {
    code: 'MC029',
    traps: ['T29'],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'clashes with another volume of the pod',
    consequence:
      'All containers of a pod share one list of mounts: the first mount of a name counts, the last definition of ' +
      'its source, and one path under two names makes the Job invalid.',
    remedy: 'give one name one definition, and each name its own path, over all containers of the pod',
    check: (cluster, report) => {
      const taken = operatorMounts(cluster);
      for (const containers of pods(cluster)) {
        if (containers.length === 0) continue;
        const byKey = new Map<string, LocatedVolume>();
        const byMount = new Map<string, LocatedVolume>();
        for (const located of containers.flatMap(({ volumes }) => volumes)) {
          const { key, volume, path } = located;
          const namesake = byKey.get(key);
          if (namesake && !sameVolume(namesake.volume, volume)) {
            report(path, key, `is defined differently at ${namesake.path}`);
          } else if (namesake && cluster.release !== OperatorVersion.MAIN) {
            report(
              path,
              key,
              `is mounted twice: before main the mount at ${namesake.path} reaches this container as well`,
            );
          }
          byKey.set(key, namesake ?? located);
          const mount = mountPath(volume);
          if (!mount) continue;
          const neighbour = byMount.get(mount);
          if (neighbour && neighbour.key !== key)
            report(path, mount, `is mounted at the same path as ${neighbour.path}`);
          byMount.set(mount, neighbour ?? located);
          if (taken.includes(mount))
            report(path, mount, 'is mounted where the operator mounts its own volume');
        }
      }
    },
  },
  {
    code: 'MC129',
    releases: EVERY_RELEASE,
    ...secretOfLaterContainers(({ volumes }: LocatedContainer) =>
      volumes.map(({ path, volume }) => ({ path, secretName: volume.secretName })),
    ),
  },
  {
    code: 'MC030',
    traps: ['T30', 'T71'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is missing, so that the volume has nowhere to go',
    consequence:
      'A claim or host path is refused by the operator in silence; any other source makes the Job invalid.',
    remedy: 'write the path in the container',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        if (!volume.path && !volume.emptyDir && sourcesOf(volume).length > 0)
          report(`${path}.path`, undefined);
      }
    },
  },
  {
    code: 'MC031',
    traps: ['T31'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'has no source',
    consequence: 'The operator takes it for a claim with an empty name, and the Job is rejected.',
    remedy: 'name one of claimName, configMapName, secretName, hostPath, emptyDir or csiDriver',
    check: (cluster, report) => {
      for (const { key, volume, path } of cluster.volumes) {
        if (sourcesOf(volume).length === 0) report(path, key);
      }
    },
  },
  {
    code: 'MC032',
    traps: ['T32'],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'must be a directory that exists on every node',
    consequence:
      'The operator asks for the type Directory: with a file or a missing path the pod stays in ContainerCreating.',
    remedy: 'make the directory on all nodes first, then silence this',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        if (volume.hostPath) report(`${path}.hostPath`, volume.hostPath);
      }
    },
  },
  {
    code: 'MC134',
    traps: ['T33'],
    severity: Severity.ERROR,
    releases: MAIN_ONLY,
    title: 'is a driver that publishes no volume unless the volume itself is read-only',
    consequence:
      'The operator has no field for that and writes readOnly to the mount alone: the driver refuses the volume, and the ' +
      'pods stay in ContainerCreating.',
    remedy: 'sync the secrets to a Secret and mount that, or create a claim of your own',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        if (volume.csiDriver === SECRETS_STORE) report(`${path}.csiDriver`, volume.csiDriver);
      }
    },
  },
  {
    code: 'MC035',
    traps: ['T35'],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'has more than one source, or options of a source that it does not have',
    consequence:
      'The operator takes the first of CSI, secret, emptyDir, hostPath, ConfigMap, claim, and drops the others without a word.',
    remedy: 'keep one source and its own options',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        const sources = sourcesOf(volume);
        if (sources.length > 1) report(path, sources, 'has more than one source');
        if (volume.items && !volume.configMapName)
          report(`${path}.items`, volume.items, 'needs configMapName');
        if (volume.csiDriverAttributes && !volume.csiDriver) {
          report(`${path}.csiDriverAttributes`, volume.csiDriverAttributes, 'needs csiDriver');
        }
        for (const option of ['emptyDirMedium', 'emptyDirSizeLimit'] as const) {
          if (volume[option] && !volume.emptyDir)
            report(`${path}.${option}`, volume[option], 'needs emptyDir: true');
        }
      }
    },
  },
  {
    code: 'MC121',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is no name that a pod volume can have here',
    consequence:
      'Kubernetes refuses volumes whose name is not a DNS label or stands twice; the operator retries for ever.',
    remedy: 'use lower-case letters, digits and -, and none of the names of the operator',
    check: (cluster, report) => {
      const taken = operatorVolumes(cluster);
      for (const { key, path } of cluster.volumes) {
        if (!isLabel(key)) report(path, key, 'is keyed by a text that is no DNS label');
        if (taken.includes(key)) report(path, key, 'has the name of a volume of the operator');
      }
    },
  },
  {
    code: 'MC130',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is mounted at /tmp, where the entrypoint keeps files of the single pod',
    consequence:
      'Pods that share the volume overwrite one another there: R, flux-view.sh, the copy of a certificate. A later run ' +
      'finds what an earlier one left.',
    remedy: 'mount it at another path',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        if (mountPath(volume) === '/tmp') report(`${path}.path`, volume.path);
      }
    },
  },
  {
    code: 'MC122',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'must be an absolute path without a colon',
    consequence: 'Kubernetes refuses the mount, and the operator retries for ever without a message.',
    remedy: 'write the path from the root of the container',
    check: (cluster, report) => {
      for (const { volume, path } of cluster.volumes) {
        if (volume.path && (!volume.path.startsWith('/') || volume.path.includes(':')))
          report(`${path}.path`, volume.path);
        if (volume.hostPath && !volume.hostPath.startsWith('/')) report(`${path}.hostPath`, volume.hostPath);
      }
    },
  },
  {
    code: 'MC136',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_RELEASE,
    title: 'is no field of the operator',
    consequence: 'The whole volume would be mounted in place of its directory.',
    remedy: 'leave it out and use longer paths in the commands, or take a MiniClusterJob',
    check: (cluster, report) => {
      for (const { path, facts } of cluster.volumes) {
        if (facts?.subPath !== undefined) report(`${path}.subPath`, facts.subPath);
      }
    },
  },
  {
    code: 'MC137',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is a claim for one pod (ReadWriteOncePod), and several mount it',
    consequence:
      'The scheduler starts one of the pods; the others stay Pending, and the brokers wait for them.',
    remedy: "give the volume accessModes: ['ReadWriteMany'], or the cluster one pod",
    check: (cluster, report) => {
      for (const { path, claimName, modes } of claimsOfSeveralPods(cluster)) {
        if (modes.includes('ReadWriteOncePod')) report(`${path}.claim`, claimName);
      }
    },
  },
  {
    code: 'MC138',
    traps: [],
    severity: Severity.WARNING,
    releases: EVERY_ENGINE,
    title: 'is a claim for one node (ReadWriteOnce), and several pods mount it',
    consequence:
      'Pods on other nodes stay in ContainerCreating where the storage enforces it, and the brokers wait for them.',
    remedy: "give the volume accessModes: ['ReadWriteMany'], or silence this where all pods run on one node",
    check: (cluster, report) => {
      for (const { path, claimName, modes } of claimsOfSeveralPods(cluster)) {
        if (modes.every((mode) => mode === 'ReadWriteOnce')) report(`${path}.claim`, claimName);
      }
    },
  },
  {
    code: 'MC139',
    traps: [],
    severity: Severity.ERROR,
    releases: EVERY_ENGINE,
    title: 'is a claim of another namespace',
    consequence: 'Pods mount claims of their own namespace only: they wait for one of that name for ever.',
    remedy: 'give both the same namespace',
    check: ({ volumes, metadata }, report) => {
      for (const { path, facts } of volumes) {
        if (!facts?.namespace || !metadata.namespace || facts.namespace === metadata.namespace) continue;
        report(`${path}.claim`, facts.namespace);
      }
    },
  },
];

interface ClaimInUse {
  readonly path: string;
  readonly claimName: string;
  readonly modes: readonly string[];
}

const NONE: readonly ClaimInUse[] = [];

/** The claims that more than one pod mounts, each once, as far as their access modes are known. */
function claimsOfSeveralPods({
  containers,
  services,
  volumes: all,
  maxSize,
}: Cluster): readonly ClaimInUse[] {
  if (!all.some(({ facts }) => facts?.accessModes)) return NONE;
  const found = new Map<string, ClaimInUse>();
  const ofServices = services.flatMap(({ volumes }) => volumes.map(({ volume }) => volume.claimName));
  for (const { path, volume, facts } of containers.flatMap(({ volumes }) => volumes)) {
    const { claimName } = volume;
    const modes = facts?.accessModes ?? [];
    if (claimName === undefined || modes.length === 0 || found.has(claimName)) continue;
    if (maxSize > 1 || ofServices.includes(claimName)) found.set(claimName, { path, claimName, modes });
  }
  return [...found.values()];
}
