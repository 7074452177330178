import * as pulumi from '@pulumi/pulumi';

import { renderMiniClusterJob } from '../model/job';
import { Manifest } from '../model/manifest';
import { renderAwaited } from './cluster-wait';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { ClusterWaitArgs, MiniClusterJobSpecArgs } from './generated/args';
import { ObjectMetadata } from './object-metadata';

/** Arguments of a MiniClusterJob: the spec of a MiniCluster, what the job engine adds to it, and the wait for it. */
export interface MiniClusterJobArgs extends MiniClusterJobSpecArgs, ClusterWaitArgs {
  /**
   * What names the Job; namespace, labels and annotations go to all objects.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * A Flux cluster in Kubernetes that needs no operator: an Indexed Job, and plain objects of its namespace.
 *
 * The template of a Job can't be changed: another one replaces the Job, with its pods and its queue, unless that is
 * archived.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class MiniClusterJob extends pulumi.ComponentResource {
  /** Name of the Job and, unless set otherwise, of its headless Service. */
  public readonly name!: pulumi.Output<string>;
  /** Namespace of all objects. */
  public readonly namespace!: pulumi.Output<string>;

  public constructor(name: string, args: MiniClusterJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:MiniClusterJob', name, args, opts);
    const outputs = deployManifests({
      component: this,
      kind: 'MiniClusterJob',
      name,
      args,
      render: renderAwaited(renderMiniClusterJob, ({ interactive = false }) => interactive),
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
