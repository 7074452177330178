/** The cores of a pod that Flux may plan with. */
import { JobCluster } from './job-cluster';

/** A number, or undefined where Flux takes what it finds: all cores of the node. */
export function coresOf({ options, runner }: JobCluster): number | undefined {
  const limit = runner?.container.resources?.limits?.cpu;
  return options.cores ?? (limit === undefined ? undefined : Math.max(1, Math.floor(cpusOf(limit))));
}

/** What the units behind a quantity of CPUs stand for. */
const UNITS: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3 };

/** A quantity of CPUs as a number: `500m` is 0.5. */
function cpusOf(quantity: string | number): number {
  const [, amount = '0', unit = ''] =
    /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  return Number(amount) * (UNITS[unit] ?? 1);
}
