/** A real API server takes everything that the examples and stacks render to, and keeps each field of it. */
import { join } from 'node:path';

import * as fc from 'fast-check';

import { arbitrarySpec } from '../../support/arbitrary-spec';
import { Api } from './api';
import { Cluster } from './cluster';
import { Definitions, V1ALPHA1, bringsDefinition } from './definitions';
import { type Document, documentsIn, filesBelow } from './documents';
import { SETTINGS } from './settings';
import { applyTwice, complaintsAbout, create, customAlterations } from './taken';

const { url, token, certificate, rendered } = SETTINGS.read();
const api = new Api({ url, token, certificate });
const cluster = new Cluster(api);

const FILES: readonly (readonly [string, readonly Document[]])[] = filesBelow(rendered).map((file) => [
  file,
  documentsIn(join(rendered, file)),
]);
const definitions = Definitions.among(FILES.flatMap(([, documents]) => documents));

const taken: Document[] = [];

afterAll(async () => {
  await cluster.define(undefined);
  const kinds = taken.map(({ manifest }) => `${manifest.apiVersion} ${manifest.kind}`);
  const lines = Array.from(new Set(kinds)).sort();
  const table = lines.map(
    (kind) => `${String(kinds.filter((one) => one === kind).length).padStart(6)} ${kind}`,
  );
  process.stdout.write(
    `Objects created, applied and read back: ${taken.length}, of ${FILES.length} files\n${table.join('\n')}\n`,
  );
});

test.each(FILES)('%s is taken, and held as it was rendered', async (file, documents) => {
  const definition = definitions.for(file, documents);
  await cluster.define(bringsDefinition(documents) ? undefined : definition);
  await cluster.makeRoomFor(documents.map(({ manifest }) => manifest));

  expect(documents).not.toEqual([]);
  expect(await complaintsAbout(documents, create, cluster, definition)).toEqual([]);
  expect(await complaintsAbout(documents, applyTwice, cluster, definition)).toEqual([]);
  taken.push(...documents);
});

test('a field that does not exist is refused, in a built-in kind and in a MiniCluster', async () => {
  await cluster.define(definitions.rendered);
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'typo' }, dta: {} };
  const spec = { size: 1, containers: [{ image: 'ubuntu:24.04', comand: 'date' }] };

  await expect(api.create('/api/v1/namespaces/default/configmaps', JSON.stringify(map))).rejects.toThrow(
    'unknown field "dta"',
  );
  await expect(api.create(collection('v1alpha2'), miniCluster('v1alpha2', spec))).rejects.toThrow(
    'unknown field "spec.containers[0].comand"',
  );
});

test('any MiniCluster that the types of v1alpha2 allow is held whole', async () => {
  await cluster.define(definitions.rendered);
  await fc.assert(
    fc.asyncProperty(arbitrarySpec('v1alpha2'), async (spec) => {
      const sent = miniCluster('v1alpha2', sized(spec));
      const { body } = await api.create(collection('v1alpha2'), sent, { dryRun: true });
      expect(customAlterations(JSON.parse(sent), body, definitions.rendered)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('any MiniCluster that the types of v1alpha1 allow is held whole', async () => {
  await cluster.define(V1ALPHA1);
  await fc.assert(
    fc.asyncProperty(arbitrarySpec('v1alpha1'), async (spec) => {
      const sent = miniCluster('v1alpha1', sized(spec));
      const { body } = await api.create(collection('v1alpha1'), sent, { dryRun: true });
      expect(customAlterations(JSON.parse(sent), body, V1ALPHA1)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

function collection(version: string): string {
  return `/apis/flux-framework.org/${version}/namespaces/default/miniclusters`;
}

function miniCluster(version: string, spec: object): string {
  const apiVersion = `flux-framework.org/${version}`;
  return JSON.stringify({ apiVersion, kind: 'MiniCluster', metadata: { name: 'any' }, spec });
}

/** The API server reads a size as a number of replicas, which is not negative whatever the type says. */
function sized<Spec extends { readonly size?: number }>(spec: Spec): Spec {
  return spec.size === undefined ? spec : { ...spec, size: Math.max(0, spec.size) };
}
