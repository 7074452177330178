/** What a cluster with several applications in each pod is made from. */
import { LifeCycle, SecretKey } from '../minicluster/api/container';
import { FluxOptions } from '../minicluster/api/flux-options';
import { Int32, Int64, ResourceRequirements, SecurityContext } from '../minicluster/api/kubernetes';
import { Logging, Network } from '../minicluster/api/v1alpha2';
import { ContainerInput, CertificateSource, PodInput, Silence, VolumeInput } from '../minicluster/input';
import { NamedObject } from '../manifest';
import { StagedPath } from '../staging/spec';
import { StateArchive } from '../state/spec';
import { FluxFrom } from '../job/input';
import { MiniClusterJobOptions } from '../job/options';

/** How the applications of a pod share its cores. */
export enum MachineSharing {
  /** All cores are the queue's. It runs a job of an application on those that it has booked for it, and on no others. */
  QUEUE = 'queue',
  /** The same, but Fluxion's graph decides: a service, and a controller in the queue's container that asks it. */
  FLUXION = 'fluxion',
  /** Each application has cores of its own in every pod, and plans with them itself. */
  STATIC = 'static',
}

/** Texts that bash runs in a container around its broker. */
export interface BrokerHooks {
  /**
   * Before anything else, before Flux is on the PATH.
   * @default - none
   */
  readonly init?: string;
  /**
   * Once Flux is configured, before the broker starts.
   * @default - none
   */
  readonly pre?: string;
  /**
   * Before the lead broker alone.
   * @default - none
   */
  readonly brokerPre?: string;
  /**
   * Before the other brokers.
   * @default - none
   */
  readonly workerPre?: string;
  /**
   * When the broker has ended by itself.
   * @default - none
   */
  readonly post?: string;
}

/** A container with a broker of its own. */
export interface BrokerContainerInput {
  /**
   * Working directory of the container, and of the jobs that come to it from others.
   * @default - that of the image
   */
  readonly workingDir?: string;
  /**
   * Variables of the container and of its jobs.
   * @default - none
   */
  readonly environment?: Record<string, string>;
  /**
   * Variables from Secrets, by the names of the variables.
   * @default - none
   */
  readonly secrets?: Record<string, SecretKey>;
  /**
   * Volumes of this container alone, by name.
   * @default - none
   */
  readonly volumes?: Record<string, VolumeInput>;
  /**
   * What the container asks for. Kubernetes adds up what the containers of a pod request. A CPU limit is also the most
   * that an application can grow to: the smallest one of the applications is the number of cores that are shared.
   * @default - none
   */
  readonly resources?: ResourceRequirements;
  /**
   * Ports that the container listens on. The containers of a pod share their numbers.
   * @default - none
   */
  readonly ports?: readonly Int32[];
  /**
   * Texts around its broker.
   * @default - none
   */
  readonly commands?: BrokerHooks;
  /**
   * Commands of the kubelet at its start and stop.
   * @default - none
   */
  readonly lifeCycle?: LifeCycle;
  /**
   * Rights of the container. Its user must be that of all the others.
   * @default - those of the pod
   */
  readonly securityContext?: SecurityContext;
  /**
   * When the image is pulled: `Always`, `IfNotPresent` or `Never`.
   * @default "IfNotPresent"
   */
  readonly imagePullPolicy?: string;
  /**
   * Name of the Secret to pull the image with.
   * @default - none
   */
  readonly imagePullSecret?: string;
  /**
   * The same as an object, of any cdk8s-plus.
   * @default - none
   */
  readonly pullSecret?: NamedObject;
}

/** An application: a container in every pod, and a Flux instance of its own over all of them. */
export interface ApplicationInput extends BrokerContainerInput {
  /** Name of the container, of the application for `flux-app --app`, and of its queue. */
  readonly name: string;
  /** Its image. It needs bash and coreutils, and no Flux: all containers share the view. */
  readonly image: string;
  /**
   * Cores of each pod that are this application's. Needed with MachineSharing.STATIC, and only then.
   * @default - none
   */
  readonly cores?: Int32;
  /**
   * Files and folders of the lead pod's container that this container gets in every pod before its broker joins.
   * @default - none
   */
  readonly staging?: readonly StagedPath[];
}

/** The container in which jobs are submitted. */
export interface QueueInput extends BrokerContainerInput {
  /**
   * Its image, with bash and coreutils.
   * @default - the view image; with MachineSharing.FLUXION that of the controller; with FluxFrom.IMAGE it is needed
   */
  readonly image?: string;
  /**
   * A text that bash runs in the lead pod once the brokers are there, with `flux-app` on its PATH. The cluster ends with
   * it, and with its exit code.
   * @default - none: the cluster waits for whoever connects, until `flux shutdown`
   */
  readonly command?: string;
}

