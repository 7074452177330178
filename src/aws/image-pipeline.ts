/** On what the image is built, where it goes, when it is built again, and the build itself. */
import * as imagebuilder from '@pulumi/aws/imagebuilder';
import * as pulumi from '@pulumi/pulumi';

import { Architecture, FluxBuild, UsernetesImageSpec } from '../model/usernetes/image-spec';
import { InstanceRole } from './instance-role';
import { Site, tagsOf } from './site';
import { UsernetesImageArgs } from './usernetes-image-args';

/** What all of it is made from. */
export interface PipelinePlan {
  readonly args: UsernetesImageArgs;
  readonly spec: pulumi.Output<UsernetesImageSpec>;
  readonly recipe: imagebuilder.ImageRecipe;
  /** The region of the provider. */
  readonly region: pulumi.Output<string>;
  readonly role: InstanceRole;
  /** What a build needs beside those. */
  readonly needs: readonly pulumi.Resource[];
}

/** The pipeline, and the image that was built. */
export interface Pipeline {
  readonly pipeline: imagebuilder.ImagePipeline;
  readonly image: imagebuilder.Image;
}

/** Seconds. */
const DEFAULT_IMAGE_TIMEOUT = 7200;
/** Families by architecture, the ones to prefer first: EC2 takes the first one that there is. */
const FAMILIES: Readonly<Record<Architecture, readonly string[]>> = {
  [Architecture.AMD64]: ['m7i', 'm6i', 'm5'],
  [Architecture.ARM64]: ['m7g', 'm6g'],
};
/** Minutes that AWS asks for at least. */
const TEST_MINUTES = 60;

export function makePipeline(site: Site, plan: PipelinePlan): Pipeline {
  const { args, recipe, role, needs } = plan;
  const { name, title, parent } = site;
  const build = {
    imageRecipeArn: recipe.arn,
    infrastructureConfigurationArn: makeInfrastructure(site, plan).arn,
    distributionConfigurationArn: makeDistribution(site, plan).arn,
    imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: TEST_MINUTES },
    // An inventory of the image would take the build instance further rights.
    enhancedImageMetadataEnabled: false,
    tags: tagsOf(site),
  };
  const pipeline = new imagebuilder.ImagePipeline(
    name,
    {
      ...build,
      name: title,
      description: 'Builds the image of the nodes of a UsernetesCluster',
      ...(args.schedule !== undefined && {
        schedule: {
          scheduleExpression: args.schedule,
          pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY',
        },
      }),
    },
    { parent, dependsOn: [role.policy, ...needs] },
  );
  const image = new imagebuilder.Image(name, build, {
    parent,
    dependsOn: [role.policy, ...needs],
    customTimeouts: { create: `${args.timeout ?? DEFAULT_IMAGE_TIMEOUT}s` },
  });
  return { pipeline, image };
}

function makeInfrastructure(
  site: Site,
  { args, spec, role }: PipelinePlan,
): imagebuilder.InfrastructureConfiguration {
  return new imagebuilder.InfrastructureConfiguration(
    site.name,
    {
      name: site.title,
      description: 'Instances that the image is built and tested on',
      instanceProfileName: role.profile.name,
      instanceTypes: spec.apply(instanceTypesOf),
      // One hop: containers get no credentials of the build.
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      ...(args.subnetId !== undefined && { subnetId: args.subnetId }),
      ...(args.securityGroupIds !== undefined && { securityGroupIds: args.securityGroupIds }),
      terminateInstanceOnFailure: !(args.keepFailed ?? false),
      resourceTags: tagsOf(site, 'build'),
      tags: tagsOf(site),
    },
    { parent: site.parent },
  );
}

function instanceTypesOf({ instanceType, architecture, flux }: UsernetesImageSpec): string[] {
  if (instanceType !== undefined) return [instanceType];
  const size = flux === FluxBuild.COMPILED_WITH_SECURITY ? '2xlarge' : 'xlarge';
  return FAMILIES[architecture ?? Architecture.AMD64].map((family) => `${family}.${size}`);
}

function makeDistribution(
  site: Site,
  { spec, region, recipe }: PipelinePlan,
): imagebuilder.DistributionConfiguration {
  const amiTags = pulumi
    .all([tagsOf(site), recipe.version])
    .apply(([tags, version]) => ({ ...tags, 'flux-usernetes:image-version': version }));
  const distributions = pulumi
    .all([spec, region])
    .apply(([{ regions = [], kmsKeyId, accountIds = [] }, home]) =>
      [home, ...regions].map((one) => ({
        region: one,
        amiDistributionConfiguration: {
          name: `${site.title}-{{ imagebuilder:buildDate }}`,
          description: 'Nodes of a UsernetesCluster',
          amiTags,
          // The replica of a multi-region key has the same id.
          ...(kmsKeyId !== undefined && { kmsKeyId: kmsKeyId.replace(`:${home}:`, `:${one}:`) }),
          ...(accountIds.length > 0 && { launchPermission: { userIds: [...accountIds] } }),
        },
      })),
    );
  return new imagebuilder.DistributionConfiguration(
    site.name,
    {
      name: site.title,
      description: 'Where the image goes, and who may use it',
      distributions,
      tags: tagsOf(site),
    },
    { parent: site.parent },
  );
}
