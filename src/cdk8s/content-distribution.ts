import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { ContentDistributionSpec } from '../model/content/props';
import { addWithNeeds } from './add-with-needs';

/** Properties of a ContentDistribution. */
export interface ContentDistributionProps extends ContentDistributionSpec {
  /**
   * Metadata of the Job or Deployment; namespace, labels and annotations go to all objects.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * Container images and files on all nodes of a FluxDistribute, with one pull from the outside: a Job, or with `keep` a
 * Deployment that gives them to nodes that join later, too.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class ContentDistribution extends Construct {
  /** The Job or Deployment. JSON patches on it reach the manifest as written. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: ContentDistributionProps) {
    super(scope, id);
    // Loaded on use: most apps have none.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { renderContentDistribution } = require('../model/content') as typeof import('../model/content');
    // A caller without a compiler may have left them out.
    const { metadata, ...spec } = { ...props };
    this.apiObject = addWithNeeds(this, 'ContentDistribution', metadata, (named) =>
      renderContentDistribution(named, withoutConstruct(spec)),
    );
    // Where it is a construct, it is applied first.
    const through: unknown = spec.through;
    if (Construct.isConstruct(through)) this.node.addDependency(through);
  }

  /** Name of the Job or Deployment. */
  public get name(): string {
    return this.apiObject.name;
  }
}

/** What is said of the FluxDistribute: a construct has much else. */
function withoutConstruct(spec: ContentDistributionSpec): ContentDistributionSpec {
  const through = spec.through as ContentDistributionSpec['through'] | undefined;
  return through
    ? { ...spec, through: { name: through.name, namespace: through.namespace, spec: through.spec } }
    : spec;
}
