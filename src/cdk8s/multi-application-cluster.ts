import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { MultiApplicationClusterInput } from '../model/applications/props';
import { addMiniCluster } from './add-minicluster';

const JOB = { construct: 'MultiApplicationCluster', apiVersion: 'batch/v1', kind: 'Job' };

/** Properties of a MultiApplicationCluster. */
export interface MultiApplicationClusterProps extends MultiApplicationClusterInput {
  /**
   * Metadata of the Job; namespace, labels and annotations go to all objects.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * Several applications in each pod, each a Flux instance over all pods, and a queue that hands jobs to them, so that no
 * core is given twice. It needs no operator: an Indexed Job, and plain objects of its namespace.
 *
 * Warnings are told once at synth, as process warnings with the code of their rule.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class MultiApplicationCluster extends Construct {
  /** The Job. JSON patches on it reach the manifest as written; its template can't be changed once it is applied. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: MultiApplicationClusterProps) {
    super(scope, id);
    // Loaded on use: most apps have none.
    const { renderMultiApplicationCluster } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      require('../model/applications') as typeof import('../model/applications');
    const { metadata, ...input } = props;
    this.apiObject = addMiniCluster(this, JOB, metadata, (named) =>
      renderMultiApplicationCluster(named, input),
    );
  }

  /** Name of the Job and, unless set otherwise, of its headless Service; the start of the names of all its objects. */
  public get name(): string {
    return this.apiObject.name;
  }
}
