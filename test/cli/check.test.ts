/** minicluster check: what it prints in each format, and its exit code. */
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enterFolder, minicluster, yamlCluster } from '../support/command-line';

const GOOD = yamlCluster('good');
const QUOTED = yamlCluster('quoted').replace('lmp -in a', 'echo "a b"');
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: data }\n';

let folder: { leave: () => void } | undefined;
afterEach(() => {
  folder?.leave();
  folder = undefined;
});

function enter(files: Record<string, string>): void {
  folder = enterFolder(files);
}

test('a finding is told with file, line, column, code and fix, and the exit code is 1', async () => {
  enter({ 'job.yaml': QUOTED });
  const { code, out, err } = await minicluster(['check', 'job.yaml']);

  expect(code).toBe(1);
  expect(err).toBe('');
  expect(out).toMatch(
    /^job\.yaml:8:5: error: spec\.containers\[0\]\.command has .*, got "echo .*" \(MC001\)\n {4}fix: put /m,
  );
  expect(out).toContain('1 file, 1 MiniCluster; 1 error, 2 warnings\n');
  expect(out).toContain('1 finding mended by: minicluster render FILE\n');
});

test('warnings leave the exit code at 0, unless they are to count', async () => {
  enter({ 'job.yaml': GOOD });
  expect(await minicluster(['check', 'job.yaml'])).toMatchObject({ code: 0 });
  expect(await minicluster(['check', '--strict', 'job.yaml'])).toMatchObject({ code: 1 });
  const silenced = ['--silence', 'MC065', '--silence', 'mc014'];
  expect(await minicluster(['check', '--strict', ...silenced, 'job.yaml'])).toEqual({
    code: 0,
    out: '1 file, 1 MiniCluster; 0 errors, 0 warnings\n',
    err: '',
  });
});

test('builds of the branch with several brokers in each pod are a release like others', async () => {
  const branch = ['--operator', 'multiple-applications-per-pod'];
  const text = readFileSync(join(__dirname, '../../examples/oversubscribe.yaml'), 'utf8');
  expect(await minicluster(['check', ...branch, '-'], { input: text })).toMatchObject({ code: 0 });
  const { code, out } = await minicluster(['check', '-'], { input: text });
  expect(code).toBe(1);
  expect(out).toContain('spec.oversubscribe is a field of builds of the branch');
  expect(out).toContain('fix: use a MultiApplicationCluster, which needs no operator');
  // YAML has no field for the release: the command line has an option.
  expect(out).toContain('runs check and render it with --operator multiple-applications-per-pod');
  expect(out).not.toContain('operatorVersion');
  const rendered = await minicluster(['render', ...branch, '-'], { input: text });
  expect(rendered).toMatchObject({ code: 0, out: expect.stringContaining('oversubscribe: true') as string });
});

test('standard input is a file, too', async () => {
  const { code, out } = await minicluster(['check', '-'], { input: QUOTED });
  expect(code).toBe(1);
  expect(out).toMatch(/^stdin:8:5: error: /m);
});

