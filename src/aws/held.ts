/** What was looked up when something was made, and does not change by itself from then on. */
import * as ssm from '@pulumi/aws/ssm';
import * as pulumi from '@pulumi/pulumi';

import { Site, tagsOf } from './site';

/** What is held, and where. */
export interface HeldPlan {
  /** Another key holds another value: `image/24.04-arm64-1`. */
  readonly key: string;
  /** `/flux-usernetes/<cluster>`. */
  readonly path: string;
  readonly value: pulumi.Input<string>;
  readonly description: string;
}

/** A parameter with the value of its first day. */
export function held(site: Site, { key, path, value, description }: HeldPlan): pulumi.Output<string> {
  return new ssm.Parameter(
    `${site.name}-${key.replaceAll('/', '-')}`,
    {
      name: `${path}/${key}`,
      type: 'String',
      insecureValue: value,
      description,
      tags: tagsOf(site, key.split('/')[0]),
    },
    { parent: site.parent, ignoreChanges: ['insecureValue'] },
  ).insecureValue;
}
