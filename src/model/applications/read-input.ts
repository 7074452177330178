/** Takes the input of a cluster with several applications apart: into one input of the job engine for each broker. */
import { MiniClusterJobInput } from '../job/input';
import { ReadJobInput, readJobInput } from '../job/read-input';
import { Problem, Severity } from '../problems';
import { Tree, isTree } from '../tree';
import { problemOf } from '../minicluster/rules/rule';
import { APPLICATION_INPUT_RULES } from './input-rules';
import {
  ApplicationInput,
  FluxionInput,
  MachineSharing,
  MultiApplicationClusterInput,
  QueueInput,
} from './spec';

/** Name of the container in which jobs are submitted. */
export const QUEUE = 'queue';

/** The container of a broker, read. */
export interface ReadBroker {
  readonly name: string;
  /** What messages call it: `queue` or `applications[0]`. */
  readonly path: string;
  /** Cores of its own. */
  readonly cores?: number;
  readonly input: ReadJobInput;
}

/** An input, read. */
export interface ReadApplications {
  readonly sharing: MachineSharing;
  readonly fluxion?: FluxionInput;
  /** The queue's, then those of the applications. */
  readonly brokers: readonly ReadBroker[];
  readonly problems: Problem[];
}

type Flags<Input> = Readonly<Record<keyof Input, true>>;

const HOOKS = { init: true, pre: true, brokerPre: true, workerPre: true, post: true } as const;

const CONTAINER = {
  workingDir: true,
  environment: true,
  secrets: true,
  volumes: true,
  resources: true,
  ports: true,
  commands: true,
  lifeCycle: true,
  securityContext: true,
  imagePullPolicy: true,
  imagePullSecret: true,
  pullSecret: true,
} as const;
const OF_APPLICATION: Flags<ApplicationInput> = {
  ...CONTAINER,
  name: true,
  image: true,
  cores: true,
  staging: true,
};
const OF_QUEUE: Flags<QueueInput> = { ...CONTAINER, image: true, command: true };
const OF_FLUXION: Flags<FluxionInput> = {
  serviceImage: true,
  controllerImage: true,
  servicePort: true,
  controllerPort: true,
  resources: true,
};

/** What the job engine has and this has not, with what says the same here. */
const INSTEAD: Readonly<Record<string, string>> = {
  containers: 'write applications and queue',
  interactive: 'leave it out: without queue.command the cluster waits for whoever connects',
  tasks: 'say it to flux-app, for each job',
  staging: 'write it for an application',
  oversubscribe: 'leave it out: nothing is oversubscribed',
};

/** Reads an input, which may be anything: callers in JavaScript and YAML have no compiler. */
export function readApplications(
  input: MultiApplicationClusterInput,
  known: ReadonlySet<string>,
): ReadApplications {
  const problems: Problem[] = [];
  const given: Tree = isTree(input) ? { ...input } : {};
  const { applications, queue, sharing, fluxion, runAsUser, runAsGroup, ...base } = given;
  for (const [field, fix] of Object.entries(INSTEAD)) {
    if (base[field] === undefined) continue;
    problems.push(unknown(field, base[field], 'a MultiApplicationCluster', fix));
    Reflect.deleteProperty(base, field);
  }
  const chosen = readSharing(sharing, problems);
  const readFluxion = readTree(fluxion, 'fluxion', OF_FLUXION, problems) as FluxionInput | undefined;
  const pod = { ...(isTree(base.pod) ? base.pod : {}) };
  const securityContext = {
    runAsUser: 0,
    runAsGroup: 0,
    ...(isTree(pod.securityContext) ? pod.securityContext : {}),
  };
  if (runAsUser !== undefined) securityContext.runAsUser = runAsUser as number;
  if (runAsGroup !== undefined) securityContext.runAsGroup = runAsGroup as number;
  const shared = { ...base, pod: { ...pod, securityContext } };
  const reader = new BrokerReader(shared, known, problems);
  reader.readQueue(readTree(queue, 'queue', OF_QUEUE, problems), readFluxion);
  reader.readApplications(applications);
  return { sharing: chosen, fluxion: readFluxion, brokers: reader.brokers, problems };
}

function readSharing(given: unknown, problems: Problem[]): MachineSharing {
  if (given === undefined) return MachineSharing.QUEUE;
  const known = Object.values(MachineSharing).find((one) => one === given);
  if (!known) problems.push(problemOf(APPLICATION_INPUT_RULES.sharing, 'sharing', given));
  return known ?? MachineSharing.QUEUE;
}

