import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { MiniClusterV1Alpha1Input, renderMiniClusterV1Alpha1 } from '../model/minicluster';
import { addMiniCluster } from './add-minicluster';

const RESOURCE = {
  construct: 'MiniClusterV1Alpha1',
  apiVersion: 'flux-framework.org/v1alpha1',
  kind: 'MiniCluster',
};

/** Properties of a v1alpha1 MiniCluster: the spec of the custom resource, and what the library adds to it. */
export interface MiniClusterV1Alpha1Props extends MiniClusterV1Alpha1Input {
  /**
   * Metadata of the custom resource; labels and annotations go to the ConfigMap of its scripts too.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * A Flux cluster in Kubernetes, run by a Flux Operator of the 0.1 releases (API version v1alpha1).
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class MiniClusterV1Alpha1 extends Construct {
  /** The custom resource. JSON patches on it reach the manifest as written. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: MiniClusterV1Alpha1Props) {
    super(scope, id);
    const { metadata, ...input } = props;
    this.apiObject = addMiniCluster(this, RESOURCE, metadata, (named) =>
      renderMiniClusterV1Alpha1(named, input),
    );
  }

  /** Name of the custom resource and of its Job. */
  public get name(): string {
    return this.apiObject.name;
  }
}
