/** Who is whose parent in the tree of brokers, as flux-core builds it (src/common/libutil and broker/topology.c). */

/** Larger trees are not worked out: nobody looks at them, and a typing error in a size shall not fill the memory. */
export const MOST_BROKERS = 65_536;

/** Brokers that one router of `mincrit` may have below it when the number of routers is left open. */
const MINCRIT_FANOUT = 1024;

/**
 * The parents of all ranks, -1 for rank 0; undefined for a shape that the name doesn't tell (`custom`, or none that
 * flux-core knows) and for too many brokers.
 * @param topology as `tbon.topo` has it; `flat` is `kary:0`
 */
export function parentsOf(topology: string, size: number): readonly number[] | undefined {
  if (size > MOST_BROKERS) return undefined;
  const parent = parentRule(topology, size);
  return parent && Array.from({ length: size }, (_, rank) => (rank === 0 ? -1 : parent(rank)));
}

type ParentRule = (rank: number) => number;

const toLead: ParentRule = () => 0;

function parentRule(topology: string, size: number): ParentRule | undefined {
  const [, scheme = '', digits] = /^([a-z]+)(?::(\d{1,9})?)?$/.exec(topology) ?? [];
  const number = digits === undefined ? undefined : Number(digits);
  switch (scheme) {
    case 'flat':
      return toLead;
    case 'kary':
      return number === undefined ? undefined : karyRule(number);
    case 'mincrit':
      return mincritRule(number ?? routersFor(size));
    case 'binomial':
      return withoutLowestBit;
    default:
      return undefined;
  }
}

function karyRule(fanout: number): ParentRule {
  return fanout === 0 ? toLead : (rank) => Math.floor((rank - 1) / fanout);
}

/** The first ranks are routers below the lead, all others are dealt out to them. */
function mincritRule(routers: number): ParentRule {
  return routers === 0 ? toLead : (rank) => (rank <= routers ? 0 : ((rank - routers - 1) % routers) + 1);
}

function routersFor(size: number): number {
  if (size <= MINCRIT_FANOUT + 1) return 0;
  let routers = 2;
  while (Math.ceil((size - 1 - routers) / routers) > MINCRIT_FANOUT) routers += 1;
  return routers;
}

/** In a binomial tree the children of a rank have one bit more, below its lowest one. */
const withoutLowestBit: ParentRule = (rank) => rank & (rank - 1);
