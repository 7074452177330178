/** Endpoints of AWS services in the network, for nodes without a way out. */
import * as ec2 from '@pulumi/aws/ec2';
import * as vpcs from '@pulumi/aws/vpc';
import * as pulumi from '@pulumi/pulumi';

import { regionOf } from './arn';
import { Site, tagsOf } from './site';

/** What nodes reach without a way out. */
export interface Endpoints {
  /** The group that the endpoints are in. */
  readonly securityGroup: ec2.SecurityGroup;
  /** S3's addresses, by their list. */
  readonly storagePrefixList: pulumi.Output<string>;
  readonly resources: readonly pulumi.Resource[];
}

/** What every node calls: parameters, sessions, its own tags. */
const SERVICES = ['ssm', 'ssmmessages', 'ec2'];

/** S3, where the boot comes from and where CloudFormation's wait conditions are; it costs nothing. */
export function makeStorageEndpoint(
  site: Site,
  vpc: ec2.Vpc,
  routeTableIds: pulumi.Input<string>[],
): ec2.VpcEndpoint {
  return new ec2.VpcEndpoint(
    `${site.name}-s3`,
    { ...endpointOf(vpc, 's3', 'Gateway'), routeTableIds, tags: tagsOf(site, 's3') },
    { parent: site.parent },
  );
}

/** What the endpoints are made from. */
export interface EndpointsPlan {
  readonly vpc: ec2.Vpc;
  readonly subnetId: pulumi.Input<string>;
  readonly storage: ec2.VpcEndpoint;
  /** Further services by name. */
  readonly services: readonly string[];
}

/** Interface endpoints in a subnet of their own: their addresses are EC2's choice, and must not be those of nodes. */
export function makeEndpoints(site: Site, { vpc, subnetId, storage, services }: EndpointsPlan): Endpoints {
  const { name, parent } = site;
  const securityGroup = new ec2.SecurityGroup(
    `${name}-endpoints`,
    { vpcId: vpc.id, description: 'Endpoints of AWS services', tags: tagsOf(site, 'endpoints') },
    { parent },
  );
  const entrance = new vpcs.SecurityGroupIngressRule(
    `${name}-endpoints`,
    {
      securityGroupId: securityGroup.id,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      cidrIpv4: vpc.cidrBlock,
      description: 'From the network',
      tags: tagsOf(site, 'endpoints'),
    },
    { parent },
  );
  const endpoints = [...SERVICES, ...services].map(
    (service) =>
      new ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          ...endpointOf(vpc, service, 'Interface'),
          subnetIds: [subnetId],
          securityGroupIds: [securityGroup.id],
          privateDnsEnabled: true,
          tags: tagsOf(site, service),
        },
        { parent },
      ),
  );
  return {
    securityGroup,
    storagePrefixList: storage.prefixListId,
    resources: [storage, entrance, ...endpoints],
  };
}

function endpointOf(vpc: ec2.Vpc, service: string, vpcEndpointType: string): ec2.VpcEndpointArgs {
  const serviceName = vpc.arn.apply((arn) => `com.amazonaws.${regionOf(arn)}.${service}`);
  return { vpcId: vpc.id, serviceName, vpcEndpointType };
}
