/** All resources of a cluster, in the order in which they need each other. */
import * as pulumi from '@pulumi/pulumi';

import {
  DEFAULT_TIMEOUT,
  KnownUsernetesClusterSpec,
  UsernetesClusterSpec,
  UsernetesMode,
  bootBundle,
  checkUsernetesCluster,
  hourlyCost,
  parametersOf,
} from '../model/usernetes';
import { regionOf } from './arn';
import { storeBundle } from './bundle';
import { Commands, commandsFor } from './commands';
import { stopAtProblems } from '../pulumi/invalid-args';
import { knownPart } from '../pulumi/known';
import { makeLaunchTemplate } from './launch-template';
import { lookUp } from './lookup';
import { networkOf } from './network';
import { imageOf } from './node-image';
import { makeNodes } from './nodes';
import { makeParameters } from './parameters';
import { placementGroupOf } from './placement';
import { waitUntilReady } from './ready';
import { makeRole } from './role';
import { makeNodesGroup } from './security-group';
import { Site, tagsOfAll } from './site';
import { UsernetesClusterArgs } from './usernetes-cluster-args';
import { userDataOf } from './user-data';
import { zoneFor } from './zone';

/** What is known of a cluster, when it is there. */
export interface ClusterOutputs extends Commands {
  readonly clusterName: pulumi.Output<string>;
  readonly instanceIds: pulumi.Output<string[]>;
  readonly hostNames: pulumi.Output<string[]>;
  readonly addresses: pulumi.Output<string[]>;
  readonly leadInstanceId: pulumi.Output<string>;
  readonly leadAddress: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  readonly imageId: pulumi.Output<string>;
  readonly kubeconfigParameter: pulumi.Output<string>;
  readonly hourlyCost: pulumi.Output<number>;
}

/** @throws InputPropertiesError with every problem of the arguments that are known */
export function makeCluster(
  parent: pulumi.Resource,
  name: string,
  args: UsernetesClusterArgs,
): ClusterOutputs {
  const described = { ...args, clusterName: args.clusterName ?? name };
  const { clusterName: title, nodes, mode = UsernetesMode.SYSTEM, wait = {} } = described;
  const subject = `[${name}] UsernetesCluster`;
  const { value, unknown } = knownPart<KnownUsernetesClusterSpec>(described);
  stopAtProblems(subject, checkUsernetesCluster(value, unknown));

  const spec = pulumi.output(described) as pulumi.Output<UsernetesClusterSpec>;
  const found = lookUp(subject, parent, spec);
  const site: Site = {
    name,
    title,
    parent,
    tags: tagsOfAll({ 'flux-usernetes:cluster': title }, found, spec),
  };
  const path = parametersOf(title);
  const network = networkOf(site, {
    args: args.network ?? {},
    maxNodes: args.maxNodes ?? nodes,
    availabilityZone: (): pulumi.Output<string> =>
      zoneFor(site, { subject, path, found, given: args.network?.availabilityZone }),
    // An ARN that is known later may be one of Secrets Manager.
    services: args.certificate && !value.certificate?.arn?.includes(':ssm:') ? ['secretsmanager'] : [],
  });
  const { securityGroup, rules } = makeNodesGroup(site, {
    network,
    ingress: args.ingress ?? [],
    ...(args.mirror && { mirror: args.mirror }),
  });
  const parameters = makeParameters(site, {
    path,
    nodes,
    mode,
    munge: args.munge ?? false,
    ...(args.certificate && { certificate: args.certificate }),
  });
  const bundle = storeBundle(site, bootBundle(args.locks));
  const role = makeRole(site, {
    parameters,
    bundleArn: bundle.arn,
    ...(args.permissionsBoundary !== undefined && { permissionsBoundary: args.permissionsBoundary }),
  });
  const image = imageOf(site, { args: args.image ?? {}, path, found });
  const userData = userDataOf({ subject, cluster: title, spec, found, bundle });
  const template = makeLaunchTemplate(site, {
    instanceType: args.instanceType,
    image,
    userData,
    role,
    volume: args.volume ?? {},
    capacity: args.capacity ?? {},
    placementGroup: placementGroupOf(site, found, args),
  });
  const instances = makeNodes(site, {
    count: nodes,
    network,
    securityGroupIds: [securityGroup.id, ...(args.securityGroupIds ?? [])],
    block: found.apply(({ block }) => block),
    layout: found.apply(({ layout }) => layout),
    template,
    needs: [...network.ways, ...rules, ...parameters.resources, role.policy, bundle.object],
  });
  const imageId = image.apply(({ id }) => id);
  if (wait.enabled ?? true)
    waitUntilReady(site, {
      path,
      nodes,
      timeout: wait.timeout ?? DEFAULT_TIMEOUT,
      instances,
      count: parameters.nodes,
    });

  const leadInstanceId = pulumi.output(instances.map(({ id }) => id)).apply(([lead = '']) => lead);
  const addresses = found.apply(({ block }) => block.addresses.slice(0, nodes));
  const kubeconfigParameter = parameters.kubeconfig?.name;
  return {
    clusterName: pulumi.output(title),
    instanceIds: pulumi.output(instances.map(({ id }) => id)),
    hostNames: pulumi.output(instances.map((_, rank) => `${title}-${rank}`)),
    addresses,
    leadInstanceId,
    leadAddress: addresses.apply(([lead = '']) => lead),
    vpcId: pulumi.output(network.vpcId),
    subnetId: pulumi.output(network.subnetId),
    securityGroupId: securityGroup.id,
    roleName: role.role.name,
    roleArn: role.role.arn,
    imageId,
    kubeconfigParameter: pulumi.output(kubeconfigParameter ?? ''),
    ...commandsFor({
      region: parameters.nodes.arn.apply(regionOf),
      leadInstanceId,
      kubeconfigParameter,
    }),
    hourlyCost: spec.apply((known) => hourlyCost(known) ?? 0),
  };
}
