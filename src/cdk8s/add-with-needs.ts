import { ApiObject, ApiObjectMetadata, Chart, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { Manifest, Metadata } from '../model/manifest';
import { LONGEST_NAME } from '../model/node-pod';
import { Problem } from '../model/problems';
import { addObject } from './add-object';
import { stopAtErrors } from './stop-at-errors';

/** What a construct of the model gives: manifests, the last of which is the main one, and what is wrong. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Adds what the model renders for a construct: the main object as its main child, and before it those that it needs,
 * each after the one before.
 *
 * @param kind what messages call the construct
 * @returns the main object
 */
export function addWithNeeds(
  construct: Construct,
  kind: string,
  metadata: ApiObjectMetadata | undefined,
  render: (named: Metadata) => Rendered,
): ApiObject {
  const { manifests, problems } = render(nameOf(construct, metadata));
  stopAtErrors(construct, kind, problems);
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
function nameOf(construct: Construct, metadata: ApiObjectMetadata | undefined): Metadata {
  return {
    name: metadata?.name ?? Names.toDnsLabel(construct, { maxLen: LONGEST_NAME }),
    namespace: metadata?.namespace ?? Chart.of(construct).namespace,
    labels: metadata?.labels,
    annotations: metadata?.annotations,
  };
}
