import { ARCHITECTURES } from '../architectures';
import { problemOf, problemsOfFields } from '../construct-rule';
import {
  ANNOTATIONS,
  COUNT,
  FLAG,
  LABELS,
  NAMED_LIST,
  OBJECT_NAME,
  RESOURCES,
  TEXT,
  TOLERATIONS,
  TREE,
  isImageByDigest,
  treeOf,
} from '../field-types';
import { Fields, isText, unfit } from '../fields';
import { isLabel } from '../kubernetes-names';
import { Problem } from '../problems';
import { Tree, isTree } from '../tree';
import { RULES } from './rules';
import { FluxOperatorMetadata, FluxOperatorSpec } from './spec';

/** Namespaces in which there are pods of Kubernetes itself, or of anybody. */
const OF_EVERYBODY = /^(?:default|kube-.*|openshift(?:-.*)?)$/;
/** A name that may start the name of a Service (RFC 1035), and end in the longest suffix: '-leader-election'. */
const NAME = /^[a-z]([-a-z0-9]{0,45}[a-z0-9])?$/;

const METADATA_FIELDS: Fields<FluxOperatorMetadata> = {
  name: TEXT,
  namespace: TEXT,
  labels: LABELS,
  annotations: ANNOTATIONS,
};

const SPEC_FIELDS: Fields<FluxOperatorSpec> = {
  images: TREE,
  createNamespace: FLAG,
  replicas: COUNT,
  leaderElection: FLAG,
  ownerReferencesPermissionEnforcement: FLAG,
  resources: RESOURCES,
  nodeSelector: LABELS,
  tolerations: TOLERATIONS,
  priorityClassName: OBJECT_NAME,
  imagePullSecrets: NAMED_LIST,
};

/** All that is wrong with the metadata and the spec of an operator; they may be anything. */
export function checkFluxOperator(metadata: unknown, spec: unknown): Problem[] {
  const problems = problemsOfFields(
    [...unfit('metadata', metadata ?? {}, METADATA_FIELDS), ...unfit('', spec ?? {}, SPEC_FIELDS)],
    RULES,
  );
  checkNames(treeOf(metadata), treeOf(spec), problems);
  if (spec === undefined || isTree(spec)) checkImages(treeOf(spec).images, problems);
  checkElection(treeOf(spec), problems);
  for (const label of OWN_SELECTORS) {
    const value = treeOf(treeOf(spec).nodeSelector)[label];
    if (value !== undefined) problems.push(problemOf(RULES.ownSelector, `nodeSelector['${label}']`, value));
  }
  return problems;
}

const OWN_SELECTORS = ['', 'beta.'].flatMap((prefix) =>
  ['arch', 'os'].map((what) => `${prefix}kubernetes.io/${what}`),
);

function checkNames({ name, namespace }: Tree, { createNamespace }: Tree, problems: Problem[]): void {
  if (isText(name) && !NAME.test(name)) {
    problems.push(
      problemOf(RULES.name, 'metadata.name', name, 'must be a DNS label of at most 47 characters'),
    );
  }
  if (isText(namespace) && !isLabel(namespace)) {
    problems.push(problemOf(RULES.name, 'metadata.namespace', namespace));
  } else if (isText(namespace) && createNamespace !== false && OF_EVERYBODY.test(namespace)) {
    problems.push(problemOf(RULES.sharedNamespace, 'metadata.namespace', namespace));
  }
}

function checkImages(images: unknown, problems: Problem[]): void {
  if (images !== undefined && !isTree(images)) return;
  const given = Object.entries(treeOf(images)).filter(([, image]) => image !== undefined);
  if (given.length === 0) problems.push(problemOf(RULES.noImage, 'images', images));
  for (const [architecture, image] of given) {
    const path = `images.${architecture}`;
    if (!ARCHITECTURES.some((one) => one === architecture))
      problems.push(problemOf(RULES.unknown, path, image));
    else if (!isImageByDigest(image)) problems.push(problemOf(RULES.digest, path, image));
  }
}

function checkElection({ images, replicas, leaderElection }: Tree, problems: Problem[]): void {
  const deployments = Object.values(treeOf(images)).filter((image) => image !== undefined).length;
  const isAlone = deployments < 2 && (replicas === undefined || replicas === 1);
  if (leaderElection === false && !isAlone)
    problems.push(problemOf(RULES.oneWorker, 'leaderElection', false));
}
