/** Traps T25 to T35, as far as v1alpha1 has them: volumes in containers. */
import { isLabel } from '../../../kubernetes-names';
import { Severity } from '../../../problems';
import { V1Alpha1ExistingVolume } from '../../api/v1alpha1';
import { allContainers } from '../../located-containers';
import { isBelow, trimSlashes } from '../../rules/common/paths';
import { keyOfAConfigMap, secretOfLaterContainers } from '../../rules/common/volumes';
import { Rule } from '../../rules/rule';
import { LocatedV1Alpha1Container, V1Alpha1Cluster } from '../cluster';
import { V1ALPHA1 } from './release';

/** A volume in a container. */
export interface Mount {
  /** Its name in the container's map, and in the pod. */
  readonly key: string;
  /** Where in the spec. */
  readonly path: string;
  /** Where in the container; empty where nothing is written. */
  readonly at: string;
  readonly readOnly: boolean;
  /** What it is, unless it is a volume of the MiniCluster. */
  readonly existing?: V1Alpha1ExistingVolume;
}

/** The volumes of a container in the order in which the operator adds them. */
function mountsOf({ container, path }: LocatedV1Alpha1Container): Mount[] {
  const own = Object.entries(container.volumes ?? {}).map(([key, volume]) => ({
    key,
    path: `${path}.volumes.${key}`,
    at: volume.path,
    readOnly: volume.readOnly ?? false,
  }));
  const existing = Object.entries(container.existingVolumes ?? {}).map(([key, volume]) => ({
    key,
    path: `${path}.existingVolumes.${key}`,
    at: volume.path ?? '',
    readOnly: Boolean(volume.readOnly || volume.secretName || volume.configMapName),
    existing: volume,
  }));
  return [...own, ...existing];
}

/** What a container really gets: its own volumes and those of all containers before it (trap T29). */
export function mountsSeenBy(
  one: LocatedV1Alpha1Container,
  pod: readonly LocatedV1Alpha1Container[],
): readonly Mount[] {
  return pod.slice(0, one.index + 1).flatMap(mountsOf);
}

function existingVolumes(cluster: V1Alpha1Cluster): (Mount & { existing: V1Alpha1ExistingVolume })[] {
  return allContainers(cluster)
    .flatMap(mountsOf)
    .flatMap((mount) => (mount.existing ? [{ ...mount, existing: mount.existing }] : []));
}

/** Where the operator mounts its own volumes in the pods of the Job. */
function operatorMounts({ spec }: V1Alpha1Cluster): string[] {
  const own = ['/mnt/curve', '/etc/flux/config', '/flux_operator'];
  return spec.flux?.mungeSecret ? [...own, '/etc/munge'] : own;
}

/** The names of the operator's own volumes in the pods of the Job. */
function operatorVolumes({ metadata, spec }: V1Alpha1Cluster): string[] {
  const own = ['flux-config', 'entrypoint', 'curve-mount'].map((suffix) => `${metadata.name}-${suffix}`);
  return spec.flux?.mungeSecret ? [...own, 'munge-key'] : own;
}

/** The sources of an existing volume, in the operator's order of precedence. */
const SOURCES = ['secretName', 'configMapName', 'claimName'] as const;

function sourcesOf(volume: V1Alpha1ExistingVolume): string[] {
  return SOURCES.filter((source) => volume[source]);
}

/** Do both name the same thing? Path and readOnly belong to the mount, not to the volume. */
function sameSource(one: V1Alpha1ExistingVolume, other: V1Alpha1ExistingVolume): boolean {
  const source = ({ secretName, configMapName, claimName, items }: V1Alpha1ExistingVolume) =>
    JSON.stringify([secretName, configMapName, claimName, Object.entries(items ?? {}).sort()]);
  return source(one) === source(other);
}

