import * as pulumi from '@pulumi/pulumi';

import { makeCluster } from './cluster-resources';
import { UsernetesClusterArgs } from './usernetes-cluster-args';

/**
 * A cluster of Flux on EC2 with user-space Kubernetes (Usernetes): one Kubernetes over all nodes, or one for each job
 * that asks for it.
 *
 * Ranks, host names and addresses are known before any node boots: each rank has a network interface with a fixed
 * address that outlives its instance. All nodes start with the same user data; how many there are stands in a parameter
 * of SSM, so that another number of `nodes` touches the highest ranks only.
 *
 * `pulumi up` ends when every node is ready, or with an error that names the node and the step that failed.
 *
 * @throws InputPropertiesError with every problem of the arguments that are known; what only AWS knows of them fails the
 * program before anything is made
 */
export class UsernetesCluster extends pulumi.ComponentResource {
  /** Name of the cluster, with which host names begin. */
  public readonly clusterName!: pulumi.Output<string>;
  /** Ids of the instances, by rank. */
  public readonly instanceIds!: pulumi.Output<string[]>;
  /** Host names, by rank: `hpc-0`. */
  public readonly hostNames!: pulumi.Output<string[]>;
  /** Private addresses, by rank. */
  public readonly addresses!: pulumi.Output<string[]>;
  /** Id of the instance of rank 0, where people log in. */
  public readonly leadInstanceId!: pulumi.Output<string>;
  /** Private address of rank 0. */
  public readonly leadAddress!: pulumi.Output<string>;
  /** Id of the VPC. */
  public readonly vpcId!: pulumi.Output<string>;
  /** Id of the subnet of the nodes. */
  public readonly subnetId!: pulumi.Output<string>;
  /** The group of the nodes: whatever else they shall reach, or be reached from, is a rule of it. */
  public readonly securityGroupId!: pulumi.Output<string>;
  /** The role of the nodes: whatever else they shall do at AWS is a policy of it. */
  public readonly roleName!: pulumi.Output<string>;
  /** ARN of that role. */
  public readonly roleArn!: pulumi.Output<string>;
  /** Id of the image that nodes start from. */
  public readonly imageId!: pulumi.Output<string>;
  /** The SSM parameter (SecureString) with the administrator's kubeconfig; empty in batch mode. */
  public readonly kubeconfigParameter!: pulumi.Output<string>;
  /** The command that writes it to the file `kubeconfig`; empty in batch mode. */
  public readonly kubeconfigCommand!: pulumi.Output<string>;
  /** The command that makes the API server reachable at 127.0.0.1:6443, as the kubeconfig has it; empty in batch mode. */
  public readonly tunnelCommand!: pulumi.Output<string>;
  /** The command that opens a shell on rank 0. */
  public readonly sessionCommand!: pulumi.Output<string>;
  /** What an hour costs in US dollars, if prices were given, else 0. */
  public readonly hourlyCost!: pulumi.Output<number>;

  public constructor(name: string, args: UsernetesClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:UsernetesCluster', name, args, opts);
    const outputs: Omit<UsernetesCluster, keyof pulumi.ComponentResource> = makeCluster(this, name, args);
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
  }
}
