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
  const { message } = new InvalidSpecError(subject, errors);
  const error = new pulumi.InputPropertiesError({
    message,
    errors: errors.map((problem) => ({
      propertyPath: problem.path,
      reason: describe(problem).slice(problem.path.length).trim(),
    })),
  });
  // Pulumi writes before it the name of every property that waits for what failed: hundreds, in one line.
  return Object.defineProperty(error, 'message', { get: () => message, set: () => undefined });
}