/** Fluxion as the judge of who gets which cores. */
export interface FluxionInput {
  /** Image of the Fluxion service. */
  readonly serviceImage: string;
  /**
   * The program of that image, with its arguments: it must listen on all addresses of its pod.
   * @default ["/code/bin/server", "--host", "0.0.0.0"], as in the images of converged-computing/fluxion
   */
  readonly serviceCommand?: readonly string[];
  /** Image of the queue's container, with the Fluxion client for the Python of the Flux view. */
  readonly controllerImage: string;
  /**
   * Port that the service listens on.
   * @default 4242
   */
  readonly servicePort?: Int32;
  /**
   * Port of the controller, on the address of the lead pod.
   * @default 5000
   */
  readonly controllerPort?: Int32;
  /**
   * What the service's container asks for.
   * @default - none
   */
  readonly resources?: ResourceRequirements;
  /**
   * Rights of the service's container.
   * @default - no capabilities, and no way to more rights
   */
  readonly securityContext?: SecurityContext;
}

/** A cluster with several applications in each pod. */
export interface MultiApplicationClusterInput extends MiniClusterJobOptions {
  /**
   * Refuses to place two pods of the cluster on one node: both would plan with its cores.
   * @default true, unless `cores` or CPU limits of the applications say which part of a node a pod has
   */
  readonly onePodPerNode?: boolean;
  /** The applications, in the order of their numbers: the first one has number 1, since 0 is the queue. */
  readonly applications: readonly ApplicationInput[];
  /**
   * The container in which jobs are submitted.
   * @default - one from the view image
   */
  readonly queue?: QueueInput;
  /**
   * How the applications share the cores.
   * @default MachineSharing.QUEUE
   */
  readonly sharing?: MachineSharing;
  /**
   * The images of Fluxion. Needed with MachineSharing.FLUXION, and only then.
   * @default - none
   */
  readonly fluxion?: FluxionInput;
  /**
   * Number of pods.
   * @default 1
   */
  readonly size?: Int32;
  /**
   * Pods that must be there before jobs run.
   * @default - `size`
   */
  readonly minSize?: Int32;
  /**
   * Pods that the cluster may grow to.
   * @default - `size`
   */
  readonly maxSize?: Int32;
  /**
   * User of all containers: brokers trust one user only.
   * @default 0
   */
  readonly runAsUser?: Int64;
  /**
   * Group of all containers.
   * @default 0
   */
  readonly runAsGroup?: Int64;
  /**
   * Options of Flux, for all brokers: the view, the scheduler of the queue, the topology.
   * @default - those of a MiniClusterJob
   */
  readonly flux?: FluxOptions;
  /**
   * Where the Flux of the containers comes from.
   * @default FluxFrom.VIEW_COPY
   */
  readonly fluxFrom?: FluxFrom;
  /**
   * Options of the pods.
   * @default - none
   */
  readonly pod?: PodInput;
  /**
   * Names and placement.
   * @default - none
   */
  readonly network?: Network;
  /**
   * What the scripts and brokers say.
   * @default - none
   */
  readonly logging?: Logging;
  /**
   * Containers of a Deployment beside the cluster, called `<name>-services`.
   * @default - none; with MachineSharing.FLUXION its service
   */
  readonly services?: readonly ContainerInput[];
  /**
   * Labels of the Job.
   * @default - none
   */
  readonly jobLabels?: Record<string, string>;
  /**
   * Seconds that the Job may take.
   * @default - no limit
   */
  readonly deadlineSeconds?: Int64;
  /**
   * Deletes the Job with its pods when it has ended.
   * @default false
   */
  readonly cleanup?: boolean;
  /**
   * Failed pods that are tried again.
   * @default 0
   */
  readonly backoffLimit?: Int32;
  /**
   * Shows the processes of a pod to all of its containers.
   * @default false
   */
  readonly shareProcessNamespace?: boolean;
  /**
   * The brokers' certificate from an existing Secret.
   * @default - a small Job in the Kubernetes cluster makes one, once, and keeps it in the Secret `<name>-curve`
   */
  readonly certificate?: CertificateSource;
  /**
   * The archive of the queue: restored at start, saved at the end.
   * @default - none
   */
  readonly archive?: StateArchive;
  /**
   * Rules that do not apply here.
   * @default - none
   */
  readonly silence?: readonly Silence[];
}
