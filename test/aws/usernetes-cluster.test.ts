/** What holds for every cluster, and what a small one consists of. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registered, all, deploy, labelOf, one } from '../support/pulumi-deploy';
import { UsernetesCluster } from '../../src/aws/usernetes-cluster';
import { UsernetesClusterArgs } from '../../src/aws/usernetes-cluster-args';
import { shortened } from '../support/shortened';
import { CLUSTERS } from '../support/usernetes-clusters';
import { TYPES, userDataIn } from '../support/usernetes-resources';

jest.setTimeout(60_000);

/** Those of all tests, and the largest one, which takes its time. */
const ALL: Readonly<Record<string, UsernetesClusterArgs>> = {
  ...CLUSTERS,
  largest: { nodes: 256, instanceType: 'c7g.large' },
};
const NAMES = Object.keys(ALL);
const deployed = new Map<string, readonly Registered[]>();

beforeAll(async () => {
  for (const [name, args] of Object.entries(ALL))
    deployed.set(name, (await deploy(() => new UsernetesCluster(name, args))).resources);
});

function resourcesOf(name: string): readonly Registered[] {
  return deployed.get(name) ?? [];
}

/** What AWS has no tags for. */
const UNTAGGED: readonly string[] = [
  TYPES.route,
  TYPES.association,
  TYPES.reservation,
  TYPES.policy,
  TYPES.publicAccess,
  TYPES.encryption,
  TYPES.bucketPolicy,
  TYPES.bytes,
  TYPES.cluster,
  // It takes ten, and users may have more.
  TYPES.object,
];

test.each(NAMES)('%s: everything belongs to the component, and is named after it', (name) => {
  const [component, others] = [
    one(resourcesOf(name), TYPES.cluster),
    resourcesOf(name).filter(({ type }) => type !== TYPES.cluster),
  ];
  expect(component).toMatchObject({ name, parent: '', custom: false });
  for (const each of others) {
    expect([labelOf(each), each.parent]).toEqual([labelOf(each), labelOf(component)]);
    expect(each.name === name || each.name.startsWith(`${name}-`)).toBe(true);
    expect([labelOf(each), each.options.protect, each.provider]).toEqual([labelOf(each), false, '']);
  }
});

test.each(NAMES)('%s: everything that can have tags says which cluster it belongs to', (name) => {
  for (const each of resourcesOf(name)) {
    const { tags } = each.inputs;
    if (!UNTAGGED.includes(each.type))
      expect([labelOf(each), tags]).toEqual([
        labelOf(each),
        expect.objectContaining({
          Name: expect.stringMatching(`^${name}(-|$)`),
          'flux-usernetes:cluster': name,
          ...(name === 'bounded' && { team: 'hpc', 'cost-center': '42' }),
        }),
      ]);
  }
});

test.each(Object.keys(CLUSTERS))('%s: a preview shows what will be made', async (name) => {
  const planned = await deploy(() => new UsernetesCluster(name, ALL[name]!), { preview: true });
  expect(planned.resources.map(labelOf)).toEqual(resourcesOf(name).map(labelOf));
});

test.each(NAMES)('%s: what was looked up is held, unless it was given', (name) => {
  const { image, network } = ALL[name]!;
  const looked = [
    ...(image?.id === undefined ? [expect.stringMatching(`^${name}-image-24\\.04-(amd64|arm64)-1$`)] : []),
    ...(network?.availabilityZone === undefined && network?.vpcId === undefined ? [`${name}-zone`] : []),
  ];
  const held = all(resourcesOf(name), TYPES.parameter).filter(
    ({ options }) => options.ignoreChanges.join() === 'insecureValue',
  );
  expect(held.map((each) => each.name)).toEqual(looked);
});

