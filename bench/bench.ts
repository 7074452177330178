/**
 * What the package costs beside the SDKs that it builds on: imports, synth, memory, the start of the command line, and
 * what Pulumi registers. Each is the median of the ratios of rounds that were measured in turns. Prints one table, or with
 * `--write` puts it into the README; fails when a limit is exceeded.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PACKAGE, ROOT, installPackage, node } from '../test/support/package';
import type { Measured } from './registration';
import { Measurement, Row, exceeds, inTurns, row } from './rounds';
import { markdown, replaceBetweenMarks } from './table';

const MEASURE = join(__dirname, 'measure.cjs');

/** How often each number of objects is measured: short runs vary more. */
const ROUNDS = new Map([
  [100, 7],
  [1000, 3],
  [5000, 3],
]);
/** A cluster has one operator, which is measured alone. */
const OPERATOR_ROUNDS = 7;
const START_ROUNDS = 9;
const REGISTRATION_ROUNDS = 15;

const IMPORT_LIMIT = 1.3;
const COMMAND_LIMIT = 3;
const MEMORY_LIMIT = 1.3;
const REGISTRATION_LIMIT = 1.4;
/** How much more than eight times the time of 32 nodes 256 nodes may take. */
const LINEAR_LIMIT = 1.5;

/** What synth of 5,000 objects may take beside plain cdk8s. */
const SYNTH_LIMITS: Readonly<Record<string, number>> = {
  MiniCluster: 1.25,
  // The smallest objects: checks of the whole API weigh more.
  MiniClusterV1Alpha1: 1.5,
  MiniClusterJob: 1.3,
  MultiApplicationCluster: 1.4,
  FluxDistribute: 1.4,
  ContentDistribution: 1.4,
  SharedVolume: 1.4,
};

/** How much more 1,000 may take, in which much of our code runs before it is compiled. */
const WARM_UP = 0.15;

const AWS_MODULES = ['cloudformation', 'cloudwatch', 'ec2', 'iam', 'imagebuilder', 's3', 'ssm', 'vpc'];
/** The SDKs that each entry point builds on. */
const IMPORTS: readonly (readonly [entry: string, against: string, modules: readonly string[]])[] = [
  ['', 'yaml', ['yaml']],
  ['/cdk8s', 'cdk8s, cdk8s-plus-28', ['cdk8s', 'cdk8s-plus-28']],
  ['/pulumi', '@pulumi/pulumi', ['@pulumi/pulumi']],
  [
    '/aws',
    '@pulumi/pulumi, its modules of aws, random',
    ['@pulumi/pulumi', ...AWS_MODULES.map((name) => `@pulumi/aws/${name}`), '@pulumi/random'],
  ],
];

async function measure(project: string, ...words: readonly string[]): Promise<Measurement> {
  return JSON.parse(await node(project, MEASURE, ...words)) as Measurement;
}

async function importRow(project: string, [entry, against, modules]: (typeof IMPORTS)[number]): Promise<Row> {
  const { ours, theirs } = await inTurns(['ours', 'theirs'], START_ROUNDS, (name) =>
    measure(project, 'import', ...(name === 'ours' ? [PACKAGE.name + entry] : modules)),
  );
  // The model has no SDK beside it: its number is for comparison.
  const limit = entry === '' ? undefined : IMPORT_LIMIT;
  return row({ what: `import ${PACKAGE.name}${entry}`, against, limit }, [ours, theirs], 'milliseconds');
}

const MINICLUSTER = `apiVersion: flux-framework.org/v1alpha2
kind: MiniCluster
metadata: { name: job }
spec: { size: 2, tasks: 2, containers: [{ image: 'ubuntu:24.04', command: hostname }] }
`;

