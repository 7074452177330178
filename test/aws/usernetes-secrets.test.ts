/** Keys of the cluster, what nodes are told, and the scripts that they run. */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { curveCertificate } from '../../src/model/flux/curve-certificate';
import { ContainerEngine, UsernetesMode } from '../../src/model/usernetes/spec';
import { ACCOUNT, REGION } from '../support/aws-account';
import { Registered, all, labelOf, one } from '../support/pulumi-deploy';
import { SMALL, deployCluster } from '../support/usernetes-clusters';
import { TYPES, parameterIn, statementsIn, userDataIn } from '../support/usernetes-resources';

jest.setTimeout(60_000);

async function resourcesOf(more: object = {}): Promise<readonly Registered[]> {
  return (await deployCluster({ ...SMALL, ...more })).resources;
}

interface NodeConfig {
  readonly bundle: { readonly sha256: string };
  readonly certificate: object;
  readonly mungeKey?: object;
}

/** What nodes are told: /etc/flux-usernetes/cluster.json. */
function configIn(resources: readonly Registered[]): NodeConfig {
  const { write_files } = parse(userDataIn(resources)) as {
    write_files: { path: string; content: string }[];
  };
  return JSON.parse(write_files.find(({ path }) => path.endsWith('cluster.json'))!.content) as NodeConfig;
}

test('the certificate is made from random bytes that stay the same', async () => {
  const resources = await resourcesOf();
  const { inputs, secretPaths, dependsOn } = parameterIn(resources, 'curve-certificate');
  expect(inputs).toMatchObject({ name: '/flux-usernetes/hpc/curve-certificate', type: 'SecureString' });
  expect(secretPaths).toEqual(['value']);
  expect(dependsOn).toEqual(['RandomBytes hpc-curve-certificate']);
  const bytes = one(resources, TYPES.bytes);
  expect([bytes.inputs.length, bytes.inputs.keepers]).toEqual([32, undefined]);
  expect(bytes.options.additionalSecretOutputs).toEqual(expect.arrayContaining(['base64', 'hex']));
  const example = curveCertificate(Buffer.alloc(32, 1), 'hpc');
  const keyless = (text: string): string => text.replace(/"[!-~]{40}"/g, '"KEY"');
  expect(keyless(String(inputs.value))).toBe(keyless(example));
  expect(String(inputs.value).match(/"[!-~]{40}"/g)).toHaveLength(2);
});

test('munge gets a key where it is asked for', async () => {
  const resources = await resourcesOf({ munge: true });
  const { inputs, secretPaths } = parameterIn(resources, 'munge-key');
  expect(inputs.type).toBe('SecureString');
  expect(secretPaths).toEqual(['value']);
  expect(Buffer.from(String(inputs.value), 'base64').length).toBeGreaterThanOrEqual(32);
  expect(configIn(resources).mungeKey).toEqual({ parameter: '/flux-usernetes/hpc/munge-key' });
  const without = await resourcesOf();
  expect(all(without, TYPES.parameter).map(({ name }) => name)).not.toContain('hpc-munge-key');
  expect(configIn(without).mungeKey).toBeUndefined();
});

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:flux/curve-AbCdEf`;
const PARAMETER = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/flux/curve`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

