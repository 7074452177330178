/** Rules about what a construct is given, for messages and for its page. */
import { Unfit } from './fields';
import { Problem, Severity } from './problems';

/** What a rule says. */
export interface ConstructRule {
  /** `SV005`. */
  readonly code: string;
  /** What is wrong, as a phrase that follows the path of the field. */
  readonly title: string;
  /** What would have happened. */
  readonly consequence: string;
  /** What to write instead, in the imperative. */
  readonly remedy: string;
}

export function constructRule(
  code: string,
  title: string,
  consequence: string,
  remedy: string,
): ConstructRule {
  return { code, title, consequence, remedy };
}

/** A problem with what the rule says, unless there is something more exact to say. */
export function problemOf(
  { code, title, remedy }: ConstructRule,
  path: string,
  value: unknown,
  message = title,
  fix = remedy,
): Problem {
  return { code, severity: Severity.ERROR, path, value, message, fix };
}

/** Tells a problem of a field. */
export type Report = (
  rule: ConstructRule,
  path: string,
  value: unknown,
  message?: string,
  fix?: string,
) => void;

/** The rules that every construct has for fields that there are not, and those of another type. */
export interface FieldRules {
  readonly unknown: ConstructRule;
  readonly type: ConstructRule;
}

/** Fields that do not fit, as problems. */
export function problemsOfFields(fields: readonly Unfit[], { unknown, type }: FieldRules): Problem[] {
  return fields.map(({ path, value, expected }) =>
    expected === undefined
      ? problemOf(unknown, path, value)
      : problemOf(type, path, value, `must be ${expected}`),
  );
}

/** Adds to problems, but for fields that are told already to have the wrong type, or to hold something that has. */
export function reportBeside(told: readonly string[], problems: Problem[]): Report {
  return (rule, path, ...details) => {
    if (!told.some((one) => one === path || one.startsWith(`${path}.`)))
      problems.push(problemOf(rule, path, ...details));
  };
}