/** The command line, which starts anew each time that somebody asks it, beside Node that does nothing. */
async function commandRow(project: string): Promise<Row> {
  const file = join(project, 'job.yaml');
  writeFileSync(file, MINICLUSTER);
  const program = join('node_modules', PACKAGE.name, PACKAGE.bin.minicluster);
  const { ours, theirs } = await inTurns(['ours', 'theirs'], START_ROUNDS, async (name) => {
    const start = performance.now();
    await node(project, ...(name === 'ours' ? [program, 'check', file] : ['-e', '0']));
    return { milliseconds: performance.now() - start };
  });
  const told = { what: 'minicluster check FILE', against: 'node -e 0', limit: COMMAND_LIMIT };
  return row(told, [ours, theirs], 'milliseconds');
}

/** Constructs that give so many objects, beside the same objects that are given as they are. */
async function synthRows(project: string, name: string, objects: number, rounds: number): Promise<Row[]> {
  const file = join(project, 'prepared.json');
  const constructs = await node(project, MEASURE, 'prepare', name, String(objects), file);
  const { construct, plain, yaml } = await inTurns(['construct', 'plain', 'yaml'], rounds, (way) =>
    // Whoever has constructs has not read their manifests, which would be on the heap.
    measure(project, way, ...(way === 'construct' ? [name, constructs] : [file])),
  );
  if (construct[0]?.hash !== plain[0]?.hash)
    throw new Error(`${name} renders something else than its objects`);

  const what = objects === 1 ? `${name}, once` : `${name}, ${objects.toLocaleString('en')} objects`;
  const limit = limitOf(name, objects);
  const rows = [
    row({ what, against: 'plain cdk8s', limit }, [construct, plain], 'milliseconds'),
    row({ what, against: 'bare YAML' }, [construct, yaml], 'milliseconds'),
  ];
  if (objects === Math.max(...ROUNDS.keys()))
    rows.push(row({ what, against: 'plain cdk8s', limit: MEMORY_LIMIT }, [construct, plain], 'mebibytes'));
  return rows;
}

/** With fewer than 1,000 objects what is done once weighs too much. */
function limitOf(name: string, objects: number): number | undefined {
  const limit = SYNTH_LIMITS[name];
  if (limit === undefined || objects < 1000) return undefined;
  return objects < 5000 ? limit + WARM_UP : limit;
}

async function registered(nodes: number): Promise<readonly Measured[]> {
  const program = join(__dirname, 'registration.ts');
  const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  return JSON.parse(await node(ROOT, tsx, program, String(nodes), String(REGISTRATION_ROUNDS))) as Measured[];
}

/** A UsernetesCluster in a preview beside the same resources by hand, and 256 nodes beside eight times 32. */
async function registrationRows(): Promise<Row[]> {
  const few = await registered(32);
  const many = await registered(256);
  const what = 'UsernetesCluster, 256 nodes';
  const times = (numbers: readonly number[]) => numbers.map((milliseconds) => ({ milliseconds }));
  const ours = times(many.map((round) => round.ours));
  const byHand = times(many.map((round) => round.theirs));
  const eightfold = times(few.map((round) => 8 * round.ours));
  return [
    row({ what, against: 'resources by hand', limit: REGISTRATION_LIMIT }, [ours, byHand], 'milliseconds'),
    row({ what, against: '8 times 32 nodes', limit: LINEAR_LIMIT }, [ours, eightfold], 'milliseconds'),
  ];
}

async function measureAll(below: string): Promise<Row[]> {
  const { folder } = await installPackage(below);
  const rows: Row[] = [];
  for (const one of IMPORTS) rows.push(await importRow(folder, one));
  rows.push(await commandRow(folder));
  for (const name of Object.keys(SYNTH_LIMITS))
    for (const [objects, rounds] of ROUNDS) rows.push(...(await synthRows(folder, name, objects, rounds)));
  rows.push(...(await synthRows(folder, 'FluxOperator', 1, OPERATOR_ROUNDS)));
  return [...rows, ...(await registrationRows())];
}

async function main(): Promise<void> {
  const below = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')));
  try {
    const rows = await measureAll(below);
    const table = markdown(rows);
    if (process.argv.includes('--write')) replaceBetweenMarks(join(ROOT, 'README.md'), table);
    process.stdout.write(`${table}\n`);
    if (rows.some(exceeds)) process.exitCode = 1;
  } finally {
    rmSync(below, { recursive: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
