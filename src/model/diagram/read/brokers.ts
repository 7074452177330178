/** The brokers of pods that were rendered to run without the Flux Operator: their variables and files say all. */
import { HostRun, hostRuns } from '../../flux/host-runs';
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

/** The variable that each container with a broker of ours has. */
const HOSTS = 'MINICLUSTER_HOSTS';

/** Finds them; none in pods of anybody else. */
export function brokersOf(pod: Tree, namespace: string, objects: Objects): PodBrokers {
  const found = treesOf(pod.containers).flatMap((container) => {
    const variables = variablesOf(container);
    const files = filesOf(objects, namespace, pod, containerName(container));
    const hosts = variables.get(HOSTS);
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

const DEFAULT_PORT = 8050;

function brokerOf(
  container: Tree,
  variables: ReadonlyMap<string, string>,
  files: Readonly<Record<string, string>>,
): Broker {
  const attributes = attributesOf(files['broker-options'] ?? '');
  const command =
    files.command?.trim().split('\n').join(' ') ?? firstLine(files['command.sh'] ?? files['batch.sh'] ?? '');
  return {
    container: containerName(container),
    port: Number(variables.get('MINICLUSTER_PORT') ?? DEFAULT_PORT),
    socket: attributes.get('local-uri')?.replace(/^local:\/\//, ''),
    topology: attributes.get('tbon.topo') ?? `kary:${attributes.get('tbon.fanout') ?? 0}`,
    work: workLine(variables.get('MINICLUSTER_MODE') ?? '', command),
    takesJobsFrom: queueOf(containerName(container), variables),
  };
}

/** The first broker of a pod hands jobs to the others, unless each plans by itself. */
function queueOf(container: string, variables: ReadonlyMap<string, string>): string | undefined {
  const [queue] = variables.get('MINICLUSTER_BROKERS')?.split(' ') ?? [];
  return queue === container || variables.get('MINICLUSTER_SHARING') === 'static' ? undefined : queue;
}

/** Options of a broker's command line, one on each line: `-Stbon.fanout=256`. */
function attributesOf(options: string): ReadonlyMap<string, string> {
  return new Map(
    [...options.matchAll(/^-S([^=\n]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
  );
}
