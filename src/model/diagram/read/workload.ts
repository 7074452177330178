import { HostRun } from '../../flux/host-runs';
import { Tree } from '../../tree';

/** A container that runs a Flux broker. */
export interface Broker {
  /** Name of the container. */
  readonly container: string;
  readonly port: number;
  /** Path of its local socket. */
  readonly socket?: string;
  /** The shape of the tree of brokers: `kary:256`. */
  readonly topology: string;
  /** What it does once it is up, as a line. */
  readonly work?: string;
  /** Name of the container whose broker hands jobs to this one, through the socket. */
  readonly takesJobsFrom?: string;
}

/** Pods of one kind. */
export interface Workload {
  /** Id of its box. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly title: string;
  /** What is to be known of it as a whole. */
  readonly lines: readonly string[];
  /** Which pods: `4 pods, sweep-0 to sweep-3`. */
  readonly pods: string;
  /** Labels of the pods, those that Kubernetes adds among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The spec of a pod. */
  readonly pod: Tree;
  /** The brokers of a pod; none if it has nothing to do with Flux. */
  readonly brokers: readonly Broker[];
  /** The hosts of the overlay network, in the order of their ranks. */
  readonly hosts: readonly HostRun[];
  /** How many pods there are now; those of the hosts that are more may come later. */
  readonly size: number;
  /** Who makes it, if it is none of the manifests. */
  readonly maker?: string;
}
