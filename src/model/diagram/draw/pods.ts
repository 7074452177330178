/** Pods: a frame with the containers and volumes of one of them, drawn once for all. */
import { Tree } from '../../tree';
import { textOf, textsOf, treeAt, treesOf, valueAt } from '../read/tolerant';
import { PodVolume, containerName, containersOf, volumesOf } from '../read/volumes';
import { Broker, Workload } from '../read/workload';
import { DiagramBox, DiagramBoxKind } from '../types';
import { gathered } from '../gathered';
import { boxOf } from './sketch';
import { imageLine, listed, short } from './words';

/** Id of the box of a container. */
export function containerId(pods: string, name: string): string {
  return `${pods}/containers/${name}`;
}

/** The containers of a pod, in the order in which they start, and the volumes that are nobody else's. */
export function podBoxes(pods: string, { pod, brokers }: Workload): readonly DiagramBox[] {
  const initial = new Set(treesOf(pod.initContainers));
  const containers = containersOf(pod).map((container) => {
    const name = containerName(container);
    const broker = brokers.find((one) => one.container === name);
    const isInitial = initial.has(container) && container.restartPolicy !== 'Always';
    return containerBox(containerId(pods, name), container, isInitial, broker);
  });
  return [...containers, ...localVolumes(pods, pod)];
}

function containerBox(
  id: string,
  container: Tree,
  isInitial: boolean,
  broker: Broker | undefined,
): DiagramBox {
  const kind = broker ? DiagramBoxKind.BROKER : DiagramBoxKind.CONTAINER;
  const image = textOf(container.image);
  return boxOf(id, kind, short(`Container ${containerName(container)}`), {
    lines: [
      image === undefined ? undefined : imageLine(image),
      isInitial ? 'runs first, and ends' : undefined,
      ...(broker ? brokerLines(broker) : portLines(container)),
      resourcesLine(container),
    ],
  });
}

function brokerLines({ port, socket, work }: Broker): readonly (string | undefined)[] {
  return [
    `Flux broker, port ${port}`,
    socket === undefined ? undefined : short(`socket ${socket}`),
    work === undefined ? undefined : short(work),
  ];
}

function portLines(container: Tree): readonly (string | undefined)[] {
  const ports = treesOf(container.ports).flatMap(({ containerPort }) => textsOf([containerPort]));
  return [ports.length === 0 ? undefined : `${ports.length === 1 ? 'port' : 'ports'} ${listed(ports, 6)}`];
}

/** What it is given, as far as that is said: limits, or else requests. */
function resourcesLine(container: Tree): string | undefined {
  const amounts = {
    ...treeAt(container, 'resources', 'requests'),
    ...treeAt(container, 'resources', 'limits'),
  };
  const parts = Object.entries(amounts).flatMap(([name, amount]) =>
    textsOf([amount]).map((text) => `${name} ${text}`),
  );
  return parts.length === 0 ? undefined : short(listed(parts, 4));
}

/** Volumes that end with the pod or are the node's, one line each. */
function localVolumes(pods: string, pod: Tree): readonly DiagramBox[] {
  const containers = containersOf(pod).length;
  const lines = volumesOf(pod)
    .filter(({ content }) => content !== undefined)
    .map((volume) => short(`${volume.name}, ${volume.content ?? ''}: ${mountsLine(volume, containers)}`, 90));
  return lines.length === 0
    ? []
    : [boxOf(`${pods}/volumes`, DiagramBoxKind.FOLDERS, 'Volumes of the pod', { lines })];
}

/** The paths, and by whom if that aren't all containers: `/opt/software; /flux-software in flux-view`. */
function mountsLine({ mounts }: PodVolume, containers: number): string {
  return [...gathered(mounts.map(({ path, container }) => [path, container] as const))]
    .map(([path, names]) => {
      if (names.length === containers) return path;
      return names.length > 2 ? `${path} in ${names.length} containers` : `${path} in ${names.join(', ')}`;
    })
    .join('; ');
}

/** What pods need of other objects, and who of them. */
export interface PodNeed {
  readonly kind: string;
  readonly name: string;
  /** The containers that need it; none if it is the pod itself. */
  readonly containers: readonly string[];
  readonly label: string;
}

/** Everything that a pod can't start without; optional references and those that nobody mounts are none of it. */
export function needsOf(pod: Tree): readonly PodNeed[] {
  return merged([
    ...volumesOf(pod).flatMap(mountNeeds),
    ...containersOf(pod).flatMap(environmentNeeds),
    ...treesOf(pod.imagePullSecrets).flatMap(({ name }) =>
      textsOf([name]).map((secret) => ({
        kind: 'Secret',
        name: secret,
        containers: [],
        label: 'to pull images',
      })),
    ),
  ]);
}

function mountNeeds({ references, mounts }: PodVolume): readonly PodNeed[] {
  return references
    .filter(({ isOptional }) => !isOptional)
    .flatMap(({ kind, name }) =>
      mounts.map(({ container, path }) => ({ kind, name, containers: [container], label: path })),
    );
}

function environmentNeeds(container: Tree): readonly PodNeed[] {
  const names = [
    ...treesOf(container.env).flatMap((variable) => [
      { kind: 'Secret', source: valueAt(variable, 'valueFrom', 'secretKeyRef') },
      { kind: 'ConfigMap', source: valueAt(variable, 'valueFrom', 'configMapKeyRef') },
    ]),
    ...treesOf(container.envFrom).flatMap((from) => [
      { kind: 'Secret', source: from.secretRef },
      { kind: 'ConfigMap', source: from.configMapRef },
    ]),
  ];
  return names
    .filter(({ source }) => valueAt(source, 'optional') !== true)
    .flatMap(({ kind, source }) =>
      textsOf([valueAt(source, 'name')]).map((name) => ({
        kind,
        name,
        containers: [containerName(container)],
        label: 'environment',
      })),
    );
}

/** One need for each object: its labels and containers together. */
function merged(needs: readonly PodNeed[]): readonly PodNeed[] {
  const byObject = gathered(needs.map((need) => [`${need.kind}/${need.name}`, need] as const));
  return [...byObject.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const isOfPod = same.some(({ containers }) => containers.length === 0);
    const containers = isOfPod ? [] : [...new Set(same.flatMap((need) => need.containers))];
    const label = listed([...new Set(same.map((need) => need.label))], 2);
    return [{ kind: first.kind, name: first.name, containers, label: short(label) }];
  });
}
