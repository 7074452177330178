import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { ContentDistributionSpecArgs } from './generated/args';
import { ObjectMetadata } from './object-metadata';

/** Arguments of a ContentDistribution. */
export interface ContentDistributionArgs extends ContentDistributionSpecArgs {
  /**
   * What names the Job or Deployment; namespace, labels and annotations go to all objects.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * Container images and files on all nodes of a FluxDistribute, with one pull from the outside: a Job, or with `keep` a
 * Deployment that gives them to nodes that join later, too.
 *
 * `pulumi up` waits until the Job has completed: what depends on this component finds the content on all nodes.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class ContentDistribution extends pulumi.ComponentResource {
  /** Name of the Job or Deployment. */
  public readonly name!: pulumi.Output<string>;
  /** Namespace of all objects. */
  public readonly namespace!: pulumi.Output<string>;

  public constructor(name: string, args: ContentDistributionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:ContentDistribution', name, args, opts);
    // Loaded on use: most programs have none.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { renderContentDistribution } = require('../model/content') as typeof import('../model/content');
    const outputs = deployManifests({
      component: this,
      kind: 'ContentDistribution',
      name,
      args,
      render: renderContentDistribution,
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
