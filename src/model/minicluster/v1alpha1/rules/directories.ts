/** Traps T22 and T23: what the v1alpha1 entrypoint does to the working directory. */
import { Severity } from '../../../problems';
import { isBelow, trimSlashes } from '../../rules/common/paths';
import { Rule } from '../../rules/rule';
import { V1Alpha1Cluster, V1Alpha1Mode } from '../cluster';
import { Mount, mountsSeenBy } from './mounts';
import { V1ALPHA1 } from './release';

/** Directories that sudo and the system need as they are. */
const SYSTEM = ['/', '/bin', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr'];
const SYSTEM_DIRECTORIES = [...SYSTEM, '/usr/bin', '/usr/lib', '/usr/lib64', '/usr/sbin'];

/** The working directory as it is written, with the mounts that lie in it or in which it lies. */
function touched(
  cluster: V1Alpha1Cluster,
): { workingDir: string; path: string; mounts: Mount[] } | undefined {
  const { runner } = cluster;
  const workingDir = runner?.container.workingDir;
  if (!runner || !workingDir) return undefined;
  const mounts = mountsSeenBy(runner, cluster.containers).filter(
    ({ at }) => isBelow(workingDir, at) || isBelow(at, workingDir),
  );
  return { workingDir, path: `${runner.path}.workingDir`, mounts };
}

export const DIRECTORY_RULES: readonly Rule<V1Alpha1Cluster>[] = [
  {
    code: 'MC242',
    traps: [],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is a directory of the system, all of which the entrypoint gives to the Flux user',
    consequence:
      '`chown -R` and `chmod -R 0777` take the owner and the setuid bit of sudo and make sudoers writable: sudo refuses to ' +
      'work, and no broker starts.',
    remedy: 'use a directory of the application',
    check: ({ runner }, report) => {
      const workingDir = runner?.container.workingDir;
      if (workingDir && SYSTEM_DIRECTORIES.includes(trimSlashes(workingDir))) {
        report(`${runner.path}.workingDir`, workingDir);
      }
    },
  },
  {
    code: 'MC243',
    traps: ['T22', 'T23'],
    severity: Severity.WARNING,
    releases: V1ALPHA1,
    title:
      'is on a volume or holds one: each pod lists it, takes it over and makes it writable for everybody',
    consequence:
      '`ls -R`, `chown -R` to the Flux user and chmod -R 0777 run over the whole volume at each start of each pod: slow on a ' +
      'large shared file system, and owners and modes are lost. Batch mode also writes flux-job.batch there.',
    remedy: 'use a working directory of the container and change to the volume within the command',
    check: (cluster, report) => {
      const seen = touched(cluster);
      if (seen?.mounts.some(({ readOnly }) => !readOnly)) report(seen.path, seen.workingDir);
    },
  },
  {
    code: 'MC244',
    traps: ['T22'],
    severity: Severity.ERROR,
    releases: V1ALPHA1,
    title: 'is on a read-only volume or holds one, and the entrypoint changes all modes in it',
    consequence:
      'In strict mode, the default where logging is written, the failing chown or chmod ends the pod. In batch mode the ' +
      'batch file can not be written. ConfigMaps and Secrets are always read-only.',
    remedy: 'use a working directory without read-only volumes and change to the volume within the command',
    check: (cluster, report) => {
      const seen = touched(cluster);
      for (const mount of seen?.mounts.filter(({ readOnly }) => readOnly) ?? []) {
        const holdsBatchFile =
          cluster.mode === V1Alpha1Mode.BATCH && isBelow(seen?.workingDir ?? '', mount.at);
        if (cluster.strict || holdsBatchFile) {
          report(seen?.path ?? '', seen?.workingDir, `is on a read-only volume or holds one, ${mount.path}`);
        }
      }
    },
  },
];
