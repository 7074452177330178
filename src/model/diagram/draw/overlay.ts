/** The overlay network of a Flux instance: a tree of brokers, each drawn by itself or by levels. */
import { HostRun, hostAt } from '../../flux/host-runs';
import { DiagramBox, DiagramBoxKind } from '../types';
import { Sketch, boxOf } from './sketch';
import { MOST_BROKERS, parentsOf } from './topology';
import { counted, listed, numbersLine, rangeLine } from './words';

/** Up to as many brokers have a box each, if they are there from the start. */
const FEW_BROKERS = 8;

/** Where the hosts of a run are. */
export enum Whereabouts {
  HERE = 'here',
  /** They are in the host list, and may join at any time. */
  LATER = 'later',
  /** In another cluster. */
  ELSEWHERE = 'elsewhere',
}

/** Brokers with successive ranks of which the same is to be said. */
export interface RankRun {
  readonly hosts: HostRun;
  readonly whereabouts: Whereabouts;
}

/** What is drawn as one network. */
export interface Overlay {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** As `tbon.topo` has it. */
  readonly topology: string;
  /** All brokers, in the order of their ranks. */
  readonly runs: readonly RankRun[];
}

/** Id of the box with rank 0. */
export function leadOf(id: string): string {
  return `${id}/0`;
}

/** Draws it: the frame is returned, the arrows are added. */
export function overlayFrame(overlay: Overlay, sketch: Sketch): DiagramBox {
  const { id, title, lines, topology, runs } = overlay;
  const size = runs.reduce((sum, { hosts }) => sum + hosts.count, 0);
  if (size > MOST_BROKERS)
    return boxOf(id, DiagramBoxKind.NETWORK, title, {
      lines: [...lines, 'too many brokers to draw their tree'],
      boxes: crowdBoxes(overlay),
    });
  const ranks = ranksOf(overlay);
  const parents = parentsOf(topology, ranks.length);
  const groups = groupsOf(ranks, parents);
  connectGroups(groups, parents, id, sketch);
  return boxOf(id, DiagramBoxKind.NETWORK, title, {
    lines,
    boxes: groups.map((group) => groupBox(id, group)),
  });
}

/** One broker. */
interface Rank {
  readonly host: string;
  readonly whereabouts: Whereabouts;
}

function ranksOf({ runs }: Overlay): readonly Rank[] {
  return runs.flatMap(({ hosts, whereabouts }) =>
    Array.from({ length: hosts.count }, (_, index) => ({
      host: hostAt(hosts, index),
      whereabouts,
    })),
  );
}

/** Brokers that share a box. */
interface Group {
  readonly ranks: number[];
  readonly hosts: string[];
  readonly whereabouts: Whereabouts;
}

/** By level and whereabouts, in the order of their first ranks; few brokers have a box each. */
function groupsOf(ranks: readonly Rank[], parents: readonly number[] | undefined): readonly Group[] {
  const isFew = ranks.length <= FEW_BROKERS;
  const levels: number[] = [];
  const groups = new Map<string, Group>();
  ranks.forEach(({ host, whereabouts }, rank) => {
    const level = rank === 0 ? 0 : (levels[parents?.[rank] ?? 0] ?? 0) + 1;
    levels.push(level);
    const key = isFew && whereabouts === Whereabouts.HERE ? String(rank) : `${level} ${whereabouts}`;
    const group = groups.get(key) ?? { ranks: [], hosts: [], whereabouts };
    groups.set(key, group);
    group.ranks.push(rank);
    group.hosts.push(host);
  });
  return [...groups.values()];
}

