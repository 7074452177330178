import { App, Chart, JsonPatch, Testing } from 'cdk8s';
import { FluxOperator, FluxOperatorProps } from '../../src/cdk8s/flux-operator';
import { MiniCluster, MiniClusterV1Alpha1 } from '../../src/cdk8s';
import { fluxOperator } from '../../src/model/flux-operator';
import { synth } from '../support/synth';

const IMAGE = `ghcr.io/flux-framework/flux-operator@sha256:${'a'.repeat(64)}`;
const PROPS: FluxOperatorProps = { images: { amd64: IMAGE, arm64: IMAGE } };
const CLUSTER = { size: 1, containers: [{ image: 'ubuntu:24.04', command: 'hostname' }] };

let warnings: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warnings.mockRestore();
});

/** The kinds in the order in which they are applied. */
function kinds(chart: Chart): string[] {
  return synth(chart).map(({ kind }) => kind);
}

/** The charts of an app in the order of their files, as synth sorts them. */
function sortedCharts(app: App): string[] {
  app.synth();
  return app.charts.map(({ node }) => node.path);
}

test('the construct renders what the model renders, in the same order', () => {
  const chart = new Chart(Testing.app(), 'hpc');
  new FluxOperator(chart, 'operator', PROPS);
  expect(synth(chart)).toEqual(fluxOperator({}, PROPS));
});

