/** The cores of a pod that Flux may plan with. */
import { LocatedContainer } from '../minicluster/cluster';
import { amountOf } from '../quantity';

/** As many whole cores as the CPU limit of a container is worth, at least one; undefined without a limit. */
export function coresOfLimit(runner: LocatedContainer | undefined): number | undefined {
  const limit = runner?.container.resources?.limits?.cpu;
  return limit === undefined ? undefined : Math.max(1, Math.floor(amountOf(limit)));
}
