/** What the configuration of a broker has because it shares its pod with others. */
import { SCRIPTS } from '../job/script-files';
import { MachineSharing } from './spec';

/** An ingest validator that refuses what comes from people. */
const CLOSED = validatedBy('jobspec', `${SCRIPTS}/only_from_queue.py`);

/** Those of a broker that takes jobs: what can never run is refused at once. */
const OPEN = validatedBy('jobspec', 'feasibility');

/** Jobs of the past that an application's broker remembers: the queue remembers them all. */
const REMEMBERED = 1000;

/** How long tasks may take to end, in the queue: longer than the 5 s of the applications, whose jobs end first. */
const KILL_TIMEOUT = '10s';

/** The tables of one of the brokers. */
export function tablesOf(sharing: MachineSharing, index: number, names: readonly string[]): object {
  if (sharing === MachineSharing.STATIC) return index === 0 ? CLOSED : OPEN;
  if (index > 0) {
    return {
      ...CLOSED,
      'job-manager': { 'inactive-num-limit': REMEMBERED, plugins: [{ load: 'alloc-bypass.so' }] },
    };
  }
  return sharing === MachineSharing.FLUXION ? CLOSED : queueTables(names);
}

/** A queue of Flux for each application, without resources of its own: all of them book from the same cores. */
function queueTables(names: readonly string[]): object {
  return {
    ...validatedBy('jobspec', 'feasibility', `${SCRIPTS}/only_handed_over.py`),
    queues: Object.fromEntries(names.map((name) => [name, {}])),
    policy: { jobspec: { defaults: { system: { queue: names[0] } } } },
    exec: { 'kill-timeout': KILL_TIMEOUT },
    'job-manager': {
      plugins: [{ load: 'perilog.so' }],
      epilog: { command: ['/bin/bash', `${SCRIPTS}/application-end.sh`] },
    },
  };
}

function validatedBy(...plugins: readonly string[]): object {
  return { ingest: { validator: { plugins } } };
}
