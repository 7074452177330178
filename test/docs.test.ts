/** What the pages show works, and what they link to is there. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as cdk8s from 'cdk8s';
import { Severity, parseManifests } from '../src';
import * as aws from '../src/aws';
import * as constructs from '../src/cdk8s';
import * as pulumi from '../src/pulumi';
import { checked } from './support/checked';
import { version as VERSION } from '../package.json';
import { manifestsIn } from './support/manifests';
import { ROOT } from './support/package';
import { BLOCKS, PAGES, textOf } from './support/pages';
import { runProgram } from './support/program';
import { deploy } from './support/pulumi-deploy';
import { typeErrors } from './support/type-errors';

/** A program on a page. */
interface Program {
  readonly page: string;
  readonly line: number;
  readonly code: string;
}

/** What is shown as TypeScript. A block without imports goes on where the first program of its page ends. */
const PROGRAMS: readonly Program[] = BLOCKS.filter(({ language }) => language === 'ts').map(
  ({ page, line, code }) => {
    if (code.includes('import ')) return { page, line, code };
    const first = BLOCKS.find((block) => block.page === page && block.code.includes('import '))?.code ?? '';
    const [program = ''] = first.split('\napp.synth();');
    return { page, line, code: `${program}\n${code}\napp.synth();\n` };
  },
);

/** Those that show how the library is made import its insides, and are compiled only. */
const RUNNABLE = PROGRAMS.filter(({ page }) => page !== 'CONTRIBUTING.md');

/** Those for Pulumi register resources, all others render manifests or print. */
const isForPulumi = ({ code }: Program): boolean =>
  /from 'flux-framework-constructs\/(aws|pulumi)'/.test(code);

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'docs-'));
  process.env.CDK8S_OUTDIR = output;
  jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  Reflect.deleteProperty(process.env, 'CDK8S_OUTDIR');
  rmSync(output, { recursive: true, force: true });
  jest.restoreAllMocks();
});

/** Runs a program, and gives the manifests that it writes or prints, and other texts that it prints. */
function run({ code }: Program): { manifests: unknown[]; texts: string[] } {
  const { printed } = runProgram(code);
  const isJson = (text: string): boolean => text.startsWith('[');
  const written = readdirSync(output).map((file) => readFileSync(join(output, file), 'utf8'));
  const manifests = [
    ...written.flatMap(manifestsIn),
    ...printed.filter(isJson).flatMap((text) => JSON.parse(text) as unknown[]),
  ];
  return { manifests, texts: printed.filter((text) => !isJson(text)) };
}

test.each([
  { entryPoint: 'cdk8s', exported: constructs, one: 'MiniClusterJob' },
  { entryPoint: 'pulumi', exported: pulumi, one: 'MiniClusterJob' },
  { entryPoint: 'aws', exported: aws, one: 'UsernetesImage' },
])('every construct of $entryPoint is made in a program of a page', ({ entryPoint, exported, one }) => {
  const classes = Object.entries(exported)
    .filter(([, value]) => typeof value === 'function' && /^class \w+ extends /.test(String(value)))
    .map(([name]) => name)
    .filter((name) => name !== 'InvalidSpecError');
  const code = RUNNABLE.map((program) => program.code)
    .filter((text) => text.includes(`from 'flux-framework-constructs/${entryPoint}'`))
    .join('\n');

  expect(classes).toContain(one);
  expect(classes.filter((name) => !code.includes(`new ${name}(`))).toEqual([]);
});

test('README and the pages of what people do have a program', () => {
  const pages = ['README.md', 'docs/staging.md', 'docs/state.md', 'docs/upgrade.md', 'docs/command-line.md'];

  expect(PROGRAMS.map(({ page }) => page)).toEqual(expect.arrayContaining(pages));
});

test.each(RUNNABLE.filter((program) => !isForPulumi(program)))(
  'the program of $page, line $line, renders manifests that a cluster accepts, or prints a text',
  (program) => {
    const { manifests, texts } = run(program);

    checked(manifests, releaseOf(program));
    expect([...manifests, ...texts]).not.toHaveLength(0);
  },
);

/** The release of the operator that a program renders for. */
function releaseOf({ code }: Program): constructs.OperatorVersion {
  return code.includes('OperatorVersion.MULTIPLE_APPLICATIONS')
    ? constructs.OperatorVersion.MULTIPLE_APPLICATIONS
    : constructs.OperatorVersion.MAIN;
}

