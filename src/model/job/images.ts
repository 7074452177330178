/** How images are pulled. */

/** What is said of the pulling of an image. */
interface Pulled {
  readonly pullAlways?: boolean;
  readonly imagePullPolicy?: string;
}

/** When the kubelet pulls an image; as with the operator not only for want of a tag. */
export function pullPolicyOf({ pullAlways, imagePullPolicy }: Pulled = {}): string {
  return pullAlways ? 'Always' : (imagePullPolicy ?? 'IfNotPresent');
}

/** The Secrets that there are among these, each once. */
export function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names)].flatMap((name) => (name ? [name] : []));
}
