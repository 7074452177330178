import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { renderMiniCluster } from '../model/minicluster';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { MiniClusterSpecArgs } from './generated/args';
import { ObjectMetadata } from './object-metadata';

/** Arguments of a MiniCluster: the spec of the custom resource, and what the library adds to it. */
export interface MiniClusterArgs extends MiniClusterSpecArgs {
  /**
   * What names the custom resource; labels and annotations go to the ConfigMap of its scripts too.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * A Flux cluster in Kubernetes, run by the Flux Operator (API version v1alpha2), which has to be there: give a
 * FluxOperator of the same program as `dependsOn`.
 *
 * `pulumi up` waits until Kubernetes has taken the custom resource, and no longer: its conditions say nothing of the
 * pods (trap T68).
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class MiniCluster extends pulumi.ComponentResource {
  /** Name of the custom resource, of its Job and, unless set otherwise, of its headless Service. */
  public readonly name!: pulumi.Output<string>;
  /** Its namespace. */
  public readonly namespace!: pulumi.Output<string>;

  public constructor(name: string, args: MiniClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:MiniCluster', name, args, opts);
    const outputs = deployManifests({
      component: this,
      kind: 'MiniCluster',
      name,
      args,
      render: renderMiniCluster,
    });
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
  }

  /** What is deployed, as plain data. For programs in TypeScript and JavaScript. */
  public get manifests(): pulumi.Output<Manifest[]> {
    return manifestsOf(this);
  }

  /** @internal What depends on this component waits until all of its objects are there. */
  protected override async initialize(): Promise<void> {
    return untilDeployed(this);
  }
}
