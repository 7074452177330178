/** What must not be printed, wherever a finding goes: logs, code scanning, chats. */
import { Problem } from '../../problems';
import { QUOTE_IT } from '../structure/wording';

/** Fields that hold a secret themselves, and names that people give to variables with one. */
const SECRET = /(?:^|[.\]"])(?:users|fluxRestful|curveCert)(?:$|[.["])|pass|token|secret|credential|key$/i;

/** Names of objects and keys are no secrets: the fields that refer to them. */
const REFERENCE =
  /(?:^|\.)(?:\w+Secret|secretName|secretNamespace|secrets(?:[.[].*)?|certificate(?:\..*)?|key)$/;

/** Is the value of this problem better not shown? */
export function isSecret({ path }: Problem): boolean {
  return SECRET.test(path) && !REFERENCE.test(path);
}

/** The problem without a value that is a secret, and without a fix that repeats it. */
export function withoutSecrets(problem: Problem): Problem {
  if (!isSecret(problem)) return problem;
  const { value: _, ...others } = problem;
  return others.fix.startsWith(QUOTE_IT) ? { ...others, fix: 'quote it' } : others;
}
