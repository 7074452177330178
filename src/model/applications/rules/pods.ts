/** Names, users, ports and options that several brokers of one pod can't have. */
import { VIEW } from '../../job/flux-source';
import { JobCluster } from '../../job/job-cluster';
import { isLabel } from '../../kubernetes-names';
import { SecurityContext } from '../../minicluster/api/kubernetes';
import { Report, Rule } from '../../minicluster/rules/rule';
import { ApplicationsCluster, fluxionPorts } from '../brokers';
import { jobRule } from '../../job/rules/option-rules';
import { QUEUE, ReadBroker } from '../read-input';
import { MachineSharing } from '../spec';

/** Volumes are called after it: flux-scripts-<name>. */
const LONGEST_NAME = 50;
const HIGHEST_PORT = 65535;
/** The longest rundir that a broker takes: sockets have room in it (rundir.c of flux-core). */
const LONGEST_RUNDIR = 96;

export const POD_RULES: readonly Rule<ApplicationsCluster>[] = [
  {
    ...jobRule(
      'MA015',
      'does not fit pods in which no container goes on without the others',
      'A container that is started again alone finds the others ended, and ends: it would be started for ever.',
      "leave it out: 'Never' is the default, brokers are started again within their containers, and backoffLimit replaces pods",
    ),
    check: ({ queue: { spec } }, report) => {
      const { restartPolicy } = spec.pod ?? {};
      if (restartPolicy !== undefined && restartPolicy !== 'Never')
        report('pod.restartPolicy', restartPolicy);
    },
  },
  {
    ...jobRule(
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
    ...jobRule(
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
    ...jobRule(
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
    ...jobRule(
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
    ...jobRule(
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
