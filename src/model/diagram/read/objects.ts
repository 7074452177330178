import { Manifest } from '../../manifest';
import { Tree } from '../../tree';
import { textMapOf, textOf, treeAt, treeOf, treesOf } from './tolerant';

/** A Kubernetes object, whoever wrote it. */
export interface KubernetesObject {
  /** Kind, namespace and name: no other object of a cluster has it, and no other box of the diagram. */
  readonly id: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly body: Tree;
  /** Who makes it, if it is none of the manifests: `the Flux Operator`. */
  readonly maker?: string;
}

/** The id of an object; kinds of the whole cluster have no namespace. */
export function objectId(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** All objects of a diagram, by their ids. */
export class Objects {
  private readonly byId = new Map<string, KubernetesObject>();

  public constructor(public readonly all: readonly KubernetesObject[]) {
    for (const object of all) this.byId.set(object.id, object);
  }

  public find(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.byId.get(objectId(kind, namespace, name));
  }

  public ofKind(...kinds: readonly string[]): readonly KubernetesObject[] {
    return this.all.filter(({ kind }) => kinds.includes(kind));
  }
}

/** Reads manifests; lists count as their items. Of two with the same name the second replaces the first, as on apply. */
export function readObjects(manifests: readonly Manifest[]): readonly KubernetesObject[] {
  const byId = new Map<string, KubernetesObject>();
  for (const manifest of manifests.flatMap(itemsOf)) {
    const object = objectOf(manifest);
    if (object) byId.set(object.id, object);
  }
  return [...byId.values()];
}

function itemsOf(manifest: unknown): readonly Tree[] {
  const body = treeOf(manifest);
  const isList = textOf(body.kind)?.endsWith('List') === true && Array.isArray(body.items);
  return isList ? treesOf(body.items).flatMap(itemsOf) : [body];
}

/** An object as the diagram looks at it; undefined for what has no kind. */
export function objectOf(body: Tree, maker?: string): KubernetesObject | undefined {
  const kind = textOf(body.kind);
  if (kind === undefined) return undefined;
  const metadata = treeAt(body, 'metadata');
  const name = textOf(metadata.name) ?? textOf(metadata.generateName) ?? 'without a name';
  const namespace = textOf(metadata.namespace) ?? '';
  const object = {
    id: objectId(kind, namespace, name),
    apiVersion: textOf(body.apiVersion) ?? '',
    kind,
    name,
    namespace,
    labels: textMapOf(metadata.labels),
    body,
  };
  return maker === undefined ? object : { ...object, maker };
}