test.each(RUNNABLE.filter(isForPulumi))(
  'the program of $page, line $line, registers resources',
  async ({ code }) => {
    const { resources } = await deploy(() => runProgram(code));

    expect(resources.filter(({ custom }) => custom)).not.toHaveLength(0);
  },
  // The first one loads the SDKs.
  30_000,
);

test('the programs of the pages have no type errors', () => {
  const programs = PROGRAMS.map(({ page, line, code }) => [`${page}:${line}`, code] as const);

  expect(typeErrors(new Map(programs))).toEqual([]);
}, 150_000);

test('the error that README shows is the one that is told', () => {
  const chart = new cdk8s.Chart(cdk8s.Testing.app(), 'hpc');
  const build = (): unknown =>
    new constructs.MiniCluster(chart, 'lammps', {
      size: 0,
      interactive: true,
      containers: [{ image: 'ubuntu:24.04', command: 'lmp -in in.reaxc.hns' }],
    });
  const shown = /```\n(\[hpc\/lammps\][^]*?)\n```/.exec(textOf('README.md'))?.[1];
  expect(build).toThrow(shown ?? 'no error is shown');
});

test('every block says which language it is in, one that is looked at here, or none for what a program prints', () => {
  const others = BLOCKS.filter(
    ({ language }) => !['', 'ts', 'console', 'bash', 'yaml', 'json', 'mermaid'].includes(language),
  );
  expect(others).toEqual([]);
});

const blocksIn = (language: string) => BLOCKS.filter((block) => block.language === language);

test('the JSON on the pages is JSON', () => {
  for (const { code } of blocksIn('json')) expect(() => JSON.parse(code) as unknown).not.toThrow();
});

test('the YAML on the pages is YAML, and of its MiniClusters nothing is wrong that the page does not name', () => {
  const told = blocksIn('yaml').flatMap(({ page, line, code }) =>
    parseManifests(code)
      .flatMap(({ findings, objects }) => [
        ...findings,
        ...objects.flatMap(({ miniCluster }) => miniCluster?.findings ?? []),
      ])
      .filter(({ severity, code: rule }) => severity === Severity.ERROR && !textOf(page).includes(rule))
      .map(({ code: rule, path, message }) => `${page}:${line}: ${path} ${message} (${rule})`),
  );
  expect(told).toEqual([]);
});

test('every example is listed on their page', () => {
  const examples = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.ts'));
  const listed = Array.from(
    textOf('examples/README.md').matchAll(/^\| \[.*\]\((.*\.ts)\)/gm),
    ([, file]) => file,
  );

  expect(listed.sort()).toEqual(examples.sort());
});

test('the tree in CONTRIBUTING has every folder of the project and of the model, and no other', () => {
  const tree = BLOCKS.find(({ page, language }) => page === 'CONTRIBUTING.md' && language === '')?.code ?? '';
  const made = ['api', 'cdk.out', 'coverage', 'dist', 'lib', 'node_modules'];
  const foldersOf = (path: string): string[] =>
    readdirSync(join(ROOT, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !made.includes(entry.name))
      .map(({ name }) => `${name}/`);
  const shown = Array.from(tree.matchAll(/^([\w/.]+\/) /gm), ([, path]) => path!);

  expect([...foldersOf('.'), ...foldersOf('src/model')].filter((folder) => !tree.includes(folder))).toEqual(
    [],
  );
  expect(shown.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(shown).toContain('src/model/');
});

test('the change log begins with the version of the package', () => {
  expect(/^## (.*)$/m.exec(textOf('CHANGELOG.md'))?.[1]).toBe(VERSION);
});

test.each(PAGES)('the links of %s lead to files and headings that exist', (page) => {
  const links = Array.from(textOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!).filter(
    (link) => !/^https?:/.test(link),
  );
  const broken = links.filter((link) => {
    const [file, heading] = link.split('#');
    const path = file ? join(ROOT, dirname(page), file) : join(ROOT, page);
    return !existsSync(path) || (heading !== undefined && !headings(path).has(heading));
  });
  expect(broken).toEqual([]);
});

/** The anchors that a page gets from its headings. */
function headings(path: string): Set<string> {
  const titles = Array.from(readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm), ([, title]) => title!);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
