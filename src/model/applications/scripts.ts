/** The scripts and programs that brokers of one pod need besides those that every broker needs: paths below `assets/`. */
import { MachineSharing } from './spec';

const EVERYWHERE = [
  'application-pod.sh',
  'companions.sh',
  'flux-app.sh',
  'flux_app.py',
  'only_from_queue.py',
];

/** What the queue's container alone needs. */
const OF_QUEUE: Readonly<Record<MachineSharing, readonly string[]>> = {
  [MachineSharing.QUEUE]: ['application-run.sh', 'application-end.sh', 'application_end.py'],
  [MachineSharing.FLUXION]: [],
  [MachineSharing.STATIC]: [],
};

/** The scripts of one of the brokers. */
export function scriptsOf(sharing: MachineSharing, index: number): readonly string[] {
  const names = index === 0 ? [...EVERYWHERE, ...OF_QUEUE[sharing]] : EVERYWHERE;
  return names.map((name) => `applications/${name}`);
}
