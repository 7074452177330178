/** `minicluster render --engine job`: plain objects in place of MiniClusters. */
import { Manifest } from '../../src/model/manifest';
import { checked } from '../support/checked';
import { enterFolder, minicluster, yamlCluster, Result } from '../support/command-line';
import { manifestsIn } from '../support/manifests';
import { applicable, templateOf } from '../support/pod-references';

const FLAGS = ['render', '--engine', 'job', '--namespace', 'hpc'];
const VIEW = '  flux: { container: { image: view:1 } }';
const CLUSTER = yamlCluster('lmp', VIEW);
const CONFIG_MAP = '# of mine\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: data }\n';
const OLD = yamlCluster('old')
  .replace('v1alpha2', 'v1alpha1')
  .replace('  tasks: 1\n', '  tasks: 1\n  size: 2\n');

/** The objects that are printed, each of them checked. */
async function objectsOf(input: string, ...flags: string[]): Promise<Manifest[]> {
  const { code, out, err } = await minicluster([...FLAGS, ...flags, '-'], { input });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return applicable(checked(manifestsIn(out)));
}

function job(input: string, ...flags: string[]): Promise<Result> {
  return minicluster(['render', '--engine', 'job', ...flags, '-'], { input });
}

test('a MiniCluster becomes plain objects, in the order in which they are to be applied', async () => {
  const objects = await objectsOf(CLUSTER);
  expect(objects.map(({ kind }) => kind)).toEqual([
    'Secret',
    'ServiceAccount',
    'Role',
    'RoleBinding',
    'ConfigMap',
    'Job',
    'ConfigMap',
    'Service',
    'Job',
  ]);
  for (const { metadata } of objects) expect(metadata.namespace).toBe('hpc');
  expect(objects.at(-2)?.metadata.name).toBe('lmp');
  expect(objects.at(-3)?.data?.command).toBe('lmp\n-in\na\n');
  expect(objects.at(-1)?.spec).toMatchObject({ completionMode: 'Indexed', completions: 1, backoffLimit: 0 });
});

test('the namespace of the file beats that of the command line', async () => {
  const [first] = await objectsOf(CLUSTER.replace('{ name: lmp }', '{ name: lmp, namespace: own }'));
  expect(first?.metadata.namespace).toBe('own');
});

test('an existing certificate needs no namespace, and no rights', async () => {
  const { code, out, err } = await job(CLUSTER, '--certificate', 'mine');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const objects = applicable(checked(manifestsIn(out)));
  expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Service', 'Job']);
  expect(objects.every(({ metadata }) => !('namespace' in metadata))).toBe(true);
  expect(templateOf(objects.at(-1) as Manifest)?.spec.volumes).toContainEqual({
    name: 'flux-certificate',
    secret: { secretName: 'mine', items: [{ key: 'curve.cert', path: 'curve.cert' }] },
  });
});

test('without a namespace the message asks for one, and nothing is printed', async () => {
  const { code, out, err } = await job(CLUSTER);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^stdin:3:1: error: metadata\.namespace is needed .* \(MJ006\)$/m);
});

test('the release of Kubernetes and the source of Flux are taken from the command line', async () => {
  const volume = await objectsOf(CLUSTER, '--kubernetes', '1.35', '--flux-from', 'view-volume');
  expect(volume.at(-1)?.spec).toMatchObject({ successPolicy: { rules: [{ succeededIndexes: '0' }] } });
  expect(JSON.stringify(templateOf(volume.at(-1) as Manifest)?.spec.volumes)).toContain(
    '"reference":"view:1"',
  );
  const image = await objectsOf(CLUSTER, '--flux-from', 'image');
  expect(templateOf(image.at(-1) as Manifest)?.spec.initContainers).toBeUndefined();
});

test('feature gates of an older release are taken from the command line', async () => {
  const gates = ['--feature-gate', 'ImageVolume', '--feature-gate', 'JobSuccessPolicy'];
  const objects = await objectsOf(CLUSTER, '--kubernetes', '1.33', '--flux-from', 'view-volume', ...gates);
  expect(JSON.stringify(objects.at(-1)?.spec)).toContain('"reference":"view:1"');
});

test('what the operator can not do is done, and what its YAML had to escape is what it means', async () => {
  const input = CLUSTER.replace('lmp -in a', `'echo "a b" && date'`).replace(
    '  tasks: 1',
    '  tasks: 1\n  backoffLimit: 0',
  );
  const objects = await objectsOf(input);
  expect(objects.at(-3)?.data?.['command.sh']).toBe('echo "a b" && date');
  expect(objects.at(-1)?.spec).toMatchObject({ backoffLimit: 0 });
});

test('objects of other kinds stay as they are, in their places', async () => {
  const { code, out } = await minicluster([...FLAGS, '-'], {
    input: `${CONFIG_MAP}---\n${CLUSTER}---\n${CONFIG_MAP.replace('data', 'more')}`,
  });
  expect(code).toBe(0);
  expect(out.startsWith(CONFIG_MAP)).toBe(true);
  expect(out.endsWith(`---\n${CONFIG_MAP.replace('data', 'more')}`)).toBe(true);
  expect(manifestsIn(out)).toHaveLength(11);
  expect(manifestsIn(out).map(({ kind }) => kind)).not.toContain('MiniCluster');
});

