/** What the program behind cdk8s.yaml writes is what stands beside the examples, byte for byte. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { checked, releaseOfExample } from './support/checked';
import { expectGolden } from './support/golden';
import { manifestsIn } from './support/manifests';
import { ROOT } from './support/package';
import { SHARED } from './support/shared-folder';

const EXAMPLES = join(ROOT, 'examples');
const names = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));

let output: string;

beforeAll(() => {
  output = mkdtempSync(join(tmpdir(), 'stacks-'));
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'stacks/synth.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK8S_OUTDIR: output },
  });
  if (status !== 0) throw new Error(stderr);
}, 60_000);

afterAll(() => {
  rmSync(output, { recursive: true, force: true });
});

test('every example is part of the program', () => {
  const files = readdirSync(output).filter((file) => file.endsWith('.yaml'));

  expect(files.sort()).toEqual(names.map((name) => `${name}.k8s.yaml`).sort());
});

test.each(names)('%s renders to the YAML beside it, which is valid', (name) => {
  const text = readFileSync(join(output, `${name}.k8s.yaml`), 'utf8');
  const golden = join(EXAMPLES, `${name}.yaml`);
  expectGolden(golden, text);
  expect(checked(manifestsIn(text), releaseOfExample(golden))).not.toHaveLength(0);
});

const withSeeds = existsSync(join(SHARED, 'seeds')) ? test : test.skip;

withSeeds.each([
  ['staging-v1alpha1', 'staging.md'],
  ['state-v1alpha1', 'state-and-volumes.md'],
])('%s is the manifest of the walkthrough in %s, field for field', (name, page) => {
  const text = readFileSync(join(SHARED, 'seeds', page), 'utf8');
  const block = /```yaml\n([^]*?)\n```/.exec(text)?.[1] ?? '';
  expect(manifestsIn(readFileSync(join(EXAMPLES, `${name}.yaml`), 'utf8'))).toEqual(manifestsIn(block));
});
