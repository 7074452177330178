/** For code scanning: the Static Analysis Results Interchange Format, version 2.1.0. */
import type { Log, ReportingDescriptor, Result } from 'sarif';
import { Finding } from '../../model/minicluster';
import { RULE_TEXTS } from '../../model/rule-texts';
import { Severity, complaint } from '../../model/problems';
import { FileResult } from './results';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** @param version of this package */
export function sarifReport(results: readonly FileResult[], version: string): string {
  const used = new Set(results.flatMap(({ findings }) => findings.map(({ code }) => code)));
  const rules = RULE_TEXTS.filter(({ code }) => used.has(code)).map(descriptor);
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'minicluster', semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        artifacts: results.map(({ file }) => ({ location: { uri: uriOf(file) }, sourceLanguage: 'yaml' })),
        results: results.flatMap(({ file, findings }, index) =>
          findings.map((finding) => result(file, index, finding, rules)),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor(rule: (typeof RULE_TEXTS)[number]): ReportingDescriptor {
  const { code, severity, title, consequence, remedy } = rule;
  return {
    id: code,
    shortDescription: { text: `The field ${title}.` },
    fullDescription: { text: consequence },
    help: { text: `Instead: ${remedy}.` },
    defaultConfiguration: { level: levelOf(severity) },
  };
}

function result(
  file: string,
  index: number,
  finding: Finding,
  rules: readonly ReportingDescriptor[],
): Result {
  const { code, severity, path, fix, line = 1, column = 1 } = finding;
  return {
    ruleId: code,
    ruleIndex: rules.findIndex(({ id }) => id === code),
    level: levelOf(severity),
    message: { text: `${complaint(finding)}. Fix: ${fix}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file), index },
          region: { startLine: line, startColumn: column },
        },
        logicalLocations: [{ fullyQualifiedName: path }],
      },
    ],
  };
}

function levelOf(severity: Severity): 'error' | 'warning' {
  return severity === Severity.ERROR ? 'error' : 'warning';
}

/** Relative to where the command runs, as code scanning wants it. */
function uriOf(file: string): string {
  const path = file.replaceAll('\\', '/').replace(/^\.\//, '');
  return path.split('/').map(encodeURIComponent).join('/');
}
