/** The cdk8s programs that people start from: what they write stands beside them, byte for byte. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Testing } from 'cdk8s';
import type { Manifest } from '../../src/model/manifest';
import { fluxOnNodes } from '../../stacks/flux-on-nodes';
import { queueOnKubernetes } from '../../stacks/queue-on-kubernetes';
import { checked } from '../support/checked';
import { expectGolden } from '../support/golden';
import { manifestsIn } from '../support/manifests';
import { ROOT } from '../support/package';

type Settings = Readonly<Record<string, string>>;
type Stack = (app: App) => void;

const OPERATOR = `ghcr.io/flux-framework/flux-operator@sha256:${'0'.repeat(64)}`;

let output: string;
const environment = process.env;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'stacks-'));
  jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  process.env = environment;
  rmSync(output, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** Runs the program behind cdk8s.yaml with settings, in a process of its own. */
async function synth(settings: Settings): Promise<void> {
  const env = { ...process.env, CDK8S_OUTDIR: output, ...settings };
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'stacks/synth.ts'], { cwd: ROOT, env });
}

/** What a stack renders with settings, in this process. */
function manifestsOf(addCharts: Stack, settings: Settings): Manifest[] {
  process.env = { ...environment, ...settings };
  const app = Testing.app();
  addCharts(app);
  return app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
}

/** What the tests read of a Job. */
interface JobSpec {
  readonly template: {
    readonly spec: {
      readonly containers: readonly {
        readonly name: string;
        readonly volumeMounts: readonly { readonly mountPath: string }[];
      }[];
    };
  };
}

function jobOf(manifests: readonly Manifest[], name: string): JobSpec {
  const job = manifests.find(({ kind, metadata }) => kind === 'Job' && metadata.name === name);
  return job!.spec as JobSpec;
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

test('each stack renders to the YAML beside it, which is valid, with a picture of it', async () => {
  await synth({ OPERATOR_IMAGE: OPERATOR });

  for (const stack of ['queue-on-kubernetes', 'flux-on-nodes']) {
    const text = textOf(stack);
    expectGolden(join(ROOT, 'stacks', stack, 'manifests.yaml'), text);
    expect(checked(manifestsIn(text))).not.toHaveLength(0);
    expect(readFileSync(join(output, stack, 'diagram.mmd'), 'utf8')).toMatch(/^(---[^]*?---\n)?flowchart /);
  }
  const charts = filesOf('queue-on-kubernetes').map((file) => file.replace(/^\d+-|\.k8s\.yaml$/g, ''));
  expect(charts.indexOf('operator')).toBeLessThan(charts.indexOf('batch'));
  expect(charts.indexOf('storage')).toBeLessThan(charts.indexOf('batch'));
}, 60_000);

test('settings of the queue come from the environment', () => {
  const queue = manifestsOf(queueOnKubernetes, {
    NAMESPACE: 'lab',
    NODES: '8',
    CAPACITY: '5Ti',
    CERTIFICATE: 'mpi-test-key',
    POD_CORES: '6',
  });

  expect(new Set(queue.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['lab']));
  expect(queue.find(({ kind }) => kind === 'MiniCluster')?.spec).toMatchObject({ size: 8, tasks: 8 });
  expect(JSON.stringify(queue)).toContain('"secretName":"mpi-test-key"');
  expect(queue.find(({ kind }) => kind === 'PersistentVolumeClaim')?.spec).toMatchObject({
    resources: { requests: { storage: '5Ti' } },
  });
  // What the pod asks for is what Flux gives out.
  const job = JSON.stringify(jobOf(queue, 'queue'));
  expect(job).toContain('"requests":{"cpu":"6"');
  expect(job).toContain('{"name":"MINICLUSTER_CORES","value":"6"}');
});

test('settings of Flux on the nodes come from the environment', () => {
  const nodes = manifestsOf(fluxOnNodes, { NAMESPACE: 'lab', NODES: '8', POOL: 'efa', CORES: '0-3' });

  expect(new Set(nodes.map(({ metadata }) => metadata.namespace))).toContain('lab');
  expect(nodes.find(({ kind }) => kind === 'DaemonSet')?.spec).toMatchObject({
    template: { spec: { nodeSelector: { pool: 'efa' } } },
  });
  expect(jobOf(nodes, 'lammps')).toMatchObject({ completions: 8 });
});

test('the output of the jobs of each application can go to the volume that outlives the queue', () => {
  const queue = manifestsOf(queueOnKubernetes, {});
  const { containers } = jobOf(queue, 'queue').template.spec;
  const applications = containers.filter(({ name }) => name !== 'queue');

  expect(applications.map(({ name }) => name)).toEqual(['lammps', 'analysis']);
  for (const { volumeMounts } of applications)
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain('/results');
});

test.each([
  { addCharts: queueOnKubernetes, name: 'NODES', value: 'four' },
  { addCharts: queueOnKubernetes, name: 'NODES', value: '2.5' },
  { addCharts: queueOnKubernetes, name: 'POD_CORES', value: '0' },
  { addCharts: fluxOnNodes, name: 'TASKS', value: '-1' },
])('$name=$value is refused with the name of the setting and its value', ({ addCharts, name, value }) => {
  expect(() => manifestsOf(addCharts, { [name]: value })).toThrow(
    `${name} must be a whole number of at least 1, got "${value}"`,
  );
});

test.each([
  ['STORAGE_CLASS', 'E F', /storageClassName is no name/],
  ['CERTIFICATE', 'a b', /certificate.secretName is no name/],
  ['CAPACITY', 'lots', /capacity is no quantity/],
  ['OPERATOR_IMAGE', 'operator:latest', /images.amd64 /],
])('what is wrong with %s is named with the field that it is for', (name, value, message) => {
  expect(() => manifestsOf(queueOnKubernetes, { [name]: value })).toThrow(message);
});

test('a setting that is wrong stops the run with its message alone', async () => {
  const failure = await synth({ NODES: 'four' }).catch((error: unknown) => error as { stderr: string });

  const lines = String(failure?.stderr).split('\n');
  expect(lines.filter((line) => !/^\(node:|^\(Use `node/.test(line))).toEqual([
    'NODES must be a whole number of at least 1, got "four"',
    '',
  ]);
  expect(readdirSync(output)).not.toContain('queue-on-kubernetes');
}, 60_000);