test('a hundred files of all kinds are checked in one run: other kinds are counted, broken ones told', async () => {
  const files: Record<string, string> = {};
  for (let index = 0; index < 50; index += 1) files[`others/${index}.yaml`] = CONFIG_MAP;
  for (let index = 0; index < 20; index += 1) files[`jobs/deep/${index}.yml`] = GOOD;
  for (let index = 0; index < 15; index += 1) files[`jobs/both-${index}.yaml`] = `${CONFIG_MAP}---\n${GOOD}`;
  for (let index = 0; index < 10; index += 1) files[`jobs/quoted-${index}.yaml`] = QUOTED;
  files['broken/bracket.yaml'] = 'a: [1\n';
  files['broken/helm.yaml'] = '{{- if .Values.on }}\nkind: MiniCluster\n{{- end }}\n';
  files['broken/twice.yaml'] = `${GOOD}  tasks: 2\n`;
  files['broken/tab.yaml'] = 'a:\n\t- 1\n';
  files['broken/empty.yaml'] = '# nothing here\n';
  // Not YAML files, or not the user's.
  files['jobs/README.md'] = 'a: [1\n';
  files['node_modules/x/broken.yaml'] = 'a: [1\n';
  files['.git/broken.yaml'] = 'a: [1\n';
  enter(files);

  const { code, out } = await minicluster(['check', '.']);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^100 files, 45 MiniClusters; \d+ errors, \d+ warnings; 65 objects of other kinds passed over$/m,
  );
  expect(out.match(/\(MC001\)$/gm)).toHaveLength(10);
  expect(out.match(/^broken\/.*error: .*$/gm)?.map((line) => line.replace(/ .*\((.*)\)$/, ' $1'))).toEqual([
    expect.stringMatching(/^broken\/bracket\.yaml:\d+:\d+: MC300$/),
    expect.stringMatching(/^broken\/helm\.yaml:1:\d+: MC300$/),
    expect.stringMatching(/^broken\/tab\.yaml:2:1: MC300$/),
    'broken/twice.yaml:9:3: MC301',
  ]);
});

test('what can not be read is told in one sentence each, with the exit code of bad usage', async () => {
  enter({ 'job.yaml': GOOD });
  const { code, out, err } = await minicluster(['check', 'none.yaml', 'job.yaml', 'nowhere']);

  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toBe(
    'minicluster: none.yaml: there is no such file or folder\nnowhere: there is no such file or folder\n',
  );
});

test('what can not be read in a folder is told of that file, and the others are checked', async () => {
  enter({ 'job.yaml': QUOTED, 'sub/other.yaml': GOOD });
  symlinkSync('nowhere', 'dangling.yaml');
  symlinkSync('sub', 'folder.yaml');
  symlinkSync('loop.yaml', 'loop.yaml');
  symlinkSync('nobody@host.1', '.#job.yaml');
  writeFileSync('latin.yaml', Buffer.from('a: \xe9\n', 'latin1'));
  const { code, out } = await minicluster(['check', '.']);

  expect(code).toBe(1);
  expect(out.match(/^\S+: error: /gm)).toEqual([
    'dangling.yaml:1:1: error: ',
    'job.yaml:8:5: error: ',
    'latin.yaml:1:1: error: ',
    'loop.yaml:1:1: error: ',
  ]);
  expect(out).toContain('there is no such file or folder');
  expect(out).toContain('it is no text in UTF-8');
});

test('texts in UTF-16 are read, which some shells write', async () => {
  const bytes = Buffer.from(`\ufeff${QUOTED}`, 'utf16le');
  for (const input of [bytes, Buffer.from(bytes).swap16()]) {
    expect(await minicluster(['check', '-'], { input })).toMatchObject({
      code: 1,
      out: expect.stringContaining('stdin:8:5: error: ') as unknown,
    });
  }
});

test('a file that is named twice is checked once', async () => {
  enter({ 'job.yaml': GOOD });
  expect((await minicluster(['check', 'job.yaml', './job.yaml', '.'])).out).toMatch(/^1 file, /m);
});

test('wrong command lines are told without a stack trace, with the exit code of bad usage', async () => {
  for (const args of [
    ['check'],
    ['chek', 'a'],
    ['check', '--format', 'xml', 'a'],
    ['check', '--silence', 'MC999', '-'],
    ['check', '--silence', 'MC100', '-'],
    ['render', '--certificate', 'No_Name', '-'],
    ['help', 'nope'],
    ['check', '--operator', '0.3.0', 'a'],
    ['--nothing'],
    [],
  ]) {
    const { code, err, out } = await minicluster(args, { input: GOOD });
    expect([args, code]).toEqual([args, 2]);
    expect(out).toBe('');
    expect(err).not.toMatch(/^\s+at /m);
    expect(err).not.toBe('');
  }
  expect((await minicluster(['chek'])).err).toContain('Did you mean check?');
});

