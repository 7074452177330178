import { runInThisContext } from 'node:vm';

/** The process that jest itself has: tests get a copy of it, which hears no events. */
const host = runInThisContext('process') as NodeJS.Process;
const EVENT = 'unhandledRejection';

/**
 * Runs something and rejects with the first error that a promise got which nobody waits for: an error in `apply` is one,
 * and would end the test run.
 */
export async function withUnhandled<Result>(run: () => Promise<Result>): Promise<Result> {
  const others = host.rawListeners(EVENT) as NodeJS.UnhandledRejectionListener[];
  const errors: unknown[] = [];
  const listen = (error: unknown): unknown => errors.push(error);
  host.removeAllListeners(EVENT);
  host.on(EVENT, listen);
  try {
    const result = await run();
    await allTold();
    if (errors.length > 0) throw errors[0];
    return result;
  } finally {
    await allTold();
    host.removeListener(EVENT, listen);
    for (const other of others) host.on(EVENT, other);
  }
}

/** Node tells of rejections when nothing else is left to be done at once. */
async function allTold(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