test.each(NAMES)('%s: nothing from outside gets in but what ingress names', (name) => {
  const group = one(resourcesOf(name), TYPES.group, name);
  const open = all(resourcesOf(name), TYPES.ingress).filter(({ inputs }) => inputs.cidrIpv4 !== undefined);
  const named = (ALL[name]?.ingress ?? []).map(({ cidr }) => cidr);
  const ofNodes = open.filter(({ inputsNeed }) => inputsNeed.securityGroupId?.includes(labelOf(group)));
  expect(ofNodes.map(({ inputs }) => inputs.cidrIpv4).sort()).toEqual([...named].sort());
  expect(JSON.stringify(all(resourcesOf(name), TYPES.ingress))).not.toContain('0.0.0.0/0');
  for (const { inputs } of all(resourcesOf(name), TYPES.group)) {
    expect(inputs.ingress).toBeUndefined();
    expect(inputs.egress).toBeUndefined();
  }
});

test.each(NAMES)('%s: volumes, parameters with secrets and bucket are encrypted', (name) => {
  expect(one(resourcesOf(name), TYPES.template).inputs.blockDeviceMappings).toEqual([
    { deviceName: '/dev/sda1', ebs: expect.objectContaining({ encrypted: 'true', volumeType: 'gp3' }) },
  ]);
  for (const { inputs, secretPaths } of all(resourcesOf(name), TYPES.parameter))
    expect([inputs.name, inputs.type]).toEqual([
      inputs.name,
      secretPaths.length > 0 || /kubeconfig$/.test(String(inputs.name)) ? 'SecureString' : 'String',
    ]);
  expect(one(resourcesOf(name), TYPES.encryption).inputs).toMatchObject({
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  });
});

test.each(NAMES)('%s: no secret is anywhere but in the value of its parameter', (name) => {
  const parameters = all(resourcesOf(name), TYPES.parameter);
  const secrets = parameters.filter(({ inputs }) => inputs.type === 'SecureString');
  for (const { secretPaths } of secrets) expect(secretPaths).toEqual(['value']);
  const others = resourcesOf(name).filter((each) => !secrets.includes(each));
  for (const each of others)
    expect([labelOf(each), each.secretPaths, each.secretOutputPaths]).toEqual([labelOf(each), [], []]);
  // Z85 and base64: 32 bytes are 40 or 43 signs.
  const keys = secrets.flatMap(({ inputs }) => String(inputs.value).match(/[!-~]{40,}/g) ?? []);
  const made = (ALL[name]?.certificate ? 0 : 2) + (ALL[name]?.munge ? 1 : 0);
  expect(keys).toHaveLength(made);
  const text = JSON.stringify(others) + userDataIn(resourcesOf(name));
  expect(keys.filter((key) => text.includes(key) || text.includes(JSON.stringify(key).slice(1, -1)))).toEqual(
    [],
  );
});

test.each(NAMES)('%s: one instance for each rank, all of one template', (name) => {
  const { nodes } = ALL[name]!;
  const instances = all(resourcesOf(name), TYPES.instance);
  expect(instances.map((each) => each.name)).toEqual(
    Array.from({ length: nodes }, (_, rank) => `${name}-${rank}`),
  );
  expect(new Set(instances.map(({ inputs }) => JSON.stringify(inputs.launchTemplate))).size).toBe(1);
  const addresses = all(resourcesOf(name), TYPES.interface).flatMap(({ inputs }) => inputs.privateIps ?? []);
  expect(new Set(addresses).size).toBe(nodes);
});

test.each(NAMES)('%s: user data leave room for what is to come', (name) => {
  const { userData } = one(resourcesOf(name), TYPES.template).inputs;
  expect(Buffer.from(String(userData), 'base64').length).toBeLessThan(12_288);
});

test('a small cluster consists of these', () => {
  expect(shortened(resourcesOf('small'))).toMatchSnapshot();
});

test('a small cluster depends on these', () => {
  const dependencies = resourcesOf('small').map((each) => [labelOf(each), each.dependsOn]);
  expect(Object.fromEntries(dependencies)).toMatchSnapshot();
});

