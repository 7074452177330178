/** The image of the nodes, looked up once and then held. */
import * as pulumi from '@pulumi/pulumi';

import { DEFAULT_UBUNTU, ImageFacts } from '../model/usernetes';
import { held } from './held';
import { Found } from './lookup';
import { Site } from './site';
import { NodeImage } from './usernetes-cluster-args';

/** What the image is taken from. */
export interface NodeImagePlan {
  readonly args: NodeImage;
  /** `/flux-usernetes/<cluster>`. */
  readonly path: string;
  readonly found: pulumi.Output<Found>;
}

/** The image that nodes start from: the given one, or the one that is held. */
export function imageOf(site: Site, { args, path, found }: NodeImagePlan): pulumi.Output<ImageFacts> {
  return found.apply(({ image, layout }) =>
    args.id === undefined
      ? holdImage(site, { args, path, architecture: layout.architecture, newest: image })
      : pulumi.output(image),
  );
}

interface HeldImage {
  readonly args: NodeImage;
  readonly path: string;
  readonly architecture: string;
  readonly newest: ImageFacts;
}

/**
 * Keeps the image that was the newest when the cluster was made. A later one would replace every node at the next
 * `pulumi up`, so it is taken only with another `renewal`, Ubuntu or architecture, each of which is a parameter of its own.
 */
function holdImage(site: Site, plan: HeldImage): pulumi.Output<ImageFacts> {
  const { ubuntu = DEFAULT_UBUNTU, renewal = '1' } = plan.args;
  const key = [ubuntu, plan.architecture, renewal].join('-');
  const text = held(site, {
    key: `image/${key}`,
    path: plan.path,
    value: JSON.stringify(plan.newest),
    description: 'The image that nodes start from; another renewal takes the newest one',
  });
  return text.apply((json) => JSON.parse(json) as ImageFacts);
}
