import * as pulumi from '@pulumi/pulumi';

import { ImageOutputs, makeImage } from './image-resources';
import { UsernetesImageArgs } from './usernetes-image-args';

/** An image as UsernetesCluster takes it. */
export interface BakedImage {
  /** Id of the image. */
  readonly id: pulumi.Output<string>;
  /** It has everything installed. */
  readonly baked: boolean;
}

/**
 * An image (AMI) that has everything installed which nodes of a UsernetesCluster need, made by EC2 Image Builder: a node
 * that starts from it fetches nothing from the web. There is no secret in it: certificate and keys come at the boot.
 *
 * `pulumi up` builds it, and builds a new one when what goes into it changes; each build is checked on an instance that
 * has started from it.
 *
 * @throws InputPropertiesError with every problem of the arguments that are known
 */
export class UsernetesImage extends pulumi.ComponentResource {
  /** Id of the image in the provider's region. */
  public readonly imageId!: pulumi.Output<string>;
  /** Version of the recipe. It follows from what goes into the image: the same content has the same one. */
  public readonly version!: pulumi.Output<string>;
  /** ARN of the pipeline, which builds the image again by hand or by schedule. */
  public readonly pipelineArn!: pulumi.Output<string>;
  /** ARN of the recipe. */
  public readonly recipeArn!: pulumi.Output<string>;
  /** The group of CloudWatch that builds write their logs to. */
  public readonly logGroupName!: pulumi.Output<string>;

  public constructor(name: string, args: UsernetesImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:UsernetesImage', name, args, opts);
    const outputs: ImageOutputs = makeImage(this, name, args);
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
  }

  /** The image as UsernetesCluster takes it. */
  public get image(): BakedImage {
    return { id: this.imageId, baked: true };
  }
}
