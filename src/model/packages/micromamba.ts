import { InstallerMirror } from './spec';

const VERSION = '2.9.0-0';
const RELEASE = `https://github.com/mamba-org/micromamba-releases/releases/download/${VERSION}`;

/**
 * The installer of conda packages, one static program. Its checksums are those that many independent public repositories
 * pin for this release, and that GitHub shows beside the files of it.
 */
export const MICROMAMBA: InstallerMirror = {
  version: VERSION,
  amd64: {
    url: `${RELEASE}/micromamba-linux-64`,
    sha256: '366cd9cd8be14df1ab8ed50352a82111082a36686b2d389fdb79a92c3fafb3e3',
  },
  arm64: {
    url: `${RELEASE}/micromamba-linux-aarch64`,
    sha256: '9f93b974adcb4d166996af969b6cd371287d1a3e52733704727884d9b74cb7a7',
  },
};
