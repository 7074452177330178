/** What the pages show works, and what they link to is there. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as cdk8s from 'cdk8s';
import * as ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import * as constructs from '../src/cdk8s';
import { checked } from './support/checked';
import { runProgram } from './support/program';
import { deploy } from './support/pulumi-deploy';

const ROOT = join(__dirname, '..');
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((page) => `docs/${page}`)];
interface Snippet {
  readonly page: string;
  readonly code: string;
}

/** The programs on the pages: blocks that import something. Others are fragments of one. */
const PROGRAMS: readonly Snippet[] = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```ts\n([^]*?)```/g)]
    .map(([, code]) => ({ page, code: code ?? '' }))
    .filter(({ code }) => code.includes('import ')),
);

/** Those for Pulumi register resources, all others render manifests. */
const isForPulumi = ({ code }: Snippet): boolean => code.includes("from 'flux-framework-constructs/aws'");

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

/** Runs a program, and gives the manifests that it writes or prints. */
function run({ code }: Snippet): unknown[] {
  const { printed } = runProgram(code);
  const written = readdirSync(output).map((file) => readFileSync(join(output, file), 'utf8'));
  const documents = written.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as unknown),
  );
  return [...documents, ...printed.flatMap((text) => JSON.parse(text) as unknown[])];
}

test('README and the page of each construct have a program', () => {
  const pages = new Set(PROGRAMS.map(({ page }) => page));
  const ofConstructs = [
    'minicluster',
    'minicluster-job',
    'minicluster-v1alpha1',
    'multi-application-cluster',
    'flux-operator',
    'flux-distribute',
    'content-distribution',
    'shared-volume',
    'staging',
    'state',
    'upgrade',
    'command-line',
    'usernetes-cluster',
    'usernetes-image',
  ];
  expect(pages).toEqual(new Set(['README.md', ...ofConstructs.map((page) => `docs/${page}.md`)]));
});

test.each(PROGRAMS.filter((program) => !isForPulumi(program)))(
  'a program of $page renders manifests that a cluster accepts',
  (program) => {
    expect(checked(run(program))).not.toHaveLength(0);
  },
);

test.each(PROGRAMS.filter(isForPulumi))(
  'a program of $page registers resources',
  async ({ code }) => {
    const { resources } = await deploy(() => runProgram(code));

    expect(resources.filter(({ custom }) => custom)).not.toHaveLength(0);
  },
  // The first one loads the SDKs.
  30_000,
);

test('the programs of the pages have no type errors', () => {
  const options = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
  ).options;
  const files = new Map(
    PROGRAMS.map(({ code }, index) => [join(ROOT, `snippet-${index}.ts`), `${code}\nexport {};\n`]),
  );
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022);
  };
  const found = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
}, 60_000);

test('the error that README shows is the one that is told', () => {
  const chart = new cdk8s.Chart(cdk8s.Testing.app(), 'hpc');
  const build = (): unknown =>
    new constructs.MiniCluster(chart, 'lammps', {
      size: 0,
      interactive: true,
      containers: [{ image: 'ubuntu:24.04', command: 'lmp -in in.reaxc.hns' }],
    });
  const shown = /```\n(\[hpc\/lammps\][^]*?)\n```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
  expect(build).toThrow(shown ?? 'no error is shown');
});

test.each(PAGES)('the links of %s lead to files and headings that exist', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^https?:/.test(link));
  const broken = links.filter((link) => {
    const [file, heading] = link.split('#');
    const path = file ? join(ROOT, dirname(page), file) : join(ROOT, page);
    return !existsSync(path) || (heading !== undefined && !headings(path).has(heading));
  });
  expect(broken).toEqual([]);
});

/** The anchors that a page gets from its headings. */
function headings(path: string): Set<string> {
  const text = readFileSync(path, 'utf8');
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      (title ?? '')
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
