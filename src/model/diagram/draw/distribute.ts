/** FluxDistribute and ContentDistribution: brokers on the nodes themselves, and what is put onto them. */
import { BROKER_PORT } from '../../flux/ports';
import { KubernetesObject, Objects, objectId } from '../read/objects';
import { filesOf } from '../read/scripts';
import { textMapOf, textOf, textsOf, treesOf, valueAt } from '../read/tolerant';
import { containerName } from '../read/volumes';
import { Workload } from '../read/workload';
import { DiagramBox, DiagramBoxKind } from '../types';
import { containerId, podBoxes } from './pods';
import { Sketch, boxOf } from './sketch';
import { topologyLine } from './workloads';
import { counted, imageLine, listed, short } from './words';

const NAME = 'app.kubernetes.io/name';

/** What the program of a container of ours is told. */
type Settings = Readonly<Record<string, unknown>>;

/** Is it the DaemonSet of a FluxDistribute? */
export function isDistribute({ kind, labels }: KubernetesObject): boolean {
  return kind === 'DaemonSet' && labels[NAME] === 'flux-distribute';
}

/** Is it what distributes content: a Job, or a Deployment? */
export function isContent({ labels }: Pick<KubernetesObject, 'labels'>): boolean {
  return labels[NAME] === 'content-distribution';
}

/** What the program of these pods is told; nothing if the manifests don't have its file. */
function settingsOf({ pod, namespace }: Workload, objects: Objects): Settings {
  const [container] = treesOf(pod.containers);
  const files = container ? filesOf(objects, namespace, pod, containerName(container)) : {};
  try {
    const settings: unknown = JSON.parse(files['settings.json'] ?? '{}');
    return typeof settings === 'object' && settings !== null ? (settings as Settings) : {};
  } catch {
    // Somebody else's file of that name.
    return {};
  }
}

/** Id of the frame of the nodes. */
function nodesId({ id }: Pick<Workload, 'id'>): string {
  return `${id}/nodes`;
}

/** The pods, the nodes that each of them rules, and the overlay network between these. */
export function distributeFrame(
  workload: Workload,
  lines: readonly string[],
  objects: Objects,
  sketch: Sketch,
): DiagramBox {
  const { id, name, namespace } = workload;
  const settings = settingsOf(workload, objects);
  const pods = `${id}/pods`;
  const broker = `${nodesId(workload)}/broker`;
  for (const container of treesOf(workload.pod.containers))
    sketch.make(containerId(pods, containerName(container)), broker, 'installs, runs');
  const [lease, configMap] = [textOf(settings.lease), textOf(settings.configMap)];
  if (lease !== undefined) sketch.make(pods, objectId('Lease', namespace, lease), 'elect the lead');
  if (configMap !== undefined)
    sketch.make(pods, objectId('ConfigMap', namespace, configMap), 'keep the list of nodes');
  return boxOf(id, DiagramBoxKind.CLUSTER, `FluxDistribute ${name}`, {
    lines,
    boxes: [
      boxOf(pods, DiagramBoxKind.PODS, `DaemonSet: ${workload.pods}`, { boxes: podBoxes(pods, workload) }),
      nodesFrame(nodesId(workload), broker, settings),
      networkFrame(`${id}/network`, settings, sketch),
    ],
  });
}

function nodesFrame(id: string, broker: string, settings: Settings): DiagramBox {
  const selector = Object.entries(textMapOf(settings.nodeSelector)).map(([key, value]) => `${key}=${value}`);
  const packages = textsOf(valueAt(settings.flux, 'packages'));
  return boxOf(id, DiagramBoxKind.NODES, 'On each node that matches', {
    lines: selector.length === 0 ? [] : [short(listed(selector))],
    boxes: [
      boxOf(broker, DiagramBoxKind.BROKER, 'Flux broker, outside of any container', {
        lines: [
          textOf(settings.port) === undefined ? undefined : `port ${textOf(settings.port) ?? ''} of the node`,
          packages.length === 0 ? undefined : short(listed(packages, 2)),
          folderLine('installed in', settings.directory),
          folderLine('state in', settings.stateDirectory),
          folderLine('cores', settings.cores),
        ],
      }),
    ],
  });
}

function folderLine(what: string, folder: unknown): string | undefined {
  const text = textOf(folder);
  return text === undefined ? undefined : short(`${what} ${text}`);
}

/** How many nodes there are is not in the manifests. */
function networkFrame(id: string, settings: Settings, sketch: Sketch): DiagramBox {
  const topology = textOf(settings.topology) ?? 'flat';
  const [lead, others] = [`${id}/0`, `${id}/others`];
  sketch.parent(lead, others);
  const lease = textOf(settings.lease);
  return boxOf(id, DiagramBoxKind.NETWORK, 'Overlay network of the nodes', {
    lines: [`port ${textOf(settings.port) ?? BROKER_PORT}`, topologyLine(topology)],
    boxes: [
      boxOf(lead, DiagramBoxKind.BROKER, 'rank 0, the lead broker', {
        lines: [
          lease === undefined
            ? 'on the node that is elected'
            : short(`on the node that holds the Lease ${lease}`),
        ],
      }),
      boxOf(others, DiagramBoxKind.BROKER, 'ranks 1 and up', {
        lines: ['all other nodes, as they come and go'],
        isApart: true,
      }),
    ],
  });
}

/** What is distributed, for the frame of the pods that do it. */
export function contentLines(workload: Workload, objects: Objects): readonly string[] {
  const settings = settingsOf(workload, objects);
  const files = treesOf(settings.files);
  return [
    ...textsOf(settings.images).map((image) => `image ${imageLine(image)}`),
    ...(files.length === 0 ? [] : [counted(files.length, 'file')]),
  ];
}

/** Arrows from content to the nodes that it is put onto, and to it from pods that start from its images. */
export function connectContent(
  content: Workload,
  distributes: readonly Workload[],
  others: readonly Workload[],
  objects: Objects,
  sketch: Sketch,
): void {
  const settings = settingsOf(content, objects);
  const through = distributes.find(
    (one) => one.namespace === content.namespace && settingsOf(one, objects).directory === settings.directory,
  );
  if (through) sketch.make(content.id, nodesId(through), 'puts onto the nodes');
  const images = new Set(textsOf(settings.images));
  for (const { id, pod } of others)
    if (treesOf(pod.containers).some(({ image }) => images.has(textOf(image) ?? '')))
      sketch.need(id, content.id, 'its image, on the nodes first');
}
