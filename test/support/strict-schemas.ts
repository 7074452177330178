/**
 * Strict checks against what an API server has: the OpenAPI description of Kubernetes and the upstream
 * CustomResourceDefinitions of the MiniCluster. They lie in a folder beside the repository that not every
 * machine has.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import type { Crd } from '../../scripts/crd-fields';
import { OperatorVersion } from '../../src/model/minicluster/operator-version';
import { closed, Validators, type Schema, type Validator } from './closed-schema';
import { SHARED } from './shared-folder';

const FOLDER = join(SHARED, 'schemas');
const KUBERNETES = join(FOLDER, 'kubernetes-1.36');

/** Are the schemas here? */
export const haveStrictSchemas = existsSync(FOLDER);

/** Must they be? */
export const needStrictSchemas = process.env.STRICT_SCHEMAS === 'required';

/** What the schemas have to say about an object; undefined if they know no such kind. */
export function strictValidator(
  apiVersion: string,
  kind: string,
  release: OperatorVersion,
): Validator | undefined {
  if (!haveStrictSchemas) throw new Error('the strict schemas are required and not in ../shared/schemas');
  const miniCluster = kind === 'MiniCluster' ? upstreamDefinition(apiVersion, release) : undefined;
  const key = `${apiVersion} ${kind} ${miniCluster ? release : ''}`;
  if (!compiled.has(key)) {
    compiled.set(key, miniCluster ? customResource(miniCluster, release) : builtIn(apiVersion, kind));
  }
  return compiled.get(key);
}

const compiled = new Map<string, Validator | undefined>();
const validators = new Validators();
const documents = new Map<string, Record<string, Schema>>();

/**
 * The upstream file that defines a MiniCluster for a release; 0.2.0 has no fields that 0.2.1 doesn't, and the branch
 * multiple-applications-per-pod has one.
 */
function upstreamDefinition(apiVersion: string, release: OperatorVersion): string | undefined {
  if (apiVersion === 'flux-framework.org/v1alpha1') return 'minicluster-v1alpha1.crd.yaml';
  if (apiVersion !== 'flux-framework.org/v1alpha2') return undefined;
  return release === OperatorVersion.MAIN
    ? 'minicluster-v1alpha2.crd.yaml'
    : 'minicluster-v1alpha2-release-0.2.1.crd.yaml';
}

function customResource(file: string, release: OperatorVersion): Validator {
  const definition = parse(readFileSync(join(FOLDER, file), 'utf8')) as Crd;
  if (release === OperatorVersion.MULTIPLE_APPLICATIONS) addOversubscribe(definition);
  return validators.compile(customResourceSchema(definition));
}

function addOversubscribe(definition: Crd): void {
  const { spec } = definition.spec.versions[0]!.schema.openAPIV3Schema.properties!;
  Object.assign(spec!.properties!, { oversubscribe: { type: 'boolean' } });
}

/** The schema of a custom resource, with the metadata that every object has. */
function customResourceSchema(definition: Crd): Schema {
  const { openAPIV3Schema } = definition.spec.versions[0]!.schema;
  const schema = closed(openAPIV3Schema, true);
  const metadata = reference('v1', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  return { ...schema, properties: { ...(schema.properties as object), metadata } };
}

function builtIn(apiVersion: string, kind: string): Validator | undefined {
  if (apiVersion === LEASE.apiVersion && kind === LEASE.kind) return validators.compile(leaseSchema());
  const found = Object.entries(documentOf(apiVersion)).find(([, schema]) =>
    describes(schema, apiVersion, kind),
  );
  return found && validators.compile(reference(apiVersion, found[0]));
}

/** The folder has no description of its group: the fields are those that the API server lists for coordination.k8s.io/v1. */
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

function leaseSchema(): Schema {
  const metadata = reference('v1', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  const text = { type: 'string' };
  const number = { type: 'integer' };
  const spec = {
    type: 'object',
    additionalProperties: false,
    properties: {
      acquireTime: text,
      holderIdentity: text,
      leaseDurationSeconds: number,
      leaseTransitions: number,
      preferredHolder: text,
      renewTime: text,
      strategy: text,
    },
  };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: { apiVersion: text, kind: text, metadata, spec },
  };
}

function describes(schema: Schema, apiVersion: string, kind: string): boolean {
  const described = (schema['x-kubernetes-group-version-kind'] ?? []) as {
    group: string;
    version: string;
    kind: string;
  }[];
  return described.some(
    (one) => [one.group, one.version].filter(Boolean).join('/') === apiVersion && one.kind === kind,
  );
}

/** A schema of the document that describes an API version. */
function reference(apiVersion: string, name: string): Schema {
  documentOf(apiVersion);
  return { $ref: `${apiVersion}#/components/schemas/${name}` };
}

/** The schemas of the document that describes an API version, each as it was written. */
function documentOf(apiVersion: string): Record<string, Schema> {
  const known = documents.get(apiVersion);
  if (known) return known;
  const file = join(
    KUBERNETES,
    `${apiVersion === 'v1' ? 'api' : 'apis'}__${apiVersion.replace('/', '__')}.json`,
  );
  if (!existsSync(file)) return {};
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as {
    components: { schemas: Record<string, Schema> };
  };
  documents.set(apiVersion, components.schemas);
  const schemas = Object.entries(components.schemas).map(([name, schema]) => [name, closed(schema)]);
  validators.add(apiVersion, { components: { schemas: Object.fromEntries(schemas) as unknown } });
  return components.schemas;
}
