/**
 * What builds of the branch multiple-applications-per-pod do with several brokers in each pod. Found by reading the branch
 * at f380ce48 (api/v1alpha2/minicluster_types.go, controllers/flux/containers.go, pkg/flux/view.go, pkg/flux/templates) and
 * by running what it renders.
 */
import { isLabel } from '../../kubernetes-names';
import { Severity } from '../../problems';
import { Commands, Container } from '../api/container';
import { Cluster, LocatedContainer, RunMode, wrappedSidecars } from '../cluster';
import { isGiven } from './common/containers';
import { SILENT, USE_MULTI_APPLICATION_CLUSTER } from './common/operator-validation';
import { MULTIPLE_APPLICATIONS_ONLY } from './releases';
import { Report, Rule } from './rule';

/** What the entrypoint looks at in its block for the lead alone. */
const OF_THE_LEAD: readonly (keyof Container)[] = ['command', 'batch', 'batchRaw', 'launcher'];
const HOOKS_OF_THE_LEAD: readonly (keyof Commands)[] = ['script', 'brokerPre', 'prefix', 'servicePre'];

/** Are there several brokers in each pod? */
function isShared({ applications }: Cluster): boolean {
  return applications.length > 0;
}

const OF_EACH_BROKER = `leave it out; for anything else ${USE_MULTI_APPLICATION_CLUSTER}`;

/** An error about a field of the spec that all brokers of a pod would share. */
function sharedBy(
  code: string,
  path: string,
  valueOf: (cluster: Cluster) => unknown,
  text: Pick<Rule<Cluster>, 'title' | 'consequence'>,
): Rule<Cluster> {
  return {
    code,
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    ...text,
    remedy: OF_EACH_BROKER,
    check: (cluster, report) => {
      if (!isShared(cluster)) return;
      const value = valueOf(cluster);
      if (isGiven(value)) report(path, value);
    },
  };
}

/** Errors: what can't work. */
const ERRORS: readonly Rule<Cluster>[] = [
  {
    code: 'MC180',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'must have a container with runFlux: true, and more than one only with oversubscribe: true',
    consequence: SILENT,
    remedy:
      'set runFlux: true on each container that is to have a broker, and oversubscribe: true for several',
    check: ({ runner, applications, containers }, report) => {
      if (runner || applications.length > 0) return;
      const count = containers.filter(({ container }) => container.runFlux).length;
      if (count === 0) report('containers', undefined, 'must have a container with runFlux: true');
      else
        report(
          'oversubscribe',
          undefined,
          `must be true where several containers run Flux, here ${count} of ${containers.length}`,
        );
    },
  },
  {
    code: 'MC181',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'does not run Flux, but the operator takes the broker of this container alone for a lead',
    consequence:
      'The entrypoint looks at the place in the list instead of the host name: every broker takes itself for a follower, ' +
      'and no command, script or brokerPre ever runs.',
    remedy: 'list a container with runFlux: true first',
    check: ({ containers, runner, applications }, report) => {
      const [first] = containers;
      if (first && first !== runner && (runner ?? applications[0])) report(first.path, first.container.name);
    },
  },
  {
    code: 'MC182',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'has no effect: in every pod container 0 is taken for the lead, and any other for a follower',
    consequence:
      'The broker of a later container starts without its command, script or brokerPre, and is interactive in effect. In ' +
      'container 0 it is workerPre that never runs.',
    remedy:
      'leave it out, and submit through /mnt/flux/view/run/flux/local-N to the broker of container N; in container 0 write ' +
      'commands.pre for what all pods must do',
    check: ({ runner, applications, containers }, report) => {
      const workerPre = runner?.container.commands?.workerPre;
      if (workerPre) {
        const path = `${runner.path}.commands.workerPre`;
        report(path, workerPre, 'has no effect: container 0 is never a follower', 'use commands.pre');
      }
      for (const application of applications)
        reportNeverRun(application, containers.indexOf(application), report);
    },
  },
  {
    code: 'MC183',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'is no name that this container can have in the pod',
    consequence:
      'Containers that run Flux keep their names, and one without is called -1 or the like: Kubernetes refuses the pod, and ' +
      'the operator retries for ever. The file of container 0 in /mnt/flux/view/etc/flux/meta lacks the name.',
    remedy:
      'give each container a name of its own of lower-case letters, digits and -, other than flux.container.name',
    check: checkNames,
  },
  {
    code: 'MC184',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'is not set, and a sidecar waits for the socket of a broker of its own, which it does not have',
    consequence:
      'The entrypoint waits for local-N, where N is the place of the sidecar in the list: its command never starts. It is ' +
      'also listed in /mnt/flux/view/etc/flux/meta like an application.',
    remedy:
      'set flux.noWaitSocket: true and wait in the sidecar for the socket that is meant, such as ' +
      '/mnt/flux/view/run/flux/local-0, or set noWrapEntrypoint: true on it to run the image as it is',
    check: (cluster, report) => {
      const isWaiting = wrappedSidecars(cluster).length > 0 && !cluster.spec.flux?.noWaitSocket;
      if (isWaiting) report('flux.noWaitSocket', cluster.spec.flux?.noWaitSocket);
    },
  },
  sharedBy('MC185', 'flux.brokerConfig', ({ spec }) => spec.flux?.brokerConfig, {
    title: 'is the configuration of every broker of the pod',
    consequence: 'All of them bind one port, and all but the first fail.',
  }),
  sharedBy('MC186', 'flux.bursting', ({ spec }) => spec.flux?.bursting, {
    title: 'can not be had with several brokers in each pod',
    consequence:
      'A leadBroker gives a broken host block, which only flux.brokerConfig could mend, and its one address and port stand ' +
      'for one broker: those of the other containers never find their bursted peers.',
  }),
  sharedBy('MC187', 'flux.minimalService', ({ spec }) => spec.flux?.minimalService, {
    title: 'exposes port 8050 alone, which only the broker of container 0 has',
    consequence: 'The followers of all other containers never reach their lead broker on port 8051 and up.',
  }),
  {
    code: 'MC188',
    traps: [],
    severity: Severity.ERROR,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'is restored by the brokers of every container, and can not be saved',
    consequence:
      'Each instance starts with the jobs of one archive. Saving needs the lead broker of the pod of index 0, and in every pod ' +
      'container 0 takes itself for that.',
    remedy: `leave it out, or ${USE_MULTI_APPLICATION_CLUSTER}`,
    check: ({ spec }, report) => {
      if (spec.archive?.path) report('archive', spec.archive.path);
    },
  },
];

