/** Takes the input of a cluster with several applications apart: into one input of the job engine for each broker. */
import { ReadJobInput, readJobInput } from '../job/read-input';
import { SecurityContext } from '../minicluster/api/kubernetes';
import { ContainerInput } from '../minicluster/input';
import { problemOf } from '../minicluster/rules/rule';
import { Problem } from '../problems';
import { Tree, isTree } from '../tree';
import { InputObject, knownFields, missing, wrongType } from './fields';
import { APPLICATION_INPUT_RULES } from './input-rules';
import { FluxionInput, MachineSharing, MultiApplicationClusterInput } from './spec';
import { Origins, isOfBroker, told } from './told';

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
  /** Where the parts of its input come from. */
  readonly origins: Origins;
}

/** An input, read. */
export interface ReadApplications {
  readonly sharing: MachineSharing;
  readonly fluxion?: FluxionInput;
  /** What the pods were told, which runAsUser and runAsGroup come before. */
  readonly podSecurityContext?: SecurityContext;
  /** The queue's, then those of the applications. */
  readonly brokers: readonly ReadBroker[];
  readonly problems: Problem[];
}

/** Default port of the Fluxion service. */
export const FLUXION_PORT = 4242;

/** Reads an input, which may be anything: callers in JavaScript and YAML have no compiler. */
export function readApplications(
  input: MultiApplicationClusterInput,
  known: ReadonlySet<string>,
): ReadApplications {
  const problems: Problem[] = [];
  const given = knownFields(isTree(input) ? input : {}, '', InputObject.CLUSTER, problems) ?? {};
  const { applications, queue, sharing, fluxion, runAsUser, runAsGroup, ...base } = given;
  const chosen = readSharing(sharing, problems);
  const readFluxion = fluxionOf(fluxion, problems);
  const user = definedFields({ runAsUser, runAsGroup });
  const reader = new BrokerReader(
    { ...base, pod: podOf(base.pod, user) },
    Object.keys(user).map((field) => [`pod.securityContext.${field}`, field]),
    known,
    problems,
  );
  reader.readQueue(knownFields(queue, 'queue', InputObject.QUEUE, problems), readFluxion);
  reader.readApplications(applications);
  return {
    sharing: chosen,
    fluxion: readFluxion,
    podSecurityContext: isTree(base.pod) ? (base.pod.securityContext as SecurityContext) : undefined,
    brokers: reader.brokers,
    problems,
  };
}

