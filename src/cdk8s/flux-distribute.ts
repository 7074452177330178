import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { DistributedFlux } from '../model/content/props';
import type { DistributeInCluster } from '../model/distribute';
import { FluxDistributeSpec } from '../model/distribute/props';
import { addWithNeeds } from './add-with-needs';
import { perApp } from './per-app';

/** Properties of a FluxDistribute. */
export interface FluxDistributeProps extends FluxDistributeSpec {
  /**
   * Metadata of the DaemonSet; namespace, labels and annotations go to all objects.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/** Those of one app, which may stand on the same nodes. */
const distributesOf = perApp((): DistributeInCluster[] => []);

/**
 * Flux on the nodes of the Kubernetes cluster: a DaemonSet that installs it, runs a broker on each node, and follows as
 * nodes come and go.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class FluxDistribute extends Construct implements DistributedFlux {
  /** The DaemonSet. JSON patches on it reach the manifest as written. */
  public readonly apiObject: ApiObject;

  /** Its options, for those that go by its folders and nodes. */
  public readonly spec: FluxDistributeSpec;

  public constructor(scope: Construct, id: string, props: FluxDistributeProps = {}) {
    super(scope, id);
    const { metadata, ...spec } = props;
    // Loaded on use: most apps have none.
    const { checkDistributesTogether, renderFluxDistribute } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      require('../model/distribute') as typeof import('../model/distribute');
    const others = distributesOf(this);
    this.apiObject = addWithNeeds(this, 'FluxDistribute', metadata, (named) => {
      const { manifests, problems } = renderFluxDistribute(named, spec);
      const one = { metadata: named, spec };
      const all = [...problems, ...(manifests.length > 0 ? checkDistributesTogether(one, others) : [])];
      if (all.length === 0) others.push(one);
      return { manifests, problems: all };
    });
    this.spec = spec;
  }

  /** Name of the DaemonSet; the start of the names of all objects. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Namespace of all objects but those of the whole cluster. */
  public get namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }
}
