/** All resources of an image, in the order in which they need each other. */
import * as cloudwatch from '@pulumi/aws/cloudwatch';
import * as imagebuilder from '@pulumi/aws/imagebuilder';
import * as pulumi from '@pulumi/pulumi';

import { imageBundle } from '../model/usernetes';
import { checkUsernetesImage } from '../model/usernetes/image-check';
import { UsernetesImageSpec } from '../model/usernetes/image-spec';
import { regionOf } from './arn';
import { storeBundle } from './bundle';
import { makePipeline } from './image-pipeline';
import { makeComponent, makeRecipe } from './image-recipe';
import { makeBuildRole } from './image-role';
import { stopAtProblems } from '../pulumi/invalid-args';
import { knownPart } from '../pulumi/known';
import { Site, tagsOf, tagsOfAll } from './site';
import { UsernetesImageArgs } from './usernetes-image-args';

/** What is known of an image, when it is there. */
export interface ImageOutputs {
  readonly imageId: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;
  readonly pipelineArn: pulumi.Output<string>;
  readonly recipeArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
}

const LOG_DAYS = 30;

/** @throws InputPropertiesError with every problem of the arguments that are known */
export function makeImage(parent: pulumi.Resource, name: string, args: UsernetesImageArgs): ImageOutputs {
  const described = { ...args, imageName: args.imageName ?? name };
  const { imageName: title } = described;
  const subject = `[${name}] UsernetesImage`;
  const { value, unknown } = knownPart<UsernetesImageSpec>(described);
  stopAtProblems(subject, checkUsernetesImage(value, unknown));

  // What is known later is checked when it is: nothing is made on what does not fit, since all needs the tags.
  const spec = pulumi.output(described).apply((known) => {
    stopAtProblems(subject, checkUsernetesImage(known));
    return known;
  });
  const site: Site = {
    name,
    title,
    parent,
    tags: tagsOfAll({ 'flux-usernetes:image': title }, spec, spec),
  };
  const bundle = storeBundle(site, imageBundle(args.locks));
  const component = makeComponent(site, { subject, spec, bundle });
  const recipe = makeRecipe(site, spec, component);
  // Image Builder writes to the group of this name; made here, it does not stay for ever.
  const log = new cloudwatch.LogGroup(
    name,
    { name: `/aws/imagebuilder/${title}`, retentionInDays: LOG_DAYS, tags: tagsOf(site) },
    { parent },
  );
  const role = makeBuildRole(site, {
    bundleArn: bundle.arn,
    componentArn: component.arn,
    logGroupArn: log.arn,
    ...(args.permissionsBoundary !== undefined && { permissionsBoundary: args.permissionsBoundary }),
  });
  const region = component.arn.apply(regionOf);
  const { pipeline, image } = makePipeline(site, {
    args,
    spec,
    recipe,
    region,
    role,
    needs: [bundle.object, log],
  });
  return {
    imageId: pulumi
      .all([image.outputResources, region])
      .apply(([outputs, home]) => idIn(subject, outputs, home)),
    version: recipe.version,
    pipelineArn: pipeline.arn,
    recipeArn: recipe.arn,
    logGroupName: log.name,
  };
}

type Outputs = pulumi.Unwrap<imagebuilder.Image['outputResources']>;

/** Image Builder names the copies of all regions. */
function idIn(subject: string, outputs: Outputs, region: string): string {
  const found = outputs.flatMap(({ amis = [] }) => amis).find((ami) => ami.region === region)?.image;
  if (found === undefined)
    throw new pulumi.RunError(
      `${subject}: the build has left no image in ${region}: look at its log, then write another renewal to build anew`,
    );
  return found;
}
