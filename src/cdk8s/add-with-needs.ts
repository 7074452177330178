import { ApiObject, ApiObjectMetadata, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { Manifest, Metadata } from '../model/manifest';
import { Problem, hasErrors, throwErrors } from '../model/problems';
import { addObject } from './add-object';

/** What a construct of the model gives: manifests, the last of which is the main one, and what is wrong. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/** What is rendered as a whole: its kind as messages call it, and the most characters that its name may have. */
export interface Whole {
  readonly construct: string;
  readonly longestName: number;
}

/**
 * Adds what the model renders for a construct: the main object as its main child, and before it those that it needs,
 * each after the one before.
 *
 * @returns the main object
 */
export function addWithNeeds(
  construct: Construct,
  { construct: kind, longestName }: Whole,
  metadata: ApiObjectMetadata | undefined,
  render: (named: Metadata) => Rendered,
): ApiObject {
  const { path, scope, id } = construct.node;
  const { manifests, problems } = render(nameOf(construct, longestName, metadata));
  if (hasErrors(problems)) {
    // Whoever catches the error and goes on must not render half of it.
    scope?.node.tryRemoveChild(id);
    throwErrors(`[${path}] ${kind}`, problems);
  }
  const last = manifests.length - 1;
  const objects = manifests.map((manifest, index) =>
    addObject(
      construct,
      index === last ? 'Resource' : `${manifest.kind}-${manifest.metadata.name}`,
      manifest,
    ),
  );
  objects.forEach((object, index) => {
    const previous = objects[index - 1];
    if (previous) object.addDependency(previous);
  });
  return ApiObject.of(construct.node.findChild('Resource'));
}

/** The metadata as an object of the chart has them, with a name made of the path where none is given. */
function nameOf(construct: Construct, maxLen: number, metadata: ApiObjectMetadata | undefined): Metadata {
  const object = new ApiObject(construct, 'Resource', { apiVersion: 'v1', kind: 'Named', metadata });
  construct.node.tryRemoveChild('Resource');
  return {
    name: metadata?.name ?? Names.toDnsLabel(construct, { maxLen }),
    namespace: object.metadata.namespace,
    labels: metadata?.labels,
    annotations: metadata?.annotations,
  };
}