test('colours come only where the terminal takes them', async () => {
  const escape = String.fromCharCode(27);
  expect((await minicluster(['check', '-'], { input: QUOTED })).out).not.toContain(escape);
  expect((await minicluster(['check', '-'], { input: QUOTED, colours: true })).out).toContain(
    `${escape}[31merror:`,
  );
});

test('JSON output has the documented form', async () => {
  enter({ 'job.yaml': `${CONFIG_MAP}---\n${QUOTED}` });
  const { code, out } = await minicluster([
    'check',
    '--format',
    'json',
    '--silence',
    'MC065',
    '--silence',
    'MC014',
    'job.yaml',
  ]);

  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    version: 1,
    files: [
      {
        file: 'job.yaml',
        miniClusters: 1,
        others: 1,
        findings: [
          {
            code: 'MC001',
            severity: 'error',
            line: 12,
            column: 5,
            path: 'spec.containers[0].command',
            value: 'echo "a b"',
            message: expect.stringContaining('quotes') as unknown,
            fix: expect.stringContaining('script') as unknown,
            mendable: true,
          },
        ],
      },
    ],
    summary: { files: 1, miniClusters: 1, others: 1, errors: 1, warnings: 0 },
  });
});

test('the page of the command line shows what JSON output looks like', async () => {
  const page = readFileSync(join(__dirname, '../../docs/command-line.md'), 'utf8');
  const shown = /```json\n([^]*?)```/.exec(page)?.[1] ?? '';
  enter({ 'job.yaml': QUOTED });
  const { out } = await minicluster(['check', '--format', 'json', 'job.yaml']);

  const [first] = (JSON.parse(out) as { files: { findings: object[] }[] }).files[0]!.findings.slice(-1);
  const example = JSON.parse(shown) as { version: number; files: { findings: object[] }[]; summary: object };
  expect(example.files[0]?.findings).toEqual([first]);
  expect(Object.keys(example)).toEqual(Object.keys(JSON.parse(out) as object));
});

test("SARIF output is accepted by Microsoft's validator", async () => {
  enter({ 'my jobs/a#b.yaml': QUOTED, 'my jobs/good.yaml': GOOD, 'broken.yaml': 'a: [1\n' });
  const { code, out } = await minicluster(['check', '--format', 'sarif', '.']);
  expect(code).toBe(1);
  const log = JSON.parse(out) as { runs: { results: { ruleId: string; locations: unknown }[] }[] };
  expect(log.runs[0]?.results.find(({ ruleId }) => ruleId === 'MC001')?.locations).toMatchObject([
    {
      physicalLocation: {
        artifactLocation: { uri: 'my%20jobs/a%23b.yaml' },
        region: { startLine: 8, startColumn: 5 },
      },
    },
  ]);

  folder?.leave();
  enter({ 'log.sarif': out });
  expect(validate('log.sarif')).toEqual([]);
});

test('SARIF output of a run without findings is accepted, too', async () => {
  const { out } = await minicluster(['check', '--format', 'sarif', '-'], { input: CONFIG_MAP });
  enter({ 'log.sarif': out });
  expect(validate('log.sarif')).toEqual([]);
});

/** What the validator says of a file: errors of the schema and of the standard's own rules. */
function validate(file: string): string[] {
  const validator = join(__dirname, '../../node_modules/.bin/sarif-multitool');
  const { status, stdout, stderr, error } = spawnSync(validator, ['validate', file], {
    encoding: 'utf8',
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' },
  });
  if (error) throw error;
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => /: (error|warning) /.test(line));
  // We have no page on the web that a tool could be pointed at.
  const told = lines.filter((line) => !line.includes('informationUri'));
  return status === 0 ? told : [`exit code ${status ?? 'none'}`, stdout, stderr];
}
