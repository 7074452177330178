/** Any chart of cdk8s, deployed by Pulumi. */
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, Chart, JsonPatch, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { FluxOperator, MiniCluster, MiniClusterJob, SharedVolume } from '../../src/cdk8s';
import { Manifest } from '../../src/model/manifest';
import { Cdk8sChart } from '../../src/pulumi';
import { kubernetesResources, objectNamed, objectOf, waitOf } from '../support/kubernetes-resources';
import { deploy, failureOf, labelOf, valueOf } from '../support/pulumi-deploy';

jest.setTimeout(60_000);

beforeEach(() => {
  jest.spyOn(pulumi.log, 'warn').mockResolvedValue();
  jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => jest.restoreAllMocks());

const IMAGE = 'ghcr.io/example/app:1.0';
const FLUX = { container: { image: 'ghcr.io/example/view:1.0' } };
const DIGEST = `ghcr.io/example/operator@sha256:${'0'.repeat(64)}`;

function hpc(app = Testing.app()): Chart {
  const chart = new Chart(app, 'hpc', { namespace: 'flux' });
  const data = new SharedVolume(chart, 'data', { capacity: '1Gi', storageClassName: 'efs' });
  const job = new MiniClusterJob(chart, 'sweep', {
    size: 2,
    interactive: true,
    flux: FLUX,
    containers: [{ image: IMAGE, volumes: { data: data.mount('/data') } }],
  });
  job.node.addDependency(data);
  return chart;
}

test('each object of a chart is a resource, as cdk8s writes it', async () => {
  const { resources } = await deploy(() => new Cdk8sChart('hpc', { chart: hpc() }));
  const sorted = (objects: readonly object[]): object[] =>
    (objects as Manifest[])
      .map(({ kind, metadata, ...content }) => ({ label: `${kind} ${metadata.name}`, metadata, ...content }))
      .sort((first, second) => (first.label < second.label ? -1 : 1));

  expect(sorted(kubernetesResources(resources).map(objectOf))).toEqual(
    sorted(Testing.synth(hpc()) as object[]),
  );
  expect(new Set(kubernetesResources(resources).map(({ parent }) => parent))).toEqual(
    new Set(['Cdk8sChart hpc']),
  );
});

test('an object is made after exactly those that it depends on in the chart', async () => {
  const { resources } = await deploy(() => {
    const chart = new Chart(Testing.app(), 'chart');
    const [first, second, third] = ['first', 'second', 'third'].map(
      (name) => new kplus.ConfigMap(chart, name, { metadata: { name } }),
    );
    third!.node.addDependency(first!);
    second!.node.addDependency(third!);
    return new Cdk8sChart('chart', { chart });
  });

  expect(objectNamed(resources, 'ConfigMap', 'first').dependsOn).toEqual([]);
  expect(objectNamed(resources, 'ConfigMap', 'third').dependsOn).toEqual(['ConfigMap chart:first']);
  expect(objectNamed(resources, 'ConfigMap', 'second').dependsOn).toEqual(['ConfigMap chart:third']);
});

test('an app is deployed with all of its charts, a MiniCluster after the operator of another chart', async () => {
  const { resources } = await deploy(() => {
    const app = new App();
    new MiniCluster(new Chart(app, 'hpc', { namespace: 'flux' }), 'hello', {
      size: 2,
      tasks: 2,
      containers: [{ image: IMAGE, command: 'hostname' }],
    });
    new FluxOperator(new Chart(app, 'operator'), 'operator', { images: { amd64: DIGEST } });
    return new Cdk8sChart('all', { chart: app });
  });
  const cluster = kubernetesResources(resources).find(({ inputs }) => inputs.kind === 'MiniCluster')!;

  expect(cluster.dependsOn).toContain('Deployment all:operator-system/flux-operator-amd64');
  expect(cluster.dependsOn).toContain(labelOf(objectNamed(resources, 'CustomResourceDefinition')));
});

test('a chart within a chart is deployed with it', async () => {
  const { resources } = await deploy(() => {
    const outer = new Chart(Testing.app(), 'outer');
    new kplus.ConfigMap(outer, 'of-outer', { metadata: { name: 'of-outer' } });
    new kplus.ConfigMap(new Chart(outer, 'inner'), 'of-inner', { metadata: { name: 'of-inner' } });
    return new Cdk8sChart('outer', { chart: outer });
  });

  expect(
    kubernetesResources(resources)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['outer:of-inner', 'outer:of-outer']);
});

test('the Job of a cluster is not awaited, since people submit to it for weeks; a Job of the user is', async () => {
  const { resources } = await deploy(() => {
    const chart = hpc();
    new kplus.Job(chart, 'once', { metadata: { name: 'once' }, containers: [{ image: IMAGE }] });
    return new Cdk8sChart('hpc', { chart });
  });
  const jobs = kubernetesResources(resources).filter(({ inputs }) => inputs.kind === 'Job');
  const waits = Object.fromEntries(
    jobs.map((job) => [job.name.replace(/^.*[:/]|-[0-9a-f]{8}/g, ''), waitOf(job)]),
  );

  expect(waits).toEqual({
    'hpc-sweep': { waitFor: 'jsonpath={.metadata.uid}' },
    'hpc-sweep-curve': { timeoutSeconds: '900' },
    once: {},
  });
});

test('a Service that others wait for is not awaited, another one is', async () => {
  const { resources } = await deploy(() => {
    const chart = new Chart(Testing.app(), 'chart');
    const service = (name: string): ApiObject =>
      new ApiObject(chart, name, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { ports: [{ port: 80 }] },
      });
    const needed = service('needed');
    service('free');
    new kplus.ConfigMap(chart, 'map').node.addDependency(needed);
    return new Cdk8sChart('chart', { chart });
  });

  expect(waitOf(objectNamed(resources, 'Service', 'needed'))).toEqual({ skipAwait: 'true' });
  expect(waitOf(objectNamed(resources, 'Service', 'free'))).toEqual({});
});

