import * as pulumi from '@pulumi/pulumi';

import { DEFAULT_ENGINE } from '../model/usernetes';
import { FluxBuild } from '../model/usernetes/image-spec';
import { ContainerEngine } from '../model/usernetes/spec';
import { ImageOutputs, makeImage } from './image-resources';
import { UsernetesImageArgs } from './usernetes-image-args';

/** An image as UsernetesCluster takes it. */
export interface BakedImage {
  /** Id of the image. */
  readonly id: pulumi.Output<string>;
  /** It has everything installed. */
  readonly baked: boolean;
  readonly engine: ContainerEngine;
  /** Has it what EFA needs? */
  readonly efa: boolean;
  /** Has it munge, for a Flux with flux-security? */
  readonly munge: boolean;
}

/** What images have; a field of the class would be one of the schema that other languages see. */
const contents = new WeakMap<UsernetesImage, Omit<BakedImage, 'id' | 'baked'>>();

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
    contents.set(this, contentsOf(args));
    this.registerOutputs({ ...outputs });
  }

  /** The image as UsernetesCluster takes it. */
  public get image(): BakedImage {
    const { engine, efa, munge } = contents.get(this) ?? contentsOf({});
    return { id: this.imageId, baked: true, engine, efa, munge };
  }
}

function contentsOf({ engine, efa, flux }: UsernetesImageArgs): Omit<BakedImage, 'id' | 'baked'> {
  return {
    engine: engine ?? DEFAULT_ENGINE,
    efa: efa ?? true,
    munge: flux === FluxBuild.COMPILED_WITH_SECURITY,
  };
}