test.each([
  [SECRET, { secret: SECRET }, 'secretsmanager:GetSecretValue', 'secretsmanager'],
  [PARAMETER, { parameter: PARAMETER }, 'ssm:GetParameter', 'ssm'],
])('a certificate that exists is read where it is: %s', async (arn, location, action, service) => {
  const resources = await resourcesOf({ certificate: { arn, kmsKeyArn: KEY } });
  expect(all(resources, TYPES.bytes)).toEqual([]);
  expect(all(resources, TYPES.parameter).filter(({ name }) => name.includes('curve'))).toEqual([]);
  expect(configIn(resources).certificate).toEqual(location);
  const statements = statementsIn(resources);
  expect(statements).toContainEqual(expect.objectContaining({ Action: [action], Resource: [arn] }));
  expect(statements).toContainEqual(
    expect.objectContaining({
      Action: ['kms:Decrypt'],
      Resource: [KEY],
      Condition: { StringEquals: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` } },
    }),
  );
});

test('without a key of their own nodes may decrypt with none', async () => {
  const statements = statementsIn(await resourcesOf({ certificate: { arn: SECRET } }));
  expect(JSON.stringify(statements)).not.toContain('kms');
});

test('what nodes write into parameters is not taken back, and how many there are is', async () => {
  const resources = await resourcesOf();
  for (const name of ['packages', 'kubeconfig'])
    expect(parameterIn(resources, name).options.ignoreChanges).toEqual(
      expect.arrayContaining(['value', 'insecureValue']),
    );
  const nodes = parameterIn(resources, 'nodes');
  expect([nodes.inputs.insecureValue, nodes.options.ignoreChanges]).toEqual(['2', []]);
  expect(parameterIn(resources, 'packages').inputs).toMatchObject({
    tier: 'Advanced',
    type: 'String',
    insecureValue: '-',
  });
});

test('in batch mode there is no kubeconfig', async () => {
  const resources = await resourcesOf({ mode: UsernetesMode.BATCH });
  expect(all(resources, TYPES.parameter).map(({ name }) => name)).not.toContain('hpc-kubeconfig');
  expect(JSON.stringify(statementsIn(resources))).not.toContain('kubeconfig');
});

test('nodes are told what the contract says', async () => {
  const resources = await resourcesOf({ maxNodes: 32, engine: ContainerEngine.PODMAN });
  const { bucket, key, sourceHash } = one(resources, TYPES.object).inputs;
  expect(configIn(resources)).toMatchObject({
    cluster: 'hpc',
    mode: 'system',
    maxNodes: 32,
    firstAddress: '10.0.16.32',
    engine: 'podman',
    parameters: '/flux-usernetes/hpc',
    bundle: { bucket, key, sha256: sourceHash },
    certificate: { parameter: '/flux-usernetes/hpc/curve-certificate' },
    efa: false,
    ports: { overlay: 8050, firstJobPort: 20000 },
  });
  expect(userDataIn(resources)).toMatch(/^#cloud-config\n/);
});

test('the scripts are those whose checksum nodes know', async () => {
  const resources = await resourcesOf();
  const { source, sourceHash, key } = one(resources, TYPES.object).inputs;
  const { text } = source as { text: string };
  const digest = createHash('sha256').update(text).digest('hex');
  expect([sourceHash, configIn(resources).bundle.sha256]).toEqual([digest, digest]);
  expect(key).toContain(digest.slice(0, 16));
  const { files } = JSON.parse(text) as { files: { path: string }[] };
  expect(files.length).toBeGreaterThan(3);
});

test('user data do not depend on how many nodes there are, nor on what happens to be made first', async () => {
  const of = async (nodes: number): Promise<string> =>
    userDataIn(await resourcesOf({ nodes, maxNodes: 256 }));
  expect(await of(1)).toBe(await of(5));
});

test('a cluster by another name shares nothing that has a name in AWS', async () => {
  const names = async (clusterName: string): Promise<unknown[]> =>
    (await resourcesOf({ clusterName })).flatMap(({ inputs, type }) =>
      type === TYPES.cluster ? [] : [inputs.name, inputs.bucketPrefix].filter((name) => name !== undefined),
    );
  const [one_, other] = [await names('one'), await names('other')];
  expect(one_.length).toBeGreaterThan(5);
  expect(one_.filter((name) => other.includes(name))).toEqual([]);
});

test('what has a name in AWS has that of the cluster, whatever Pulumi calls it', async () => {
  const named = async (name: string, clusterName: string): Promise<unknown[]> => {
    const { resources } = await deployCluster({ ...SMALL, clusterName }, { name });
    return [
      one(resources, TYPES.stack).inputs.name,
      one(resources, TYPES.role).inputs.namePrefix,
      one(resources, TYPES.profile).inputs.namePrefix,
    ];
  };
  expect(await named('my_cluster', 'hpc')).toEqual(['flux-usernetes-hpc', 'hpc-', 'hpc-']);
  // IAM takes prefixes of 38 characters.
  const cut = `${'x'.repeat(37)}-`;
  expect(await named('hpc', 'x'.repeat(40))).toEqual([`flux-usernetes-${'x'.repeat(40)}`, cut, cut]);
});

test('the role can be bounded', async () => {
  const permissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
  const resources = await resourcesOf({ permissionsBoundary });
  expect(one(resources, TYPES.role).inputs.permissionsBoundary).toBe(permissionsBoundary);
  expect(resources.map(labelOf)).toContain('InstanceProfile hpc');
});
