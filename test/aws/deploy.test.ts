/** What the tests of components rest on: programs that run against mocks of the engine. */
import * as ec2 from '@pulumi/aws/ec2';
import { getParameter } from '@pulumi/aws/ssm';
import * as ssm from '@pulumi/aws/ssm';
import * as pulumi from '@pulumi/pulumi';
import { RandomBytes } from '@pulumi/random';

import { UNKNOWN, all, deploy, failureOf, labelOf, one, valueOf } from '../support/pulumi-deploy';

jest.setTimeout(60_000);

const VPC = 'aws:ec2/vpc:Vpc';
const SUBNET = 'aws:ec2/subnet:Subnet';
const PARAMETER = 'aws:ssm/parameter:Parameter';

class Network extends pulumi.ComponentResource {
  public constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super('test:index:Network', name, {}, opts);
    const parent = { parent: this };
    const vpc = new ec2.Vpc(name, { cidrBlock: '10.0.0.0/16' }, { ...parent, protect: true });
    new ec2.Subnet(
      name,
      { vpcId: vpc.id, cidrBlock: '10.0.0.0/20', tags: { hidden: pulumi.secret('x') } },
      { ...parent, ignoreChanges: ['availabilityZone'], deleteBeforeReplace: true },
    );
    this.registerOutputs({ vpcId: vpc.id, key: pulumi.secret('k') });
  }
}

test('resources have their inputs, parents, dependencies, secrets and options', async () => {
  const { resources } = await deploy(() => new Network('net'));
  expect(resources.map(labelOf)).toEqual(['Subnet net', 'Vpc net', 'Network net']);
  const [vpc, subnet] = [one(resources, VPC), one(resources, SUBNET)];
  expect(vpc).toMatchObject({ parent: 'Network net', dependsOn: [], options: { protect: true } });
  expect(vpc.urn).toBe('urn:pulumi:stack::project::test:index:Network$aws:ec2/vpc:Vpc::net');
  expect(subnet).toMatchObject({
    inputs: { cidrBlock: '10.0.0.0/20', tags: { hidden: 'x' } },
    dependsOn: ['Vpc net'],
    inputsNeed: { vpcId: ['Vpc net'] },
    options: { protect: false, ignoreChanges: ['availabilityZone'], deleteBeforeReplace: true },
  });
  expect(subnet.inputs.vpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
  expect(subnet.secretPaths.join()).toMatch(/^tags(\.hidden)?$/);
  expect(one(resources, 'test:index:Network')).toMatchObject({
    custom: false,
    parent: '',
    outputs: { vpcId: subnet.inputs.vpcId, key: 'k' },
    secretOutputPaths: ['key'],
  });
});

test('what a resource keeps as a secret is one in what is made from it', async () => {
  const { resources } = await deploy(() => {
    const { base64 } = new RandomBytes('key', { length: 32 });
    new ssm.Parameter('key', { type: 'String', insecureValue: base64.apply((text) => `key ${text}`) });
  });
  const { inputs, secretPaths } = one(resources, PARAMETER);
  expect(inputs.insecureValue).toMatch(/^key [A-Za-z0-9+/]{43}=$/);
  expect(secretPaths).toEqual(['insecureValue']);
});

test('a preview knows inputs and no outputs of resources', async () => {
  const { resources, result } = await deploy(
    () => new ec2.Subnet('s', { vpcId: new ec2.Vpc('v', { cidrBlock: '10.0.0.0/16' }).id }),
    { preview: true },
  );
  expect(one(resources, SUBNET).inputs).toEqual({ vpcId: UNKNOWN });
  expect(await valueOf(result.arn)).toBeUndefined();
});

test('two resources of one name fail as they do in the engine', async () => {
  const make = (): unknown => new ec2.Vpc('twice', { cidrBlock: '10.0.0.0/16' });
  const failed = await failureOf(() => [make(), make()]);
  expect(failed.message).toMatch(/Duplicate resource URN '.*::twice'/);
  expect(failed.resources).toHaveLength(1);
  const other = (parent?: pulumi.Resource): unknown =>
    new ec2.Vpc('twice', { cidrBlock: '10.0.0.0/16' }, { parent });
  const { resources } = await deploy(() => [other(), other(new Network('net'))]);
  expect(all(resources, VPC)).toHaveLength(3);
});

test.each([
  ['the program', () => fail()],
  ['a promise of the program', () => Promise.resolve().then(fail)],
  ['an apply that a resource needs', () => new ec2.Vpc('v', { cidrBlock: pulumi.output(1).apply(fail) })],
  ['an apply that nobody needs', () => void new ec2.Vpc('v', {}).arn.apply(fail)],
])('an error in %s is that of the deployment', async (_, program) => {
  const failed = await failureOf(program);
  expect(failed.message).toMatch(/as it must$/);
  expect(failed.error).toBeInstanceOf(TypeError);
});

function fail(): never {
  throw new TypeError('as it must');
}

test('look-ups are answered from the account, or fail as the provider does', async () => {
  const look = (name: string): pulumi.Output<string> =>
    pulumi.output(getParameter({ name })).apply(({ value }) => value);
  const { result, calls } = await deploy(() => look('/mine'), {
    account: { parameters: { '/mine': 'text' } },
  });
  expect(await valueOf(result)).toBe('text');
  expect(calls).toEqual([{ token: 'aws:ssm/getParameter:getParameter', inputs: { name: '/mine' } }]);
  expect((await failureOf(() => look('/none'))).message).toMatch(
    "reading SSM Parameter (/none): couldn't find",
  );
});

test('one deployment leaves nothing to the next', async () => {
  await failureOf(() => new ec2.Vpc('v', { cidrBlock: pulumi.output(1).apply(fail) }));
  const { resources } = await deploy(() => new ec2.Vpc('v', { cidrBlock: '10.0.0.0/16' }));
  expect(resources.map(labelOf)).toEqual(['Vpc v']);
});
