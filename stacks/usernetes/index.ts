// The program behind Pulumi.yaml: Flux with user-space Kubernetes on EC2. Each setting has a default, and a line in
// docs/stacks.md: `pulumi config set nodes 8`.
import * as pulumi from '@pulumi/pulumi';
import { type UsernetesDiagramSpec, mermaid, usernetesDiagram } from 'flux-framework-constructs';
import {
  ContainerEngine,
  NetworkAccess,
  UsernetesCluster,
  type UsernetesClusterArgs,
  UsernetesMode,
} from 'flux-framework-constructs/aws';

const config = new pulumi.Config();

const nodes = config.getNumber('nodes') ?? 2;
const access = config.get<NetworkAccess>('access');
const network = config.getObject<UsernetesDiagramSpec['network']>('network');

const args: UsernetesClusterArgs & UsernetesDiagramSpec = {
  clusterName: config.get('name') ?? 'hpc',
  nodes,
  maxNodes: config.getNumber('maxNodes') ?? Math.max(nodes, 8),
  instanceType: config.get('instanceType') ?? 'm7g.xlarge',
  mode: config.get<UsernetesMode>('mode') ?? UsernetesMode.SYSTEM,
  engine: config.get<ContainerEngine>('engine') ?? ContainerEngine.DOCKER,
  network: { ...(access !== undefined && { access }), ...network },
  ingress: config.getObject('ingress') ?? [],
  image: config.getObject('image') ?? {},
  capacity: config.getObject('capacity') ?? {},
  ...(config.get('instanceHour') !== undefined && {
    prices: { instanceHour: config.requireNumber('instanceHour') },
  }),
  tags: { project: pulumi.getProject(), stack: pulumi.getStack() },
};
const hpc = new UsernetesCluster('hpc', args);

export const clusterName = hpc.clusterName;
export const instanceIds = hpc.instanceIds;
export const hostNames = hpc.hostNames;
export const addresses = hpc.addresses;
export const leadInstanceId = hpc.leadInstanceId;
export const securityGroupId = hpc.securityGroupId;
export const roleArn = hpc.roleArn;
export const kubeconfigParameter = hpc.kubeconfigParameter;
export const kubeconfigCommand = hpc.kubeconfigCommand;
export const tunnelCommand = hpc.tunnelCommand;
export const sessionCommand = hpc.sessionCommand;
export const hourlyCost = hpc.hourlyCost;
/** What will run, as Mermaid text: `pulumi stack output diagram`. */
export const diagram = mermaid(usernetesDiagram(args));
