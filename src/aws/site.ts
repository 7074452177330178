import * as pulumi from '@pulumi/pulumi';

/** Tags by name. */
export type Tags = Readonly<Record<string, string>>;

/** Where resources belong, and what is on all of them. */
export interface Site {
  /** Name of the Pulumi component; those of its resources begin with it. */
  readonly name: string;
  /** The name in AWS: of the cluster, or of the image. */
  readonly title: string;
  readonly parent: pulumi.Resource;
  /**
   * Tags of everything. They are known only when what was looked up at AWS is found to fit, so that nothing is made
   * on input that does not.
   */
  readonly tags: pulumi.Output<Tags>;
}

/** What replaces something has its addresses: the old one goes before the new one comes. */
export const SAME_ADDRESSES: pulumi.CustomResourceOptions = { deleteBeforeReplace: true };

/** The tags of one thing: `Name`, what else it has, and those of everything. */
export function tagsOf({ title, tags }: Site, suffix = '', own: Tags = {}): pulumi.Output<Tags> {
  return tags.apply((all): Tags => ({ ...all, Name: suffix === '' ? title : `${title}-${suffix}`, ...own }));
}

/** The tags of everything, known when `valid` is: those that users give, and `own`. */
export function tagsOfAll(
  own: Tags,
  valid: pulumi.Output<unknown>,
  spec: pulumi.Output<{ readonly tags?: Tags }>,
): pulumi.Output<Tags> {
  return pulumi.all([valid, spec]).apply(([, { tags = {} }]): Tags => ({ ...tags, ...own }));
}
