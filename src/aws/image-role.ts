/** What the instances may do that an image is built and tested on. */
import * as iam from '@pulumi/aws/iam';
import * as pulumi from '@pulumi/pulumi';

import { partitionOf } from './arn';
import { EC2_MAY_ASSUME, SESSIONS, Statement, policyOf } from './role';
import { Site, tagsOf } from './site';

/** The role, as Image Builder takes it. */
export interface BuildRole {
  readonly profile: iam.InstanceProfile;
  /** Builds need it. */
  readonly policy: iam.RolePolicy;
}

/** What it is made from. */
export interface BuildRolePlan {
  /** ARN of the object in S3 with the scripts. */
  readonly bundleArn: pulumi.Input<string>;
  /** ARN of the component, of any of its versions. */
  readonly componentArn: pulumi.Input<string>;
  readonly logGroupArn: pulumi.Input<string>;
  readonly permissionsBoundary?: pulumi.Input<string>;
}

/**
 * What of AWS' own policy for such instances (EC2InstanceProfileForImageBuilder, version 6) a build of this image needs:
 * not the right to any snapshot, to Image Builder's other components, to other keys, files and logs.
 */
export function buildStatements(
  bundleArn: string,
  componentArn: string,
  logGroupArn: string,
): readonly Statement[] {
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): Statement => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
  });
  return [
    SESSIONS,
    // Commands come this way to agents that can't reach ssmmessages.
    allow(
      'Commands',
      [
        'ec2messages:AcknowledgeMessage',
        'ec2messages:DeleteMessage',
        'ec2messages:FailMessage',
        'ec2messages:GetEndpoint',
        'ec2messages:GetMessages',
        'ec2messages:SendReply',
      ],
      ['*'],
    ),
    allow('Scripts', ['s3:GetObject'], [bundleArn]),
    // AWS' buckets with the program that runs components.
    allow('Runner', ['s3:GetObject'], [`arn:${partitionOf(componentArn)}:s3:::ec2imagebuilder*`]),
    allow(
      'Component',
      ['imagebuilder:GetComponent'],
      [componentArn.replace(/\/[0-9.]+(?:\/[0-9]+)?$/, '/*')],
    ),
    allow(
      'Log',
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      [logGroupArn, `${logGroupArn}:*`],
    ),
  ];
}

export function makeBuildRole(
  site: Site,
  { bundleArn, componentArn, logGroupArn, permissionsBoundary }: BuildRolePlan,
): BuildRole {
  const { name, parent } = site;
  const role = new iam.Role(
    `${name}-build`,
    {
      description: `Builds of the image ${site.title}`,
      assumeRolePolicy: EC2_MAY_ASSUME,
      ...(permissionsBoundary !== undefined && { permissionsBoundary }),
      tags: tagsOf(site, 'build'),
    },
    { parent },
  );
  const statements = pulumi
    .all([bundleArn, componentArn, logGroupArn])
    .apply((arns) => policyOf(buildStatements(...arns)));
  const policy = new iam.RolePolicy(`${name}-build`, { role: role.id, policy: statements }, { parent });
  const profile = new iam.InstanceProfile(
    `${name}-build`,
    { role: role.name, tags: tagsOf(site, 'build') },
    { parent },
  );
  return { profile, policy };
}
