/** What the instances may do that an image is built and tested on. */
import * as pulumi from '@pulumi/pulumi';

import { partitionOf } from './arn';
import { InstanceRole, SESSIONS, Statement, allow, makeInstanceRole } from './instance-role';
import { Site } from './site';

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
function buildStatements(bundleArn: string, componentArn: string, logGroupArn: string): readonly Statement[] {
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
): InstanceRole {
  return makeInstanceRole(site, {
    suffix: 'build',
    description: `Builds of the image ${site.title}`,
    statements: pulumi.all([bundleArn, componentArn, logGroupArn]).apply((arns) => buildStatements(...arns)),
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
  });
}
