import { KubectlV34Layer } from '@aws-cdk/lambda-layer-kubectl-v34';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { FileSystem } from 'aws-cdk-lib/aws-efs';
import { Cluster } from 'aws-cdk-lib/aws-eks';
import { Stack } from 'aws-cdk-lib/core';
import { App } from 'cdk8s';
import type { Construct } from 'constructs';
import { ResultsChart, lammpsChart, operatorChart } from './charts';

/** What exists already. */
export interface HpcStackProps {
  readonly clusterName: string;
  /** The security group that EKS has made for the cluster: its nodes mount the file system. */
  readonly clusterSecurityGroupId: string;
  /** A role that is an administrator of the cluster, and that the stack's function may assume. */
  readonly kubectlRoleArn: string;
  readonly vpcId: string;
  readonly availabilityZones: string[];
  readonly privateSubnetIds: string[];
}

/** Flux on an EKS cluster that exists: the operator, a file system with its volume, and a run that writes to it. */
export class HpcStack extends Stack {
  public constructor(scope: Construct, id: string, props: HpcStackProps) {
    super(scope, id);
    const { clusterName, kubectlRoleArn, vpcId, availabilityZones, privateSubnetIds } = props;

    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones, privateSubnetIds });
    const fileSystem = new FileSystem(this, 'Results', { vpc });
    const nodes = SecurityGroup.fromSecurityGroupId(this, 'Nodes', props.clusterSecurityGroupId);
    fileSystem.connections.allowDefaultPortFrom(nodes);

    const cluster = Cluster.fromClusterAttributes(this, 'Cluster', {
      clusterName,
      kubectlRoleArn,
      kubectlLayer: new KubectlV34Layer(this, 'KubectlLayer'),
    });
    const namespace = cluster.addManifest('flux', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'flux' },
    });

    // The charts have an app of their own: constructs of the CDK and of cdk8s don't go into one tree.
    const app = new App();
    const operator = cluster.addCdk8sChart('operator', operatorChart(app));
    const resultsChart = new ResultsChart(app, 'flux', fileSystem.fileSystemId);
    const results = cluster.addCdk8sChart('results', resultsChart);
    const lammps = cluster.addCdk8sChart('lammps', lammpsChart(app, 'flux', 'lammps', resultsChart.volume));

    // CloudFormation makes everything at once unless it is told what needs what.
    results.node.addDependency(namespace);
    lammps.node.addDependency(operator, results, fileSystem.mountTargetsAvailable);
  }
}
