/** The wait for the nodes: a CloudFormation stack whose wait condition each node signals. */
import * as cloudformation from '@pulumi/aws/cloudformation';
import * as pulumi from '@pulumi/pulumi';

import { waitTemplate, waveOf } from '../model/usernetes';
import { Site, tagsOf } from './site';

/** What is waited for. */
export interface ReadyPlan {
  /** `/flux-usernetes/<cluster>`. */
  readonly path: string;
  readonly nodes: number;
  /** Seconds. */
  readonly timeout: number;
  /** Whatever, when it changes, makes nodes boot anew. */
  readonly generation: pulumi.Output<string>;
  readonly instances: readonly pulumi.Resource[];
}

/** Seconds that CloudFormation itself may take. */
const SLACK = 600;

/**
 * Waits until every node is ready, in `pulumi up` only: a preview plans the stack and enters no wait. A node that fails
 * fails the stack at once, and its message, with rank and step, is that of Pulumi. The stack is deleted then, so that the
 * next `pulumi up` waits anew; the nodes stay.
 */
export function waitUntilReady(site: Site, plan: ReadyPlan): cloudformation.Stack {
  const { path, nodes, timeout } = plan;
  const limit = `${timeout + SLACK}s`;
  return new cloudformation.Stack(
    `${site.name}-ready`,
    {
      templateBody: plan.generation.apply((generation) =>
        waitTemplate({
          cluster: site.title,
          parameters: path,
          nodes,
          timeout,
          wave: waveOf(nodes, generation),
        }),
      ),
      onFailure: 'DELETE',
      tags: tagsOf(site, 'ready'),
    },
    {
      parent: site.parent,
      dependsOn: [...plan.instances],
      customTimeouts: { create: limit, update: limit },
    },
  );
}
