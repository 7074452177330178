/** `pulumi preview`, in which outputs of other resources are not known yet. */
import * as ec2 from '@pulumi/aws/ec2';
import { Parameter } from '@pulumi/aws/ssm';
import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { UsernetesClusterArgs } from '../../src/aws/usernetes-cluster-args';
import { REGION } from '../support/aws-account';
import { Registered, UNKNOWN, all, deploy, failureOf, labelOf, one } from '../support/pulumi-deploy';
import { CLUSTERS, SMALL } from '../support/usernetes-clusters';
import { TYPES } from '../support/usernetes-resources';

jest.setTimeout(60_000);

async function preview(args: () => Partial<UsernetesClusterArgs>): Promise<readonly Registered[]> {
  const program = (): unknown => new UsernetesCluster('hpc', { ...SMALL, ...args() });
  return (await deploy(program, { preview: true })).resources.filter(
    ({ parent, type }) => parent !== '' || type === TYPES.cluster,
  );
}

test('a preview knows addresses and tags, and no ids', async () => {
  const resources = await preview(() => ({}));
  expect(one(resources, TYPES.interface, 'hpc-1').inputs).toMatchObject({
    privateIps: ['10.0.16.17'],
    subnetId: UNKNOWN,
    tags: { Name: 'hpc-1' },
  });
  const { outputs } = one(resources, TYPES.cluster);
  expect(outputs).toMatchObject({ hostNames: ['hpc-0', 'hpc-1'], leadAddress: '10.0.16.16' });
});

test('a preview knows the zone, and that something else is waited for', async () => {
  const resources = await preview(() => ({}));
  for (const { inputs } of all(resources, TYPES.subnet)) expect(inputs.availabilityZone).toBe(`${REGION}a`);
  expect(one(resources, TYPES.stack).inputs).toMatchObject({
    name: 'flux-usernetes-hpc',
    templateBody: UNKNOWN,
  });
});

const OFFICE = { cidr: '203.0.113.0/24', port: 22 };
const COUNTED = [TYPES.instance, TYPES.interface, TYPES.template, TYPES.stack, TYPES.parameter];

test('a subnet that will be made is checked when it is known', async () => {
  const network = (): UsernetesClusterArgs['network'] => {
    const { id: vpcId } = new ec2.Vpc('theirs', { cidrBlock: '10.20.0.0/16' });
    return { vpcId, subnetId: new ec2.Subnet('theirs', { vpcId, cidrBlock: '10.20.0.0/20' }).id };
  };
  const resources = await preview(() => ({ network: network() }));
  const known = await preview(() => ({ network: CLUSTERS.existing!.network }));
  expect(one(resources, TYPES.interface, 'hpc-0').inputs).toMatchObject({
    subnetId: UNKNOWN,
    privateIps: [UNKNOWN],
  });
  for (const type of COUNTED.slice(0, 4))
    expect([type, all(resources, type).length]).toEqual([type, all(known, type).length]);
});

test.each<[string, () => Partial<UsernetesClusterArgs>]>([
  ['instance type', () => ({ instanceType: unknown() })],
  ['image', () => ({ image: { id: unknown(), baked: true } })],
  ['address', () => ({ ingress: [{ cidr: unknown(), port: 22 }] })],
  ['tag', () => ({ tags: { team: unknown() } })],
  ['zone', () => ({ network: { availabilityZone: unknown() } })],
  ['first address', () => ({ network: { firstAddress: unknown() } })],
  ['certificate', () => ({ certificate: { arn: unknown() } })],
  [
    'reservation',
    () => ({
      capacity: { reservationId: unknown() },
      network: { availabilityZone: `${REGION}a` },
    }),
  ],
  ['group', () => ({ securityGroupIds: [unknown()] })],
  ['port', () => ({ ingress: [OFFICE, { ...OFFICE, toPort: unknown().apply(Number) }] })],
  ['placement group', () => ({ placementGroup: unknown() })],
])('an unknown %s stops no preview', async (_, args) => {
  const resources = await preview(args);
  expect(all(resources, TYPES.instance).map(labelOf)).toEqual(['Instance hpc-0', 'Instance hpc-1']);
  expect(all(resources, TYPES.stack)).toHaveLength(1);
  expect(one(resources, TYPES.template).inputs.tags).toBe(UNKNOWN);
});

/** What another resource will say. */
function unknown(): Parameter['arn'] {
  return new Parameter('theirs', { type: 'String', insecureValue: 'x' }).arn;
}

test('what is known is checked although something else is not', async () => {
  const failed = await failureOf(
    () => new UsernetesCluster('hpc', { ...SMALL, nodes: 300, instanceType: unknown() }),
    { preview: true },
  );
  expect(failed.message).toContain('nodes must be a number of nodes');
});
