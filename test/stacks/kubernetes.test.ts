/** The cdk8s programs that people start from: what they write stands beside them, byte for byte. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../src/model/manifest';
import { checked } from '../support/checked';
import { expectGolden } from '../support/golden';
import { ROOT } from '../support/package';

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'stacks-'));
});
afterEach(() => rmSync(output, { recursive: true, force: true }));

const OPERATOR = `ghcr.io/flux-framework/flux-operator@sha256:${'0'.repeat(64)}`;

/** Runs the program behind cdk8s.yaml with settings; gives what it wrote on standard error. */
async function synth(settings: Readonly<Record<string, string>>): Promise<string> {
  const env = { ...process.env, CDK8S_OUTDIR: output, ...settings };
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'stacks/kubernetes.ts'],
    { cwd: ROOT, env },
  );
  return stderr;
}

function filesOf(stack: string): string[] {
  return readdirSync(join(output, stack)).filter((file) => file.endsWith('.yaml'));
}

/** All files of a stack, in the order in which kubectl applies a folder. */
function textOf(stack: string): string {
  return filesOf(stack)
    .map((file) => readFileSync(join(output, stack, file), 'utf8'))
    .join('---\n');
}

function manifestsOf(stack: string): Manifest[] {
  return parseAllDocuments(textOf(stack)).map((document) => document.toJS() as Manifest);
}

test('each stack renders to the YAML beside it, which is valid, with a picture of it', async () => {
  await synth({ OPERATOR_IMAGE: OPERATOR });

  for (const stack of ['queue-on-kubernetes', 'flux-on-nodes']) {
    expectGolden(join(ROOT, 'stacks', `${stack}.yaml`), textOf(stack));
    expect(checked(manifestsOf(stack))).not.toHaveLength(0);
    expect(readFileSync(join(output, stack, 'diagram.mmd'), 'utf8')).toMatch(/^(---[^]*?---\n)?flowchart /);
  }
  const charts = filesOf('queue-on-kubernetes').map((file) => file.replace(/^\d+-|\.k8s\.yaml$/g, ''));
  expect(charts.indexOf('operator')).toBeLessThan(charts.indexOf('batch'));
  expect(charts.indexOf('storage')).toBeLessThan(charts.indexOf('batch'));
}, 60_000);

test('settings come from the environment', async () => {
  await synth({
    NAMESPACE: 'lab',
    NODES: '8',
    CAPACITY: '5Ti',
    CERTIFICATE: 'mpi-test-key',
    POOL: 'efa',
    CORES: '0-3',
  });

  const queue = manifestsOf('queue-on-kubernetes');
  expect(new Set(queue.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['lab']));
  expect(queue.find(({ kind }) => kind === 'MiniCluster')?.spec).toMatchObject({ size: 8, tasks: 8 });
  expect(JSON.stringify(queue)).toContain('"secretName":"mpi-test-key"');
  expect(queue.find(({ kind }) => kind === 'PersistentVolumeClaim')?.spec).toMatchObject({
    resources: { requests: { storage: '5Ti' } },
  });
  const nodes = manifestsOf('flux-on-nodes');
  expect(nodes.find(({ kind }) => kind === 'DaemonSet')?.spec).toMatchObject({
    template: { spec: { nodeSelector: { pool: 'efa' } } },
  });
}, 60_000);

test('a setting that is wrong is named with the field that it is for, and that stack is not written', async () => {
  const error = await synth({ NODES: 'four' }).catch(
    (failure: unknown) => (failure as { stderr: string }).stderr,
  );

  expect(error).toContain('[batch/batch] MiniCluster is not valid:');
  expect(error).toMatch(/size must be .*got NaN/);
  expect(readdirSync(output)).not.toContain('queue-on-kubernetes');
}, 60_000);
