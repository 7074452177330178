/** How the cores of the pods are shared, and what would break that. */
import { FluxFrom } from '../../job/input';
import { JobCluster } from '../../job/job-cluster';
import { ResourceRequirements } from '../../minicluster/api/kubernetes';
import { Report, Rule } from '../../minicluster/rules/rule';
import { Severity } from '../../problems';
import { amountOf } from '../../quantity';
import { ApplicationsCluster } from '../brokers';
import { jobRule } from '../../job/rules/option-rules';
import { MachineSharing } from '../spec';

/** Cores in a graph that the Fluxion service takes: 13,500 were seen to go in, 14,000 were not. */
const MOST_IN_A_GRAPH = 13_000;

export const CORE_RULES: readonly Rule<ApplicationsCluster>[] = [
  {
    ...jobRule(
      'MA005',
      'goes with MachineSharing.STATIC, and only with that',
      'An application without cores could run nothing, and elsewhere the queue decides who gets which.',
      'give each application its cores, or share them by the queue',
    ),
    check: ({ read, sharing }, report) => {
      const isStatic = sharing === MachineSharing.STATIC;
      for (const { cores, path } of read.brokers.slice(1)) {
        if (isStatic && cores === undefined)
          report(`${path}.cores`, undefined, 'is missing', 'write how many cores of each pod are its own');
        else if (!isStatic && cores !== undefined) report(`${path}.cores`, cores);
      }
      const common = read.brokers[0]?.input.options.cores;
      if (isStatic && common !== undefined)
        report('cores', common, 'says nothing here', 'write cores for each application');
    },
  },
  {
    ...jobRule(
      'MA011',
      'is more than one message to the Fluxion service holds',
      'The service takes messages of 4 MiB, and the graph of the machine is one: the controller could never start.',
      `plan with up to ${MOST_IN_A_GRAPH} cores, or share them by MachineSharing.QUEUE`,
    ),
    check: ({ sharing, queue: { broker, maxSize, spec } }, report) => {
      const cores = (broker.cores ?? 1) * maxSize;
      if (sharing === MachineSharing.FLUXION && cores > MOST_IN_A_GRAPH)
        report(
          spec.maxSize === undefined ? 'size' : 'maxSize',
          maxSize,
          `times the cores of a pod is ${cores}, more than the Fluxion service takes`,
        );
    },
  },
  {
    ...jobRule(
      'MA009',
      'asks for whole cores in a pod of the class Guaranteed',
      'Where the kubelet has the static CPU manager it gives this container cores of its own: the queue would book others, and ' +
        'the pods end with a sentence that says so.',
      'leave the CPU limit of one container out, the queue for example',
      Severity.WARNING,
    ),
    check: ({ sharing, brokers, queue, read }, report) => {
      if (sharing === MachineSharing.STATIC || !isGuaranteed(queue, brokers)) return;
      brokers.forEach(({ runner }, index) => {
        const cpu = runner?.container.resources?.limits?.cpu;
        if (cpu !== undefined && Number.isInteger(amountOf(cpu)))
          report(`${read.brokers[index]?.path ?? ''}.resources.limits.cpu`, cpu);
      });
    },
  },
  {
    ...jobRule(
      'MA010',
      'is a device that only this container sees',
      'The queue plans with what its own container sees: jobs that ask for GPUs can not be satisfied.',
      'submit jobs without -g and let the application find its devices, or share them by MachineSharing.STATIC',
      Severity.WARNING,
    ),
    check: ({ read, sharing, brokers }, report) => {
      if (sharing === MachineSharing.STATIC) return;
      brokers
        .slice(1)
        .forEach(({ runner }, index) =>
          tellDevices(runner?.container.resources?.limits ?? {}, read.brokers[index + 1]?.path ?? '', report),
        );
    },
  },
  {
    ...jobRule(
      'MA012',
      'lets two pods share a node, and the brokers of both plan with the same cores',
      'Jobs of the two pods run on one core at once.',
      'leave it out, or say by cores or CPU limits which part of a node a pod has',
      Severity.WARNING,
    ),
    check: ({ sharing, queue: { options, broker, maxSize } }, report) => {
      const isShare = sharing !== MachineSharing.STATIC && broker.cores !== undefined;
      if (options.onePodPerNode !== false || maxSize === 1 || isShare) return;
      const fix = sharing === MachineSharing.STATIC ? 'leave it out' : undefined;
      report('onePodPerNode', false, undefined, fix);
    },
  },
  {
    ...jobRule(
      'MA014',
      'is less CPU time than the cores that its jobs are given',
      'The kernel slows the tasks down to the limit.',
      'raise the limit, leave it out, or plan with fewer cores',
      Severity.WARNING,
    ),
    check: ({ brokers, read }, report) => {
      brokers.slice(1).forEach(({ runner, broker: { cores } }, index) => {
        const limit = runner?.container.resources?.limits?.cpu;
        if (limit !== undefined && cores !== undefined && Math.max(1, amountOf(limit)) < cores)
          report(`${read.brokers[index + 1]?.path ?? ''}.resources.limits.cpu`, limit);
      });
    },
  },
  {
    ...jobRule(
      'MA013',
      "is of the queue's instance, which runs nothing where the applications do not take their jobs from it",
      'It would be saved and restored empty.',
      'leave it out, or share the cores by MachineSharing.QUEUE',
    ),
    check: ({ sharing, queue: { archive } }, report) => {
      if (sharing !== MachineSharing.QUEUE && archive) report('archive.path', archive.path);
    },
  },
];

/** Rules that need to know how the cores are shared. */
export const OF_SHARING: readonly string[] = ['MA005', 'MA006', 'MA009', 'MA010', 'MA012', 'MA013', 'MA014'];

function tellDevices(limits: Readonly<Record<string, string>>, path: string, report: Report): void {
  for (const name of Object.keys(limits)) {
    if (/gpu/i.test(name) && name.includes('/')) report(`${path}.resources.limits`, name);
  }
}

/** Does Kubernetes promise the pods all that they ask for? Only if every container has limits for both. */
function isGuaranteed({ fluxFrom, spec }: JobCluster, brokers: readonly JobCluster[]): boolean {
  const copies = fluxFrom === FluxFrom.VIEW_COPY ? [spec.flux?.container?.resources] : [];
  const all = [...copies, ...brokers.map(({ runner }) => runner?.container.resources)];
  return all.every(isPromised);
}

/** Requests that are left out are the limits. */
function isPromised({ limits = {}, requests = {} }: ResourceRequirements = {}): boolean {
  return ['cpu', 'memory'].every(
    (name) =>
      limits[name] !== undefined && amountOf(requests[name] ?? limits[name]) === amountOf(limits[name]),
  );
}
