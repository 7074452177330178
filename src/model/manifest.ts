/** What names a rendered object: given by the caller, never made up by the model. */
export interface Metadata {
  /** Name of the object, and the start of the name of everything that belongs to it. */
  readonly name: string;
  /**
   * Namespace of every rendered object.
   * @default - none is written, so that the namespace of whoever applies the manifest holds
   */
  readonly namespace?: string;
  /**
   * Labels on every rendered object (not on pods; those have their own field).
   * @default - none
   */
  readonly labels?: Record<string, string>;
  /**
   * Annotations on every rendered object.
   * @default - none
   */
  readonly annotations?: Record<string, string>;
}

/** One Kubernetes object as plain data, ready to be written as YAML or JSON. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  /** The desired state, where the kind has one. */
  readonly spec?: unknown;
  /** The content, where the kind is a ConfigMap or a Secret. */
  readonly data?: Record<string, string>;
  /** Can its content never change? Of a ConfigMap or a Secret. */
  readonly immutable?: boolean;
  /** The kind of a Secret. */
  readonly type?: string;
}

/** Anything that has a name: an object of any cdk8s-plus, of another library, or a literal. */
export interface NamedObject {
  /** Its name. */
  readonly name: string;
}
