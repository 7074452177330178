import { ConstructRule, constructRule as rule } from '../construct-rule';

/** What a rule about the installation of the operator says, for messages and for docs/flux-operator.md. */
export type FluxOperatorRule = ConstructRule;

/** The rules, by what they are about; each is an error. */
export const RULES = {
  noImage: rule(
    'FO001',
    'must name an image of the operator for amd64, arm64 or both',
    'The library knows no digest of the image for certain, and picks none.',
    "write images: { amd64: 'ghcr.io/flux-framework/flux-operator@sha256:<64 hex digits>' }; docs/flux-operator.md says how to get the digest",
  ),
  digest: rule(
    'FO002',
    'must name an image by digest',
    'What a tag names may change under a cluster that trusts it with all its Secrets.',
    "end it in '@sha256:' and 64 hex digits; docs/flux-operator.md says how to get the digest",
  ),
  unknown: rule(
    'FO003',
    'is no field of the operator',
    'It would have no effect.',
    'remove it, or write the name of a field',
  ),
  type: rule(
    'FO004',
    'has the wrong type',
    'The API server refuses the object, or the field does not mean what it says.',
    'write a value of the type that the message names',
  ),
  name: rule(
    'FO005',
    'must be a DNS label',
    'The API server refuses the objects that carry the name.',
    'use lower case letters, digits and dashes, start with a letter, and end with a letter or digit',
  ),
  oneWorker: rule(
    'FO006',
    'must be on for more than one pod of the operator',
    'Several operators would make and patch the same objects at the same time.',
    'remove leaderElection: false, or keep one image and one replica',
  ),
  ownSelector: rule(
    'FO007',
    'is set by the library to fit the image',
    'The pods would start on nodes that can not run them, or on none.',
    'remove it, and give an image for that architecture in images',
  ),
  twice: rule(
    'FO008',
    'is already installed by another construct of the app',
    'Both would own the CustomResourceDefinition and the rights of the whole Kubernetes cluster.',
    'keep one; for several Kubernetes clusters make an app for each',
  ),
  unordered: rule(
    'FO009',
    'lies within the chart of the operator',
    'cdk8s writes a chart after the charts within it, so that the MiniCluster would be applied before its definition.',
    'put the operator into a chart of its own',
  ),
  sharedNamespace: rule(
    'FO010',
    'is a namespace of Kubernetes or of everybody, and the operator would bring the Pod Security level restricted to it',
    'Pods of the system that run with more rights could not be started again.',
    "leave it out for 'operator-system', or set createNamespace: false",
  ),
  amongMiniClusters: rule(
    'FO011',
    'is in the namespace of the operator',
    'Its pods are refused by the Pod Security level restricted, and whoever may start pods there has the rights of the operator.',
    'give the MiniCluster, or its chart, another namespace',
  ),
} as const;

/** The rules in the order of their codes. */
export const FLUX_OPERATOR_RULES: readonly FluxOperatorRule[] = Object.values(RULES);
