import { ApiObject, ApiObjectMetadata, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { Metadata } from '../model/manifest';
import { LONGEST_NAME, RenderedMiniCluster } from '../model/minicluster';
import { addObject } from './add-object';
import { CheckedObject } from './checked-object';
import { ClustersOfApp } from './clusters-of-app';
import { OperatorOfApp } from './operator-of-app';
import { stopAtErrors } from './stop-at-errors';

/** The main object of a construct. */
export interface MainObject {
  /** What messages call the construct. */
  readonly construct: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Adds the manifests of a MiniCluster to its construct: the custom resource or Job as the main child, and before it
 * the objects that it needs.
 *
 * @returns the main child
 */
export function addMiniCluster(
  construct: Construct,
  main: MainObject,
  metadata: ApiObjectMetadata | undefined,
  render: (named: Metadata) => RenderedMiniCluster,
): ApiObject {
  const { apiVersion, kind } = main;
  const props = { apiVersion, kind };
  let resource = new CheckedObject(construct, 'Resource', { ...props, metadata });
  if (metadata?.name === undefined && resource.name.length > LONGEST_NAME) {
    construct.node.tryRemoveChild('Resource');
    const name = Names.toDnsLabel(construct, { maxLen: LONGEST_NAME });
    resource = new CheckedObject(construct, 'Resource', { ...props, metadata: { ...metadata, name } });
  }

  const rendered = render({
    name: resource.name,
    namespace: resource.metadata.namespace,
    labels: metadata?.labels,
    annotations: metadata?.annotations,
  });
  stopAtErrors(construct, main.construct, rendered.problems);
  for (const manifest of rendered.manifests) {
    const { name, labels = {} } = manifest.metadata;
    if (manifest.kind === kind && name === resource.name) {
      resource.spec = manifest.spec;
      for (const [label, value] of Object.entries(labels)) resource.metadata.addLabel(label, value);
    } else resource.addDependency(addObject(construct, `${manifest.kind}-${name}`, manifest));
  }
  ClustersOfApp.of(construct).add(construct.node.path, rendered);
  if (kind === 'MiniCluster')
    OperatorOfApp.of(construct).addMiniCluster(construct, resource.metadata.namespace);
  return resource;
}
