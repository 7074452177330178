import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { Silence } from '../input';

/** A MiniCluster for the operator of the 0.1 releases: its spec, and what the library adds to it. */
export interface MiniClusterV1Alpha1Input extends MiniClusterV1Alpha1Spec {
  /**
   * Rules that do not apply here.
   * @default - none
   */
  readonly silence?: readonly Silence[];
}