/** Warnings: what works, with a consequence. */
const WARNINGS: readonly Rule<Cluster>[] = [
  {
    code: 'MC190',
    traps: [],
    severity: Severity.WARNING,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'takes itself for the lead in every pod',
    consequence:
      'What is in commands.brokerPre runs in every pod. A follower that does not find the lead in time ends instead of trying again.',
    remedy:
      'write brokerPre so that it may run in every pod, and raise flux.connectTimeout where pods start far apart in time',
    check: ({ runner, containers, maxSize }, report) => {
      if (runner && runner === containers[0] && maxSize > 1) report(runner.path, runner.container.name);
    },
  },
  {
    code: 'MC191',
    traps: [],
    severity: Severity.WARNING,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'lets the brokers of every container book all cores of the nodes',
    consequence:
      'Each has an R with the whole node, whatever its container may use, and none knows of the others: jobs of two ' +
      'applications run on the same cores at once.',
    remedy: `have something outside decide what runs where, as Fluxion does with alloc-bypass.so; or ${USE_MULTI_APPLICATION_CLUSTER}, which brings it`,
    check: (cluster, report) => {
      if (isShared(cluster)) report('oversubscribe', true);
    },
  },
  {
    code: 'MC192',
    traps: [],
    severity: Severity.WARNING,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'makes flux-view.sh name the broker of whichever container starts last',
    consequence:
      'The variable fluxsocket leads to another application from pod to pod, and from one start to the next.',
    remedy: 'name the socket: flux proxy local:///mnt/flux/view/run/flux/local-N for container N',
    check: (cluster, report) => {
      if (isShared(cluster) && !cluster.spec.flux?.container?.disable) report('oversubscribe', true);
    },
  },
  {
    code: 'MC193',
    traps: [],
    severity: Severity.WARNING,
    releases: MULTIPLE_APPLICATIONS_ONLY,
    title: 'keeps the MiniCluster from completing after the command of container 0 has ended',
    consequence:
      'The brokers of the other containers go on: the pods stay Running, and the Job is never Complete.',
    remedy: 'delete the MiniCluster when the command has ended, or set deadlineSeconds',
    check: (cluster, report) => {
      if (isShared(cluster) && cluster.mode !== RunMode.INTERACTIVE) report('oversubscribe', true);
    },
  },
];

/** The rules about several brokers in each pod, none of which any release has. */
export const OVERSUBSCRIBE_RULES: readonly Rule<Cluster>[] = [...ERRORS, ...WARNINGS];

function reportNeverRun({ container, path }: LocatedContainer, index: number, report: Report): void {
  const message = 'has no effect: only container 0 is ever the lead';
  const fix = `leave it out: the broker starts without it, and takes jobs at /mnt/flux/view/run/flux/local-${index}`;
  for (const field of OF_THE_LEAD) {
    if (isGiven(container[field])) report(`${path}.${field}`, container[field], message, fix);
  }
  for (const hook of HOOKS_OF_THE_LEAD) {
    const text = container.commands?.[hook];
    if (text) report(`${path}.commands.${hook}`, text, message, fix);
  }
}

/** Names of sidecars and services, as far as one by itself is wrong, are told for all engines (MC115). */
function checkNames(cluster: Cluster, report: Report): void {
  const { containers, services, runner, applications, metadata, spec } = cluster;
  for (const { container, path } of runner ? [runner, ...applications] : applications) {
    const { name } = container;
    if (name && !isLabel(name)) report(`${path}.name`, name, 'is no name of a container');
    else if (!name && isShared(cluster))
      report(`${path}.name`, name, 'is needed where several containers run Flux');
  }
  const ofTheView = spec.flux?.container?.name ?? 'flux-view';
  // Container 0 alone gets a name where it has none.
  const ofTheFirst = containers[0]?.container.name ? [] : [metadata.name];
  reportTwice(containers, [ofTheView, ...ofTheFirst], report);
  reportTwice(services, [], report);
}

function reportTwice(pod: readonly LocatedContainer[], others: readonly string[], report: Report): void {
  const taken = new Set(others);
  for (const { container, path } of pod) {
    const { name } = container;
    if (!name) continue;
    if (taken.has(name)) report(`${path}.name`, name, 'stands twice in the pod');
    taken.add(name);
  }
}
