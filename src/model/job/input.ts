import { ContainerInput, CertificateSource, PodInput, Silence } from '../minicluster/input';
import { MiniClusterSpec } from '../minicluster/api/v1alpha2';
import { StagedPath } from '../staging/spec';
import { StateArchive } from '../state/spec';
import { MiniClusterJobOptions } from './options';

/** Where the Flux of the pods comes from. */
export enum FluxFrom {
  /** The image of the application holds it. */
  IMAGE = 'image',
  /** An init container copies it from the view image (`flux.container.image`). */
  VIEW_COPY = 'view-copy',
  /** The view image is mounted, read-only; nothing is copied (Kubernetes 1.35, or 1.33 with the gate ImageVolume). */
  VIEW_VOLUME = 'view-volume',
}

/** A container of a MiniClusterJob. Its volumes are its own: no other container of the pod gets them. */
export interface JobContainerInput extends ContainerInput {
  /**
   * `Always` makes a sidecar a native one (Kubernetes 1.29): it starts before the Flux container, and ends with it, so
   * that it doesn't keep the Job from completing.
   * @default - an ordinary container, which has to end by itself
   */
  readonly restartPolicy?: string;
}

/** A MiniCluster without the operator: its spec, and what the job engine adds to it. */
export interface MiniClusterJobInput extends MiniClusterSpec, MiniClusterJobOptions {
  readonly containers: readonly JobContainerInput[];
  /**
   * Containers of a Deployment beside the cluster, with a Service for their ports; both are called `<name>-services`.
   * @default - none
   */
  readonly services?: readonly ContainerInput[];
  /**
   * Options of the pods.
   * @default - none
   */
  readonly pod?: PodInput;
  /**
   * Where the Flux of the pods comes from.
   * @default FluxFrom.VIEW_COPY; FluxFrom.IMAGE with `flux.container.disable`
   */
  readonly fluxFrom?: FluxFrom;
  /**
   * The brokers' certificate from an existing Secret, which needs no rights at all.
   * @default - a small Job in the Kubernetes cluster makes one, once, and keeps it in the Secret `<name>-curve`
   */
  readonly certificate?: CertificateSource;
  /**
   * The archive of the queue and its jobs: restored at start, saved at the end.
   * @default - none: the queue starts empty and ends with the cluster
   */
  readonly archive?: StateArchive;
  /**
   * Files and folders of the lead broker that every node gets in a folder of its own before its broker joins: in every
   * mode, for nodes that come later too.
   * @default - none
   */
  readonly staging?: readonly StagedPath[];
  /**
   * Rules that do not apply here.
   * @default - none
   */
  readonly silence?: readonly Silence[];
}
