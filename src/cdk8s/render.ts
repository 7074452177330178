import { ApiObject, ApiObjectMetadata, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { Metadata } from '../model/manifest';
import { LONGEST_NAME, RenderedMiniCluster } from '../model/minicluster';
import { hasErrors, throwErrors } from '../model/problems';
import { CheckedObject } from './checked-object';
import { ClustersOfApp } from './clusters-of-app';
import { OperatorOfApp } from './operator-of-app';

/**
 * Adds the manifests of a MiniCluster to its construct: the custom resource as the main child, and before it
 * the objects that it needs.
 *
 * @returns the custom resource
 */
export function addMiniCluster(
  construct: Construct,
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
  metadata: ApiObjectMetadata | undefined,
  render: (named: Metadata) => RenderedMiniCluster,
): ApiObject {
  const props = { apiVersion, kind: 'MiniCluster' };
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
  const { path, scope, id } = construct.node;
  if (hasErrors(rendered.problems)) {
    // Whoever catches the error and goes on must not render half a MiniCluster.
    scope?.node.tryRemoveChild(id);
    throwErrors(`[${path}] ${kind}`, rendered.problems);
  }
  for (const manifest of rendered.manifests) {
    if (manifest.kind === 'MiniCluster') resource.spec = manifest.spec;
    else resource.addDependency(new ApiObject(construct, manifest.kind, manifest));
  }
  ClustersOfApp.of(construct).add(path, rendered);
  OperatorOfApp.of(construct).addMiniCluster(construct, resource.metadata.namespace);
  return resource;
}
