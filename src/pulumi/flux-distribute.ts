import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { DistributedFlux, FluxDistributeOptions } from './generated/args';
import { ObjectMetadata } from './object-metadata';
import { setReference } from './references';

/** Arguments of a FluxDistribute. */
export interface FluxDistributeArgs extends FluxDistributeOptions {
  /**
   * What names the DaemonSet; namespace, labels and annotations go to all objects.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/**
 * Flux on the nodes of the Kubernetes cluster: a DaemonSet that installs it, runs a broker on each node, and follows as
 * nodes come and go.
 *
 * `pulumi up` waits until the pods of the DaemonSet are ready on the nodes that there are.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class FluxDistribute extends pulumi.ComponentResource {
  /** Name of the DaemonSet; the start of the names of all objects. */
  public readonly name!: pulumi.Output<string>;
  /** Namespace of all objects but those of the whole Kubernetes cluster. */
  public readonly namespace!: pulumi.Output<string>;
  /** What a ContentDistribution goes `through`. */
  public readonly distributed!: pulumi.Output<DistributedFlux>;

  public constructor(name: string, args: FluxDistributeArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:FluxDistribute', name, args, opts);
    // Loaded on use: most programs have none.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { renderFluxDistribute } = require('../model/distribute') as typeof import('../model/distribute');
    const identity = deployManifests({
      component: this,
      kind: 'FluxDistribute',
      name,
      args,
      render: renderFluxDistribute,
    });
    const { metadata, ...spec } = args;
    const distributed = pulumi.output({ ...identity, spec }) as pulumi.Output<DistributedFlux>;
    setReference(this, distributed);
    const outputs = { ...identity, distributed };
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
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
