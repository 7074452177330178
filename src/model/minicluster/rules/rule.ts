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
 * What a rule has to say of one place.
 * @param message what is wrong there; the rule's title where left out
 */
export function problemOf(
  rule: RuleText,
  path: string,
  value: unknown,
  message = rule.title,
  fix = rule.remedy,
): Problem {
  return { code: rule.code, severity: rule.severity, path, value, message, fix };
}

/**
 * One thing that a MiniCluster must not do, judged on the resource as it would be applied:
 * what the library routes around is mended before the rules look.
 */
export interface Rule<Cluster> extends RuleText {
  readonly check: (cluster: Cluster, report: Report) => void;
}

/** What a rule of both API versions says; each of them gives it a code of its own. */
export type CommonText = Omit<RuleText, 'code' | 'releases'>;

/** A rule of both API versions. A version that has something to add overrides that part. */
export type CommonRule<Cluster> = CommonText & Pick<Rule<Cluster>, 'check'>;

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
  const { held, checks } = rulesOf(rules, release);
  let current = 0;
  // One function for all rules, and checks apart from their rules: this runs for every cluster of an app.
  const report: Report = (path, value, message, fix) => {
    const { code, severity, title, remedy } = held[current] as RuleText;
    problems.push({ code, severity, path, value, message: message ?? title, fix: fix ?? remedy });
  };
  for (; current < checks.length; current += 1) {
    if (settled.size > 0 && settled.has((held[current] as RuleText).code)) continue;
    (checks[current] as Rule<Cluster>['check'])(cluster, report);
  }
  return problems;
}

/** The rules that hold for one release, and their checks. */
interface HeldRules {
  readonly held: readonly RuleText[];
  readonly checks: readonly Rule<never>['check'][];
}

const BY_RELEASE = new WeakMap<object, Map<string, HeldRules>>();

/** The rules that hold for a release, found once. */
function rulesOf<Cluster>(rules: readonly Rule<Cluster>[], release: string): HeldRules {
  const known = BY_RELEASE.get(rules) ?? new Map<string, HeldRules>();
  BY_RELEASE.set(rules, known);
  const found = known.get(release);
  if (found) return found;
  const held = rules.filter(({ releases }) => releases.includes(release));
  const result = { held, checks: held.map(({ check }) => check) };
  known.set(release, result);
  return result;
}
