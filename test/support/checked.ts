/** Checks of every manifest that a test renders: is it what a cluster would accept? */
import { basename } from 'node:path';

import type { Crd } from '../../scripts/crd-fields';
import v1alpha1 from '../../src/model/minicluster/api/generated/v1alpha1.crd.json';
import v1alpha2 from '../../src/model/minicluster/api/generated/v1alpha2.crd.json';
import v1alpha2Spec from '../../src/model/minicluster/api/generated/v1alpha2.schema.json';
import { OperatorVersion } from '../../src/model/minicluster/operator-version';
import { closed, Validators, type Schema, type Validator } from './closed-schema';
import { kubernetesValidator } from './kubernetes-models';
import { haveStrictSchemas, needStrictSchemas, strictValidator } from './strict-schemas';

/**
 * The manifests, after each has been checked against this project's own definition of a MiniCluster or
 * kubernetes-models, and strictly where the schemas are at hand.
 *
 * @param release of the Flux Operator, for the fields of a MiniCluster
 * @throws Error that lists everything that is wrong with any of them
 */
export function checked<T extends readonly unknown[]>(
  manifests: T,
  release: OperatorVersion = OperatorVersion.MAIN,
): T {
  const found = manifests.flatMap((manifest) => findings(manifest, release));
  if (found.length > 0) {
    throw new Error(['rendered what a cluster would refuse:', ...found].join('\n  - '));
  }
  return manifests;
}

/** Everything that is wrong with a manifest, each with the object's name and with who says so. */
export function findings(manifest: unknown, release: OperatorVersion = OperatorVersion.MAIN): string[] {
  return [
    ...findingsOf(manifest, release, 'own checks', ownValidator),
    ...(haveStrictSchemas || needStrictSchemas ? strictFindings(manifest, release) : []),
  ];
}

/** What the strict schemas alone have to say. */
export function strictFindings(manifest: unknown, release: OperatorVersion = OperatorVersion.MAIN): string[] {
  return findingsOf(manifest, release, 'strict schemas', strictValidator);
}

/** The release that the YAML beside an example is meant for. */
export function releaseOfExample(file: string): OperatorVersion {
  return basename(file, '.yaml') === 'oversubscribe'
    ? OperatorVersion.MULTIPLE_APPLICATIONS
    : OperatorVersion.MAIN;
}

type Lookup = (apiVersion: string, kind: string, release: OperatorVersion) => Validator | undefined;

function findingsOf(manifest: unknown, release: OperatorVersion, source: string, lookup: Lookup): string[] {
  // What is applied is JSON: a field that is undefined isn't there.
  const object = JSON.parse(JSON.stringify(manifest)) as {
    apiVersion?: string;
    kind?: string;
    metadata?: { name?: string };
  };
  const { apiVersion = '', kind = '' } = object;
  const subject = `${kind || 'an object without a kind'} ${object.metadata?.name ?? 'without a name'}`;
  const validate = lookup(apiVersion, kind, release);
  const found = validate ? validate(object) : [`no schema for kind '${kind}' of apiVersion '${apiVersion}'`];
  return found.map((finding) => `${subject}: ${finding} (${source})`);
}

const validators = new Validators();
const compiled = new Map<string, Validator | undefined>();

function ownValidator(apiVersion: string, kind: string, release: OperatorVersion): Validator | undefined {
  const key = `${apiVersion} ${kind} ${release}`;
  if (!compiled.has(key)) {
    const schema = kind === 'MiniCluster' ? miniClusterSchema(apiVersion, release) : undefined;
    compiled.set(key, schema ? validators.compile(schema) : kubernetesValidator(apiVersion, kind));
  }
  return compiled.get(key);
}

function miniClusterSchema(apiVersion: string, release: OperatorVersion): Schema | undefined {
  if (apiVersion === 'flux-framework.org/v1alpha1') return definitionSchema(v1alpha1);
  if (apiVersion !== 'flux-framework.org/v1alpha2') return undefined;
  const schema = definitionSchema(v1alpha2);
  if (release === OperatorVersion.MAIN) return schema;
  // The definition is that of the newest release; the schema has the fields of the older ones too.
  const { $ref, definitions } = closed(v1alpha2Spec);
  return { ...schema, definitions, properties: { ...(schema.properties as object), spec: { $ref } } };
}

function definitionSchema(definition: Crd): Schema {
  return closed(definition.spec.versions[0]!.schema.openAPIV3Schema, true);
}
