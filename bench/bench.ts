/**
 * What the constructs cost beside plain cdk8s: time and memory of synth, and the time of the import, as ratios
 * of medians that were measured in turns, each in a fresh process. Run it by `npm run bench`; it fails when a
 * limit is exceeded.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { installPackage, node } from '../test/support/package';

interface Measurement {
  readonly milliseconds: number;
  readonly mebibytes: number;
  readonly hash: string;
  readonly documents: number;
}

interface Row {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
  /** The ratio that must not be exceeded; undefined where the number is for comparison only. */
  readonly limit?: number;
}

const PROGRAM = join(__dirname, 'measure.cjs');

/** How often each number of objects is measured: short runs vary more. */
const ROUNDS = new Map([
  [100, 15],
  [1000, 9],
  [5000, 5],
]);
const IMPORT_ROUNDS = 11;
const TIME_LIMIT = 1.25;
const IMPORT_LIMIT = 1.3;
const MEMORY_LIMIT = 1.3;

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

function median(measurements: readonly Measurement[], of: 'milliseconds' | 'mebibytes'): number {
  const sorted = measurements.map((measurement) => measurement[of]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function synthRows(project: string, count: number, rounds: number): Promise<Row[]> {
  const { constructs, plain, yaml } = await inTurns(project, ['constructs', 'plain', 'yaml'], rounds, count);
  const [ours, theirs] = [constructs[0]!, plain[0]!];
  if (ours.hash !== theirs.hash)
    throw new Error('the constructs render something else than the plain objects');
  if (ours.documents !== count) throw new Error(`${count} MiniClusters gave ${ours.documents} documents`);

  const time = median(constructs, 'milliseconds');
  const rows: Row[] = [
    {
      what: `${count} MiniClusters, ms, to plain cdk8s`,
      ours: time,
      theirs: median(plain, 'milliseconds'),
      limit: TIME_LIMIT,
    },
    { what: `${count} MiniClusters, ms, to bare yaml`, ours: time, theirs: median(yaml, 'milliseconds') },
  ];
  if (count < Math.max(...ROUNDS.keys())) return rows;
  return [
    ...rows,
    {
      what: `${count} MiniClusters, peak MiB, to plain cdk8s`,
      ours: median(constructs, 'mebibytes'),
      theirs: median(plain, 'mebibytes'),
      limit: MEMORY_LIMIT,
    },
  ];
}

async function importRow(project: string): Promise<Row> {
  const names = ['import of ours', 'import of others'] as const;
  const measured = await inTurns(project, names, IMPORT_ROUNDS);
  return {
    what: 'import, ms, to cdk8s and cdk8s-plus-28',
    ours: median(measured[names[0]], 'milliseconds'),
    theirs: median(measured[names[1]], 'milliseconds'),
    limit: IMPORT_LIMIT,
  };
}

function exceeds({ ours, theirs, limit }: Row): boolean {
  return limit !== undefined && ours / theirs > limit;
}

function printTable(rows: readonly Row[]): void {
  const line = (cells: readonly string[]): void => {
    const [first = '', ...rest] = cells;
    console.log(first.padEnd(44) + rest.map((cell) => cell.padStart(10)).join(''));
  };
  line(['', 'ours', 'theirs', 'ratio', 'limit']);
  for (const row of rows) {
    const { what, ours, theirs, limit } = row;
    const numbers = [
      ours.toFixed(1),
      theirs.toFixed(1),
      (ours / theirs).toFixed(2),
      limit?.toFixed(2) ?? '-',
    ];
    line([what, ...numbers, exceeds(row) ? 'exceeded' : '']);
  }
}

async function main(): Promise<void> {
  const below = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')));
  try {
    const { folder } = await installPackage(below);
    const rows = [await importRow(folder)];
    for (const [count, rounds] of ROUNDS) rows.push(...(await synthRows(folder, count, rounds)));
    printTable(rows);
    if (rows.some(exceeds)) process.exitCode = 1;
  } finally {
    rmSync(below, { recursive: true });
  }
}

void main();
