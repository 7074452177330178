/** What the rules say that are checked while an input is read. */
import { jobRule } from '../job/rules/option-rules';

export const APPLICATION_INPUT_RULES = {
  sharing: jobRule(
    'MA001',
    'is no way to share the cores',
    'The library does not guess what is meant.',
    'write MachineSharing.QUEUE, MachineSharing.FLUXION or MachineSharing.STATIC: queue, fluxion or static',
  ),
  none: jobRule(
    'MA002',
    'must be a list with at least one application',
    'There would be a queue, and nothing that it could hand its jobs to.',
    "write [{ name: 'lammps', image: '…' }], or use MiniClusterJob for a cluster with one container",
  ),
} as const;
