/** What the nodes may do at AWS: as little as their boot needs. */
import * as pulumi from '@pulumi/pulumi';

import { accountOf, partitionOf, regionOf, serviceOf } from './arn';
import { InstanceRole, SESSIONS, Statement, allow, makeInstanceRole } from './instance-role';
import { Parameters } from './parameters';
import { Site } from './site';

/** What it is made from. */
export interface RolePlan {
  readonly parameters: Parameters;
  /** ARN of the object in S3 that the boot comes from. */
  readonly bundleArn: pulumi.Input<string>;
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/** Longest prefix of a role's name that leaves room for what makes it unique. */
const LONGEST_PREFIX = 38;

export function makeRole(site: Site, { parameters, bundleArn, permissionsBoundary }: RolePlan): InstanceRole {
  const statements = pulumi
    .all([
      parameters.nodes.arn,
      bundleArn,
      parameters.packages.arn,
      parameters.kubeconfig?.arn,
      pulumi.output(parameters.given),
    ])
    .apply(([nodes, bundle, packages, kubeconfig, given]) => [
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
    ]);
  return makeInstanceRole(site, {
    namePrefix: `${site.title.slice(0, LONGEST_PREFIX - 1)}-`,
    description: `Nodes of ${site.title}`,
    statements,
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
  });
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
