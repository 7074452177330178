import { FluxMirror, FluxVersions, PackageLocks } from '../packages/spec';

/** A proxy on the way to the web; not used for the API server of Kubernetes. */
export interface ProxySettings {
  /**
   * Proxy for http addresses.
   * @default - none
   */
  readonly http?: string;
  /**
   * Proxy for https addresses.
   * @default - none
   */
  readonly https?: string;
  /**
   * Hosts that are reached without one, separated by commas.
   * @default - none
   */
  readonly no?: string;
}

/** A tarball of a Flux that lies on the nodes. */
export interface FluxTarball {
  /** Absolute path of the file on the nodes: a conda environment (`conda-pack`), or a prefix that can be moved. */
  readonly path: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Tarballs, one for each architecture. */
export interface FluxTarballs {
  /**
   * For amd64 nodes.
   * @default - none: there are no such nodes
   */
  readonly amd64?: FluxTarball;
  /**
   * For arm64 nodes.
   * @default - none: there are no such nodes
   */
  readonly arm64?: FluxTarball;
}

/** Which Flux runs on the nodes, and where it comes from: conda-forge, tarballs, or the nodes' own image. */
export interface FluxBuildSpec {
  /**
   * Versions that are installed from conda-forge.
   * @default - the newest pair that is known
   */
  readonly versions?: FluxVersions;
  /**
   * The packages that are installed, down to each dependency.
   * @default - the elected supervisor resolves them once, and all nodes install the same, whenever they join
   */
  readonly locks?: PackageLocks;
  /**
   * Where packages and installer come from in a closed network.
   * @default - conda-forge and GitHub
   */
  readonly mirror?: FluxMirror;
  /**
   * A proxy on the way there.
   * @default - none
   */
  readonly proxy?: ProxySettings;
  /**
   * Tarballs that lie on the nodes, in place of packages.
   * @default - packages of conda-forge
   */
  readonly tarballs?: FluxTarballs;
  /**
   * Prefix of a Flux that the nodes' image has, in place of packages: '/usr'. Nothing is installed then.
   * @default - packages of conda-forge
   */
  readonly prefix?: string;
}
