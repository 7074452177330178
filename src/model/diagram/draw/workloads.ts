/** The frames of pods, and around those with brokers that of their Flux instance. */
import { HostRun } from '../../flux/host-runs';
import { Broker, Workload } from '../read/workload';
import { DiagramBox, DiagramBoxKind } from '../types';
import { Overlay, RankRun, Whereabouts, overlayFrame } from './overlay';
import { containerId, podBoxes } from './pods';
import { Sketch, boxOf } from './sketch';
import { listed } from './words';

/** Id of the frame of the pods of a workload; without brokers it is the workload's own. */
export function podsId({ id, brokers }: Workload): string {
  return brokers.length === 0 ? id : `${id}/pods`;
}

/** Id of the overlay network of a workload with brokers. */
export function overlayId({ id }: Workload): string {
  return `${id}/network`;
}

/** Draws pods, and what they are for. */
export function workloadFrame(workload: Workload, lines: readonly string[], sketch: Sketch): DiagramBox {
  const { id, title, pods, brokers, maker } = workload;
  const isApart = maker !== undefined;
  const boxes = podBoxes(podsId(workload), workload);
  if (brokers.length === 0)
    return boxOf(id, DiagramBoxKind.PODS, title, { lines: [...lines, pods], boxes, isApart });
  connectSockets(workload, sketch);
  return boxOf(id, DiagramBoxKind.CLUSTER, title, {
    lines,
    boxes: [
      boxOf(podsId(workload), DiagramBoxKind.PODS, `In each of ${pods}`, { boxes }),
      overlayFrame(overlayOf(workload), sketch),
    ],
    isApart,
  });
}

/** Brokers that get their jobs from another one of the same pod. */
function connectSockets(workload: Workload, sketch: Sketch): void {
  const pods = podsId(workload);
  for (const { container, socket = '', takesJobsFrom } of workload.brokers)
    if (takesJobsFrom !== undefined)
      sketch.connect(
        containerId(pods, takesJobsFrom),
        containerId(pods, container),
        `jobs, by ${socket.split('/').at(-1) ?? ''}`,
      );
}

function overlayOf(workload: Workload): Overlay {
  const { brokers, hosts, size, name } = workload;
  const [first] = brokers;
  return {
    id: overlayId(workload),
    title:
      brokers.length > 1
        ? 'Overlay networks, one for each broker of a pod'
        : 'Overlay network of the brokers',
    lines: [portsLine(brokers), topologyLine(first?.topology ?? 'flat')],
    topology: first?.topology ?? 'flat',
    runs: hosts.flatMap((run) => rankRuns(run, name, size)),
  };
}

function portsLine(brokers: readonly Broker[]): string {
  const [first] = brokers;
  if (brokers.length === 1) return `port ${first?.port ?? 0}`;
  return `ports ${listed(
    brokers.map(({ container, port }) => `${port} ${container}`),
    6,
  )}`;
}

/** The shape of a tree in words. */
export function topologyLine(topology: string): string {
  const [scheme, number] = topology.split(':');
  if (topology === 'flat' || topology === 'kary:0') return 'topology flat: all below rank 0';
  if (scheme === 'kary') return `topology ${topology}: up to ${number ?? ''} below each`;
  if (scheme === 'custom') return 'topology custom: parents as broker.toml has them';
  return `topology ${topology}`;
}

/** Which of the hosts there are now: those of the Job's own name up to its size. */
function rankRuns(hosts: HostRun, name: string, size: number): readonly RankRun[] {
  const { head, tail, first } = hosts;
  if (head !== `${name}-` || tail !== '' || first === undefined)
    return [{ hosts, whereabouts: Whereabouts.ELSEWHERE }];
  const now = Math.min(Math.max(size - Number(first), 0), hosts.count);
  const later: HostRun = { ...hosts, first: String(Number(first) + now), count: hosts.count - now };
  return [
    { hosts: { ...hosts, count: now }, whereabouts: Whereabouts.HERE },
    { hosts: later, whereabouts: Whereabouts.LATER },
  ];
}
