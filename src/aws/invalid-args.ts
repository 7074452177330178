import * as pulumi from '@pulumi/pulumi';

import { InvalidSpecError, Problem, describe, hasErrors, Severity } from '../model/problems';

/**
 * Stops at errors, passes over warnings.
 * @param subject what is checked, as the message names it
 * @throws InputPropertiesError with the path of each property, and all errors in its message
 */
export function stopAtProblems(subject: string, problems: readonly Problem[]): void {
  if (hasErrors(problems)) throw invalidArgs(subject, problems);
}

/** Pulumi's own error for properties, which its engine and other languages understand. */
export function invalidArgs(subject: string, problems: readonly Problem[]): pulumi.InputPropertiesError {
  const errors = problems.filter(({ severity }) => severity === Severity.ERROR);
  return new pulumi.InputPropertiesError({
    message: new InvalidSpecError(subject, errors).message,
    errors: errors.map((problem) => ({
      propertyPath: problem.path,
      reason: describe(problem).slice(problem.path.length).trim(),
    })),
  });
}
