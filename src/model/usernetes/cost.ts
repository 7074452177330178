import { DEFAULT_VOLUME_SIZE } from './defaults';
import { UsernetesClusterSpec } from './spec';

/** Hours of a month, as AWS computes them. */
const HOURS = 730;
const DIGITS = 4;

/**
 * US dollars for an hour of the whole cluster, by the prices that are given; undefined without any.
 *
 * What goes through the network, and iops and throughput above those that volumes have for nothing, are not in it.
 */
export function hourlyCost({ nodes, volume, prices }: UsernetesClusterSpec): number | undefined {
  if (!prices) return undefined;
  const { instanceHour, volumeGibMonth = 0, networkHour = 0 } = prices;
  const size = volume?.size ?? DEFAULT_VOLUME_SIZE;
  const cost = nodes * (instanceHour + (size * volumeGibMonth) / HOURS) + networkHour;
  return Number(cost.toFixed(DIGITS));
}
