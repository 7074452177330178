/** What the rules say that are checked while an input is read. */
import { JOB_ENGINE } from '../minicluster/rules/releases';
import { RuleText } from '../minicluster/rules/rule';
import { Severity } from '../problems';

/** A rule of clusters with several applications. */
export function applicationRule(
  code: string,
  title: string,
  consequence: string,
  remedy: string,
  severity = Severity.ERROR,
): RuleText {
  return { code, traps: [], severity, releases: [JOB_ENGINE], title, consequence, remedy };
}

export const APPLICATION_INPUT_RULES = {
  sharing: applicationRule(
    'MA001',
    'is no way to share the cores',
    'The library does not guess what is meant.',
    'write MachineSharing.QUEUE, MachineSharing.FLUXION or MachineSharing.STATIC: queue, fluxion or static',
  ),
  none: applicationRule(
    'MA002',
    'must be a list with at least one application',
    'There would be a queue, and nothing that it could hand its jobs to.',
    "write [{ name: 'lammps', image: '…' }], or use MiniClusterJob for a cluster with one container",
  ),
} as const;
