/** Traps T25 and T29: volumes in containers, as far as both API versions treat them alike. */
import { Severity } from '../../../problems';
import { LocatedContainers } from '../../located-containers';
import { CommonRule } from '../rule';

interface ConfigMapVolume {
  /** The volume's name in the container's map. */
  readonly key: string;
  readonly path: string;
  readonly configMapName?: string;
}

/** @param volumes those that the operator would mount as a ConfigMap, at least */
export function keyOfAConfigMap<Cluster>(
  volumes: (cluster: Cluster) => readonly ConfigMapVolume[],
): CommonRule<Cluster> {
  return {
    traps: ['T25'],
    severity: Severity.ERROR,
    title: 'is mounted under a key that differs from the name of its ConfigMap',
    consequence:
      'The operator names the volume after the ConfigMap and the mount after the key; the pod template refers to a ' +
      'volume that does not exist, and the Job is rejected.',
    remedy: 'use the name of the ConfigMap as key',
    check: (cluster, report) => {
      for (const { key, path, configMapName } of volumes(cluster)) {
        if (configMapName && key !== configMapName) report(`${path}.configMapName`, configMapName);
      }
    },
  };
}

interface SecretVolume {
  readonly path: string;
  readonly secretName?: string;
}

/** @param volumesOf those that may be Secrets, of one container */
export function secretOfLaterContainers<One>(
  volumesOf: (one: One) => readonly SecretVolume[],
): CommonRule<Pick<LocatedContainers<One>, 'containers' | 'services'>> {
  return {
    traps: ['T29'],
    severity: Severity.WARNING,
    title: 'is a secret that every later container of the pod sees too',
    consequence: 'Mounts accumulate: a container gets the mounts of all containers before it in the list.',
    remedy: 'put the container that needs the secret last',
    check: ({ containers, services }, report) => {
      for (const pod of [containers, services]) {
        for (const { path, secretName } of pod.slice(0, -1).flatMap((one) => volumesOf(one))) {
          if (secretName) report(`${path}.secretName`, secretName);
        }
      }
    },
  };
}
