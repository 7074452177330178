/** What several applications in one pod must not do. */
import { JobCluster } from '../job/job-cluster';
import { VIEW } from '../job/flux-source';
import { isLabel } from '../kubernetes-names';
import { SecurityContext } from '../minicluster/api/kubernetes';
import { Report, Rule, RuleText } from '../minicluster/rules/rule';
import { amountOf } from '../quantity';
import { Severity } from '../problems';
import { ApplicationsCluster, fluxionPorts } from './brokers';
import { APPLICATION_INPUT_RULES, applicationRule } from './input-rules';
import { QUEUE, ReadBroker } from './read-input';
import { MachineSharing } from './spec';

/** Volumes are called after it: flux-scripts-<name>. */
const LONGEST_NAME = 50;
const HIGHEST_PORT = 65535;
/** The longest rundir that a broker takes: sockets have room in it (rundir.c of flux-core). */
const LONGEST_RUNDIR = 96;
/** Cores in a graph that the Fluxion service takes: 13,500 were seen to go in, 14,000 were not. */
const MOST_IN_A_GRAPH = 13_000;

export const APPLICATION_RULES: readonly Rule<ApplicationsCluster>[] = [
  {
    ...applicationRule(
      'MA003',
      'is no name that an application can have',
      'Containers of a pod, and the queues of an instance, have different names; Kubernetes refuses the pods.',
      `use lower-case letters, digits and -, up to ${LONGEST_NAME} of them, another name for each`,
    ),
    check: ({ read, queue, brokers }, report) => {
      const taken = new Set([QUEUE, queue.spec.flux?.container?.name ?? VIEW]);
      for (const { name, path } of read.brokers.slice(1)) {
        if (!isLabel(name) || name.length > LONGEST_NAME) report(`${path}.name`, name);
        else if (taken.has(name))
          report(
            `${path}.name`,
            name,
            'is the name of another container of the pods',
            'call it something else',
          );
        taken.add(name);
      }
      tellLongFolders(brokers, read.brokers, report);
    },
  },
  {
    ...applicationRule(
      'MA004',
      'is another user than the one that all containers run as',
      'A broker trusts its own user alone: the queue could not hand a job over, and its socket would refuse flux-app.',
      'leave it out, and write runAsUser and runAsGroup once, for the cluster',
    ),
    check: ({ read, queue, brokers }, report) => {
      const common: SecurityContext = queue.spec.pod?.securityContext ?? {};
      const look = (context: SecurityContext | undefined, path: string): void => {
        for (const field of ['runAsUser', 'runAsGroup'] as const) {
          const given = context?.[field];
          if (given !== undefined && given !== common[field])
            report(
              `${path}.securityContext.${field}`,
              given,
              `is not ${common[field] ?? 0}, which all containers run as`,
            );
        }
        if (context?.runAsNonRoot && common.runAsUser === 0)
          report(
            `${path}.securityContext.runAsNonRoot`,
            true,
            'refuses the user 0, which all containers run as',
            'write runAsUser for the cluster, or leave it out',
          );
      };
      look(read.podSecurityContext, 'pod');
      brokers.forEach(({ runner }, index) =>
        look(runner?.container.securityContext, read.brokers[index]?.path ?? ''),
      );
      look(queue.spec.flux?.container?.securityContext, 'flux.container');
    },
  },
  {
    ...applicationRule(
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
    ...applicationRule(
      'MA006',
      'goes with MachineSharing.FLUXION, and only with that',
      'There is no image with the Fluxion service, or with its client, that the library could name by its digest.',
      'write fluxion: { serviceImage, controllerImage }, or leave it out',
    ),
    check: ({ read, sharing }, report) => {
      if (sharing !== MachineSharing.FLUXION) {
        if (read.fluxion) report('fluxion', read.fluxion);
        return;
      }
      for (const field of ['serviceImage', 'controllerImage'] as const) {
        const image: unknown = read.fluxion?.[field];
        if (typeof image !== 'string' || image.trim() === '')
          report(
            `fluxion.${field}`,
            image,
            'is missing',
            'name the image, best with its digest (NAME@sha256:…)',
          );
      }
    },
  },
  {
    ...applicationRule(
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
    ...applicationRule(
      'MA007',
      'can not be said of several brokers at once',
      'They would all have the same port, socket or host list, and only one of them could start.',
      'leave it out',
    ),
    check: ({ queue: { spec } }, report) => {
      const { flux = {} } = spec;
      for (const field of [
        'brokerConfig',
        'bursting',
        'minimalService',
        'disableSocket',
        'submitCommand',
      ] as const) {
        if (flux[field]) report(`flux.${field}`, flux[field]);
      }
    },
  },
  {
    ...applicationRule(
      'MA008',
      'is a port that something else in the pods has',
      'All containers of a pod share its addresses: the second one fails to listen.',
      'write another one; the brokers take one port each, from port on',
    ),
    check: ({ read, brokers, queue, sharing }, report) => {
      const taken = new Map<number, string>();
      brokers.forEach(({ port }, index) =>
        taken.set(port, `the broker of ${read.brokers[index]?.name ?? ''}`),
      );
      const last = queue.port + brokers.length - 1;
      if (queue.port <= HIGHEST_PORT && last > HIGHEST_PORT)
        report('port', queue.port, `leaves no port for the last of ${brokers.length} brokers, ${last}`);
      const take = (port: number, path: string): void => {
        const owner = taken.get(port);
        if (owner !== undefined) report(path, port, `is the port of ${owner}`);
        taken.set(port, path);
      };
      if (sharing === MachineSharing.FLUXION) take(fluxionPorts(read).controller, 'fluxion.controllerPort');
      brokers.forEach(({ runner, port }, index) => {
        // The job engine's own rule tells of its broker's, and of what stands twice.
        for (const one of new Set(runner?.container.ports)) {
          if (one !== port) take(one, `${read.brokers[index]?.path ?? ''}.ports`);
        }
      });
    },
  },
  {
    ...applicationRule(
      'MA009',
      'gives every container whole cores of its own, where the kubelet has the static CPU manager',
      'Each container would see other cores than the queue books, and the pods would end with a sentence that says so.',
      'leave the CPU limits of the queue, or of an application, out',
      Severity.WARNING,
    ),
    check: ({ sharing, brokers }, report) => {
      if (sharing !== MachineSharing.STATIC && brokers.every(isPinned))
        report('applications', undefined, undefined);
    },
  },
  {
    ...applicationRule(
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
];

function tellLongFolders(brokers: readonly JobCluster[], read: readonly ReadBroker[], report: Report): void {
  brokers.forEach(({ broker, root }, index) => {
    const { length } = `${broker.place}/config/run/flux`;
    const { name = '', path = '' } = read[index] ?? {};
    if (length <= LONGEST_RUNDIR || name.length > LONGEST_NAME) return;
    const [field, value] = index === 0 ? ['flux.container.mountPath', root] : [`${path}.name`, name];
    report(
      field,
      value,
      `makes the folder of a broker's sockets a path of ${length} characters, and Flux takes ${LONGEST_RUNDIR}`,
      'shorten it, or flux.container.mountPath',
    );
  });
}

/** Rules that need to know how the cores are shared. */
export const OF_SHARING: readonly string[] = ['MA005', 'MA006', 'MA009', 'MA010'];

function tellDevices(limits: Readonly<Record<string, string>>, path: string, report: Report): void {
  for (const name of Object.keys(limits)) {
    if (/gpu/i.test(name) && name.includes('/')) report(`${path}.resources.limits`, name);
  }
}

/** Does Kubernetes guarantee this container whole cores? Requests that are left out are the limits. */
function isPinned({ runner }: JobCluster): boolean {
  const { limits = {}, requests = {} } = runner?.container.resources ?? {};
  const isEqual = (name: string): boolean =>
    limits[name] !== undefined && amountOf(requests[name] ?? limits[name]) === amountOf(limits[name]);
  return isEqual('cpu') && isEqual('memory') && Number.isInteger(amountOf(limits.cpu ?? ''));
}

/** What they say, those included that are checked while an input is read. */
export const APPLICATION_RULE_TEXTS: readonly RuleText[] = [
  ...Object.values(APPLICATION_INPUT_RULES),
  ...APPLICATION_RULES,
];
