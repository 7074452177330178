/** What `pulumi up` waits for, as the Kubernetes provider is told by annotations. */
import * as pulumi from '@pulumi/pulumi';
import {
  ClusterWait,
  ContentDistribution,
  FluxOperator,
  MiniClusterJob,
  MultiApplicationCluster,
} from '../../src/pulumi';
import { objectNamed, waitOf } from '../support/kubernetes-resources';
import { Registered, deploy, failureOf } from '../support/pulumi-deploy';

jest.setTimeout(60_000);

beforeEach(() => jest.spyOn(pulumi.log, 'warn').mockResolvedValue());
afterEach(() => jest.restoreAllMocks());

const IMAGE = 'ghcr.io/example/app:1.0';
const FLUX = { container: { image: 'ghcr.io/example/view:1.0' } };
const METADATA = { name: 'hello', namespace: 'flux' };
const CLUSTER = { metadata: METADATA, size: 4, flux: FLUX };
const INTERACTIVE = { ...CLUSTER, interactive: true, containers: [{ image: IMAGE }] };
const BATCH = { ...CLUSTER, tasks: 4, containers: [{ image: IMAGE, command: 'hostname' }] };

async function jobs(args: object): Promise<readonly Registered[]> {
  const program = (): unknown => new MiniClusterJob('job', args as typeof INTERACTIVE);
  return (await deploy(program)).resources;
}

async function waitFor(args: object): Promise<Readonly<Record<string, string>>> {
  return waitOf(objectNamed(await jobs(args), 'Job', 'hello'));
}

const SKIPPED = { skipAwait: 'true' };
/** As soon as it is there. To skip the wait would skip that for its deletion, too, and what replaces it would meet it. */
const THERE = { waitFor: 'jsonpath={.metadata.uid}' };
const READY = { waitFor: 'jsonpath={.status.ready}=4', timeoutSeconds: '600' };

test.each([
  ['a cluster that people submit to: until all its pods are ready', INTERACTIVE, READY],
  ['a cluster that runs a command: not, since nobody knows for how long', BATCH, THERE],
  ['a cluster that is suspended: not', { ...INTERACTIVE, suspend: true }, THERE],
  ['a cluster in a queue of Kueue: not', { ...INTERACTIVE, queueName: 'hpc' }, THERE],
  [
    'any, when told: until its Job has completed',
    { ...BATCH, wait: ClusterWait.COMPLETED },
    { timeoutSeconds: '600' },
  ],
  ['any, when told: until its pods are ready', { ...BATCH, wait: ClusterWait.READY }, READY],
  ['any, when told: not', { ...INTERACTIVE, wait: ClusterWait.CREATED }, THERE],
  ['as long as told', { ...INTERACTIVE, waitSeconds: 1800 }, { ...READY, timeoutSeconds: '1800' }],
])('for %s', async (_, args, expected) => {
  expect(await waitFor(args)).toEqual(expected);
});

test('the Job that makes the certificate is awaited, as long as it may take', async () => {
  const resources = await jobs(INTERACTIVE);
  const maker = resources.find(({ name }) => name.startsWith('job:flux/hello-curve-'))!;

  expect(waitOf(maker)).toEqual({ timeoutSeconds: '900', replaceUnready: 'true' });
});

test('Services are not awaited: their pods come after them', async () => {
  const resources = await jobs({ ...INTERACTIVE, services: [{ name: 'db', image: IMAGE, ports: [80] }] });

  expect(waitOf(objectNamed(resources, 'Service', 'hello-services'))).toEqual(SKIPPED);
  expect(waitOf(objectNamed(resources, 'Deployment', 'hello-services'))).toEqual({});
});

test('annotations of the user stay beside those of the wait', async () => {
  const resources = await jobs({ ...INTERACTIVE, metadata: { ...METADATA, annotations: { owner: 'hpc' } } });
  const { metadata } = objectNamed(resources, 'Job', 'hello').inputs;

  expect((metadata as { annotations: object }).annotations).toMatchObject({ owner: 'hpc' });
  expect(waitOf(objectNamed(resources, 'Job', 'hello'))).toEqual(READY);
});

