/** What the job engine has to say of its input, in terms of what that input was made from. */
import { Problem } from '../problems';
import { placedHere } from './fields';

/** Paths in the job engine's input, and in this one: the first that fits holds. */
export type Origins = readonly (readonly [there: string, here: string])[];

/** Is this about a broker of its own, rather than about the pods as a whole? */
export function isOfBroker({ path }: Problem): boolean {
  return /^(?:containers\[0\]|staging(?![A-Za-z]))/.test(path);
}

/** Rules of the job engine that say nothing where another one holds here. */
const SETTLED: ReadonlySet<string> = new Set([
  // About flux.brokerConfig, which several brokers can't have.
  'MJ015',
]);

/**
 * The problem as it is told here; undefined where it is none.
 * @param names the containers of the pods
 */
export function told(problem: Problem, origins: Origins, names: readonly string[]): Problem | undefined {
  const { code, value } = problem;
  if (SETTLED.has(code)) return undefined;
  const path = originOf(problem.path, origins);
  if (code === 'MJ007' && path.endsWith('.containerName')) {
    return names.includes(String(value))
      ? undefined
      : { ...problem, path, fix: `write one of ${names.join(', ')}` };
  }
  const { message, fix } = { ...problem, ...inOwnWords(problem) };
  return { ...problem, path, message: withOrigins(message, origins), fix: withOrigins(fix, origins) };
}

function originOf(path: string, origins: Origins): string {
  for (const [there, here] of origins) {
    if (path === there || (path.startsWith(there) && /^[.[]/.test(path.slice(there.length))))
      return here + path.slice(there.length);
  }
  return path;
}

/** Texts name places too. */
function withOrigins(text: string, origins: Origins): string {
  return text.replace(/\b(?:containers|staging)\[\d+\](?:\.[\w-]+|\[[^\]]*\])*/g, (path) =>
    originOf(path, origins),
  );
}

/** Texts that speak of the one container that runs Flux, or of modes that a cluster with a queue doesn't have. */
function inOwnWords({ code, message, fix }: Problem): Partial<Problem> {
  switch (code) {
    case 'MC100':
      return { fix: placedHere(fix) };
    case 'MC020':
      return {
        message: 'has no effect here',
        fix: 'leave it out; flux-app takes the options of flux submit',
      };
    case 'MC055':
      return {
        message: 'stands twice in the pod of the services',
        fix: 'give each of them a name of its own',
      };
    case 'MJ017':
      return {
        message: 'lets two pods of the cluster share a node, and each of them books its cores',
        fix: 'write onePodPerNode: true in its place, or cores where the queue shares them',
      };
    case 'MJ018':
      return { message: message.replace('the Flux container', 'the queue') };
    default:
      return {};
  }
}
