import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import {
  SharedVolumeMountOptions,
  checkMount,
  claimObject,
  isForReadersOnly,
  renderSharedVolume,
} from '../model/storage';
import { deployManifests } from './deploy-manifests';
import { manifestsOf, untilDeployed } from './deployed';
import { SharedVolumeSpecArgs, Volume } from './generated/args';
import { stopAtProblems } from './invalid-args';
import { ObjectMetadata } from './object-metadata';
import { setReference } from './references';

/** Arguments of a SharedVolume. */
export interface SharedVolumeArgs extends SharedVolumeSpecArgs {
  /**
   * What names the claim; labels and annotations go to the PersistentVolume too.
   * @default - the name of the component, the namespace of the provider
   */
  readonly metadata?: pulumi.Input<ObjectMetadata>;
}

/** A claim, as volumes of containers take it. */
export interface Claim {
  /** Its name. */
  readonly name: string;
  /** Its namespace, if it is known. */
  readonly namespace?: string;
  /** How it may be mounted, if that is known. */
  readonly accessModes?: string[];
  /** Is its file system known to lack a rename that replaces a file in one step? */
  readonly lacksRename?: boolean;
  /** Is its file system known to lack locks that hold for other nodes? */
  readonly lacksLocking?: boolean;
}

/**
 * Storage that outlives pods and is shared by them: a PersistentVolumeClaim, with the PersistentVolume for what no storage
 * class makes.
 *
 * `pulumi destroy` deletes the claim, and with it what a storage class with the policy `Delete` made; `protect` and
 * `retainOnDelete` among the options hold for the claim and the volume, too.
 *
 * @throws InputPropertiesError with every problem of the arguments
 */
export class SharedVolume extends pulumi.ComponentResource {
  /** Name of the claim. */
  public readonly name!: pulumi.Output<string>;
  /** Its namespace; empty for an existing claim. */
  public readonly namespace!: pulumi.Output<string>;
  /** The claim with its access modes, for `claim` of a volume. */
  public readonly claim!: pulumi.Output<Claim>;

  public constructor(name: string, args: SharedVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('flux-framework-constructs:index:SharedVolume', name, args, opts);
    const made = deployManifests({
      component: this,
      kind: 'SharedVolume',
      name,
      args,
      render: renderSharedVolume,
    });
    const { metadata, ...spec } = args;
    const claim = pulumi
      .all([pulumi.output(spec), made.name, made.namespace])
      .apply(([known, claimName, namespace]) => ({
        ...claimObject(claimName, known),
        ...(namespace !== '' && { namespace }),
      })) as pulumi.Output<Claim>;
    setReference(this, claim);
    const outputs = {
      name: claim.apply((object) => object.name),
      namespace: made.namespace,
      claim,
    };
    Object.assign(this, outputs);
    this.registerOutputs({ ...outputs });
  }

  /**
   * A mount of this volume, for `volumes` of a container. For programs in TypeScript and JavaScript.
   *
   * @param path where the container sees it, an absolute path
   * @throws InputPropertiesError with every problem of the path and the options
   */
  public mount(path: string, options: SharedVolumeMountOptions = {}): Volume {
    stopAtProblems('mount of a SharedVolume', checkMount(path, options));
    const { claim } = this;
    const isReadOnly = claim.apply(({ accessModes = [] }) => isForReadersOnly(accessModes));
    const { readOnly = isReadOnly, subPath } = options;
    return { claim, path, readOnly, ...(subPath !== undefined && { subPath }) };
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
