import { Problem, Severity } from '../../problems';

/**
 * Tells of one violation.
 * @param path where, in the notation `containers[0].command`
 * @param value what is there, or undefined where something is missing
 * @param message what is wrong here; the rule's title where left out
 * @param fix what to write here; the rule's remedy where left out
 */
export type Report = (path: string, value: unknown, message?: string, fix?: string) => void;

/** What a rule says, for messages and for docs/rules.md. */
export interface RuleText {
  /** `MC016`: below 100 the number is that of the trap in the operator; 100 and up are our own. */
  readonly code: string;
  /** The traps that it covers, as `T16`. Empty where it repeats a check of the operator's own. */
  readonly traps: readonly string[];
  readonly severity: Severity;
  /** The operator releases that it holds for. */
  readonly releases: readonly string[];
  /** What is wrong, as a phrase that follows the path of the field. */
  readonly title: string;
  /** What would have happened, in a sentence or two. */
  readonly consequence: string;
  /** What to write instead, in the imperative. */
  readonly remedy: string;
}

/**
 * One thing that a MiniCluster must not do, judged on the resource as it would be applied:
 * what the library routes around is mended before the rules look.
 */
export interface Rule<Cluster> extends RuleText {
  readonly check: (cluster: Cluster, report: Report) => void;
}

/**
 * Every violation of the given rules, in the order of the rules.
 * @param settled codes that don't need a look: silenced, or mended in a way that only looks like the trap
 */
export function applyRules<Cluster>(
  rules: readonly Rule<Cluster>[],
  cluster: Cluster,
  release: string,
  settled: ReadonlySet<string> = new Set(),
): Problem[] {
  const problems: Problem[] = [];
  for (const rule of rules) {
    if (settled.has(rule.code) || !rule.releases.includes(release)) continue;
    rule.check(cluster, (path, value, message = rule.title, fix = rule.remedy) => {
      problems.push({ code: rule.code, severity: rule.severity, path, value, message, fix });
    });
  }
  return problems;
}
