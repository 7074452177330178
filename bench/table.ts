/** The table of all comparisons as Markdown, and its place in the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { Row, exceeds } from './rounds';

const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->'];
const HEADER = ['What', 'Beside', '', 'Ours', 'Theirs', 'Ratio', 'Limit'];

/** The table, behind a line that tells when and where it was measured. */
export function markdown(rows: readonly Row[], date = new Date()): string {
  const machine = `${availableParallelism()} cores, Node.js ${process.versions.node}, ${process.platform}`;
  const lines = [HEADER, ...rows.map(cellsOf)];
  const widths = HEADER.map((_, at) => Math.max(3, ...lines.map((cells) => cells[at]!.length)));
  const [header = '', ...body] = lines.map((cells) => lineOf(cells, widths));
  const ruler = widths.map((width, at) => (isNumber(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [
    `Measured on ${date.toISOString().slice(0, 10)}: ${machine}.`,
    '',
    header,
    lineOf(ruler, widths),
    ...body,
  ].join('\n');
}

function isNumber(column: number): boolean {
  return column >= HEADER.indexOf('Ours');
}

function cellsOf(row: Row): string[] {
  const { what, against, unit, ours, theirs, ratio, limit } = row;
  const told = limit === undefined ? '' : `${limit.toFixed(2)}${exceeds(row) ? ' exceeded' : ''}`;
  return [what, against, unit, ours.toFixed(0), theirs.toFixed(0), ratio.toFixed(2), told];
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) =>
    isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
  );
  return `| ${padded.join(' | ')} |`;
}

/**
 * Puts a text between the marks of a file.
 * @throws Error if the file has no such marks
 */
export function replaceBetweenMarks(file: string, text: string): void {
  const whole = readFileSync(file, 'utf8');
  const [begin, end] = [whole.indexOf(BEGIN), whole.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`${file} has no place for the table: add ${BEGIN} and ${END}`);
  writeFileSync(file, `${whole.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${whole.slice(end)}`);
}
