/** Boxes of objects that are no pods: configuration, storage, Services and all others. */
import { Tree } from '../../tree';
import { KubernetesObject } from '../read/objects';
import { countOf, textOf, textsOf, treeAt, treeOf, treesOf, valueAt } from '../read/tolerant';
import { DiagramBox, DiagramBoxKind } from '../types';
import { boxOf } from './sketch';
import { listed, short } from './words';

/** How an object looks. */
interface ObjectLook {
  readonly kind: DiagramBoxKind;
  readonly lines: (body: Tree) => readonly (string | undefined)[];
}

const PLAIN: ObjectLook = { kind: DiagramBoxKind.OBJECT, lines: () => [] };

const LOOKS: Readonly<Record<string, ObjectLook>> = {
  ConfigMap: { kind: DiagramBoxKind.CONFIGURATION, lines: keysLines },
  Secret: { kind: DiagramBoxKind.SECRET, lines: keysLines },
  PersistentVolumeClaim: { kind: DiagramBoxKind.VOLUME, lines: claimLines },
  PersistentVolume: { kind: DiagramBoxKind.VOLUME, lines: volumeLines },
  Service: { kind: DiagramBoxKind.SERVICE, lines: serviceLines },
  HorizontalPodAutoscaler: { kind: DiagramBoxKind.OBJECT, lines: autoscalerLines },
  ServiceAccount: { kind: DiagramBoxKind.RIGHTS, lines: () => [] },
};

function lookOf(kind: string): ObjectLook {
  return LOOKS[kind] ?? PLAIN;
}

/** The box of an object. */
export function objectBox(object: KubernetesObject, lines: readonly string[]): DiagramBox {
  const { id, kind, name, body, maker } = object;
  const look = lookOf(kind);
  return boxOf(id, look.kind, short(`${kind} ${name}`), {
    lines: [...lines, ...look.lines(body), maker === undefined ? undefined : `made by ${maker}`],
    isApart: maker !== undefined,
  });
}

/** The box of an object that some manifest needs and none has. */
export function missingBox(id: string, kind: string, name: string): DiagramBox {
  return boxOf(id, lookOf(kind).kind, short(`${kind} ${name}`), {
    lines: ['must exist already'],
    isApart: true,
  });
}

function keysLines({ data, stringData }: Tree): readonly (string | undefined)[] {
  const keys = [...Object.keys(treeOf(data)), ...Object.keys(treeOf(stringData))];
  return [keys.length === 0 ? undefined : short(listed(keys))];
}

function claimLines({ spec }: Tree): readonly (string | undefined)[] {
  const storageClass = textOf(valueAt(spec, 'storageClassName'));
  return [
    sizeLine(textOf(valueAt(spec, 'resources', 'requests', 'storage')), spec),
    storageClass === undefined ? undefined : `storage class ${storageClass}`,
  ];
}

/** The fields of a PersistentVolume that are no source. */
const NO_SOURCES = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeMode',
]);

function volumeLines({ spec }: Tree): readonly (string | undefined)[] {
  const source = Object.entries(treeOf(spec)).find(([field]) => !NO_SOURCES.has(field));
  const [kind, value] = source ?? [];
  const where = textsOf(['driver', 'server', 'path', 'volumeHandle'].map((field) => valueAt(value, field)));
  return [
    sizeLine(textOf(valueAt(spec, 'capacity', 'storage')), spec),
    kind === undefined ? undefined : short([kind, ...where].join(' ')),
  ];
}

function sizeLine(size: string | undefined, spec: unknown): string | undefined {
  const parts = textsOf([size, ...textsOf(valueAt(spec, 'accessModes'))]);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function serviceLines({ spec }: Tree): readonly (string | undefined)[] {
  const ports = treesOf(valueAt(spec, 'ports')).map(({ port, nodePort }) => {
    const [own = '', ofNode] = [textOf(port), textOf(nodePort)];
    return ofNode === undefined ? own : `${own}, ${ofNode} of each node`;
  });
  const type = textOf(valueAt(spec, 'type')) ?? 'ClusterIP';
  return [
    valueAt(spec, 'clusterIP') === 'None' ? 'headless: a name for each pod' : type,
    ports.length === 0 ? undefined : `${ports.length === 1 ? 'port' : 'ports'} ${listed(ports, 6)}`,
  ];
}

function autoscalerLines({ spec }: Tree): readonly (string | undefined)[] {
  const { minReplicas, maxReplicas } = treeOf(spec);
  return [`scales from ${countOf(minReplicas) ?? 1} to ${countOf(maxReplicas) ?? '?'} pods`];
}

/** The kind and name that something like `scaleTargetRef` holds. */
export function targetOf(body: Tree, ...path: readonly string[]): { kind: string; name: string } | undefined {
  const { kind, name } = treeAt(body, ...path);
  const [first, second] = [textOf(kind), textOf(name)];
  return first === undefined || second === undefined ? undefined : { kind: first, name: second };
}
