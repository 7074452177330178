import { NamedObject } from '../manifest';
import { ResourceRequirements, Toleration } from '../minicluster/props';

/** Names of the objects that run the Flux Operator. */
export interface FluxOperatorMetadata {
  /**
   * Start of the names of all objects: the Deployment for amd64 is `<name>-amd64`.
   * @default 'flux-operator'
   */
  readonly name?: string;
  /**
   * Namespace of the operator. Whoever may start pods in it may use the operator's rights, which reach the whole
   * Kubernetes cluster: run nothing else there, MiniClusters least of all.
   * @default 'operator-system', as upstream's install manifest has it
   */
  readonly namespace?: string;
  /**
   * Labels on every rendered object, pods included.
   * @default - only those that select the operator's pods
   */
  readonly labels?: Record<string, string>;
  /**
   * Annotations on every rendered object; not on pods.
   * @default - none
   */
  readonly annotations?: Record<string, string>;
}

/**
 * The images of the operator, by the architecture of the nodes that they run on. Each is named by digest:
 * `ghcr.io/flux-framework/flux-operator@sha256:…`.
 *
 * Upstream publishes one image for each architecture, under tags of its own: for a release `v<version>` (amd64)
 * and `<version>-arm` (arm64), for the head of the main branch the moving tags `latest` and `arm`
 * (.github/workflows/release.yaml and Makefile at 0d75cef8). An image of your own for both architectures is given
 * twice.
 */
export interface FluxOperatorImages {
  /**
   * Image for amd64 nodes (x86_64).
   * @default - no operator on amd64 nodes
   */
  readonly amd64?: string;
  /**
   * Image for arm64 nodes (AWS Graviton, Ampere, Nvidia Grace).
   * @default - no operator on arm64 nodes
   */
  readonly arm64?: string;
}

/** How the Flux Operator is installed. */
export interface FluxOperatorSpec {
  /**
   * The images of the operator; at least one. The library names none itself: no digest of upstream's images could
   * be had for certain, and a tag may change under the user. docs/flux-operator.md says how to get a digest.
   *
   * Each image becomes a Deployment for the nodes of its architecture. With leader election one pod of all of them
   * works, and the others stand by: any architecture that has nodes will do, and both together outlive the loss of
   * one of them.
   */
  readonly images: FluxOperatorImages;
  /**
   * Render the namespace? It enforces the Pod Security level restricted, which the operator's own pods meet.
   * @default true; false for a namespace that exists already
   */
  readonly createNamespace?: boolean;
  /**
   * Pods in each Deployment. More than one makes a failover faster: the others wait for the lease of the one that
   * works, 15 seconds after its last sign of life.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Let the pods agree by a lease on the one that works? Without it two pods would work at the same time, so that
   * there may be only one, and an update stops it before it starts the next.
   * @default true
   */
  readonly leaderElection?: boolean;
  /**
   * Does the API server run the admission plugin OwnerReferencesPermissionEnforcement? OpenShift does; Kubernetes
   * leaves it off. Where it runs, the operator needs one right more (`update` on `miniclusters/finalizers`), because
   * the objects that it makes block the deletion of their MiniCluster.
   * @default false
   */
  readonly ownerReferencesPermissionEnforcement?: boolean;
  /**
   * What each pod is promised and may use. The operator holds all ConfigMaps, Secrets, Pods, Services, Jobs and
   * Ingresses of the Kubernetes cluster in memory: in a large one it needs more than this.
   * @default - requests of 50m CPU and 128Mi memory, a limit of 512Mi memory and none on CPU
   */
  readonly resources?: ResourceRequirements;
  /**
   * Labels that the nodes must have, besides operating system and architecture.
   * @default - none
   */
  readonly nodeSelector?: Record<string, string>;
  /**
   * Taints of nodes that the pods tolerate.
   * @default - none
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * Priority class of the pods, as `system-cluster-critical`.
   * @default - the default class of the Kubernetes cluster
   */
  readonly priorityClassName?: string;
  /**
   * Secrets in the operator's namespace with which the images are pulled.
   * @default - none
   */
  readonly imagePullSecrets?: readonly NamedObject[];
}

/** Default of {@link FluxOperatorMetadata.name}. */
export const DEFAULT_NAME = 'flux-operator';

/** Default of {@link FluxOperatorMetadata.namespace}. */
export const DEFAULT_NAMESPACE = 'operator-system';
