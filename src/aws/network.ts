/** The network of a cluster: a VPC with what its nodes need to reach, or one that exists. */
import * as ec2 from '@pulumi/aws/ec2';
import * as pulumi from '@pulumi/pulumi';

import { DEFAULT_ACCESS, DEFAULT_CIDR, NetworkAccess, madeSubnets } from '../model/usernetes';
import { Endpoints, makeEndpoints, makeStorageEndpoint } from './endpoints';
import { SAME_ADDRESSES, Site, tagsOf } from './site';
import { UsernetesNetwork } from './usernetes-cluster-args';

/** Where nodes are, and how they get out. */
export interface Network {
  readonly vpcId: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  /** What a node needs before it can fetch anything. */
  readonly ways: readonly pulumi.Resource[];
  /** Endpoints in place of a way out. */
  readonly endpoints?: Endpoints;
  /** Was it made here? */
  readonly isMade: boolean;
  /** Have nodes public addresses? */
  readonly isPublic: boolean;
}

/** What the network is made from. */
export interface NetworkPlan {
  readonly args: UsernetesNetwork;
  readonly maxNodes: number;
  /** Of a network that is made. */
  readonly availabilityZone: () => pulumi.Output<string>;
  /** Services that nodes call besides those that all need, by their names in endpoints: `secretsmanager`. */
  readonly services: readonly string[];
}

/** Makes the network, or names the one that exists. */
export function networkOf(site: Site, plan: NetworkPlan): Network {
  const { vpcId, subnetId } = plan.args;
  if (vpcId === undefined || subnetId === undefined) return makeNetwork(site, plan);
  return { vpcId, subnetId, ways: [], isMade: false, isPublic: false };
}

function makeNetwork(site: Site, { args, maxNodes, services, ...plan }: NetworkPlan): Network {
  const availabilityZone = plan.availabilityZone();
  const { name, parent } = site;
  const access = args.access ?? DEFAULT_ACCESS;
  const cidr = args.cidr ?? DEFAULT_CIDR;
  const cidrs = madeSubnets(cidr, maxNodes);
  const vpc = new ec2.Vpc(
    name,
    { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: tagsOf(site) },
    { parent },
  );
  // AWS makes a group that lets everything out and its members in; without rules nobody uses it by accident.
  new ec2.DefaultSecurityGroup(`${name}-unused`, { vpcId: vpc.id, tags: tagsOf(site, 'unused') }, { parent });

  const subnet = (suffix: string, cidrBlock: string): ec2.Subnet =>
    new ec2.Subnet(
      `${name}-${suffix}`,
      { vpcId: vpc.id, cidrBlock, availabilityZone, tags: tagsOf(site, suffix) },
      { parent, ...SAME_ADDRESSES },
    );
  const routes = (suffix: string, of: ec2.Subnet): ec2.RouteTable => {
    const table = new ec2.RouteTable(
      `${name}-${suffix}`,
      { vpcId: vpc.id, tags: tagsOf(site, suffix) },
      { parent },
    );
    new ec2.RouteTableAssociation(
      `${name}-${suffix}`,
      { subnetId: of.id, routeTableId: table.id },
      { parent },
    );
    return table;
  };

  const nodes = subnet('nodes', cidrs.nodes);
  const table = routes('nodes', nodes);
  const storage = makeStorageEndpoint(site, vpc, [table.id]);
  const place = {
    vpcId: vpc.id,
    subnetId: nodes.id,
    isMade: true,
    isPublic: access === NetworkAccess.PUBLIC,
  };
  if (access === NetworkAccess.ENDPOINTS) {
    const endpoints = makeEndpoints(site, {
      vpc,
      subnetId: subnet('services', cidrs.services).id,
      storage,
      services,
    });
    return { ...place, endpoints, ways: endpoints.resources };
  }

  const gateway = new ec2.InternetGateway(name, { vpcId: vpc.id, tags: tagsOf(site) }, { parent });
  const outOf = (suffix: string, from: ec2.RouteTable, target: Partial<ec2.RouteArgs>): ec2.Route =>
    new ec2.Route(
      `${name}-${suffix}`,
      { routeTableId: from.id, destinationCidrBlock: '0.0.0.0/0', ...target },
      { parent },
    );
  if (access === NetworkAccess.PUBLIC)
    return { ...place, ways: [storage, outOf('nodes', table, { gatewayId: gateway.id })] };

  const outside = subnet('nat', cidrs.public);
  const wayOut = outOf('nat', routes('nat', outside), { gatewayId: gateway.id });
  const address = new ec2.Eip(
    `${name}-nat`,
    { domain: 'vpc', tags: tagsOf(site, 'nat') },
    { parent, dependsOn: [gateway] },
  );
  const nat = new ec2.NatGateway(
    name,
    { allocationId: address.id, subnetId: outside.id, tags: tagsOf(site) },
    { parent, dependsOn: [wayOut] },
  );
  return { ...place, ways: [storage, outOf('nodes', table, { natGatewayId: nat.id })] };
}