/** Each pair of boxes with a parent in one and a child in the other; the arrow says how many children a parent has. */
function connectGroups(
  groups: readonly Group[],
  parents: readonly number[] | undefined,
  id: string,
  sketch: Sketch,
): void {
  if (!parents) return;
  const groupOf = new Map(groups.flatMap((group) => group.ranks.map((rank) => [rank, group] as const)));
  for (const group of groups) {
    const children = new Map<Group, Map<number, number>>();
    for (const rank of group.ranks) {
      const parent = parents[rank] ?? -1;
      const above = groupOf.get(parent);
      if (!above) continue;
      const counts = children.get(above) ?? new Map<number, number>();
      children.set(above, counts.set(parent, (counts.get(parent) ?? 0) + 1));
    }
    for (const [above, counts] of children)
      sketch.parent(boxId(id, above), boxId(id, group), childrenLine(group, above, counts));
  }
}

function childrenLine(group: Group, above: Group, counts: ReadonlyMap<number, number>): string {
  if (group.ranks.length === 1) return '';
  const most = Math.max(...counts.values());
  return above.ranks.length === 1 ? counted(most, 'child', 'children') : `up to ${most} each`;
}

function boxId(id: string, { ranks }: Group): string {
  return `${id}/${ranks[0] ?? 0}`;
}

const WHERE: Readonly<Record<Whereabouts, string | undefined>> = {
  [Whereabouts.HERE]: undefined,
  [Whereabouts.LATER]: 'may join later',
  [Whereabouts.ELSEWHERE]: 'in another cluster',
};

/** Brokers in one place of which only the first and the last are looked at. */
interface Crowd {
  readonly count: number;
  readonly ranks: readonly [number, number];
  readonly hosts: readonly [string, string];
}

/** The lead, and a box for each place that hosts are in. */
function crowdBoxes({ id, runs }: Overlay): readonly DiagramBox[] {
  const boxes: DiagramBox[] = [];
  const crowds = new Map<Whereabouts, Crowd>();
  let rank = 0;
  for (const { hosts, whereabouts } of runs.filter((run) => run.hosts.count > 0)) {
    if (rank === 0) boxes.push(groupBox(id, { ranks: [0], hosts: [hostAt(hosts, 0)], whereabouts }));
    const start = rank === 0 ? 1 : 0;
    const { count = 0, ranks, hosts: known } = crowds.get(whereabouts) ?? {};
    const last = rank + hosts.count - 1;
    if (start < hosts.count)
      crowds.set(whereabouts, {
        count: count + hosts.count - start,
        ranks: [ranks?.[0] ?? rank + start, last],
        hosts: [known?.[0] ?? hostAt(hosts, start), hostAt(hosts, hosts.count - 1)],
      });
    rank = last + 1;
  }
  return [...boxes, ...Array.from(crowds, ([whereabouts, crowd]) => crowdBox(id, whereabouts, crowd))];
}

function crowdBox(id: string, whereabouts: Whereabouts, { count, ranks, hosts }: Crowd): DiagramBox {
  const [first, last] = ranks;
  const title = last - first + 1 === count ? `ranks ${first}–${last}` : `some of the ranks ${first}–${last}`;
  return boxOf(`${id}/${whereabouts}`, DiagramBoxKind.BROKER, title, {
    lines: [`${counted(count, 'broker')}, ${hosts.join(' to ')}`, WHERE[whereabouts]],
    isApart: whereabouts !== Whereabouts.HERE,
  });
}

function groupBox(id: string, group: Group): DiagramBox {
  const { ranks, whereabouts } = group;
  const isLead = ranks[0] === 0;
  const name = `${ranks.length === 1 ? 'rank' : 'ranks'} ${numbersLine(ranks)}`;
  return boxOf(boxId(id, group), DiagramBoxKind.BROKER, isLead ? `${name}, the lead broker` : name, {
    lines: [
      ranks.length > 2 ? `${counted(ranks.length, 'broker')}, ${hostsLine(group)}` : hostsLine(group),
      WHERE[whereabouts],
    ],
    isApart: whereabouts !== Whereabouts.HERE,
  });
}

function hostsLine({ ranks, hosts }: Group): string {
  const isGapless = (ranks.at(-1) ?? 0) - (ranks[0] ?? 0) + 1 === ranks.length;
  return isGapless ? rangeLine(hosts) : listed(hosts);
}
