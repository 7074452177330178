import type { Int32, Int64 } from './kubernetes';

/** What the Flux Operator reports about a MiniCluster. Both API versions have the same. */
export interface MiniClusterStatus {
  /** Never set by the operator (trap T74); the schema asks for it all the same. */
  readonly jobid: string;
  /** The larger of `size` and `maxSize` when the operator first saw the MiniCluster: the limit of scaling. */
  readonly maximumSize: Int32;
  /** How many pods the Job has. The operator writes it only when it scales. */
  readonly size: Int32;
  /** The label that selects the pods, as `hpa-selector=NAME`, for whoever scales the MiniCluster. */
  readonly selector: string;
  /**
   * States of the MiniCluster. `JobMiniClusterReady` is set as soon as the Job object exists, and running
   * or finished are never set: wait on the Job instead (trap T68).
   * @listType atomic
   */
  readonly conditions?: readonly MiniClusterCondition[];
}

/** One state of a MiniCluster, in the form that Kubernetes has for conditions. */
export interface MiniClusterCondition {
  /**
   * When the state last changed.
   * @format date-time
   */
  readonly lastTransitionTime: string;
  /**
   * Details for a reader; may be empty.
   * @maxLength 32768
   */
  readonly message: string;
  /**
   * The `metadata.generation` of the MiniCluster that the state was judged on.
   * @minimum 0
   */
  readonly observedGeneration?: Int64;
  /**
   * Why the state changed, as one word for programs.
   * @minLength 1
   * @maxLength 1024
   * @pattern ^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$
   */
  readonly reason: string;
  /**
   * Whether the MiniCluster is in the state.
   * @values ["True", "False", "Unknown"]
   */
  readonly status: string;
  /**
   * The name of the state.
   * @maxLength 316
   * @pattern ^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$
   */
  readonly type: string;
}
