/**
 * What the constructs cost beside plain cdk8s: time and memory of synth, the time of the import, and that of the command
 * line beside bare Node, as medians of the ratios of rounds that were measured in turns, each in a fresh process. Run it by `npm run bench`; it fails when a
 * limit is exceeded.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PACKAGE, installPackage, node } from '../test/support/package';

interface Measurement {
  readonly milliseconds: number;
  readonly mebibytes: number;
  readonly hash: string;
  readonly documents: number;
}

interface Row {
  readonly what: string;
  /** Medians of all rounds. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of the ratios of the single rounds: a slow minute of the machine hits both sides of each. */
  readonly ratio: number;
  /** The ratio that must not be exceeded; undefined where the number is for comparison only. */
  readonly limit?: number;
}

const PROGRAM = join(__dirname, 'measure.cjs');

/** How often each number of objects is measured: short runs vary more. */
const ROUNDS = new Map([
  [100, 15],
  [1000, 15],
  [5000, 5],
]);
const JOBS = 1000;
const JOB_ROUNDS = 7;
const JOB_LIMIT = 1.3;
const IMPORT_ROUNDS = 11;
const COMMAND_ROUNDS = 11;
const TIME_LIMIT = 1.25;
const IMPORT_LIMIT = 1.3;
const MEMORY_LIMIT = 1.3;
const COMMAND_LIMIT = 3;

/** Measures each of several things in turns, so that a slow minute of the machine hits all of them. */
async function inTurns<Name extends string>(
  project: string,
  names: readonly Name[],
  rounds: number,
  count = 0,
): Promise<Record<Name, Measurement[]>> {
  const result = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Measurement[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const output = await node(project, PROGRAM, name, String(count));
      result[name].push(JSON.parse(output) as Measurement);
    }
  }
  return result;
}

type Quantity = 'milliseconds' | 'mebibytes';

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Compares two series that were measured in turns. */
function row<Of extends Quantity>(
  what: string,
  [ours, theirs]: readonly [readonly Pick<Measurement, Of>[], readonly Pick<Measurement, Of>[]],
  of: Of,
  limit?: number,
): Row {
  return {
    what,
    ours: median(ours.map((measured) => measured[of])),
    theirs: median(theirs.map((measured) => measured[of])),
    ratio: median(ours.map((measured, round) => measured[of] / theirs[round]![of])),
    limit,
  };
}

async function synthRows(project: string, count: number, rounds: number): Promise<Row[]> {
  const { constructs, plain, yaml } = await inTurns(project, ['constructs', 'plain', 'yaml'], rounds, count);
  const [ours, theirs] = [constructs[0]!, plain[0]!];
  if (ours.hash !== theirs.hash)
    throw new Error('the constructs render something else than the plain objects');
  if (ours.documents !== count) throw new Error(`${count} MiniClusters gave ${ours.documents} documents`);

  const objects = `${count} MiniClusters`;
  const rows = [
    row(`${objects}, ms, to plain cdk8s`, [constructs, plain], 'milliseconds', TIME_LIMIT),
    row(`${objects}, ms, to bare yaml`, [constructs, yaml], 'milliseconds'),
  ];
  if (count === Math.max(...ROUNDS.keys())) {
    rows.push(row(`${objects}, peak MiB, to plain cdk8s`, [constructs, plain], 'mebibytes', MEMORY_LIMIT));
  }
  return rows;
}

/** Clusters without an operator, to their objects written with plain cdk8s. */
async function jobRow(project: string): Promise<Row> {
  const measured = await inTurns(project, ['jobs', 'plain jobs'], JOB_ROUNDS, JOBS);
  const [ours, theirs] = [measured.jobs, measured['plain jobs']];
  if (ours[0]!.hash !== theirs[0]!.hash)
    throw new Error('MiniClusterJob renders something else than its objects');
  return row(`${JOBS} MiniClusterJobs, ms, to plain cdk8s`, [ours, theirs], 'milliseconds', JOB_LIMIT);
}

async function importRow(project: string): Promise<Row> {
  const names = ['import of ours', 'import of others'] as const;
  const measured = await inTurns(project, names, IMPORT_ROUNDS);
  const pair = [measured[names[0]], measured[names[1]]] as const;
  return row('import, ms, to cdk8s and cdk8s-plus-28', pair, 'milliseconds', IMPORT_LIMIT);
}

/** The command line, which starts anew each time that somebody asks it, to Node that does nothing. */
async function commandRow(project: string): Promise<Row> {
  const file = join(project, 'job.yaml');
  writeFileSync(file, MINICLUSTER);
  const program = join('node_modules', PACKAGE.name, 'lib/cli/main.js');
  const [ours, theirs]: [Pick<Measurement, 'milliseconds'>[], Pick<Measurement, 'milliseconds'>[]] = [[], []];
  for (let round = 0; round < COMMAND_ROUNDS; round++) {
    ours.push(await elapsed(() => node(project, program, 'check', file)));
    theirs.push(await elapsed(() => node(project, '-e', '0')));
  }
  return row('minicluster check FILE, ms, to node -e 0', [ours, theirs], 'milliseconds', COMMAND_LIMIT);
}

const MINICLUSTER = `apiVersion: flux-framework.org/v1alpha2
kind: MiniCluster
metadata: { name: job }
spec: { size: 2, tasks: 2, containers: [{ image: 'ubuntu:24.04', command: hostname }] }
`;

async function elapsed(run: () => Promise<unknown>): Promise<Pick<Measurement, 'milliseconds'>> {
  const start = performance.now();
  await run();
  return { milliseconds: performance.now() - start };
}

function exceeds({ ratio, limit }: Row): boolean {
  return limit !== undefined && ratio > limit;
}

function printTable(rows: readonly Row[]): void {
  const line = (cells: readonly string[]): void => {
    const [first = '', ...rest] = cells;
    console.log(first.padEnd(44) + rest.map((cell) => cell.padStart(10)).join(''));
  };
  line(['', 'ours', 'theirs', 'ratio', 'limit']);
  for (const row of rows) {
    const { what, ours, theirs, ratio, limit } = row;
    const numbers = [ours.toFixed(1), theirs.toFixed(1), ratio.toFixed(2), limit?.toFixed(2) ?? '-'];
    line([what, ...numbers, exceeds(row) ? 'exceeded' : '']);
  }
}

async function main(): Promise<void> {
  const below = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')));
  try {
    const { folder } = await installPackage(below);
    const rows = [await importRow(folder), await commandRow(folder)];
    for (const [count, rounds] of ROUNDS) rows.push(...(await synthRows(folder, count, rounds)));
    rows.push(await jobRow(folder));
    printTable(rows);
    if (rows.some(exceeds)) process.exitCode = 1;
  } finally {
    rmSync(below, { recursive: true });
  }
}

void main();
