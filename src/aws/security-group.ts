/** What may reach the nodes, and what they may reach. */
import * as ec2 from '@pulumi/aws/ec2';
import * as vpcs from '@pulumi/aws/vpc';
import * as pulumi from '@pulumi/pulumi';

import { FluxMirror } from '../model/packages/spec';
import { Network } from './network';
import { Site, tagsOf } from './site';
import { Ingress } from './usernetes-cluster-args';

/** The group of the nodes with its rules, which nodes need before they boot. */
export interface NodesGroup {
  readonly securityGroup: ec2.SecurityGroup;
  readonly rules: readonly pulumi.Resource[];
}

const ANYWHERE = '0.0.0.0/0';

const HTTPS = 443;
/** Ports of what nodes fetch: packages and images; Ubuntu's archive is signed, and served without TLS. */
const FETCHED = [HTTPS, 80];
const DNS = 53;

/** What the group is made from. */
export interface NodesGroupPlan {
  readonly network: Network;
  readonly ingress: readonly Ingress[];
  /** Where else packages and the installer come from. */
  readonly mirror?: FluxMirror;
}

/**
 * Members reach each other by everything, in and out: EFA demands both (its traffic is no IP). From outside comes what
 * `ingress` names; out go HTTPS and HTTP, or where there are endpoints, HTTPS to those.
 */
export function makeNodesGroup(site: Site, { network, ingress, mirror }: NodesGroupPlan): NodesGroup {
  const { name, parent } = site;
  const securityGroup = new ec2.SecurityGroup(
    name,
    { vpcId: network.vpcId, description: `Nodes of ${site.title}`, tags: tagsOf(site) },
    { parent },
  );
  const group = { securityGroupId: securityGroup.id };
  const egress = (suffix: string, to: Partial<vpcs.SecurityGroupEgressRuleArgs>): pulumi.Resource =>
    new vpcs.SecurityGroupEgressRule(
      `${name}-${suffix}`,
      { ...group, ipProtocol: 'tcp', tags: tagsOf(site, suffix), ...to },
      { parent },
    );
  const members = {
    ...group,
    ipProtocol: '-1',
    referencedSecurityGroupId: securityGroup.id,
    description: 'Members of the cluster, by everything',
    tags: tagsOf(site, 'members'),
  };
  return {
    securityGroup,
    rules: [
      new vpcs.SecurityGroupIngressRule(`${name}-members`, members, { parent }),
      egress('members', members),
      ...waysOut(network, portsOf(mirror), egress),
      ...ingress.map((rule, index) => makeIngress(site, securityGroup, rule, index)),
    ],
  };
}

type MakeEgress = (suffix: string, to: Partial<vpcs.SecurityGroupEgressRuleArgs>) => pulumi.Resource;

function waysOut(
  { endpoints, isMade }: Network,
  ports: readonly number[],
  egress: MakeEgress,
): readonly pulumi.Resource[] {
  if (endpoints) {
    const https = { fromPort: HTTPS, toPort: HTTPS };
    return [
      egress('services', {
        ...https,
        referencedSecurityGroupId: endpoints.securityGroup.id,
        description: 'Endpoints of AWS services',
      }),
      egress('s3', { ...https, prefixListId: endpoints.storagePrefixList, description: 'S3' }),
    ];
  }
  const out = (port: number, description: string, ipProtocol = 'tcp'): pulumi.Resource =>
    egress(`out-${ipProtocol}-${port}`, {
      cidrIpv4: ANYWHERE,
      ipProtocol,
      fromPort: port,
      toPort: port,
      description,
    });
  const fetched = ports.map((port) => out(port, 'Packages, images and AWS services'));
  // Groups say nothing of the resolver of a VPC, but one that exists may have servers of its own.
  const names = isMade ? [] : ['tcp', 'udp'].map((protocol) => out(DNS, 'Servers of names', protocol));
  return [...fetched, ...names];
}

/** Ports of the web, and those of mirrors. */
function portsOf({ channel, installer }: FluxMirror = {}): readonly number[] {
  const addresses = [channel, installer?.amd64?.url, installer?.arm64?.url].flatMap((one) => one ?? []);
  const own = addresses.map((address) => Number(new URL(address).port)).filter((port) => port !== 0);
  return [...new Set([...FETCHED, ...own])];
}

function makeIngress(site: Site, { id }: ec2.SecurityGroup, rule: Ingress, index: number): pulumi.Resource {
  const { cidr, port, protocol = 'tcp', toPort = port, description = site.title } = rule;
  return new vpcs.SecurityGroupIngressRule(
    `${site.name}-${nameOf(rule, index)}`,
    {
      securityGroupId: id,
      cidrIpv4: cidr,
      ipProtocol: protocol,
      fromPort: port,
      toPort,
      description,
      tags: tagsOf(site, 'ingress'),
    },
    { parent: site.parent },
  );
}

/**
 * By what it opens, not by its place in the list: another rule before it must not change it. Only what is known later
 * has no other name than its place.
 */
function nameOf({ cidr, port, protocol = 'tcp', toPort }: Ingress, index: number): string {
  const parts = [protocol, port, toPort, cidr].filter((part) => part !== undefined);
  const known = parts.filter((part) => typeof part === 'string' || typeof part === 'number');
  const place = known.length < parts.length ? [index] : [];
  return ['in', ...known, ...place].join('-').replace('/', '_');
}
