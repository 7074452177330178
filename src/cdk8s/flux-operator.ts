import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { problemOf } from '../model/construct-rule';
import { FluxOperatorMetadata, FluxOperatorSpec, RULES, renderFluxOperator } from '../model/flux-operator';
import { Manifest } from '../model/manifest';
import { addObject } from './add-object';
import { OperatorOfApp } from './operator-of-app';
import { stopAtErrors } from './stop-at-errors';

/** Properties of the operator: how it is installed, and what its objects are called. */
export interface FluxOperatorProps extends FluxOperatorSpec {
  /**
   * Names, labels and annotations of the objects. The namespace of the chart does not count: MiniClusters belong
   * there, and the operator must not share a namespace with them.
   * @default - name 'flux-operator', namespace 'operator-system'
   */
  readonly metadata?: FluxOperatorMetadata;
}

/**
 * The Flux Operator: namespace, CustomResourceDefinition (v1alpha2), ServiceAccount, roles and bindings with no right
 * that the operator's code does not use, metrics Service, and a Deployment for each architecture that has an image.
 *
 * Every MiniCluster of the app depends on it, whichever is constructed first and in whichever chart. One app has at
 * most one.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class FluxOperator extends Construct {
  /** The definition of the custom resource MiniCluster. */
  public readonly customResourceDefinition: ApiObject;

  /** One for each architecture that has an image. JSON patches on them reach the manifest as written. */
  public readonly deployments: readonly ApiObject[];

  public constructor(scope: Construct, id: string, props: FluxOperatorProps) {
    super(scope, id);
    const deployments: ApiObject[] = [];
    let previous: ApiObject | undefined;
    // A caller without a compiler may have left them out.
    for (const manifest of this.render({ ...props })) {
      const isDeployment = manifest.kind === 'Deployment';
      const object = addObject(this, isDeployment ? deploymentId(manifest) : manifest.kind, manifest);
      if (previous) object.addDependency(previous);
      // The Deployments come last, and don't wait for each other.
      if (isDeployment) deployments.push(object);
      else previous = object;
    }
    this.customResourceDefinition = ApiObject.of(this.node.findChild('CustomResourceDefinition'));
    this.deployments = deployments;
    const namespace = deployments[0]?.metadata.namespace ?? '';
    OperatorOfApp.of(this).addOperator(this, namespace, deployments);
  }

  private render({ metadata, ...spec }: FluxOperatorProps): readonly Manifest[] {
    const other = OperatorOfApp.of(this).path;
    const { manifests, problems } = renderFluxOperator(metadata, spec);
    const all = [...problems];
    if (other !== undefined) all.push(problemOf(RULES.twice, 'the operator', other));
    stopAtErrors(this, 'FluxOperator', all);
    return manifests;
  }
}

/** The same for the same architecture, whatever other Deployments there are. */
function deploymentId({ metadata }: Manifest): string {
  return `Deployment-${metadata.labels?.['flux-framework.org/architecture'] ?? ''}`;
}
