/** A file or folder that the lead broker has, and that all nodes get before anything runs. */
export interface StagedPath {
  /** File or folder to stage, relative to `from` on the lead broker and to `to` on all nodes. */
  readonly path: string;
  /**
   * Absolute folder that every node has for itself: in the container's own file system or an emptyDir. It is made where
   * it isn't there.
   */
  readonly to: string;
  /**
   * Absolute folder that the lead broker has it in (with the operator: the node that is rank 0 of the batch job). It may
   * be on a shared volume.
   * @default - `to`
   */
  readonly from?: string;
  /**
   * Where the lead broker pulls it from, once, unless it is there already: `oras://`, `docker://` or `library://` (an image
   * for Singularity, by the apptainer or singularity of the container's image), or a file at `https://`.
   * @default - it is there already, or a hook brings it
   */
  readonly pull?: string;
  /**
   * SHA-256 of the file, in 64 hexadecimal digits; needed for `https://`. A file that has another is pulled again, or is
   * an error without `pull`.
   * @default - not checked
   */
  readonly sha256?: string;
}