/** A copy of an object that has these fields alone. */
function readTree(
  given: unknown,
  path: string,
  fields: Readonly<Record<string, true>>,
  problems: Problem[],
): Tree | undefined {
  if (given === undefined) return undefined;
  if (!isTree(given)) {
    problems.push(wrongType(path, given, 'an object'));
    return undefined;
  }
  const copy: Tree = {};
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (Object.hasOwn(fields, field)) copy[field] = value;
    else problems.push(unknown(`${path}.${field}`, value, `${path.replace(/\[\d+\]$/, '')} here`));
  }
  return copy;
}

/** Makes an input of the job engine for each broker, and tells its problems in terms of this one. */
class BrokerReader {
  public readonly brokers: ReadBroker[] = [];

  public constructor(
    private readonly base: Tree,
    private readonly known: ReadonlySet<string>,
    private readonly problems: Problem[],
  ) {}

  public readQueue(given: Tree = {}, fluxion?: FluxionInput): void {
    const { command, ...container } = given;
    const image = container.image ?? fluxion?.controllerImage;
    const commands = hooksOf(container.commands, 'queue', this.problems);
    const text = command === undefined || command === '' ? undefined : command;
    if (text !== undefined && typeof text !== 'string')
      this.problems.push(wrongType('queue.command', text, 'a string'));
    const runner = {
      ...container,
      image,
      ...(typeof text === 'string'
        ? { commands: { ...commands, script: text }, launcher: true }
        : { commands }),
    };
    this.add({ name: QUEUE, path: 'queue' }, { ...this.base, interactive: text === undefined }, runner);
  }

  public readApplications(given: unknown): void {
    const list = Array.isArray(given) ? (given as unknown[]) : [];
    if (list.length === 0) this.problems.push(problemOf(APPLICATION_INPUT_RULES.none, 'applications', given));
    // What belongs to the cluster as a whole is the queue's.
    const { archive: _archive, services: _services, ...base } = this.base;
    list.forEach((one, index) => {
      const path = `applications[${index}]`;
      const read = readTree(one, path, OF_APPLICATION, this.problems) ?? {};
      const { name, cores, staging, ...container } = read;
      for (const field of ['name', 'image'] as const) {
        if (typeof read[field] !== 'string')
          this.problems.push(
            read[field] === undefined
              ? missing(`${path}.${field}`)
              : wrongType(`${path}.${field}`, read[field], 'a string'),
          );
      }
      if (cores !== undefined && !(Number.isInteger(cores) && (cores as number) > 0))
        this.problems.push(wrongType(`${path}.cores`, cores, 'a whole number of at least 1'));
      const commands = hooksOf(container.commands, path, this.problems);
      this.add(
        {
          name: typeof name === 'string' ? name : '',
          path,
          cores: typeof cores === 'number' ? cores : undefined,
        },
        { ...base, interactive: true, ...(staging !== undefined && { staging }) },
        { ...container, commands },
      );
    });
  }

  private add({ name, path, cores }: Omit<ReadBroker, 'input'>, base: Tree, container: Tree): void {
    const input = readJobInput(
      { ...base, containers: [container] } as unknown as MiniClusterJobInput,
      this.known,
    );
    const isFirst = this.brokers.length === 0;
    for (const problem of input.problems) {
      const own = pathOf(problem.path, path);
      if (isFirst || own !== problem.path) this.problems.push({ ...problem, path: own });
    }
    this.brokers.push({ name, path, cores, input });
  }
}

/** Only hooks that such a container runs. */
function hooksOf(given: unknown, path: string, problems: Problem[]): Tree | undefined {
  return readTree(given, `${path}.commands`, HOOKS, problems);
}

/** The path of a problem in the job engine's input, as it is in this one. */
export function pathOf(path: string, broker: string): string {
  if (path.startsWith('containers[0]')) {
    const rest = path.slice('containers[0]'.length);
    return broker + (broker === 'queue' && rest === '.commands.script' ? '.command' : rest);
  }
  if (broker !== 'queue' && path.startsWith('staging')) return `${broker}.${path}`;
  if (path === 'pod.securityContext.runAsUser') return 'runAsUser';
  if (path === 'pod.securityContext.runAsGroup') return 'runAsGroup';
  return path;
}

function unknown(path: string, value: unknown, where: string, fix = 'leave it out'): Problem {
  return { code: 'MC100', severity: Severity.ERROR, path, value, message: `is not a field of ${where}`, fix };
}

function missing(path: string): Problem {
  return { code: 'MC102', severity: Severity.ERROR, path, message: 'is missing', fix: 'add it as a string' };
}

function wrongType(path: string, value: unknown, type: string): Problem {
  return {
    code: 'MC101',
    severity: Severity.ERROR,
    path,
    value,
    message: `must be ${type}`,
    fix: `write ${type}`,
  };
}
