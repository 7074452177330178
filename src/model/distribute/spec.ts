import { CertificateSource } from '../minicluster/input';
import { ResourceRequirements, Toleration } from '../minicluster/props';
import { NamedObject } from '../manifest';
import { NodeDirectories } from '../node-pod';
import { ClaimObject } from '../storage';
import { FluxBuildSpec } from './build-spec';

/** What runs the broker on a node. */
export enum BrokerRunner {
  /** systemd where the node has it and its Flux was built with it, else the supervisor. */
  AUTO = 'auto',
  /** A unit of the node's systemd: jobs are not part of the pod. */
  SYSTEMD = 'systemd',
  /** The supervisor: broker and jobs are processes of the pod, and the kubelet counts them. */
  SUPERVISOR = 'supervisor',
}

/** What is removed from the nodes when the construct is deleted. The brokers are stopped in any case. */
export enum NodeCleanUp {
  /** Nothing: what is installed is used again by the next one of the same name. */
  KEEP = 'keep',
  /** What is installed; the state of the queue stays. */
  INSTALLATION = 'installation',
  /** What is installed, and the state. */
  EVERYTHING = 'everything',
}

/** How the pods of a new version replace the old ones; a DaemonSet's `updateStrategy`. */
export interface UpdateStrategy {
  /**
   * `RollingUpdate`, or `OnDelete`: a pod is replaced when somebody deletes it.
   * @default 'RollingUpdate'
   */
  readonly type?: string;
  /**
   * How many pods may be away at the same time, a number in quotes or a percentage. Each one that is replaced restarts
   * the broker of its node.
   * @default '10%'
   */
  readonly maxUnavailable?: string;
}

/** Flux on the nodes of a Kubernetes cluster. */
export interface FluxDistributeSpec extends FluxBuildSpec {
  /**
   * Image of the supervisor, by digest: bash, Python 3.9 or later, and nsenter.
   * @default - a Python image, see images.ts
   */
  readonly image?: string;
  /**
   * When it is pulled.
   * @default 'IfNotPresent'
   */
  readonly imagePullPolicy?: string;
  /**
   * Secrets with which it is pulled.
   * @default - none
   */
  readonly imagePullSecrets?: readonly NamedObject[];
  /**
   * Architectures of the nodes on which Flux runs, as Kubernetes names them.
   * @default ['amd64', 'arm64']
   */
  readonly architectures?: readonly string[];
  /**
   * Labels of the nodes on which Flux runs, besides operating system and architecture.
   * @default - all nodes that are not of the control plane
   */
  readonly nodeSelector?: Record<string, string>;
  /**
   * Taints that are tolerated. A node with a taint NoSchedule or NoExecute that is not among them has no part in it.
   * @default - none
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * Do nodes of the control plane take part (those with the label `node-role.kubernetes.io/control-plane`)?
   * They mostly have a taint, which must be tolerated too.
   * @default false
   */
  readonly controlPlane?: boolean;
  /**
   * Priority class of the pods. A low one lets pods of others push Flux off a node, with its jobs.
   * @default - the default class of the Kubernetes cluster
   */
  readonly priorityClassName?: string;
  /**
   * How pods are replaced after a change.
   * @default - a rolling update of 10 % of the nodes at a time
   */
  readonly updateStrategy?: UpdateStrategy;
  /**
   * Resources of the pod, in which broker and jobs run (unless systemd runs them): a limit is one for all jobs of a node.
   * A request of CPUs that is not said is filled in.
   * @default - requests of 256Mi memory, and as many CPUs as `cores` times `threadsPerCore`, or 100m; no limits
   */
  readonly resources?: ResourceRequirements;
  /**
   * The cores of each node that Flux books, as an idset of RFC 22 in the numbering of hwloc: '0-7'. The pod requests as
   * many CPUs, so that Kubernetes has no more than the others to give away; a node with fewer gets no pod.
   * @default - all cores of a node, which pods of others may use at the same time
   */
  readonly cores?: string;
  /**
   * CPUs of Kubernetes that one core is, for the request: 2 on nodes with hyper-threading.
   * @default 1
   */
  readonly threadsPerCore?: number;
  /**
   * Does Flux book the GPUs of the nodes too? A device plugin of Kubernetes would give them to pods as well.
   * @default false
   */
  readonly gpus?: boolean;
  /**
   * TCP port of the brokers. The nodes must reach one another there, and nobody else should.
   * @default 8050
   */
  readonly port?: number;
  /**
   * Network interface that brokers bind to, and whose address the lead tells the others; with the topology flat.
   * @default - the one that has this address, whatever its name
   */
  readonly networkInterface?: string;
  /**
   * Shape of the overlay network: `flat`, `kary:K`, `binomial` or `mincrit:K` (flux-config-tbon(5)).
   * @default 'flat', which needs no restart when a node leaves
   */
  readonly topology?: string;
  /**
   * Brokers that must be there before jobs start. With more than 1 a cluster that shrinks may never start again.
   * @default 1
   */
  readonly quorum?: number;
  /**
   * Labels of the nodes that are preferred as the lead, which holds the queue: nodes that are not bought by the hour.
   * @default - any node
   */
  readonly leadSelector?: Record<string, string>;
  /**
   * Further tables of the broker's configuration as TOML text, as `[sched-fluxion-qmanager]`. `bootstrap`, `resource`,
   * `kvs` and `tbon` are the library's.
   * @default - none
   */
  readonly configuration?: string;
  /**
   * Folders of the nodes.
   * @default - three that are called after the construct
   */
  readonly directories?: NodeDirectories;
  /**
   * Seconds for which the set of nodes must have been the same before all brokers are restarted with newcomers.
   * @default 60
   */
  readonly settleSeconds?: number;
  /**
   * Fewest seconds between two such restarts.
   * @default 300
   */
  readonly minGenerationSeconds?: number;
  /**
   * Seconds that running jobs get to end before brokers are restarted or stopped; 0 cancels them at once.
   * @default 60
   */
  readonly drainSeconds?: number;
  /**
   * Seconds after which a lead that is not heard of is replaced. The lead stops 20 seconds earlier if it can't reach the
   * API server: a shorter time restarts a queue more often for nothing.
   * @default 120
   */
  readonly leaseSeconds?: number;
  /**
   * Nodes besides the lead that hold a copy of the queue's state; 0 for none.
   * @default 2
   */
  readonly stateCopies?: number;
  /**
   * Seconds between two copies: as much history is lost with the lead's node, at most.
   * @default 300
   */
  readonly stateSeconds?: number;
  /**
   * A volume for the copies in place of other nodes, which all nodes can mount: a SharedVolume, or any claim.
   * @default - copies on other nodes
   */
  readonly stateVolume?: ClaimObject;
  /**
   * What runs the broker on a node.
   * @default BrokerRunner.AUTO
   */
  readonly runner?: BrokerRunner;
  /**
   * Raise the limits on inotify of nodes where they are too low for Flux, and put them back in the end?
   * @default false
   */
  readonly raiseSysctls?: boolean;
  /**
   * What is removed from the nodes when the construct is deleted.
   * @default NodeCleanUp.KEEP
   */
  readonly onDelete?: NodeCleanUp;
  /**
   * The CURVE certificate of the brokers: an existing Secret.
   * @default - made in the cluster, once, in the Secret NAME-curve
   */
  readonly certificate?: CertificateSource;
}
