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
  readonly instances: readonly pulumi.CustomResource[];
  /** What nodes read when a wait begins: how many they are. */
  readonly count: pulumi.Resource;
}

/** How Pulumi's engine calls what was left by a creation that failed. */
const INIT_ERROR = '#initerror';

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
  // Whichever instance is new, it is waited for.
  const instanceIds = pulumi.all(plan.instances.map(({ id }) => id));
  return new cloudformation.Stack(
    `${site.name}-ready`,
    {
      // A second one of this name is refused: two waits would give nodes one address each.
      name: `flux-usernetes-${site.title}`,
      templateBody: instanceIds.apply((ids) =>
        waitTemplate({
          cluster: site.title,
          parameters: path,
          nodes,
          timeout,
          wave: waveOf([...ids, String(timeout)]),
        }),
      ),
      onFailure: 'DELETE',
      tags: tagsOf(site, 'ready'),
    },
    {
      parent: site.parent,
      dependsOn: [...plan.instances, plan.count],
      // After a failure there is no stack any more, but the state has one: it is made anew, not updated.
      replaceOnChanges: [INIT_ERROR],
      deleteBeforeReplace: true,
      customTimeouts: { create: limit, update: limit },
    },
  );
}
