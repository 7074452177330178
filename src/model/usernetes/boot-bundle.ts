/** The scripts of the nodes as one object, which nodes fetch and check before they run any of it. */
import { createHash } from 'node:crypto';
import { listAssets, readAsset } from '../assets';
import { PackageLocks } from '../packages/spec';
import { lockedPackages } from './node-config';

/** An object for S3, and what must be in it. */
export interface BootBundle {
  /** JSON: `{"files": [{"path", "mode", "text"}]}`. */
  readonly text: string;
  /** Of the text, 64 hexadecimal digits. */
  readonly sha256: string;
}

interface BundledFile {
  readonly path: string;
  readonly mode: string;
  readonly text: string;
}

const FOLDER = 'usernetes';
/** What only images are made with. */
const OF_IMAGES = 'image/';
/** It fetches the bundle: it comes with the user data. */
const BOOTSTRAP = 'bootstrap.py';

/** The text of the script that user data starts. */
export function bootstrapScript(): string {
  return readAsset(`${FOLDER}/${BOOTSTRAP}`);
}

/**
 * All scripts that nodes run, and the packages that are locked, if they are: their list is too long for user data.
 * @param locks the same for all nodes; left out rank 0 resolves them
 */
export function bootBundle(locks?: PackageLocks): BootBundle {
  return bundleOf((path) => !path.startsWith(OF_IMAGES), locks);
}

/** The same for the build of an image, with what makes it. A change of that is none for nodes. */
export function imageBundle(locks?: PackageLocks): BootBundle {
  return bundleOf(() => true, locks);
}

function bundleOf(isPart: (path: string) => boolean, locks: PackageLocks | undefined): BootBundle {
  const scripts = listAssets(FOLDER)
    .filter((path) => path !== BOOTSTRAP && isPart(path))
    .map((path) => fileOf(path, readAsset(`${FOLDER}/${path}`)));
  const lock = locks ? [fileOf('lock.json', `${JSON.stringify(lockedPackages(locks), null, 1)}\n`)] : [];
  const files = [...scripts, ...lock].sort((one, other) => (one.path < other.path ? -1 : 1));
  const text = JSON.stringify({ files });
  return { text, sha256: createHash('sha256').update(text).digest('hex') };
}

/** The mode follows from the text, since packages of npm keep none. */
function fileOf(path: string, text: string): BundledFile {
  return { path, mode: text.startsWith('#!') ? '755' : '644', text };
}
