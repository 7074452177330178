import * as pulumi from '@pulumi/pulumi';

/** What names the objects of a component. */
export interface ObjectMetadata {
  /**
   * Name of the main object, and the start of the names of all others.
   * @default - the name of the component
   */
  readonly name?: pulumi.Input<string>;
  /**
   * Namespace of all objects. It has to exist.
   * @default - that of the provider
   */
  readonly namespace?: pulumi.Input<string>;
  /**
   * Labels on all objects.
   * @default - none
   */
  readonly labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Annotations on all objects.
   * @default - none
   */
  readonly annotations?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}
