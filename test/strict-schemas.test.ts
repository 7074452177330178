import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { OperatorVersion } from '../src/model/minicluster/operator-version';
import { checked, findings, releaseOfExample, strictFindings } from './support/checked';
import { ROOT } from './support/package';
import { haveStrictSchemas, needStrictSchemas } from './support/strict-schemas';

/** The rendered YAML that lies beside each example and stack. */
const GOLDEN = ['examples', 'stacks'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.yaml') && existsSync(join(ROOT, file.replace(/\.yaml$/, '.ts'))))
    .sort(),
);

/** The objects in a file, as a cluster reads them: kubectl knows YAML 1.1, where `on` and `no` are booleans. */
function objectsIn(file: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(join(ROOT, file), 'utf8'), { version: '1.1' });
  return [...documents].map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as unknown;
  });
}

/** A test that needs the strict schemas: without them it is reported as skipped, unless they are required. */
const strictTest = haveStrictSchemas || needStrictSchemas ? test : test.skip;

const MINI_CLUSTER = {
  apiVersion: 'flux-framework.org/v1alpha2',
  kind: 'MiniCluster',
  metadata: { name: 'hello' },
  spec: { size: 4, containers: [{ image: 'ubuntu:24.04', command: 'hostname' }] },
};
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files' }, data: { a: 'b' } };

test('there is rendered YAML beside an example or a stack', () => {
  expect(GOLDEN).not.toEqual([]);
});

test.each(GOLDEN)('%s holds only what a cluster accepts', (file) => {
  const objects = objectsIn(file);

  expect(objects).not.toEqual([]);
  expect(() => checked(objects, releaseOfExample(file))).not.toThrow();
});

test('manifests that are valid come back as they were given', () => {
  const manifests = [MINI_CLUSTER, { ...CONFIG_MAP, binaryData: undefined }];

  expect(checked(manifests)).toBe(manifests);
});

test('a MiniCluster with a wrong type, an unknown field or without its containers is refused', () => {
  const { containers, ...spec } = MINI_CLUSTER.spec;

  expect(findings({ ...MINI_CLUSTER, spec: { containers, size: '4' } })).toContain(
    'MiniCluster hello: spec.size must be integer, got "4" (own checks)',
  );
  expect(findings({ ...MINI_CLUSTER, spec: { ...spec, containers: [{ img: 'ubuntu' }] } })).toContain(
    'MiniCluster hello: spec.containers[0] has no field "img" (own checks)',
  );
  expect(findings({ ...MINI_CLUSTER, spec })).toContain(
    'MiniCluster hello: spec lacks "containers" (own checks)',
  );
});

test('a field that only older releases of the operator have is refused for the newest one alone', () => {
  const containers = [{ image: 'ubuntu:24.04', securityContext: { addCapabilities: ['SYS_ADMIN'] } }];
  const manifest = { ...MINI_CLUSTER, spec: { containers } };

  expect(findings(manifest, OperatorVersion.V0_2_1)).toEqual([]);
  expect(findings(manifest)).toContain(
    'MiniCluster hello: spec.containers[0].securityContext has no field "addCapabilities" (own checks)',
  );
});

test('a ConfigMap whose data is not text, and a Job without a pod template, are refused', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'sum' }, spec: {} };

  expect(findings({ ...CONFIG_MAP, data: { retries: 3 } })).toContain(
    'ConfigMap files: data.retries must be string (own checks)',
  );
  expect(findings(job)).toContain('Job sum: spec lacks "template" (own checks)');
});

test('an object of a kind that nobody knows is refused', () => {
  expect(findings({ ...CONFIG_MAP, kind: 'ConfigMapp' })).toContain(
    "ConfigMapp files: no schema for kind 'ConfigMapp' of apiVersion 'v1' (own checks)",
  );
  expect(findings({ ...MINI_CLUSTER, apiVersion: 'flux-framework.org/v1' })).not.toEqual([]);
});

test('all that is wrong with several manifests is told at once', () => {
  const wrong = [
    { ...CONFIG_MAP, data: { retries: 3 } },
    { ...MINI_CLUSTER, spec: { containers: [], tasks: 'two' } },
  ];

  expect(() => checked(wrong)).toThrow(
    /^rendered what a cluster would refuse:\n {2}- ConfigMap files: data\.retries .*(\n.*)*\n {2}- MiniCluster hello: spec\.tasks /,
  );
});

strictTest('the strict schemas accept all rendered YAML beside examples and stacks', () => {
  const found = GOLDEN.flatMap((file) =>
    objectsIn(file).flatMap((object) => strictFindings(object, releaseOfExample(file))),
  );

  expect(found).toEqual([]);
});

strictTest('the strict schemas refuse an unknown field in a ConfigMap', () => {
  expect(strictFindings({ ...CONFIG_MAP, datas: {} })).toEqual([
    'ConfigMap files: the object has no field "datas" (strict schemas)',
  ]);
  expect(strictFindings({ ...CONFIG_MAP, metadata: { name: 'files', label: {} } })).toEqual([
    'ConfigMap files: metadata has no field "label" (strict schemas)',
  ]);
  expect(strictFindings(CONFIG_MAP)).toEqual([]);
});

strictTest('the strict schemas refuse an unknown field deep in the pod template of a Job', () => {
  const container = { name: 'main', image: 'ubuntu:24.04', resources: { limits: { cpu: 2, memory: '1Gi' } } };
  const job = (parts: object): unknown => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'sum' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ ...container, ...parts }] } } },
  });

  expect(strictFindings(job({}))).toEqual([]);
  expect(strictFindings(job({ comand: ['true'] }))).toEqual([
    'Job sum: spec.template.spec.containers[0] has no field "comand" (strict schemas)',
  ]);
  expect(strictFindings(job({ command: 'true' }))).toEqual([
    'Job sum: spec.template.spec.containers[0].command must be array, got "true" (strict schemas)',
  ]);
});

strictTest('the upstream definitions refuse a MiniCluster with a wrong type or an unknown field', () => {
  const miniCluster = (spec: object): unknown => ({
    ...MINI_CLUSTER,
    spec: { ...MINI_CLUSTER.spec, ...spec },
  });

  expect(strictFindings(MINI_CLUSTER)).toEqual([]);
  expect(strictFindings(miniCluster({ size: '4' }))).toEqual([
    'MiniCluster hello: spec.size must be integer, got "4" (strict schemas)',
  ]);
  expect(strictFindings(miniCluster({ sizes: 4 }))).toEqual([
    'MiniCluster hello: spec has no field "sizes" (strict schemas)',
  ]);
  expect(
    strictFindings({
      ...MINI_CLUSTER,
      apiVersion: 'flux-framework.org/v1alpha1',
      spec: { ...MINI_CLUSTER.spec, flux: { container: {} } },
    }),
  ).toContain('MiniCluster hello: spec.flux has no field "container" (strict schemas)');
});
