/** The cores of a pod that Flux may plan with. */
import { amountOf } from '../quantity';
import { JobCluster } from './job-cluster';

/** A number, or undefined where Flux takes what it finds: all cores of the node. */
export function coresOf({ options, runner }: JobCluster): number | undefined {
  const limit = runner?.container.resources?.limits?.cpu;
  return options.cores ?? (limit === undefined ? undefined : Math.max(1, Math.floor(amountOf(limit))));
}
