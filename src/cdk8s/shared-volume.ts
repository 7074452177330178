import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { VolumeInput } from '../model/minicluster';
import { throwErrors } from '../model/problems';
import {
  ClaimObject,
  SharedVolumeMountOptions,
  SharedVolumeSpec,
  checkMount,
  claimObject,
  isForReadersOnly,
  renderSharedVolume,
} from '../model/storage';
import { addObject } from './add-object';
import { CheckedObject } from './checked-object';
import { stopAtErrors } from './stop-at-errors';

/** Properties of a shared volume: what it is, and what its objects are called. */
export interface SharedVolumeProps extends SharedVolumeSpec {
  /**
   * Metadata of the claim; labels and annotations go to the PersistentVolume too.
   * @default - a name made of the path of the construct, the namespace and labels of the chart
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * A claim as every cdk8s-plus takes one: it has all that IPersistentVolumeClaim of cdk8s-plus-28 and of newer ones asks
 * for, so that neither the package nor its types are needed where nobody uses them.
 */
export interface VolumeClaim extends IConstruct, ClaimObject {
  /** `v1`. */
  readonly apiVersion: string;
  /** The empty text: the core group. */
  readonly apiGroup: string;
  /** `PersistentVolumeClaim`. */
  readonly kind: string;
  /** `persistentvolumeclaims`, as roles name it. */
  readonly resourceType: string;
  /** The name, as roles have it. */
  readonly resourceName?: string;
}

/**
 * Storage that outlives pods and is shared by them: a PersistentVolumeClaim, with the PersistentVolume for what no storage
 * class makes.
 *
 * @throws InvalidSpecError with the path of the construct and every problem of the properties
 */
export class SharedVolume extends Construct implements VolumeClaim {
  /** The claim; undefined for an existing one, of which nothing is rendered. */
  public readonly apiObject?: ApiObject;
  /** The PersistentVolume; undefined where a storage class makes it, and for an existing claim. */
  public readonly persistentVolume?: ApiObject;

  public readonly apiVersion = 'v1';
  public readonly apiGroup = '';
  public readonly kind = 'PersistentVolumeClaim';
  public readonly resourceType = 'persistentvolumeclaims';

  private readonly shown: ClaimObject;

  public constructor(scope: Construct, id: string, props: SharedVolumeProps) {
    super(scope, id);
    // A caller without a compiler may have left them out.
    const { metadata, ...spec } = { ...props };
    const { apiVersion, kind } = this;
    const resource =
      spec.existingClaim === undefined
        ? new CheckedObject(this, 'Resource', { apiVersion, kind, metadata })
        : undefined;
    const named = {
      name: resource?.name ?? id,
      namespace: resource?.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
    };
    const { manifests, problems } = renderSharedVolume(named, spec);
    stopAtErrors(this, 'SharedVolume', problems);
    this.shown = { ...claimObject(named.name, spec), namespace: named.namespace };
    this.apiObject = resource;
    for (const manifest of manifests) {
      if (manifest.kind === kind && resource) resource.spec = manifest.spec;
      else this.persistentVolume = addObject(this, 'PersistentVolume', manifest);
    }
    if (this.persistentVolume) resource?.addDependency(this.persistentVolume);
  }

  /** Name of the claim. */
  public get name(): string {
    return this.shown.name;
  }

  /** Namespace of the claim; undefined for an existing one, and where neither metadata nor chart name one. */
  public get namespace(): string | undefined {
    return this.shown.namespace;
  }

  /** Name of the claim, as roles have it. */
  public get resourceName(): string {
    return this.name;
  }

  /** How the volume may be mounted; undefined for an existing claim that was not said to have any. */
  public get accessModes(): readonly string[] | undefined {
    return this.shown.accessModes;
  }

  /** Is its file system known to lack a rename that replaces a file in one step? */
  public get lacksRename(): boolean {
    return this.shown.lacksRename ?? false;
  }

  /** Is its file system known to lack locks (`flock`) that hold for other nodes? */
  public get lacksLocking(): boolean {
    return this.shown.lacksLocking ?? false;
  }

  /**
   * The claim, for workloads of your own: an IPersistentVolumeClaim of cdk8s-plus-28 and of newer ones, for
   * `Volume.fromPersistentVolumeClaim`.
   */
  public get claim(): VolumeClaim {
    return this;
  }

  /**
   * A mount of this volume, for `volumes` of a container.
   *
   * @param path where the container sees it, an absolute path
   * @throws InvalidSpecError with every problem of the path and the options
   */
  public mount(path: string, options: SharedVolumeMountOptions = {}): VolumeInput {
    throwErrors(`[${this.node.path}] mount`, checkMount(path, options));
    const { readOnly = isForReadersOnly(this.accessModes), subPath } = options;
    return {
      claim: this,
      path,
      ...(readOnly && { readOnly }),
      ...(subPath !== undefined && { subPath }),
    };
  }
}
