/** The brokers of pods that were rendered to run without the Flux Operator: their variables and files say all. */
import { MachineSharing } from '../../applications/spec';
import { HostRun, hostRuns } from '../../flux/host-runs';
import { BROKER_PORT } from '../../flux/ports';
import { BrokerVariable } from '../../job/environment';
import { Tree } from '../../tree';
import { Objects } from './objects';
import { filesOf, firstLine, workLine } from './scripts';
import { textOf, treesOf } from './tolerant';
import { containerName } from './volumes';
import { Broker } from './workload';

/** What a pod says of its Flux instances. */
export interface PodBrokers {
  readonly brokers: readonly Broker[];
  readonly hosts: readonly HostRun[];
}

/** Finds them; none in pods of anybody else. */
export function brokersOf(pod: Tree, namespace: string, objects: Objects): PodBrokers {
  const found = treesOf(pod.containers).flatMap((container) => {
    const variables = variablesOf(container);
    const files = filesOf(objects, namespace, pod, containerName(container));
    const hosts = variables.get(BrokerVariable.HOSTS);
    return hosts === undefined ? [] : [{ hosts, broker: brokerOf(container, variables, files) }];
  });
  return { brokers: found.map(({ broker }) => broker), hosts: hostRuns(found[0]?.hosts ?? '') };
}

/** The variables of a container that have a value. */
export function variablesOf(container: Tree): ReadonlyMap<string, string> {
  return new Map(
    treesOf(container.env).flatMap(({ name, value }) => {
      const [key, text] = [textOf(name), textOf(value)];
      return key === undefined || text === undefined ? [] : [[key, text] as const];
    }),
  );
}

function brokerOf(
  container: Tree,
  variables: ReadonlyMap<string, string>,
  files: Readonly<Record<string, string>>,
): Broker {
  const attributes = attributesOf(files['broker-options'] ?? '');
  const name = containerName(container);
  const part = partOf(name, variables);
  const command =
    files.command?.trim().split('\n').join(' ') ?? firstLine(files['command.sh'] ?? files['batch.sh'] ?? '');
  return {
    container: name,
    port: Number(variables.get(BrokerVariable.PORT) ?? BROKER_PORT),
    socket: attributes.get('local-uri')?.replace(/^local:\/\//, ''),
    topology: attributes.get('tbon.topo') ?? `kary:${attributes.get('tbon.fanout') ?? 0}`,
    work: part.work ?? workLine(variables.get(BrokerVariable.MODE) ?? '', command),
    takesJobsFrom: part.takesJobsFrom,
  };
}

/** The part of a broker among several of a pod: the first one hands jobs to the others, unless each plans by itself. */
function partOf(
  container: string,
  variables: ReadonlyMap<string, string>,
): Pick<Broker, 'work' | 'takesJobsFrom'> {
  const [queue] = variables.get(BrokerVariable.BROKERS)?.split(' ') ?? [];
  if (queue === undefined) return {};
  const isQueue = queue === container;
  const isStatic = variables.get(BrokerVariable.SHARING) === MachineSharing.STATIC.valueOf();
  if (isStatic) return isQueue ? { work: 'runs nothing: each application plans its own jobs' } : {};
  return isQueue ? {} : { work: 'runs the jobs that the queue hands over', takesJobsFrom: queue };
}

/** Options of a broker's command line, one on each line: `-Stbon.fanout=256`. */
function attributesOf(options: string): ReadonlyMap<string, string> {
  return new Map(
    [...options.matchAll(/^-S([^=\n]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
  );
}
