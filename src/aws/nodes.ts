/** The nodes: an instance for each rank, on an interface with a fixed address that outlives it. */
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';

import { NodeBlock, NodeLayout } from '../model/usernetes';
import { Network } from './network';
import { STATE_TAGS } from './role';
import { SAME_ADDRESSES, Site, tagsOf } from './site';

/** What nodes are made from. */
export interface NodesPlan {
  readonly count: number;
  readonly network: Network;
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  readonly block: pulumi.Output<NodeBlock>;
  readonly layout: pulumi.Output<NodeLayout>;
  readonly template: ec2.LaunchTemplate;
  /** What must be there before the first boot. */
  readonly needs: readonly pulumi.Resource[];
}

/** @returns the instances, by rank */
export function makeNodes(site: Site, plan: NodesPlan): readonly ec2.Instance[] {
  const { network, block, count } = plan;
  const reservation = new ec2.SubnetCidrReservation(
    site.name,
    {
      subnetId: network.subnetId,
      cidrBlock: block.apply(({ cidr }) => cidr),
      reservationType: 'explicit',
      description: `Nodes of ${site.title}`,
    },
    { parent: site.parent, ...SAME_ADDRESSES },
  );
  return Array.from({ length: count }, (_, rank) => makeNode(site, rank, plan, reservation));
}

function makeNode(
  site: Site,
  rank: number,
  plan: NodesPlan,
  reservation: ec2.SubnetCidrReservation,
): ec2.Instance {
  const { network, block, layout, securityGroupIds, template, needs } = plan;
  const { parent } = site;
  const name = `${site.name}-${rank}`;
  const place = { subnetId: network.subnetId, securityGroups: [...securityGroupIds] };

  const networkInterface = new ec2.NetworkInterface(
    name,
    {
      ...place,
      privateIps: [block.apply(({ addresses }) => addresses[rank] ?? '')],
      interfaceType: layout.apply(({ interfaces }) => typeOf(interfaces[0])),
      description: `Rank ${rank} of ${site.title}`,
      tags: tagsOf(site, String(rank)),
    },
    { parent, dependsOn: [reservation], ...SAME_ADDRESSES },
  );
  const cards = layout.apply(({ interfaces }) =>
    interfaces.slice(1).map(({ networkCardIndex, deviceIndex, type }) => ({
      networkCardIndex,
      deviceIndex,
      networkInterfaceId: new ec2.NetworkInterface(
        `${name}-card-${networkCardIndex}`,
        {
          ...place,
          interfaceType: type,
          description: `Rank ${rank} of ${site.title}, card ${networkCardIndex}`,
          tags: tagsOf(site, `${rank}-card-${networkCardIndex}`),
        },
        { parent },
      ).id,
    })),
  );
  const publicAddress = network.isPublic
    ? [
        new ec2.Eip(
          name,
          { domain: 'vpc', networkInterface: networkInterface.id, tags: tagsOf(site, String(rank)) },
          { parent, dependsOn: [...network.ways] },
        ),
      ]
    : [];
  const first = { networkCardIndex: 0, deviceIndex: 0, networkInterfaceId: networkInterface.id };
  return new ec2.Instance(
    name,
    {
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      // Further cards with EFA can only be attached at the launch, for which the provider has but the older argument.
      primaryNetworkInterface: pulumi
        .all([cards, networkInterface.id])
        .apply(([more, networkInterfaceId]) => (more.length === 0 ? { networkInterfaceId } : undefined)),
      networkInterfaces: pulumi
        .all([cards, first])
        .apply(([more, primary]) => (more.length === 0 ? undefined : [primary, ...more])),
      tags: tagsOf(site, String(rank), { 'flux-usernetes:rank': String(rank) }),
      // Not by the launch template: other tags would make another version of it, and that other instances.
      volumeTags: tagsOf(site, String(rank)),
    },
    {
      parent,
      // An interface is attached to one instance: the old one goes before the new one comes.
      deleteBeforeReplace: true,
      dependsOn: [...needs, ...publicAddress],
      ignoreChanges: STATE_TAGS.flatMap((tag) => [`tags["${tag}"]`, `tagsAll["${tag}"]`]),
    },
  );
}

/** EC2 calls the type of ordinary ones `interface`, and takes that by leaving it out. */
function typeOf(first: { readonly type: string } | undefined): string | undefined {
  return first?.type === 'interface' ? undefined : first?.type;
}