function definedFields(fields: Tree): Tree {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The pods with the user that all containers run as; what is no object is told by the job engine. */
function podOf(given: unknown, user: Tree): unknown {
  if (given !== undefined && !isTree(given)) return given;
  const { securityContext } = given ?? {};
  if (securityContext !== undefined && !isTree(securityContext)) return given;
  return { ...given, securityContext: { runAsUser: 0, runAsGroup: 0, ...securityContext, ...user } };
}

const HIGHEST_PORT = 65535;

/** What is right of it: what is missing then is told by a rule, or has a default. */
function fluxionOf(given: unknown, problems: Problem[]): FluxionInput | undefined {
  const read = knownFields(given, 'fluxion', InputObject.FLUXION, problems);
  if (!read) return undefined;
  const check = (field: string, type: string, isRight: (value: unknown) => boolean): void => {
    if (read[field] === undefined || isRight(read[field])) return;
    problems.push(wrongType(`fluxion.${field}`, read[field], type));
    Reflect.deleteProperty(read, field);
  };
  for (const field of ['serviceImage', 'controllerImage'])
    check(field, 'a string', (value) => typeof value === 'string');
  check(
    'serviceCommand',
    'a list of words',
    (value) => Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string'),
  );
  for (const field of ['servicePort', 'controllerPort'])
    check(
      field,
      `a whole number from 1 to ${HIGHEST_PORT}`,
      (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= HIGHEST_PORT,
    );
  return read as unknown as FluxionInput;
}

/** The container of Fluxion in the services pod. */
function serviceOf({
  serviceImage: image,
  servicePort = FLUXION_PORT,
  resources,
  securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}: FluxionInput): ContainerInput {
  return { name: 'fluxion', image, ports: [servicePort], resources, securityContext };
}

/** It comes first, so that what others have of it is told of them. */
function originsOfServices(services: readonly unknown[]): Origins {
  return [
    ['services[0].image', 'fluxion.serviceImage'],
    ['services[0].ports', 'fluxion.servicePort'],
    ['services[0]', 'fluxion'],
    ...services.map((_, index) => [`services[${index + 1}]`, `services[${index}]`] as const),
  ];
}

function readSharing(given: unknown, problems: Problem[]): MachineSharing {
  if (given === undefined) return MachineSharing.QUEUE;
  const known = Object.values(MachineSharing).find((one) => one === given);
  if (!known) problems.push(problemOf(APPLICATION_INPUT_RULES.sharing, 'sharing', given));
  return known ?? MachineSharing.QUEUE;
}

/** Makes an input of the job engine for each broker, and tells its problems in terms of this one. */
class BrokerReader {
  public readonly brokers: ReadBroker[] = [];

  public constructor(
    private readonly base: Tree,
    private readonly origins: Origins,
    private readonly known: ReadonlySet<string>,
    private readonly problems: Problem[],
  ) {}

  public readQueue(given: Tree = {}, fluxion?: FluxionInput): void {
    const { command, ...container } = given;
    const commands = hooksOf(container.commands, 'queue', this.problems);
    const text = command === '' ? undefined : command;
    if (text !== undefined && (typeof text !== 'string' || text.trim() === ''))
      this.problems.push(wrongType('queue.command', text, 'a string with a command in it'));
    const script = typeof text === 'string' ? { script: text } : {};
    const runner = {
      ...container,
      image: container.image ?? fluxion?.controllerImage,
      commands: { ...commands, ...script },
      launcher: typeof text === 'string' || undefined,
    };
    const { services, ...base } = this.base;
    const list = services ?? [];
    const withFluxion =
      fluxion && Array.isArray(list) ? [serviceOf(fluxion), ...(list as unknown[])] : services;
    this.add(
      { name: QUEUE, path: 'queue' },
      { ...base, services: withFluxion, interactive: text === undefined },
      runner,
      [
        ['containers[0].commands.script', 'queue.command'],
        ...(fluxion && container.image === undefined
          ? ([['containers[0].image', 'fluxion.controllerImage']] as const)
          : []),
        ...(withFluxion === services ? [] : originsOfServices(list as unknown[])),
      ],
    );
  }

  public readApplications(given: unknown): void {
    const list = Array.isArray(given) ? (given as unknown[]) : [];
    if (list.length === 0) this.problems.push(problemOf(APPLICATION_INPUT_RULES.none, 'applications', given));
    list.forEach((one, index) => {
      const path = `applications[${index}]`;
      if (one === undefined) this.problems.push(wrongType(path, one, 'an object'));
      const read = knownFields(one, path, InputObject.APPLICATION, this.problems);
      if (read) this.readApplication(read, path);
    });
  }

  private readApplication(read: Tree, path: string): void {
    // What belongs to the cluster as a whole is the queue's.
    const { archive: _archive, services: _services, ...base } = this.base;
    const { name, cores, image, staging, ...container } = read;
    for (const field of ['name', 'image']) {
      if (read[field] === undefined) this.problems.push(missing(`${path}.${field}`));
      else if (typeof read[field] !== 'string')
        this.problems.push(wrongType(`${path}.${field}`, read[field], 'a string'));
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
      { ...container, image: typeof image === 'string' ? image : undefined, commands },
      [['staging', `${path}.staging`]],
    );
  }

  private add(
    { name, path, cores }: Omit<ReadBroker, 'input' | 'origins'>,
    base: Tree,
    container: Tree,
    own: Origins,
  ): void {
    const input = readJobInput({ ...base, containers: [container] }, this.known);
    const origins: Origins = [...own, ['containers[0]', path], ...this.origins];
    const isFirst = this.brokers.length === 0;
    for (const problem of input.problems) {
      const here = isFirst || isOfBroker(problem) ? told(problem, origins, []) : undefined;
      if (here) this.problems.push(here);
    }
    this.brokers.push({ name, path, cores, input, origins });
  }
}

/** Only hooks that such a container runs. */
function hooksOf(given: unknown, path: string, problems: Problem[]): Tree | undefined {
  return knownFields(given, `${path}.commands`, InputObject.HOOKS, problems);
}
