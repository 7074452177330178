/** Volumes of the pods, and where they are mounted. */
import { isLabel } from '../../kubernetes-names';
import { allContainers } from '../../minicluster/located-containers';
import { goesUp, isBelow, plainPath } from '../../minicluster/rules/common/paths';
import { amountOf } from '../../quantity';
import { Report, Rule } from '../../minicluster/rules/rule';
import { isSubPath } from '../../storage';
import { ownMounts } from '../flux-source';
import { JobCluster } from '../job-cluster';
import { Mount } from '../pod-volumes';
import { mountPathOf } from '../../minicluster/mounts';
import { jobRule } from './option-rules';

const MEDIA = /^([mM]emory|HugePages(-\d+[KMGTPE]i)?)$/;

export const VOLUME_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ025',
      'is mounted where something else is',
      'Kubernetes refuses a container with two mounts at one path, and a volume over the files of Flux hides them.',
      'mount it at another path',
    ),
    check: (cluster, report) => {
      if (cluster.volumes.length === 0) return;
      const own = ownMounts(cluster);
      for (const { path: where, volumes } of allContainers(cluster)) {
        const taken = new Map<string, string>();
        for (const { volume, path } of volumes) {
          const mountPath = plainPath(mountPathOf(volume));
          const neighbour = taken.get(mountPath);
          if (neighbour) report(path, mountPath, `is mounted at the same path as ${neighbour}`);
          else if (mountPath === '/') report(path, mountPath, 'is mounted over the whole image');
          else if (!where.startsWith('services')) reportOwn(cluster.root, own, path, mountPath, report);
          taken.set(mountPath, neighbour ?? path);
        }
      }
    },
  },
  {
    ...jobRule(
      'MJ026',
      'is no name that a volume can have here',
      'Kubernetes refuses volumes whose name is no DNS label, or stands twice in the pod.',
      'use lower-case letters, digits and -, and none of the names of the library',
    ),
    check: (cluster, report) => {
      if (cluster.volumes.length === 0) return;
      const own = new Set(ownMounts(cluster).map(({ name }) => name));
      for (const { key, path } of cluster.volumes) {
        if (!isLabel(key)) report(path, key, 'is keyed by a text that is no DNS label');
        else if (own.has(key) && !path.startsWith('services'))
          report(path, key, 'has the name of a volume of the library');
      }
    },
  },
  {
    ...jobRule(
      'MJ046',
      'must be a relative path that does not leave the volume',
      'Kubernetes refuses the pods.',
      'write the path from the root of the volume, as run-7/data',
    ),
    check: ({ volumes }, report) => {
      for (const { facts, path } of volumes) {
        if (facts?.subPath !== undefined && !isSubPath(facts.subPath))
          report(`${path}.subPath`, facts.subPath);
      }
    },
  },
  {
    ...jobRule(
      'MJ027',
      'is no medium of an empty directory',
      'Kubernetes refuses the pods.',
      'write Memory, HugePages or HugePages-SIZE, or leave it out for the disk of the node',
    ),
    check: ({ volumes }, report) => {
      for (const { volume, path } of volumes) {
        if (volume.emptyDirMedium && !MEDIA.test(volume.emptyDirMedium))
          report(`${path}.emptyDirMedium`, volume.emptyDirMedium);
      }
    },
  },
  {
    ...jobRule(
      'MJ041',
      'is no path or size that a volume can have',
      'Kubernetes refuses the pods, or their containers never start.',
      'write what the message names',
    ),
    check: ({ volumes }, report) => {
      for (const { volume, path } of volumes) {
        const { hostPath, emptyDirSizeLimit, items } = volume;
        if (hostPath !== undefined && goesUp(hostPath))
          report(
            `${path}.hostPath`,
            hostPath,
            'must be a path without ..',
            'write the folder as it is on the node',
          );
        if (emptyDirSizeLimit !== undefined && amountOf(emptyDirSizeLimit) < 0)
          report(
            `${path}.emptyDirSizeLimit`,
            emptyDirSizeLimit,
            'must not be negative',
            'write a quantity such as 2Gi',
          );
        for (const [key, file] of Object.entries(items ?? {})) {
          if (file === '' || file.startsWith('/') || file.startsWith('..') || goesUp(file))
            report(
              `${path}.items`,
              file,
              `must be a path below the mount, without .., for the key '${key}'`,
              'write the path of the file from where the volume is mounted',
            );
        }
      }
    },
  },
];

/** Where Flux and the scripts keep their files in the folder that the containers of a pod share. */
const OF_FLUX = ['config', 'view', 'brokers', 'bin'];

/** Tells of a volume in the place of one of the library's, or over what Flux and the scripts keep in theirs. */
function reportOwn(
  root: string,
  own: readonly Mount[],
  path: string,
  mountPath: string,
  report: Report,
): void {
  if (own.some((mount) => mount.mountPath === mountPath))
    report(path, mountPath, 'is mounted where the library mounts its own volume');
  else if (own.some((mount) => mount.readOnly && isBelow(mountPath, mount.mountPath)))
    report(path, mountPath, 'is mounted in a volume of the library that nothing can be made in');
  else if (OF_FLUX.some((folder) => isBelow(mountPath, `${root}/${folder}`)))
    report(path, mountPath, 'is mounted over the files of Flux');
}