test('the MiniClusters of several files are printed together, and two of one name are refused', async () => {
  const folder = enterFolder({
    'a.yaml': CLUSTER,
    'b.yaml': yamlCluster('other', VIEW),
    'c/c.yaml': yamlCluster('lmp', VIEW, '  size: 1', '  maxSize: 3'),
  });
  const { code, out } = await minicluster([...FLAGS, 'a.yaml', 'b.yaml']);
  expect(code).toBe(0);
  expect(applicable(checked(manifestsIn(out)))).toHaveLength(18);
  const clash = await minicluster([...FLAGS, '.']);
  expect(clash).toMatchObject({ code: 1, out: '' });
  expect(clash.err).toMatch(/^c\/c\.yaml: error: Job lmp has the name of another object .* \(MC307\)$/m);
  folder.leave();
});

test('an object of somebody else with the name of one of ours is refused', async () => {
  const own = 'apiVersion: v1\nkind: Service\nmetadata: { name: lmp, namespace: hpc }\n';
  const { code, out, err } = await minicluster([...FLAGS, '-'], { input: `${own}---\n${CLUSTER}` });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^stdin: error: Service lmp has the name of another object .* \(MC307\)$/m);
});

test('problems of the engine and of the spec have their lines and columns, and nothing is printed', async () => {
  const input = `${CONFIG_MAP}---\n${yamlCluster('bad', VIEW, '  size: 0').replace('    command: lmp -in a', '    command: lmp -in a\n    environment: { MINICLUSTER_MODE: x }')}`;
  const { code, out, err } = await minicluster([...FLAGS, '--flux-from', 'view-volume', '-'], { input });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^stdin:16:3: error: spec\.size must be .*, got 0 \(MC110\)$/m);
  expect(err).toMatch(
    /^stdin:14:20: error: spec\.containers\[0\]\.environment\.MINICLUSTER_MODE is a variable .* \(MJ028\)$/m,
  );
  expect(err).toMatch(/^stdin:.* error: .*fluxFrom needs Kubernetes 1\.35, .* \(MJ012\)$/m);
});

test('warnings are told on standard error, and can be silenced', async () => {
  const moving = yamlCluster('lmp');
  const told = await job(moving, '--namespace', 'hpc');
  expect(told.code).toBe(0);
  expect(told.err).toMatch(
    /^stdin:\d+:\d+: warning: spec\.flux\.container\.image is missing, .* \(MJ013\)$/m,
  );
  const silenced = await job(moving, '--namespace', 'hpc', '--silence', 'MJ013');
  expect(silenced).toEqual({ ...told, err: '' });
});

test('a v1alpha1 MiniCluster is refused, with the command that helps', async () => {
  const { code, out, err } = await job(OLD, '--namespace', 'hpc');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe(
    'minicluster: old is a v1alpha1 MiniCluster, which only the operator runs: use minicluster upgrade --engine job\n',
  );
});

test.each([
  [['--engine', 'job', '--report-failure'], 'a Job ends with the exit code of Flux by itself'],
  [['--kubernetes', '1.31'], 'are for --engine job'],
  [['--flux-from', 'image'], 'are for --engine job'],
  [['--namespace', 'hpc'], 'are for --engine job'],
  [['--feature-gate', 'ImageVolume'], 'are for --engine job'],
  [['--engine', 'job', '--kubernetes', '1.2'], '--kubernetes takes a release from 1.28 on'],
  [['--engine', 'job', '--feature-gate', 'X'], '--feature-gate takes SidecarContainers'],
  [['--engine', 'pod'], 'Allowed choices are operator, job'],
  [['--engine', 'job', '--flux-from', 'view'], 'Allowed choices are image, view-copy, view-volume'],
  [['--engine', 'job', '--certificate', 'My_Secret'], 'is no name of a Secret'],
  [['--engine', 'job', '--silence', 'MJ001'], "MJ001 can't be silenced"],
  [['--engine', 'job', '--silence', 'MJ999'], 'no rule has the code MJ999'],
])('%j is a usage error', async (flags, message) => {
  const { code, out, err } = await minicluster(['render', ...flags, '-'], { input: CLUSTER });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test('options of the Job are no fields of a MiniCluster, and are refused in one', async () => {
  for (const field of ['queueName: hpc', 'certificate: { secretName: mine }', 'fluxFrom: image']) {
    const { code, out, err } = await job(yamlCluster('lmp', VIEW, `  ${field}`), '--namespace', 'hpc');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/is not a field of a MiniCluster.*\(MC100\)/);
  }
});

test('two clusters of one name are told, not printed once', async () => {
  const { code, err } = await job(`${CLUSTER}---\n${CLUSTER}`, '--namespace', 'hpc');
  expect(code).toBe(1);
  expect(err).toMatch(/name of another MiniCluster.*\(MC161\)/);
});
