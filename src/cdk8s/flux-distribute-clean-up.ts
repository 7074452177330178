import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { NodeCleanUpSpec } from '../model/distribute/props';
import { addWithNeeds } from './add-with-needs';

/** Properties of a FluxDistributeCleanUp. */
export interface FluxDistributeCleanUpProps extends NodeCleanUpSpec {
  /** Metadata of the FluxDistribute that was; its name names the folders of the nodes. */
  readonly metadata: ApiObjectMetadata;
}

/**
 * A Job that removes from nodes what a FluxDistribute has left there, for clusters in which its DaemonSet is gone already.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class FluxDistributeCleanUp extends Construct {
  /** The Job. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: FluxDistributeCleanUpProps) {
    super(scope, id);
    // Loaded on use: most apps have none.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { renderCleanUp } = require('../model/distribute') as typeof import('../model/distribute');
    const { metadata, ...spec } = props;
    this.apiObject = addWithNeeds(this, 'FluxDistributeCleanUp', metadata, (named) =>
      renderCleanUp(named, spec),
    );
  }
}
