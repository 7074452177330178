// The program behind cdk.json, whose context names what exists already: an EKS cluster with the EFS CSI driver, and its VPC.
// The core: from 'aws-cdk-lib' itself the compiler reads the types of every service.
import { App } from 'aws-cdk-lib/core';
import { HpcStack } from './hpc-stack';

const app = new App();
const text = (name: string): string => app.node.getContext(name) as string;
const texts = (name: string): string[] => app.node.getContext(name) as string[];

new HpcStack(app, 'Hpc', {
  clusterName: text('clusterName'),
  clusterSecurityGroupId: text('clusterSecurityGroupId'),
  kubectlRoleArn: text('kubectlRoleArn'),
  vpcId: text('vpcId'),
  availabilityZones: texts('availabilityZones'),
  privateSubnetIds: texts('privateSubnetIds'),
});
