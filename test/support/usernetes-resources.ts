/** What tests read of the resources of a UsernetesCluster. */
import { Statement } from '../../src/aws/instance-role';
import { Registered, one } from './pulumi-deploy';

export const TYPES = {
  cluster: 'flux-framework-constructs:index:UsernetesCluster',
  vpc: 'aws:ec2/vpc:Vpc',
  subnet: 'aws:ec2/subnet:Subnet',
  route: 'aws:ec2/route:Route',
  association: 'aws:ec2/routeTableAssociation:RouteTableAssociation',
  internetGateway: 'aws:ec2/internetGateway:InternetGateway',
  natGateway: 'aws:ec2/natGateway:NatGateway',
  address: 'aws:ec2/eip:Eip',
  endpoint: 'aws:ec2/vpcEndpoint:VpcEndpoint',
  reservation: 'aws:ec2/subnetCidrReservation:SubnetCidrReservation',
  group: 'aws:ec2/securityGroup:SecurityGroup',
  ingress: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
  egress: 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
  placementGroup: 'aws:ec2/placementGroup:PlacementGroup',
  template: 'aws:ec2/launchTemplate:LaunchTemplate',
  interface: 'aws:ec2/networkInterface:NetworkInterface',
  instance: 'aws:ec2/instance:Instance',
  parameter: 'aws:ssm/parameter:Parameter',
  bytes: 'random:index/randomBytes:RandomBytes',
  role: 'aws:iam/role:Role',
  profile: 'aws:iam/instanceProfile:InstanceProfile',
  policy: 'aws:iam/rolePolicy:RolePolicy',
  bucket: 'aws:s3/bucket:Bucket',
  object: 'aws:s3/bucketObjectv2:BucketObjectv2',
  publicAccess: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  encryption: 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  bucketPolicy: 'aws:s3/bucketPolicy:BucketPolicy',
  stack: 'aws:cloudformation/stack:Stack',
} as const;

/** The user data that all nodes start with, as cloud-init reads them. */
export function userDataIn(resources: readonly Registered[]): string {
  return Buffer.from(String(one(resources, TYPES.template).inputs.userData), 'base64').toString('utf8');
}

/** The parameter of this name below that of the cluster. */
export function parameterIn(resources: readonly Registered[], name: string): Registered {
  return one(resources, TYPES.parameter, `hpc-${name}`);
}

/** The statements of what nodes may do. */
export function statementsIn(resources: readonly Registered[]): readonly Statement[] {
  const { Statement: statements } = JSON.parse(String(one(resources, TYPES.policy).inputs.policy)) as {
    Statement: readonly Statement[];
  };
  return statements;
}
