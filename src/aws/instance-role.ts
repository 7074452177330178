/** The role of instances, and the statements from which its policy is made. */
import * as iam from '@pulumi/aws/iam';
import * as pulumi from '@pulumi/pulumi';

import { Site, tagsOf } from './site';

/** One of the things that a role may do. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

/**
 * Sessions by the Session Manager. AWS' own policy for that (AmazonSSMManagedInstanceCore) also reads every parameter of
 * the account, secrets of others among them.
 */
export const SESSIONS: Statement = allow(
  'Sessions',
  [
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  ['*'],
);

/** A role as instances take it. */
export interface InstanceRole {
  readonly role: iam.Role;
  readonly profile: iam.InstanceProfile;
  /** Instances need it before they boot. */
  readonly policy: iam.RolePolicy;
}

/** What it is made from. */
export interface InstanceRolePlan {
  /** Tells it from other roles of the component. */
  readonly suffix?: string;
  /** With which its name in AWS begins. */
  readonly namePrefix?: string;
  readonly description: string;
  readonly statements: pulumi.Output<readonly Statement[]>;
  readonly permissionsBoundary?: pulumi.Input<string>;
}

const EC2_MAY_ASSUME = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

export function makeInstanceRole(site: Site, plan: InstanceRolePlan): InstanceRole {
  const { suffix = '', namePrefix, description, permissionsBoundary } = plan;
  const { parent } = site;
  const name = suffix === '' ? site.name : `${site.name}-${suffix}`;
  const named = { ...(namePrefix !== undefined && { namePrefix }), tags: tagsOf(site, suffix) };
  const role = new iam.Role(
    name,
    {
      ...named,
      description,
      assumeRolePolicy: EC2_MAY_ASSUME,
      ...(permissionsBoundary !== undefined && { permissionsBoundary }),
    },
    { parent },
  );
  const document = plan.statements.apply((Statement) => JSON.stringify({ Version: '2012-10-17', Statement }));
  const policy = new iam.RolePolicy(name, { role: role.id, policy: document }, { parent });
  const profile = new iam.InstanceProfile(name, { ...named, role: role.name }, { parent });
  return { role, profile, policy };
}
