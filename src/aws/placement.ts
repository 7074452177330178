import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';

import { Found } from './lookup';
import { Site, tagsOf } from './site';
import { UsernetesClusterArgs } from './usernetes-cluster-args';

/** Name of the placement group of the nodes: the given one, one that is made, or none. */
export function placementGroupOf(
  site: Site,
  found: pulumi.Output<Found>,
  { placementGroup }: UsernetesClusterArgs,
): pulumi.Output<string | undefined> {
  if (placementGroup !== undefined) return pulumi.output(placementGroup);
  return found.apply(({ layout }) => {
    if (!layout.clusterPlacement) return pulumi.output(undefined);
    const { name } = new ec2.PlacementGroup(
      site.name,
      { strategy: 'cluster', tags: tagsOf(site) },
      { parent: site.parent },
    );
    return name;
  });
}
