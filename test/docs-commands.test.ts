/** The command lines on the pages can be typed, and what they name is there. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { enterFolder, minicluster, yamlCluster } from './support/command-line';
import { PACKAGE, ROOT } from './support/package';
import { commandsOf } from './support/page-commands';
import { BLOCKS } from './support/pages';

const SHELLS = ['console', 'bash'];
const blocks = BLOCKS.filter(({ language }) => SHELLS.includes(language));
const pages = Array.from(new Set(blocks.map(({ page }) => page)));

/** Programs of others that the pages speak of, and what a shell in a pod or on a node has. */
const PROGRAMS = new Set([
  ...[
    'aws',
    'bash',
    'crane',
    'docker',
    'flux',
    'git',
    'helm',
    'kind',
    'kubectl',
    'minikube',
    'node',
    'npm',
    'npx',
  ],
  ...['pulumi', '.', 'cat', 'ls', 'make', 'rm', 'sleep', 'source', 'sudo', 'systemctl', 'tar'],
  // Ours: on the user's machine, in the pods, on the nodes.
  ...['minicluster', 'flux-app', 'flux-connect', 'usernetes'],
]);

/** Does npx find it in a clone? The package's own program is there once it is built. */
function hasProgram(name: string): boolean {
  return name in PACKAGE.bin || existsSync(join(ROOT, 'node_modules/.bin', name));
}

const isBuild = ([program, command, script]: readonly string[]): boolean =>
  program === 'npm' && command === 'run' && script === 'build';
const isOurs = ([program, name = '']: readonly string[]): boolean => program === 'npx' && name in PACKAGE.bin;

const calls = new Map(
  pages.map((page) => [page, commandsOf(blocks.filter((block) => block.page === page))] as const),
);

/** All calls on a page of a program, without its name. */
function argumentsOf(page: string, program: string): readonly (readonly string[])[] {
  return calls.get(page)!.calls.flatMap(([name, ...args]) => (name === program ? [args] : []));
}

test.each(pages)(
  'the command lines of %s are ones that bash takes, in folders and of files that exist',
  (page) => {
    expect(calls.get(page)!.complaints).toBe('');
    expect(calls.get(page)!.calls).not.toHaveLength(0);
  },
);

test.each(pages)('%s calls programs that exist', (page) => {
  const unknown = calls.get(page)!.calls.filter(([program = '']) => !PROGRAMS.has(program));

  expect(unknown).toEqual([]);
});

test.each(pages)('the scripts of package.json that %s runs are there', (page) => {
  const scripts = argumentsOf(page, 'npm').flatMap(([command, name = '']) =>
    command === 'run' ? [name] : command === 'test' ? ['test'] : [],
  );

  expect(Object.keys(PACKAGE.scripts ?? {})).toEqual(expect.arrayContaining(scripts));
});

test.each(pages)('the files of the project that commands of %s are given exist', (page) => {
  const named = calls
    .get(page)!
    .calls.flatMap((call) =>
      call.filter((word) => /^(?:bench|docs|examples|scripts|src|stacks|test)\//.test(word)),
    );

  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test.each(pages)(
  'the manifests that %s applies are rendered by an example, or by a program of the page',
  (page) => {
    const charts = BLOCKS.filter(({ page: of, language }) => of === page && language === 'ts').flatMap(
      ({ code }) => Array.from(code.matchAll(/new Chart\(app, '([^']+)'/g), ([, id]) => id!),
    );
    const rendered = [
      ...readdirSync(join(ROOT, 'examples')).map((file) => file.replace('.ts', '')),
      ...charts,
    ];
    const applied = argumentsOf(page, 'kubectl')
      .flat()
      .flatMap((word) => /^dist\/(.+)\.k8s\.yaml$/.exec(word)?.[1] ?? []);

    expect(rendered).toEqual(expect.arrayContaining(applied));
  },
);

const inClone = pages.filter((page) => argumentsOf(page, 'npm').some(([command]) => command === 'ci'));

test('there are pages that are typed in a clone', () => {
  expect(inClone).toEqual(expect.arrayContaining(['README.md', 'docs/stacks.md']));
});

test.each(inClone)('%s, which is typed in a clone, builds our command line before npx calls it', (page) => {
  const all = calls.get(page)!.calls;
  const first = all.findIndex(isOurs);

  expect(all.slice(0, first + 1).some(isBuild)).toBe(first >= 0);
});

/** The calls of our command line, by its name or through npx. */
function miniclusterCalls(page: string): readonly (readonly string[])[] {
  const byNpx = argumentsOf(page, 'npx').map((args) => (args[0] === '--package' ? args.slice(2) : args));
  const unknown = byNpx.map(([name = '']) => name).filter((name) => !hasProgram(name));
  expect(unknown).toEqual([]);
  return [
    ...argumentsOf(page, 'minicluster'),
    ...byNpx.flatMap(([name, ...args]) => (name === 'minicluster' ? [args] : [])),
  ];
}

test.each(pages)('what %s types after minicluster works', async (page) => {
  const current = yamlCluster('job');
  const old = current.replace('v1alpha2', 'v1alpha1');
  const folder = enterFolder({ 'job.yaml': current, 'jobs/job.yaml': current, 'old.yaml': old });
  try {
    for (const args of miniclusterCalls(page)) {
      expect({ args, ...(await minicluster(args)) }).toMatchObject({ args, code: 0 });
    }
  } finally {
    folder.leave();
  }
});