test.each([
  ['small', true],
  ['single', false],
])('%s: says where to go from here', (name, hasKubeconfig) => {
  const { outputs = {} } = one(resourcesOf(name), TYPES.cluster);
  const lead = 'i-[0-9a-f]{17}';
  const session = `^aws ssm start-session --region eu-west-1 --target ${lead}`;
  expect(outputs).toMatchObject({
    clusterName: name,
    hostNames: Array.from({ length: ALL[name]!.nodes }, (_, rank) => `${name}-${rank}`),
    leadAddress: '10.0.16.16',
    leadInstanceId: expect.stringMatching(lead),
    roleArn: expect.stringMatching(/^arn:aws:iam::\d+:role\//),
    imageId: 'ami-0aa00000000000864',
    sessionCommand: expect.stringMatching(`${session}$`),
    kubeconfigParameter: hasKubeconfig ? `/flux-usernetes/${name}/kubeconfig` : '',
    hourlyCost: 0,
  });
  const { kubeconfigCommand, tunnelCommand } = outputs;
  if (!hasKubeconfig) expect([kubeconfigCommand, tunnelCommand]).toEqual(['', '']);
  else {
    expect(kubeconfigCommand).toMatch(`--name /flux-usernetes/${name}/kubeconfig --with-decryption`);
    expect(tunnelCommand).toMatch(new RegExp(`${session} .*portNumber=6443,localPortNumber=6443$`));
  }
  const { addresses, instanceIds } = outputs as Record<string, unknown[]>;
  expect([addresses?.length, instanceIds?.length]).toEqual([ALL[name]?.nodes, ALL[name]?.nodes]);
});

test("the file with the kubeconfig is its owner's only, even if there is an old one", () => {
  const { kubeconfigCommand } = one(resourcesOf('small'), TYPES.cluster).outputs!;
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  try {
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, 'old');
    chmodSync(file, 0o644);
    const script = `aws() { echo new; }\n${String(kubeconfigCommand)}`;
    const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr, readFileSync(file, 'utf8')]).toEqual([0, '', 'new\n']);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the estimate is of instances and volumes', () => {
  const { hourlyCost } = one(resourcesOf('bounded'), TYPES.cluster).outputs as { hourlyCost: number };
  expect(hourlyCost).toBeGreaterThan(2 * 0.1008);
  expect(hourlyCost).toBeLessThan(2 * 0.1008 + 0.2);
});

test.each(NAMES)('%s: the wait is for all instances, and as long as was said', (name) => {
  const stacks = all(resourcesOf(name), TYPES.stack);
  if (ALL[name]?.wait?.enabled === false) {
    expect(stacks).toEqual([]);
    return;
  }
  const { inputs, inputsNeed, dependsOn, options } = stacks[0]!;
  const instances = all(resourcesOf(name), TYPES.instance).map(labelOf);
  // Another instance, for whatever reason, is another wait.
  expect(inputsNeed.templateBody).toEqual([...instances].sort());
  // Nodes that see the new wait must see their new number.
  expect(dependsOn).toContain(`Parameter ${name}-nodes`);
  // Two waits would give nodes one address each.
  expect(inputs.name).toBe(`flux-usernetes-${name}`);
  // A wait that failed left no stack that could be updated.
  expect([options.replaceOnChanges, options.deleteBeforeReplace]).toEqual([['#initerror'], true]);
  const { Resources } = JSON.parse(String(inputs.templateBody)) as { Resources: object };
  expect(Object.values(Resources)).toContainEqual({
    Type: 'AWS::CloudFormation::WaitCondition',
    Properties: expect.objectContaining({ Count: instances.length, Timeout: '2700' }),
  });
  // The provider waits longer than CloudFormation, or the message of the node would be lost.
  expect(parseInt(options.customTimeouts.create)).toBeGreaterThan(2700);
  expect(options.customTimeouts.update).toBe(options.customTimeouts.create);
});

test('each of 256 nodes has an interface, an address and an instance of its own', () => {
  const interfaces = all(resourcesOf('largest'), TYPES.interface);
  const addresses = interfaces.map(({ inputs }) => (inputs.privateIps as readonly string[])[0]);
  expect(new Set(addresses).size).toBe(256);
  const used = all(resourcesOf('largest'), TYPES.instance).map(
    ({ inputs }) => inputs.primaryNetworkInterface,
  );
  expect(new Set(used.map((one) => JSON.stringify(one))).size).toBe(256);
});
