/** What the nodes may do at AWS: as little as their boot needs. */
import * as iam from '@pulumi/aws/iam';
import * as pulumi from '@pulumi/pulumi';

import { accountOf, partitionOf, regionOf, serviceOf } from './arn';
import { Parameters } from './parameters';
import { Site, tagsOf } from './site';

/** The role of the nodes, as instances take it. */
export interface NodesRole {
  readonly role: iam.Role;
  readonly profile: iam.InstanceProfile;
  /** Nodes need it before they boot. */
  readonly policy: iam.RolePolicy;
}

/** What it is made from. */
export interface RolePlan {
  readonly parameters: Parameters;
  /** ARN of the object in S3 that the boot comes from. */
  readonly bundleArn: pulumi.Input<string>;
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** One of the things that a role may do. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Longest prefix of a role's name that leaves room for what makes it unique. */
const LONGEST_PREFIX = 38;

/** Lets EC2 be the role. */
export const EC2_MAY_ASSUME = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/**
 * Sessions by the Session Manager. AWS' own policy for that (AmazonSSMManagedInstanceCore) also reads every parameter of
 * the account, secrets of others among them.
 */
export const SESSIONS: Statement = {
  Sid: 'Sessions',
  Effect: 'Allow',
  Action: [
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  Resource: ['*'],
};

/** A policy document. */
export function policyOf(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function makeRole(site: Site, { parameters, bundleArn, permissionsBoundary }: RolePlan): NodesRole {
  const { name, parent } = site;
  const prefix = `${site.title.slice(0, LONGEST_PREFIX - 1)}-`;
  const role = new iam.Role(
    name,
    {
      namePrefix: prefix,
      description: `Nodes of ${site.title}`,
      assumeRolePolicy: EC2_MAY_ASSUME,
      ...(permissionsBoundary !== undefined && { permissionsBoundary }),
      tags: tagsOf(site),
    },
    { parent },
  );
  const statements = pulumi
    .all([
      parameters.nodes.arn,
      bundleArn,
      parameters.packages.arn,
      parameters.kubeconfig?.arn,
      pulumi.output(parameters.given),
    ])
    .apply(([nodes, bundle, packages, kubeconfig, given]) =>
      policyOf([
        SESSIONS,
        allow('Boot', ['s3:GetObject'], [bundle]),
        allow('Parameters', ['ssm:GetParameter'], [nodes.replace(/\/nodes$/, '/*')]),
        allow(
          'Results',
          ['ssm:PutParameter'],
          [packages, kubeconfig].flatMap((arn) => arn ?? []),
        ),
        ownTags(nodes),
        ...given.flatMap(({ arn, kmsKeyArn }) => readingOf(arn, kmsKeyArn)),
      ]),
    );
  const policy = new iam.RolePolicy(name, { role: role.id, policy: statements }, { parent });
  const profile = new iam.InstanceProfile(
    name,
    { namePrefix: prefix, role: role.name, tags: tagsOf(site) },
    { parent },
  );
  return { role, profile, policy };
}

function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

/** A node tells by tags of its own instance how far its boot is: no other instance, no other tag. */
function ownTags(parameter: string): Statement {
  return {
    ...allow(
      'OwnTags',
      ['ec2:CreateTags'],
      [`arn:${partitionOf(parameter)}:ec2:${regionOf(parameter)}:${accountOf(parameter)}:instance/*`],
    ),
    Condition: {
      StringEquals: { 'aws:ARN': '${ec2:SourceInstanceARN}' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': STATE_TAGS },
    },
  };
}

/** Tags that a node writes. */
export const STATE_TAGS = ['flux-usernetes:state', 'flux-usernetes:step', 'flux-usernetes:message'];

function readingOf(arn: string, kmsKeyArn: string | undefined): readonly Statement[] {
  const service = serviceOf(arn);
  const read = service === 'ssm' ? 'ssm:GetParameter' : 'secretsmanager:GetSecretValue';
  const reading = allow('GivenSecret', [read], [arn]);
  if (kmsKeyArn === undefined) return [reading];
  const through = { 'kms:ViaService': `${service}.${regionOf(arn)}.amazonaws.com` };
  return [
    reading,
    { ...allow('GivenKey', ['kms:Decrypt'], [kmsKeyArn]), Condition: { StringEquals: through } },
  ];
}
