import { Construct } from 'constructs';
import { Problem, hasErrors, throwErrors } from '../model/problems';

/**
 * Takes a construct out of its app if there are errors: whoever catches what is thrown, and goes on, must not render half
 * of it.
 * @param kind what messages call the construct
 * @throws InvalidSpecError with the path of the construct and every error
 */
export function stopAtErrors(construct: Construct, kind: string, problems: readonly Problem[]): void {
  if (!hasErrors(problems)) return;
  const { path, scope, id } = construct.node;
  scope?.node.tryRemoveChild(id);
  throwErrors(`[${path}] ${kind}`, problems);
}
