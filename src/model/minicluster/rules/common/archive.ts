/** Who saves the archive. */
import { Cluster, RunMode } from '../../cluster';

/** What saves the state of Flux: an option of the broker, a command, or a script that is called after it. */
const DUMPS = /content\.dump=|\bflux dump\b|save-archive/;

/** Do the texts of the Flux container save the state? */
export function savesByItself({ runner, mode }: Cluster): boolean {
  if (!runner) return false;
  const { commands, lifeCycle } = runner.container;
  if (mode === RunMode.INTERACTIVE) return Boolean(lifeCycle?.preStopExec);
  return (Object.values(commands ?? {}) as string[]).some((text) => DUMPS.test(text));
}
