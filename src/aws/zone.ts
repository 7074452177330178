/** The availability zone of a network that is made: looked up once, and then held. */
import * as pulumi from '@pulumi/pulumi';

import { zoneNotOffered } from '../model/usernetes';
import { held } from './held';
import { stopAtProblems } from '../pulumi/invalid-args';
import { Found } from './lookup';
import { Site } from './site';

/** What the zone is taken from. */
export interface ZonePlan {
  readonly subject: string;
  /** `/flux-usernetes/<cluster>`. */
  readonly path: string;
  readonly found: pulumi.Output<Found>;
  /** The zone that was given, if one was. */
  readonly given?: pulumi.Input<string>;
}

/**
 * The zone in which the subnets are. Should AWS offer the type in another one first one day, the network stays; a type
 * that the held zone does not have is an error, before any node is touched.
 */
export function zoneFor(site: Site, { subject, path, found, given }: ZonePlan): pulumi.Output<string> {
  if (given !== undefined) return found.apply(({ availabilityZone }) => availabilityZone);
  const zone = held(site, {
    key: 'zone',
    path,
    value: found.apply(({ availabilityZone }) => availabilityZone),
    description: 'The availability zone of the nodes',
  });
  return pulumi.all([zone, found]).apply(([name, { instanceType }]) => {
    stopAtProblems(subject, zoneNotOffered(name, instanceType));
    return name;
  });
}
