import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { MiniClusterJobInput, renderMiniClusterJob } from '../model/job';
import { addMiniCluster } from './add-minicluster';

const JOB = { construct: 'MiniClusterJob', apiVersion: 'batch/v1', kind: 'Job' };

/** Properties of a MiniClusterJob: the spec of a MiniCluster, and what the job engine adds to it. */
export interface MiniClusterJobProps extends MiniClusterJobInput {
  /**
   * Metadata of the Job; namespace, labels and annotations go to all objects.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * A Flux cluster in Kubernetes that needs no operator: an Indexed Job, and plain objects of its namespace.
 *
 * Warnings are told once at synth, as process warnings with the code of their rule.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class MiniClusterJob extends Construct {
  /** The Job. JSON patches on it reach the manifest as written; its template can't be changed once it is applied. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: MiniClusterJobProps) {
    super(scope, id);
    const { metadata, ...input } = props;
    this.apiObject = addMiniCluster(this, JOB, metadata, (named) => renderMiniClusterJob(named, input));
  }

  /** Name of the Job and, unless set otherwise, of its headless Service; the start of the names of all its objects. */
  public get name(): string {
    return this.apiObject.name;
  }
}
