import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { FluxOperatorNaming, FluxOperatorSpecArgs } from './generated/args';

/** Arguments of a FluxOperator. */
export interface FluxOperatorArgs extends FluxOperatorSpecArgs {
  /**
   * Names, labels and annotations of the objects. The namespace is the operator's own: MiniClusters belong elsewhere.
   * @default - name 'flux-operator', namespace 'operator-system'
   */
  readonly metadata?: pulumi.Input<FluxOperatorNaming>;
}

/**
 * The Flux Operator: namespace, CustomResourceDefinition (v1alpha2), ServiceAccount, roles and bindings with no right
 * that the operator's code does not use, metrics Service, and a Deployment for each architecture that has an image.
 *
 * A Kubernetes cluster has at most one. Each MiniCluster of a program needs it: name it as `dependsOn` there.
 * `pulumi up` waits until the operator runs, where there is one Deployment; of several, one is enough for the operator.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class FluxOperator extends pulumi.ComponentResource {
  /** Namespace of the operator. */
  public readonly namespace!: pulumi.Output<string>;

  public constructor(name: string, args: FluxOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:FluxOperator', name, args, opts);
    // Loaded on use: it has the whole definition.
    const { renderFluxOperator } =
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      require('../model/flux-operator') as typeof import('../model/flux-operator');
    const { namespace } = deployManifests({
      component: this,
      kind: 'FluxOperator',
      name,
      args,
      // The name of the component is not the operator's: roles that stay have that.
      render: (_, spec, metadata) => renderFluxOperator(metadata, spec),
    });
    Object.assign(this, { namespace });
    this.registerOutputs({ namespace });
  }

  /** What is deployed, as plain data. For programs in TypeScript and JavaScript. */
  public get manifests(): pulumi.Output<Manifest[]> {
    return manifestsOf(this);
  }

  /** @internal What depends on this component waits until all of its objects are there. */
  protected override async initialize(): Promise<void> {
    return untilDeployed(this);
  }
}
