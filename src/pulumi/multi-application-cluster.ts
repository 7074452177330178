import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { renderAwaited } from './cluster-wait';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { ClusterWaitArgs, MultiApplicationClusterSpecArgs } from './generated/args';
import { ObjectMetadata } from './object-metadata';

/** Arguments of a MultiApplicationCluster, and of the wait for it. */
export interface MultiApplicationClusterArgs extends MultiApplicationClusterSpecArgs, ClusterWaitArgs {
  /**
   * What names the Job; namespace, labels and annotations go to all objects.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * Several applications in each pod, each a Flux instance over all pods, and a queue that hands jobs to them, so that no
 * core is given twice. It needs no operator: an Indexed Job, and plain objects of its namespace.
 *
 * The template of a Job can't be changed: another one replaces the Job, with its pods and its queue, unless that is
 * archived.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class MultiApplicationCluster extends pulumi.ComponentResource {
  /** Name of the Job and, unless set otherwise, of its headless Service. */
  public readonly name!: pulumi.Output<string>;
  /** Namespace of all objects. */
  public readonly namespace!: pulumi.Output<string>;

  public constructor(
    name: string,
    args: MultiApplicationClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('flux-framework-constructs:index:MultiApplicationCluster', name, args, opts);
    // Loaded on use: most programs have none.
    const { renderMultiApplicationCluster } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      require('../model/applications') as typeof import('../model/applications');
    const outputs = deployManifests({
      component: this,
      kind: 'MultiApplicationCluster',
      name,
      args,
      render: renderAwaited(renderMultiApplicationCluster, ({ queue }) => queue?.command === undefined),
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
