import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { testAwsCdk } from './packaging/aws-cdk';
import { testPlugin } from './packaging/plugin';
import { testPlainNode, testTypeScript } from './packaging/projects';
import { installPackage, node, PACKAGE, ROOT, run, tsc, write, type Project } from './support/package';

const ENTRY_POINTS = ['', '/cdk8s', '/pulumi', '/aws'].map((path) => `${PACKAGE.name}${path}`);

const below = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
let project: Project;

beforeAll(async () => {
  project = await installPackage(below);
}, 120_000);

afterAll(() => {
  rmSync(below, { recursive: true });
});

/** The other packages, and the folders of this one, that a fresh process has loaded after an entry point. */
async function loadedBy(entryPoint: string): Promise<{ packages: string[]; folders: string[] }> {
  const program = `require('${entryPoint}'); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const files = JSON.parse(await node(project.folder, '-e', program)) as string[];
  // The first node_modules in a path is the one of the project: what a package brings along counts as its own.
  const modules = files.map((file) => file.split('/node_modules/')[1]!);
  const own = modules.filter((module) => module.startsWith(`${PACKAGE.name}/`));
  return {
    packages: unique(modules.filter((module) => !own.includes(module)).map(packageName)),
    folders: unique(own.map((module) => module.split('/')[2]!).filter((part) => !part.endsWith('.js'))),
  };
}

function packageName(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

/** All that the model may load: no infrastructure SDK, no schema compiler, no YAML. */
const OF_THE_MODEL = ['smol-toml'];

test('the model loads no infrastructure SDK and none of its own adapters', async () => {
  const { packages, folders } = await loadedBy(PACKAGE.name);

  expect(packages.filter((name) => !OF_THE_MODEL.includes(name))).toEqual([]);
  expect(folders).toEqual(['model']);
});

test('the cdk8s entry point loads cdk8s and constructs, and no Pulumi', async () => {
  const { packages, folders } = await loadedBy(`${PACKAGE.name}/cdk8s`);

  expect(packages.filter((name) => !OF_THE_MODEL.includes(name))).toEqual(['cdk8s', 'constructs']);
  expect(folders).toEqual(['cdk8s', 'model']);
});

test.each(['pulumi', 'aws'])('the %s entry point loads no cdk8s', async (entryPoint) => {
  const { packages, folders } = await loadedBy(`${PACKAGE.name}/${entryPoint}`);

  expect(packages.filter((name) => /^(cdk8s|constructs)/.test(name))).toEqual([]);
  expect(folders).toContain('model');
  expect(folders).not.toContain('cdk8s');
});

test('the pulumi entry point loads the SDK of Pulumi alone: that of Kubernetes, and of random numbers, on use', async () => {
  const { packages } = await loadedBy(`${PACKAGE.name}/pulumi`);

  expect(packages.filter((name) => name.startsWith('@pulumi/'))).toEqual(['@pulumi/pulumi']);
});

test('the aws entry point loads the services of AWS that it uses, not all of them, and no SDK for Kubernetes', async () => {
  const program = `require('${PACKAGE.name}/aws'); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const files = JSON.parse(await node(project.folder, '-e', program)) as string[];
  const modules = files.map((file) => file.split('/node_modules/')[1]!);

  expect(modules.filter((module) => module === '@pulumi/aws/index.js')).toEqual([]);
  expect(modules.filter((module) => module.startsWith('@pulumi/kubernetes/'))).toEqual([]);
  expect(modules).toContain('@pulumi/aws/ec2/index.js');
});

test('the command line loads a parser of YAML and one of arguments, and no SDK', async () => {
  write(project.folder, 'job.yaml', 'apiVersion: flux-framework.org/v1alpha2\nkind: MiniCluster\n');
  const list = `process.on('exit', () => console.error(JSON.stringify(Object.keys(require.cache))))`;
  write(project.folder, 'list.cjs', list);
  const program = join('node_modules', PACKAGE.name, PACKAGE.bin.minicluster);
  // It ends with exit code 1, so that what it printed is in the error.
  const told = await node(project.folder, '--require', './list.cjs', program, 'check', 'job.yaml').catch(
    String,
  );

  expect(told).toContain('job.yaml:1:1: error: metadata.name is missing');
  const files = JSON.parse(/^\[.*\]$/m.exec(told)?.[0] ?? '[]') as string[];
  const modules = files.flatMap((file) => file.split('/node_modules/')[1] ?? []);
  const packages = unique(modules.map(packageName)).filter((name) => name !== PACKAGE.name);
  expect(packages).toEqual(['commander', 'yaml']);
});

test('ES modules and CommonJS modules see the same exports of each entry point', async () => {
  const names =
    'const names = (all) => Object.keys(all).filter((name) => !/^(default|module.exports|__esModule)$/.test(name)).sort();';
  const list = ENTRY_POINTS.map((name) => `'${name}'`).join(', ');
  write(project.folder, 'esm/package.json', '{ "type": "module" }');
  write(
    project.folder,
    'esm/index.js',
    `import { InvalidSpecError, Severity } from '${PACKAGE.name}';
import { MiniCluster } from '${PACKAGE.name}/cdk8s';
${names}
if (!InvalidSpecError || !MiniCluster || Severity.ERROR !== 'error') throw new Error('an export is missing');
const all = await Promise.all([${list}].map((name) => import(name)));
console.log(JSON.stringify(all.map(names)));`,
  );
  write(project.folder, 'cjs/package.json', '{ "type": "commonjs" }');
  write(
    project.folder,
    'cjs/index.js',
    `${names}
console.log(JSON.stringify([${list}].map((name) => names(require(name)))));`,
  );

  const [esm, cjs] = (await Promise.all([
    node(project.folder, 'esm/index.js').then((text) => JSON.parse(text) as unknown),
    node(project.folder, 'cjs/index.js').then((text) => JSON.parse(text) as unknown),
  ])) as string[][][];

  expect(esm).toEqual(cjs);
  for (const exported of cjs!) expect(exported).toContain('InvalidSpecError');
});

