/** Sends objects to the cluster, and lists all that the server says or does against them. */
import type { Crd, CrdSchema } from '../../../scripts/crd-fields';
import { type Answer, type Api, type Json, Refused } from './api';
import type { Cluster } from './cluster';
import type { Document } from './documents';
import { additions, differences } from './read-back';

/** Sends one object to its collection. */
export type Send = (api: Api, collection: string, document: Document) => Promise<Answer>;

/** As `kubectl create`. */
export const create: Send = (api, collection, { text }) => api.create(collection, text);

/** As `kubectl apply --server-side`, twice: the second time nothing may change. */
export const applyTwice: Send = async (api, collection, { text, manifest }) => {
  const path = `${collection}/${manifest.metadata.name}`;
  const first = await api.apply(path, text);
  const second = await api.apply(path, text);
  const changed = differences(withoutBookkeeping(first.body), withoutBookkeeping(second.body));
  return { ...second, warnings: [...second.warnings, ...changed.map((text) => `applied again: ${text}`)] };
};

/** What the server's own controllers write at any time, and the version that a claim gets with each apply. */
function withoutBookkeeping({ status, metadata, ...object }: Json): Json {
  const { resourceVersion, managedFields, ...lasting } = metadata as Record<string, unknown>;
  return { ...object, metadata: lasting };
}

/**
 * Sends objects in turn, reads each back and removes them all.
 *
 * @param definition of a MiniCluster that the cluster has by then
 * @returns refusals, warnings, fields that are held in another way, and fields of custom resources that nobody sent
 */
export async function complaintsAbout(
  documents: readonly Document[],
  send: Send,
  cluster: Cluster,
  definition: Crd,
): Promise<string[]> {
  const complaints: string[] = [];
  const made: string[] = [];
  for (const document of documents) {
    const { manifest, label } = document;
    const complain = (texts: readonly string[]): unknown =>
      complaints.push(...texts.map((text) => `${label}: ${text}`));
    try {
      const collection = await cluster.collectionOf(manifest);
      const path = `${collection}/${manifest.metadata.name}`;
      const { warnings } = await send(cluster.api, collection, document);
      made.push(path);
      complain([...warnings, ...alterations(document, (await cluster.api.get(path)).body, definition)]);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      complain([error.message]);
    }
  }
  for (const path of made.reverse()) await cluster.api.remove(path);
  return complaints;
}

function alterations({ manifest }: Document, held: Json, definition: Crd): string[] {
  const sent = manifest as unknown as Json;
  return manifest.kind === definition.spec.names.kind
    ? customAlterations(sent, held, definition)
    : differences(sent, held, { dropsZeros: true });
}

/** All in which a custom resource is held in another way than it was sent, but for defaults of its definition. */
export function customAlterations(sent: Json, held: Json, definition: Crd): string[] {
  return [...differences(sent, held), ...additions(specSchemaOf(definition), sent.spec, held.spec, 'spec')];
}

/** The schema of `spec` in a definition of one version. */
export function specSchemaOf(definition: Crd): CrdSchema {
  return definition.spec.versions[0]!.schema.openAPIV3Schema.properties!.spec!;
}