test('objects of other makers are deployed as they are: a Job of Volcano has no template', async () => {
  const spec = { minAvailable: 1, tasks: [{ replicas: 2, name: 'worker' }] };
  const { resources } = await deploy(() => {
    const chart = new Chart(Testing.app(), 'chart');
    const metadata = { name: 'sweep' };
    new ApiObject(chart, 'job', { apiVersion: 'batch.volcano.sh/v1alpha1', kind: 'Job', metadata, spec });
    new ApiObject(chart, 'broken', { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'broken' } });
    return new Cdk8sChart('chart', { chart });
  });
  const job = objectNamed(resources, 'Job', 'sweep');

  expect(job.type).toBe('kubernetes:batch.volcano.sh/v1alpha1:Job');
  expect(job.inputs.spec).toEqual(spec);
  expect(waitOf(job)).toEqual({});
});

test('JSON patches reach the cluster', async () => {
  const { resources } = await deploy(() => {
    const chart = hpc();
    ApiObject.of(chart.node.findChild('sweep')).addJsonPatch(JsonPatch.add('/spec/suspend', true));
    return new Cdk8sChart('hpc', { chart });
  });

  expect(
    kubernetesResources(resources).map(
      ({ inputs }) => (inputs.spec as { suspend?: boolean } | undefined)?.suspend,
    ),
  ).toContain(true);
});

test('an app that is not valid deploys nothing, and the error is that of cdk8s', async () => {
  const { message, resources } = await failureOf(() => {
    const chart = hpc();
    chart.node.addValidation({ validate: () => ['two clusters share a Service'] });
    return new Cdk8sChart('hpc', { chart });
  });

  expect(message).toMatch(
    /Validation failed with the following errors:\n {2}\[hpc\] two clusters share a Service/,
  );
  expect(kubernetesResources(resources)).toEqual([]);
});

test('an output of Pulumi in a text is an error that names the object: nobody knows its value yet', async () => {
  const { message, resources } = await failureOf(() => {
    const later = pulumi.output('later');
    const chart = new Chart(Testing.app(), 'chart');
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions, @typescript-eslint/no-base-to-string -- what somebody may write
    new kplus.ConfigMap(chart, 'map', { data: { text: `it is ${later}` } });
    return new Cdk8sChart('chart', { chart });
  });

  expect(message).toMatch(/^\[chart\/map\S*\] ConfigMap holds an output of Pulumi in a text/);
  expect(kubernetesResources(resources)).toEqual([]);
});

test('its manifests are a secret where one of them is', async () => {
  const { result } = await deploy(async () => {
    const chart = new Chart(Testing.app(), 'chart');
    new kplus.Secret(chart, 'key', { stringData: { password: 'hunter2' } });
    return pulumi.isSecret(new Cdk8sChart('chart', { chart }).manifests);
  });

  expect(result).toBe(true);
});

test('it shows its manifests as plain data', async () => {
  const { result } = await deploy(async () => valueOf(new Cdk8sChart('hpc', { chart: hpc() }).manifests));

  expect(result.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['PersistentVolumeClaim', 'Job']));
});