test('the namespace of the chart is neither that of the operator nor written on what has none', () => {
  const chart = new Chart(Testing.app(), 'hpc', { namespace: 'flux', labels: { team: 'a' } });
  new FluxOperator(chart, 'operator', PROPS);
  const namespaces = synth(chart).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`);
  expect(namespaces).toEqual([
    'Namespace ',
    'CustomResourceDefinition ',
    'ServiceAccount operator-system',
    'ClusterRole ',
    'ClusterRoleBinding ',
    'Role operator-system',
    'RoleBinding operator-system',
    'Service operator-system',
    'Deployment operator-system',
    'Deployment operator-system',
  ]);
  expect(synth(chart).every(({ metadata }) => metadata.labels?.team === 'a')).toBe(true);
});

test('a MiniCluster that is constructed first is applied last', () => {
  const chart = new Chart(Testing.app(), 'hpc');
  new MiniCluster(chart, 'a', CLUSTER);
  new MiniClusterV1Alpha1(chart, 'b', CLUSTER);
  new FluxOperator(chart, 'operator', { images: { amd64: IMAGE } });
  new MiniCluster(chart, 'c', { ...CLUSTER, network: { headlessName: 'c' } });
  expect(kinds(chart).slice(-4)).toEqual(['Deployment', 'MiniCluster', 'MiniCluster', 'MiniCluster']);
});

test('a MiniCluster follows both Deployments', () => {
  const chart = new Chart(Testing.app(), 'hpc');
  new MiniCluster(chart, 'a', CLUSTER);
  new FluxOperator(chart, 'operator', PROPS);
  expect(kinds(chart).slice(-3)).toEqual(['Deployment', 'Deployment', 'MiniCluster']);
});

test('the scripts of a MiniCluster follow the operator too', () => {
  const chart = new Chart(Testing.app(), 'hpc');
  new MiniCluster(chart, 'a', { ...CLUSTER, reportFailure: true });
  new FluxOperator(chart, 'operator', PROPS);
  expect(kinds(chart).slice(-3)).toEqual(['Deployment', 'ConfigMap', 'MiniCluster']);
});

test('the chart of the operator comes before the charts of MiniClusters, whichever is constructed first', () => {
  const app = Testing.app();
  new MiniCluster(new Chart(app, 'before'), 'a', CLUSTER);
  new FluxOperator(new Chart(app, 'operator'), 'operator', PROPS);
  new MiniCluster(new Chart(app, 'after'), 'b', CLUSTER);
  expect(sortedCharts(app)[0]).toBe('operator');
});

test('MiniClusters beside the operator and in another chart make no cycle', () => {
  const app = Testing.app();
  const other = new Chart(app, 'other');
  const shared = new Chart(app, 'shared');
  new MiniCluster(other, 'a', CLUSTER);
  new MiniCluster(shared, 'b', CLUSTER);
  new FluxOperator(shared, 'operator', PROPS);
  new MiniCluster(other, 'c', { ...CLUSTER, network: { headlessName: 'c' } });
  expect(sortedCharts(app)).toEqual(['shared', 'other']);
  expect(kinds(shared).at(-1)).toBe('MiniCluster');
});

test('the operator may be in a chart within the chart of a MiniCluster', () => {
  const app = Testing.app();
  const outer = new Chart(app, 'outer');
  new MiniCluster(outer, 'a', CLUSTER);
  new FluxOperator(new Chart(outer, 'inner'), 'operator', PROPS);
  expect(sortedCharts(app)).toEqual(['outer/inner', 'outer']);
});

test.each([true, false])(
  'a MiniCluster in a chart within that of the operator is an error with a way out (operator first: %s)',
  (isOperatorFirst) => {
    const app = Testing.app();
    const outer = new Chart(app, 'outer');
    if (isOperatorFirst) new FluxOperator(outer, 'operator', PROPS);
    new MiniCluster(new Chart(outer, 'inner'), 'a', CLUSTER);
    if (!isOperatorFirst) new FluxOperator(outer, 'operator', PROPS);
    expect(() => app.synth()).toThrow(
      /\[outer\/inner\/a\] the chart lies within the chart of the operator; put .* \(FO009\)/,
    );
  },
);

test('MiniClusters of another app depend on nothing', () => {
  new FluxOperator(new Chart(Testing.app(), 'hpc'), 'operator', PROPS);
  const alone = new Chart(Testing.app(), 'hpc');
  const { apiObject } = new MiniCluster(alone, 'a', CLUSTER);
  expect(apiObject.node.dependencies).toEqual([]);
});

test('a second operator in the app is refused, and a refused one leaves nothing behind', () => {
  const app = Testing.app();
  const chart = new Chart(app, 'hpc');
  expect(() => new FluxOperator(chart, 'wrong', { images: {} })).toThrow(
    '[hpc/wrong] FluxOperator is not valid:',
  );
  new FluxOperator(chart, 'operator', PROPS);
  const other = new Chart(app, 'other');
  expect(() => new FluxOperator(other, 'again', PROPS)).toThrow(
    /^\[other\/again\] .*\n {2}- the operator is already installed by another construct of the app, got "hpc\/operator"; .* \(FO008\)/,
  );
  expect(other.node.children).toEqual([]);
  expect(synth(chart)).toHaveLength(10);
});

test('JSON patches on a Deployment and on the definition reach the manifests', () => {
  const chart = new Chart(Testing.app(), 'hpc', { namespace: 'flux' });
  const operator = new FluxOperator(chart, 'operator', PROPS);
  operator.deployments[0]?.addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
  operator.customResourceDefinition.addJsonPatch(JsonPatch.add('/metadata/annotations', { note: 'kept' }));
  const manifests = synth(chart);
  expect(manifests.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({
    template: { spec: { hostUsers: false } },
  });
  expect(manifests.find(({ kind }) => kind === 'CustomResourceDefinition')?.metadata).toMatchObject({
    annotations: { note: 'kept' },
  });
});

test('ids of the Deployments name the architecture, not a position', () => {
  const ids = (images: FluxOperatorProps['images']): string[] => {
    const operator = new FluxOperator(new Chart(Testing.app(), 'hpc'), 'operator', { images });
    return operator.deployments.map(({ node }) => node.id);
  };
  expect(ids({ arm64: IMAGE })).toEqual(['Deployment-arm64']);
  expect(ids({ amd64: IMAGE, arm64: IMAGE })).toEqual(['Deployment-amd64', 'Deployment-arm64']);
});

test('a MiniCluster in the namespace of the operator is refused at synth, whichever is constructed first', () => {
  for (const operatorFirst of [true, false]) {
    const app = Testing.app();
    const chart = new Chart(app, 'ops', { namespace: 'operator-system' });
    const build = [
      () => new FluxOperator(chart, 'operator', PROPS),
      () => new MiniCluster(chart, 'hello', CLUSTER),
    ];
    for (const one of operatorFirst ? build : build.reverse()) one();
    expect(() => app.synth()).toThrow(
      /\[ops\/hello\] metadata\.namespace is in the namespace of the operator.*FO011/,
    );
  }
});

test('an operator that is removed again makes room for another', () => {
  const chart = Testing.chart();
  new FluxOperator(chart, 'operator', PROPS);
  chart.node.tryRemoveChild('operator');
  expect(() => new FluxOperator(chart, 'operator', PROPS)).not.toThrow();
});

test('an operator without properties is told what it needs, and leaves nothing behind', () => {
  const chart = Testing.chart();
  expect(() => new FluxOperator(chart, 'operator', undefined as never)).toThrow('images must name an image');
  expect(chart.node.children).toEqual([]);
});