test('what the pages of the package link to is in the package, too', () => {
  const installed = join(project.folder, 'node_modules', PACKAGE.name);
  const pages = ['README.md', ...readdirSync(join(installed, 'docs')).map((name) => join('docs', name))];
  const links = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, link]) =>
        join(dirname(page), link!),
      ),
    )
    .filter((link) => !/^(?:docs\/)?https?:/.test(link));

  expect(links).toContain('scripts/experiments/no-core-twice.py');
  expect(unique(links).filter((link) => !existsSync(join(installed, link)))).toEqual([]);
});

/** A program that compiles only if the types of every entry point are found. */
const PROGRAM = `
import { InvalidSpecError, type Manifest } from '${PACKAGE.name}';
import { MiniCluster, type MiniClusterProps } from '${PACKAGE.name}/cdk8s';
import * as pulumi from '${PACKAGE.name}/pulumi';
import * as aws from '${PACKAGE.name}/aws';

export const props: MiniClusterProps = { size: 4, containers: [{ image: 'ubuntu:24.04' }] };
export const path = (cluster: MiniCluster): string => cluster.node.path;
export const kinds = (manifests: readonly Manifest[]): string[] => manifests.map(({ kind }) => kind);
export const isOurs = (error: unknown): boolean =>
  error instanceof InvalidSpecError || error instanceof pulumi.InvalidSpecError || error instanceof aws.InvalidSpecError;

// @ts-expect-error the size is a number
export const wrong: MiniClusterProps = { size: 'four', containers: [] };
// @ts-expect-error a module without types would let this pass
export const nothing = [pulumi.nothing];
// @ts-expect-error likewise
export const nothingElse = [aws.nothing];
`;

const STRICT = ['--strict', '--noEmit', '--target', 'es2022', '--types', 'node'];
const TYPE_ROOTS = ['--typeRoots', join(ROOT, 'node_modules/@types')];

test('what people leave behind in a clone is not in the package', async () => {
  const clone = join(below, 'clone');
  write(clone, 'package.json', readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const published = ['examples/README.md', 'stacks/eks-efa/Pulumi.dev.yaml', 'stacks/eks-efa/index.ts'];
  const leftBehind = [
    'examples/projects/aws-cdk/cdk.out/app.json',
    'examples/projects/aws-cdk/node_modules/cdk8s/index.js',
    'kubeconfig',
    'stacks/eks-efa/.pulumi/stacks/dev.json',
    'stacks/eks-efa/Pulumi.prod.yaml',
    'stacks/usernetes-workloads/kubeconfig',
  ];
  for (const file of [...published, ...leftBehind]) write(clone, file, 'text');
  const told = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], clone);

  const [{ files }] = JSON.parse(told) as [{ files: readonly { path: string }[] }];
  expect(files.map(({ path }) => path).sort()).toEqual([...published, 'package.json'].sort());
});

test('types resolve for all entry points in ES modules and CommonJS modules', async () => {
  write(project.folder, 'types/module.mts', PROGRAM);
  write(project.folder, 'types/common.cts', PROGRAM);

  const files = ['types/module.mts', 'types/common.cts'];
  await tsc(project.folder, ...STRICT, ...TYPE_ROOTS, '--module', 'node16', ...files);
}, 30_000);

test.each([
  ['the newest Node', ['--module', 'nodenext'], ['types/newest.mts', 'types/newest.cts']],
  ['bundlers', ['--module', 'preserve', '--moduleResolution', 'bundler'], ['types/bundled.ts']],
])(
  'types resolve for all entry points under the resolution of %s',
  async (_, resolution, files) => {
    for (const file of files) write(project.folder, file, PROGRAM);

    await tsc(project.folder, ...STRICT, ...TYPE_ROOTS, '--skipLibCheck', ...resolution, ...files);
  },
  30_000,
);

test('types resolve for all entry points under the resolution of old compilers', async () => {
  write(project.folder, 'types/old.ts', PROGRAM);

  const old = ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'];
  await tsc(project.folder, ...STRICT, ...TYPE_ROOTS, ...old, 'types/old.ts');
}, 30_000);

test('publint and arethetypeswrong find nothing wrong with the packed package', async () => {
  const found = await node(ROOT, join(ROOT, 'test/support/lint-package.mjs'), project.tarball);

  expect(JSON.parse(found)).toEqual({
    publint: [],
    typesWrong: [],
    entryPoints: expect.arrayContaining(['.', './cdk8s', './pulumi', './aws']) as unknown,
  });
}, 30_000);

// In files of their own, here because it takes long to pack the package.
const installed = (): Project => project;
testPlainNode(installed);
testTypeScript(installed);
testAwsCdk(installed);
testPlugin(installed);
