/** Folders and files that the spec names: of the archive, of logs, of Flux. */
import { isBelow } from '../../minicluster/rules/common/paths';
import { Rule } from '../../minicluster/rules/rule';
import { Severity } from '../../problems';
import { checkPlace } from '../../state/archive-volume';
import { FOLDERS } from '../flux-source';
import { JobCluster } from '../job-cluster';
import { jobRule } from './option-rules';

/** The longest path of a socket in Linux (sun_path in unix(7), without the zero at its end). */
const LONGEST_SOCKET = 107;

/** The longest of the sockets of Flux below its folder: those of the brokers, by rank. */
const SOCKET = '/config/run/flux/local-100000';

const LONGEST_ROOT = LONGEST_SOCKET - SOCKET.length;

export const FOLDER_RULES: readonly Rule<JobCluster>[] = [
  {
    ...jobRule(
      'MJ018',
      'is in no volume of the Flux container, so that it is lost with the pod',
      'The next cluster starts empty, and so does a lead broker whose pod is replaced.',
      'mount a volume that lasts, and put the archive on it',
      Severity.WARNING,
    ),
    check: ({ archive, runner }, report) => {
      if (archive && runner) checkPlace(archive.path, archive.save, runner.volumes, report);
    },
  },
  {
    ...jobRule(
      'MJ019',
      'must be an absolute path',
      'It would depend on the working directory, which hooks may change, and Kubernetes refuses mounts at such a path.',
      'write the path from the root of the container',
    ),
    check: ({ spec, runner }, report) => {
      const paths = {
        'archive.path': spec.archive?.path,
        'flux.container.mountPath': spec.flux?.container?.mountPath,
        [`${runner?.path ?? ''}.logs`]: runner?.container.logs,
        [`${runner?.path ?? ''}.workingDir`]: runner?.container.workingDir,
      };
      for (const [field, path] of Object.entries(paths)) {
        if (path !== undefined && !path.startsWith('/')) report(field, path);
      }
    },
  },
  {
    ...jobRule(
      'MJ034',
      'is no folder that Flux can be in',
      'Kubernetes refuses the pods, the brokers end at once, or the volume hides what the scripts need.',
      'leave it out, or write a short path of its own, such as /mnt/flux',
    ),
    check: ({ spec, root }, report) => {
      const mountPath = spec.flux?.container?.mountPath;
      if (!mountPath?.startsWith('/')) return;
      const tell = (message: string): void => report('flux.container.mountPath', mountPath, message);
      if (root === '/') tell('must not be the root of the container');
      else if (!/^[-./\w]+$/.test(mountPath))
        tell('must be a path of letters, digits, -, _ and dots, which every shell and file takes as it is');
      else if (root.length > LONGEST_ROOT)
        tell(`is too long: Linux takes paths of sockets in it up to ${LONGEST_ROOT} characters`);
      else if (FOLDERS.some((folder) => isBelow(folder, root) || isBelow(root, folder)))
        tell('is a folder of the library, or in one, or above one');
    },
  },
];
