/** What the image is made from, and what is done to it: a recipe and its component, whose versions follow from their content. */
import * as imagebuilder from '@pulumi/aws/imagebuilder';
import * as pulumi from '@pulumi/pulumi';

import { DEFAULT_UBUNTU, publicParameterOf } from '../model/usernetes';
import { checkDocument, documentText, imageDocument, versionOf } from '../model/usernetes/image-document';
import { Architecture, UsernetesImageSpec } from '../model/usernetes/image-spec';
import { StoredBundle } from './bundle';
import { stopAtProblems } from '../pulumi/invalid-args';
import { Site, tagsOf } from './site';

/** What both are made from. */
export interface RecipePlan {
  /** Of the error, if the document does not fit. */
  readonly subject: string;
  readonly spec: pulumi.Output<UsernetesImageSpec>;
  readonly bundle: StoredBundle;
}

/** GiB. */
const DEFAULT_IMAGE_SIZE = 30;
/** Where Ubuntu's images have their root volume. */
const ROOT_DEVICE = '/dev/sda1';

export function makeComponent(site: Site, { subject, spec, bundle }: RecipePlan): imagebuilder.Component {
  const document = pulumi.all([spec, bundle.bucket, bundle.key]).apply(([known, bucket, key]) => {
    const text = documentText(imageDocument(known, { bucket, key, sha256: bundle.sha256 }));
    stopAtProblems(subject, checkDocument(text));
    return text;
  });
  return new imagebuilder.Component(
    site.name,
    {
      name: site.title,
      description: 'Flux, a rootless container engine and usernetes',
      platform: 'Linux',
      version: document.apply((text) => versionOf(text)),
      data: document,
      tags: tagsOf(site),
    },
    { parent: site.parent },
  );
}

export function makeRecipe(
  site: Site,
  spec: pulumi.Output<UsernetesImageSpec>,
  component: imagebuilder.Component,
): imagebuilder.ImageRecipe {
  const content = spec.apply(({ kmsKeyId, volumeSize = DEFAULT_IMAGE_SIZE, renewal = '1', ...known }) => ({
    parentImage: parentOf(known),
    ebs: {
      volumeType: 'gp3',
      volumeSize,
      encrypted: 'true',
      deleteOnTermination: 'true',
      ...(kmsKeyId !== undefined && { kmsKeyId }),
    },
    renewal,
  }));
  return new imagebuilder.ImageRecipe(
    site.name,
    {
      name: site.title,
      description: 'Nodes of a UsernetesCluster',
      version: pulumi.all([content, component.version]).apply((all) => versionOf(...all)),
      parentImage: content.apply(({ parentImage }) => parentImage),
      components: [{ componentArn: component.arn }],
      blockDeviceMappings: [{ deviceName: ROOT_DEVICE, ebs: content.apply(({ ebs }) => ebs) }],
      // Sessions are the way to the nodes.
      systemsManagerAgent: { uninstallAfterBuild: false },
      tags: tagsOf(site),
    },
    { parent: site.parent },
  );
}

function parentOf({ parentImage, ubuntu, architecture }: UsernetesImageSpec): string {
  return (
    parentImage ?? `ssm:${publicParameterOf(ubuntu ?? DEFAULT_UBUNTU, architecture ?? Architecture.AMD64)}`
  );
}
