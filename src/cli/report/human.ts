/** For people: one finding in two lines, and a summary. */
import { styleText } from 'node:util';
import { Finding } from '../../model/minicluster';
import { Severity, complaint } from '../../model/problems';
import { FileResult, Summary, summaryOf } from './results';

type Style = Parameters<typeof styleText>[0];

export function humanReport(results: readonly FileResult[], colours: boolean): string {
  const paint = painter(colours);
  const lines = results.flatMap(({ file, findings }) =>
    findings.flatMap((finding) => findingLines(file, finding, paint)),
  );
  const summary = summaryOf(results);
  if (lines.length > 0) lines.push('');
  lines.push(summaryLine(summary), ...hints(results));
  return `${lines.join('\n')}\n`;
}

/** One finding, as compilers tell theirs, so that editors find the place. */
export function findingLines(file: string, finding: Finding, paint = painter(false)): string[] {
  const { code, severity, fix } = finding;
  const isError = severity === Severity.ERROR;
  return [
    `${paint('bold', `${placeOf(file, finding)}:`)} ${paint(isError ? 'red' : 'yellow', `${severity}:`)} ${complaint(finding)} (${code})`,
    `    ${paint('green', 'fix:')} ${fix}`,
  ];
}

/** `job.yaml:8:5`, or as much of it as is known. */
export function placeOf(file: string, { line, column }: Pick<Finding, 'line' | 'column'>): string {
  return [printable(file), line, column].filter((part) => part !== undefined).join(':');
}

function summaryLine({ files, miniClusters, others, errors, warnings }: Summary): string {
  const counts = [
    `${count(files, 'file')}, ${count(miniClusters, 'MiniCluster')}`,
    `${count(errors, 'error')}, ${count(warnings, 'warning')}`,
    ...(others > 0 ? [`${count(others, 'object')} of other kinds passed over`] : []),
  ];
  return counts.join('; ');
}

function hints(results: readonly FileResult[]): string[] {
  const findings = results.flatMap((result) => result.findings);
  const first = findings[0];
  if (!first) return [];
  const mendable = findings.filter((finding) => finding.mendable).length;
  return [
    ...(mendable > 0 ? [`${count(mendable, 'finding')} mended by: minicluster render FILE`] : []),
    `more about a code: minicluster explain ${first.code}`,
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A name without what would start a line of its own, or move the cursor. */
function printable(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function painter(colours: boolean): (style: Style, text: string) => string {
  return colours ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
