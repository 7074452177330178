import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { MiniClusterInput, renderMiniCluster } from '../model/minicluster';
import { addMiniCluster } from './add-minicluster';

const RESOURCE = {
  construct: 'MiniCluster',
  apiVersion: 'flux-framework.org/v1alpha2',
  kind: 'MiniCluster',
};

/** Properties of a MiniCluster: the spec of the custom resource, and what the library adds to it. */
export interface MiniClusterProps extends MiniClusterInput {
  /**
   * Metadata of the custom resource; labels and annotations go to the ConfigMap of its scripts too.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * A Flux cluster in Kubernetes, run by the Flux Operator (API version v1alpha2).
 *
 * Text that the operator would mangle travels in a ConfigMap. Warnings are told once at synth, as process
 * warnings with the code of their rule.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class MiniCluster extends Construct {
  /** The custom resource. JSON patches on it reach the manifest as written. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: MiniClusterProps) {
    super(scope, id);
    const { metadata, ...input } = props;
    this.apiObject = addMiniCluster(this, RESOURCE, metadata, (named) => renderMiniCluster(named, input));
  }

  /** Name of the custom resource, of its Job and, unless set otherwise, of its headless Service. */
  public get name(): string {
    return this.apiObject.name;
  }
}
