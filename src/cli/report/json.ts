/** For programs; the format is described in docs/command-line.md. */
import { FileResult, summaryOf } from './results';

/** Changes when a field goes away or changes its meaning; new fields may come without a new number. */
const FORMAT_VERSION = 1;

export function jsonReport(results: readonly FileResult[]): string {
  const files = results.map(({ file, miniClusters, others, findings }) => ({
    file,
    miniClusters,
    others,
    findings: findings.map(({ code, severity, line, column, path, value, message, fix, mendable }) => ({
      code,
      severity,
      line,
      column,
      path,
      value,
      message,
      fix,
      mendable,
    })),
  }));
  return `${JSON.stringify({ version: FORMAT_VERSION, files, summary: summaryOf(results) }, null, 2)}\n`;
}
