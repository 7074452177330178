/** The scripts and programs that brokers of one pod need besides those that every broker needs: paths below `assets/`. */
import { MachineSharing } from './spec';

const EVERYWHERE = below('applications', [
  'application-pod.sh',
  'companions.sh',
  'flux-app.sh',
  'flux_app.py',
  'only_from_queue.py',
]);

const HAND_OVER = below('applications', [
  'application-run.sh',
  'application-end.sh',
  'application_end.py',
  'only_handed_over.py',
]);

/** The controller, which is its own client: any container may submit. */
const FLUXION = below('fluxion', [
  'fluxion_controller.py',
  'fluxion_auth.py',
  'fluxion_client.py',
  'fluxion_flux.py',
  'fluxion_graph.py',
  'fluxion_job.py',
  'fluxion_journal.py',
  'fluxion_ledger.py',
  'fluxion_pod.py',
  'fluxion_rebook.py',
  'fluxion_records.py',
  'fluxion_scheduler.py',
  'fluxion_server.py',
  'fluxion_service.py',
  'fluxion_start.py',
]);

function below(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${folder}/${name}`);
}

/** The scripts of one of the brokers. */
export function scriptsOf(sharing: MachineSharing, index: number): readonly string[] {
  if (sharing === MachineSharing.FLUXION) return [...EVERYWHERE, ...FLUXION];
  return sharing === MachineSharing.QUEUE && index === 0 ? [...EVERYWHERE, ...HAND_OVER] : EVERYWHERE;
}
