/** What all nodes start with, the same for each of them. */
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';

import {
  DEFAULT_IOPS,
  DEFAULT_THROUGHPUT,
  DEFAULT_VOLUME_SIZE,
  ImageFacts,
  Market,
} from '../model/usernetes';
import { InstanceRole } from './instance-role';
import { Site, tagsOf } from './site';
import { Capacity, NodeVolume } from './usernetes-cluster-args';

/** What the template is made from. */
export interface LaunchPlan {
  readonly instanceType: pulumi.Input<string>;
  readonly image: pulumi.Output<ImageFacts>;
  /** As base64. */
  readonly userData: pulumi.Output<string>;
  readonly role: InstanceRole;
  readonly volume: NodeVolume;
  readonly capacity: Capacity;
  /** Name of a placement group, or nothing. */
  readonly placementGroup: pulumi.Input<string | undefined>;
}

export function makeLaunchTemplate(site: Site, plan: LaunchPlan): ec2.LaunchTemplate {
  const { volume, capacity } = plan;
  return new ec2.LaunchTemplate(
    site.name,
    {
      description: `Nodes of ${site.title}`,
      updateDefaultVersion: true,
      imageId: plan.image.apply(({ id }) => id),
      instanceType: plan.instanceType,
      iamInstanceProfile: { arn: plan.role.profile.arn },
      userData: plan.userData,
      blockDeviceMappings: [
        {
          deviceName: plan.image.apply(({ rootDeviceName }) => rootDeviceName),
          ebs: {
            volumeType: 'gp3',
            volumeSize: volume.size ?? DEFAULT_VOLUME_SIZE,
            iops: volume.iops ?? DEFAULT_IOPS,
            throughput: volume.throughput ?? DEFAULT_THROUGHPUT,
            encrypted: 'true',
            ...(volume.kmsKeyId !== undefined && { kmsKeyId: volume.kmsKeyId }),
            deleteOnTermination: 'true',
          },
        },
      ],
      // One hop: containers get no credentials of the node.
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      placement: pulumi
        .output(plan.placementGroup)
        .apply((groupName) => (groupName === undefined ? undefined : { groupName })) as pulumi.Output<{
        groupName: string;
      }>,
      ...marketOf(capacity),
      ...reservationOf(capacity),
      tags: tagsOf(site),
    },
    // Other tags would make the version of the template unknown in a preview, as if every node were replaced.
    { parent: site.parent, ignoreChanges: ['tags', 'tagsAll'] },
  );
}

function marketOf({ market, maxPrice }: Capacity): Partial<ec2.LaunchTemplateArgs> {
  if (market === Market.CAPACITY_BLOCK) return { instanceMarketOptions: { marketType: 'capacity-block' } };
  if (market !== Market.SPOT) return {};
  return {
    instanceMarketOptions: {
      marketType: 'spot',
      spotOptions: {
        spotInstanceType: 'one-time',
        instanceInterruptionBehavior: 'terminate',
        ...(maxPrice !== undefined && { maxPrice }),
      },
    },
  };
}

function reservationOf({ reservationId, reservationGroupArn }: Capacity): Partial<ec2.LaunchTemplateArgs> {
  if (reservationId === undefined && reservationGroupArn === undefined) return {};
  return {
    capacityReservationSpecification: {
      capacityReservationTarget: {
        ...(reservationId !== undefined && { capacityReservationId: reservationId }),
        ...(reservationGroupArn !== undefined && {
          capacityReservationResourceGroupArn: reservationGroupArn,
        }),
      },
    },
  };
}