describe('annotations of the user', () => {
  const wait = async (annotations: Record<string, string>, more: object = {}): Promise<object> =>
    waitFor({ ...INTERACTIVE, metadata: { ...METADATA, annotations }, ...more });

  test('that say what to wait for hold', async () => {
    const annotations = { 'pulumi.com/waitFor': 'condition=Complete' };

    expect(await wait(annotations)).toEqual({ waitFor: 'condition=Complete' });
    expect(await wait({ 'pulumi.com/skipAwait': 'true' })).toEqual(SKIPPED);
  });

  test('that say how long leave alone what is waited for: an interactive Job never completes', async () => {
    expect(await wait({ 'pulumi.com/timeoutSeconds': '60' })).toEqual({ ...READY, timeoutSeconds: '60' });
  });

  test('are for the Job of the brokers alone: a ConfigMap would never be ready', async () => {
    const annotations = { 'pulumi.com/waitFor': 'condition=Complete', owner: 'hpc' };
    const resources = await jobs({ ...INTERACTIVE, metadata: { ...METADATA, annotations } });
    const configMap = resources.find(({ inputs }) => inputs.kind === 'ConfigMap')!;

    expect(waitOf(configMap)).toEqual({});
    expect(configMap.inputs.metadata).toMatchObject({ annotations: { owner: 'hpc' } });
  });

  test('do not hold against arguments', async () => {
    const annotations = { 'pulumi.com/waitFor': 'condition=Complete', 'pulumi.com/timeoutSeconds': '60' };

    expect(await wait(annotations, { wait: ClusterWait.READY, waitSeconds: 90 })).toEqual({
      ...READY,
      timeoutSeconds: '90',
    });
  });
});

test('a cluster of several applications is awaited until its pods are ready, unless it runs a command', async () => {
  const args = { metadata: METADATA, size: 4, flux: FLUX, applications: [{ name: 'lammps', image: IMAGE }] };
  const wait = async (more: object): Promise<object> => {
    const { resources } = await deploy(() => new MultiApplicationCluster('job', { ...args, ...more }));
    return waitOf(objectNamed(resources, 'Job', 'hello'));
  };

  expect(await wait({})).toEqual(READY);
  expect(await wait({ queue: { command: 'flux-app --app lammps hostname' } })).toEqual(THERE);
});

test('content is awaited until all nodes have it, as long as it may take', async () => {
  const args = { metadata: METADATA, through: { name: 'flux' }, images: [IMAGE] };
  const { resources } = await deploy(
    () => new ContentDistribution('content', { ...args, deadlineSeconds: 7200 }),
  );

  expect(waitOf(objectNamed(resources, 'Job'))).toEqual({ timeoutSeconds: '7200', replaceUnready: 'true' });
});

const DIGEST = `ghcr.io/example/operator@sha256:${'0'.repeat(64)}`;

test.each([
  ['one operator is awaited', { amd64: DIGEST }, [{}]],
  [
    'of two operators, one of which may have no node, none is awaited',
    { amd64: DIGEST, arm64: DIGEST },
    [THERE, THERE],
  ],
])('%s', async (_, images, expected) => {
  const { resources } = await deploy(() => new FluxOperator('operator', { images }));
  const deployments = resources.filter(({ inputs }) => inputs.kind === 'Deployment');

  expect(deployments.map(waitOf)).toEqual(expected);
});

test('the deletion of a Job, which has the same bound, has time for its pods to end', async () => {
  expect(await waitFor({ ...INTERACTIVE, waitSeconds: 10 })).toEqual({ ...READY, timeoutSeconds: '90' });
});

test('seconds that are no number of seconds are an error', async () => {
  const { message } = await failureOf(() => new MiniClusterJob('job', { ...INTERACTIVE, waitSeconds: 0.5 }));

  expect(message).toContain(
    'waitSeconds must be a whole number of at least 1, got 0.5; write a number of seconds',
  );
});