export const MOUNT_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC245',
    releases: V1ALPHA1,
    ...keyOfAConfigMap((cluster: V1Alpha1Cluster) =>
      existingVolumes(cluster)
        // A Secret comes first, and MC250 tells that there are two sources
        .filter(({ existing }) => !existing.secretName)
        .map(({ key, path, existing }) => ({ key, path, configMapName: existing.configMapName })),
    ),
  },
  {
    code: 'MC246',
    traps: ['T29'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'clashes with another volume of the pod',
    consequence:
      'Each container gets the mounts of all containers before it as well, and for each name the last definition counts. ' +
      'One path twice, even of one volume, or one name twice makes the Job invalid.',
    remedy: 'use each path once over all containers of the pod, and one name for one thing',
    check: (cluster, report) => {
      for (const pod of [cluster.containers, cluster.services]) {
        const byPath = new Map<string, Mount>();
        const byKey = new Map<string, Mount & { existing: V1Alpha1ExistingVolume }>();
        for (const mount of pod.flatMap(mountsOf)) {
          const { key, path, existing } = mount;
          const at = trimSlashes(mount.at);
          const neighbour = byPath.get(at);
          if (at && neighbour) report(path, mount.at, `is mounted at the same path as ${neighbour.path}`);
          byPath.set(at, neighbour ?? mount);
          if (!existing) continue;
          const namesake = byKey.get(key);
          if (namesake && !sameSource(namesake.existing, existing)) {
            report(path, key, `is defined differently at ${namesake.path}`);
          }
          byKey.set(key, namesake ?? { ...mount, existing });
          if (pod === cluster.containers && key in (cluster.spec.volumes ?? {})) {
            report(path, key, `has the name of volumes.${key}`);
          }
        }
      }
    },
  },
  {
    code: 'MC247',
    releases: V1ALPHA1,
    ...secretOfLaterContainers((one: LocatedV1Alpha1Container) =>
      mountsOf(one).map(({ path, existing }) => ({ path, secretName: existing?.secretName })),
    ),
  },
  {
    code: 'MC248',
    traps: ['T30'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'must be an absolute path without a colon',
    consequence:
      'Without a path the mount is invalid, which the operator does not see for Secrets and ConfigMaps: Kubernetes ' +
      'refuses the Job, and the operator retries for ever without a message.',
    remedy: 'write the path from the root of the container',
    check: (cluster, report) => {
      for (const { path, at, existing } of allContainers(cluster).flatMap(mountsOf)) {
        if (at && (!at.startsWith('/') || at.includes(':'))) report(`${path}.path`, at);
        const noPath = existing ? existing.secretName || existing.configMapName : true;
        if (!at && noPath)
          report(`${path}.path`, undefined, 'is missing, so that the volume has nowhere to go');
      }
    },
  },
  {
    code: 'MC249',
    traps: ['T31'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'has no source',
    consequence: 'The operator takes it for a claim with an empty name, and the Job is rejected.',
    remedy: 'name one of claimName, configMapName or secretName',
    check: (cluster, report) => {
      for (const { key, path, existing } of existingVolumes(cluster)) {
        // With a path alone the operator's own check fails: MC209
        if (sourcesOf(existing).length === 0 && !existing.path) report(path, key);
      }
    },
  },
  {
    code: 'MC250',
    traps: ['T34', 'T35'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'has more than one source, or items without a ConfigMap',
    consequence:
      'The operator takes the first of Secret, ConfigMap and claim, and drops the rest without a word.',
    remedy: 'keep one source; items belong to a ConfigMap',
    check: (cluster, report) => {
      for (const { path, existing } of existingVolumes(cluster)) {
        const sources = sourcesOf(existing);
        if (sources.length > 1) report(path, sources, 'has more than one source');
        const { configMapName, secretName, items } = existing;
        if (items && Object.keys(items).length > 0 && (!configMapName || secretName)) {
          report(`${path}.items`, items, 'has no effect without a ConfigMap');
        }
      }
    },
  },
  {
    code: 'MC251',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is no name or path that a volume can have here',
    consequence:
      'Kubernetes refuses volumes whose name is not a DNS label or stands twice, and can not mount below the ' +
      "operator's own volumes, which are read-only: the Job is refused, or its pods never start.",
    remedy: 'use lower-case letters, digits and -, none of the names of the operator, and another path',
    check: (cluster, report) => {
      const names = operatorVolumes(cluster);
      for (const key of Object.keys(cluster.spec.volumes ?? {})) {
        if (!isLabel(key)) report(`volumes.${key}`, key, 'is keyed by a text that is no DNS label');
        if (names.includes(key)) report(`volumes.${key}`, key, 'has the name of a volume of the operator');
      }
      for (const { key, path } of existingVolumes(cluster)) {
        if (!isLabel(key)) report(path, key, 'is keyed by a text that is no DNS label');
      }
      for (const { key, path, at, existing } of cluster.containers.flatMap(mountsOf)) {
        if (existing && names.includes(key)) report(path, key, 'has the name of a volume of the operator');
        const own = operatorMounts(cluster).find((folder) => isBelow(at, folder));
        if (own) report(`${path}.path`, at, `is in ${own}, where the operator mounts its own volume`);
      }
    },
  },
];
