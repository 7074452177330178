/** Which conda packages with Flux are installed, and where they come from: what several constructs have. */

/** Versions of Flux. Only pairs that belong together are known: docs/flux-distribute.md lists them. */
export interface FluxVersions {
  /**
   * Version of flux-core.
   * @default - that which belongs to fluxSched, or the newest that is known
   */
  readonly fluxCore?: string;
  /**
   * Version of flux-sched (Fluxion).
   * @default - that which belongs to fluxCore
   */
  readonly fluxSched?: string;
}

/** Files in the format `@EXPLICIT` of conda, one for each architecture: the packages, each with its checksum. */
export interface PackageLocks {
  /**
   * Packages for amd64 nodes.
   * @default - resolved in the cluster, once
   */
  readonly amd64?: string;
  /**
   * Packages for arm64 nodes.
   * @default - resolved in the cluster, once
   */
  readonly arm64?: string;
}

/** A file on the web, and what must be in it. */
export interface Download {
  /** `https://…`. */
  readonly url: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The program that installs conda packages: where it comes from. */
export interface InstallerMirror {
  /** Its version, as of mamba-org/micromamba-releases: `2.9.0-0`. */
  readonly version: string;
  /**
   * The program for amd64 nodes.
   * @default - none: there are no such nodes
   */
  readonly amd64?: Download;
  /**
   * The program for arm64 nodes.
   * @default - none: there are no such nodes
   */
  readonly arm64?: Download;
}

/** Where a closed network finds what is installed. */
export interface FluxMirror {
  /**
   * The channel, with all of conda-forge that Flux needs: `https://conda.example.com/conda-forge`. Packages are checked
   * against the checksums of its index, or of `locks`.
   * @default 'https://conda.anaconda.org/conda-forge'
   */
  readonly channel?: string;
  /**
   * The installer, micromamba.
   * @default - the pinned release of github.com/mamba-org/micromamba-releases
   */
  readonly installer?: InstallerMirror;
}
