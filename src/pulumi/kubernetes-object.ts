/** Kubernetes objects as resources of Pulumi's Kubernetes provider. */
import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { replacedOnChangesOf } from './replacement';

/** A resource of the Kubernetes provider: every one has the metadata. */
export interface KubernetesResource extends pulumi.CustomResource {
  readonly metadata: pulumi.Output<{ readonly name: string; readonly namespace?: string }>;
}

/** What of an object is kept out of the readable part of the state. */
export interface Secrecy {
  readonly content: boolean;
  readonly metadata: boolean;
}

/** Nothing. */
export const OPEN: Secrecy = { content: false, metadata: false };

type ResourceClass = new (
  name: string,
  args: object,
  opts: pulumi.CustomResourceOptions,
) => KubernetesResource;

/** Kinds by group and version, as the SDK's package has them. */
type Sdk = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, ResourceClass>>>> | undefined>
>;

/** Groups of Kubernetes itself: `apps`, `networking.k8s.io`, `rbac.authorization.k8s.io`. Definitions have others. */
const OWN_GROUP = /^([a-z]+)(?:\.k8s\.io|\.authorization\.k8s\.io|\.apiserver\.k8s\.io)?$/;

/** The name of a resource: wherever its object stands in a list, it stays the same. */
function resourceName(owner: string, { metadata: { namespace, name } }: Manifest): string {
  return namespace === undefined ? `${owner}:${name}` : `${owner}:${namespace}/${name}`;
}

/**
 * Makes the resource of an object, by the SDK's class for its kind, or as a CustomResource.
 * @param owner name of the component that it belongs to
 */
export function kubernetesObject(
  owner: string,
  manifest: Manifest,
  { content: hidesContent, metadata: hidesMetadata }: Secrecy,
  opts: pulumi.CustomResourceOptions,
): KubernetesResource {
  // Loaded on use: it takes as long as all else together.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const sdk = require('@pulumi/kubernetes') as typeof import('@pulumi/kubernetes');
  const { apiVersion, kind, metadata, ...content } = manifest;
  const [, group, version] = /^(?:(.*)\/)?(.*)$/.exec(apiVersion) ?? [];
  const [, ownGroup] = group === undefined ? ['', 'core'] : (OWN_GROUP.exec(group) ?? []);
  const known =
    ownGroup === undefined ? undefined : (sdk as unknown as Sdk)[ownGroup]?.[version ?? '']?.[kind];
  const Class = known ?? (sdk.apiextensions.CustomResource as unknown as ResourceClass);
  const secret = (isSecret: boolean, value: unknown): unknown => (isSecret ? pulumi.secret(value) : value);
  const args = {
    apiVersion,
    kind,
    metadata: secret(hidesMetadata, metadata),
    ...Object.fromEntries(
      Object.entries(content).map(([field, value]) => [field, secret(hidesContent, value)]),
    ),
  };
  return new Class(resourceName(owner, manifest), args, {
    ...opts,
    // Names are fixed, so that what is replaced has to go first.
    deleteBeforeReplace: true,
    replaceOnChanges: replacedOnChangesOf(manifest),
  });
}
