/** What a check has found, as all reports show it. */
import { Finding, ParsedDocument } from '../../model/minicluster';
import { Severity } from '../../model/problems';

/** The result for one file. */
export interface FileResult {
  readonly file: string;
  /** How many MiniClusters are in it. */
  readonly miniClusters: number;
  /** How many objects of other kinds, which were passed over. */
  readonly others: number;
  /** In the order of their places in the file. */
  readonly findings: readonly Finding[];
}

/** The sums over all files. */
export interface Summary {
  readonly files: number;
  readonly miniClusters: number;
  readonly others: number;
  readonly errors: number;
  readonly warnings: number;
}

export function resultOf(file: string, documents: readonly ParsedDocument[]): FileResult {
  const objects = documents.flatMap((document) => document.objects);
  const clusters = objects.flatMap(({ miniCluster }) => miniCluster ?? []);
  const findings = [...documents, ...clusters].flatMap((one) => one.findings);
  return {
    file,
    miniClusters: clusters.length,
    others: objects.length - clusters.length,
    findings: findings.sort(byPlace),
  };
}

export function summaryOf(results: readonly FileResult[]): Summary {
  const findings = results.flatMap((result) => result.findings);
  const errors = findings.filter(({ severity }) => severity === Severity.ERROR).length;
  return {
    files: results.length,
    miniClusters: sum(results.map(({ miniClusters }) => miniClusters)),
    others: sum(results.map(({ others }) => others)),
    errors,
    warnings: findings.length - errors,
  };
}

function byPlace(one: Finding, other: Finding): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
