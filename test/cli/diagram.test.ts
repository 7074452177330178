/** `minicluster diagram`. */
import { existsSync, readFileSync } from 'node:fs';
import { enterFolder, minicluster, yamlCluster } from '../support/command-line';

const GOOD = yamlCluster('good', '  size: 4');

let folder: ReturnType<typeof enterFolder>;
beforeEach(() => {
  folder = enterFolder({
    'good.yaml': GOOD,
    'broken.yaml': 'a: [\n',
    'jobs/other.yaml': yamlCluster('other'),
  });
});
afterEach(() => {
  folder.leave();
});

test('prints Mermaid of all objects of all files', async () => {
  const { code, out, err } = await minicluster(['diagram', 'good.yaml', 'jobs']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('title: "MiniCluster good, MiniCluster other"');
  expect(out).toContain('flowchart LR');
});

test('reads standard input', async () => {
  const { code, out } = await minicluster(['diagram', '-'], { input: GOOD });
  expect(code).toBe(0);
  expect(out).toBe((await minicluster(['diagram', 'good.yaml'])).out);
});

test('draws SVG, in the colours that are asked for', async () => {
  const light = await minicluster(['diagram', '--format', 'svg', 'good.yaml']);
  const dark = await minicluster(['diagram', '--format', 'svg', '--theme', 'dark', 'good.yaml']);
  expect(light.out).toMatch(/^<svg /);
  expect(dark.out).toContain('#0d1117');
  expect(light.out).not.toContain('#0d1117');
});

test.each([
  ['a.svg', /^<svg /],
  ['a.mmd', /^---\ntitle/],
])('writes %s as its name says, and prints nothing', async (name, start) => {
  expect(await minicluster(['diagram', '-o', name, 'good.yaml'])).toEqual({ code: 0, out: '', err: '' });
  expect(readFileSync(name, 'utf8')).toMatch(start);
});

test('prints what it would write if the file to write is called -, as on the side of what is read', async () => {
  const printed = await minicluster(['diagram', '--format', 'svg', 'good.yaml']);
  expect(await minicluster(['diagram', '--format', 'svg', '-o', '-', 'good.yaml'])).toEqual(printed);
  expect((await minicluster(['diagram', '-o', '-', 'good.yaml'])).out).toContain('flowchart LR');
  expect(existsSync('-')).toBe(false);
});

test('draws a MiniCluster with errors all the same, since a picture helps to find them', async () => {
  const { code, out } = await minicluster(['diagram', '-'], { input: yamlCluster('bad', '  size: 0') });
  expect(code).toBe(0);
  expect(out).toContain('MiniCluster bad');
});

test('tells where YAML can not be read, and writes nothing', async () => {
  const { code, out, err } = await minicluster(['diagram', '-o', 'a.svg', 'good.yaml', 'broken.yaml']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^broken\.yaml:\d+:\d+: error: /);
  expect(existsSync('a.svg')).toBe(false);
});

test.each([
  [['missing.yaml'], 'missing.yaml: there is no such file or folder'],
  [['-o', 'a.png', 'good.yaml'], 'a.png names no format: call the file .mmd or .svg, or give --format'],
  [
    ['-o', 'a.svg', '--format', 'mermaid', 'good.yaml'],
    "--format mermaid doesn't go with the name of the file a.svg",
  ],
  [['-o', 'none/a.svg', 'good.yaml'], "none/a.svg can't be written: there is no such folder"],
])('minicluster diagram %j fails with one sentence', async (args, sentence) => {
  const { code, out, err } = await minicluster(['diagram', ...args]);
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: `minicluster: ${sentence}\n` });
});

test.each(['# nothing\n', 'a: 1\n', '[]\n'])('has nothing to draw in %j', async (input) => {
  const err = 'minicluster: there is nothing to draw in -: no object of Kubernetes\n';
  expect(await minicluster(['diagram', '-'], { input })).toEqual({ code: 2, out: '', err });
});

test.each([
  ['--format', 'mermaid, svg'],
  ['--theme', 'light, dark'],
])('knows no other %s than %s', async (option, choices) => {
  const { code, err } = await minicluster(['diagram', option, 'png', 'good.yaml']);
  expect(code).toBe(2);
  expect(err).toContain(`Allowed choices are ${choices}.`);
});
