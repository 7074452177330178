/** A spec some of whose values are known later: what a check may rely on. */
import { Tree, isTree } from '../tree';
import { UsernetesClusterSpec } from './spec';

/** The same fields, any of which may be missing at any depth. */
export type Known<T> = T extends readonly (infer Item)[]
  ? readonly Known<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]?: Known<T[Field]> }
    : T;

/** What is known of a spec: fields whose values come later are undefined, and named in a list of their own. */
export type KnownUsernetesClusterSpec = Known<UsernetesClusterSpec>;

/** What a field holds, by its path, and whether it was given at all. */
export class Given {
  private readonly later: ReadonlySet<string>;

  /**
   * @param spec what is known
   * @param unknown paths of fields that are given, with a value that is not known yet: `network.vpcId`
   */
  public constructor(
    public readonly spec: Tree,
    public readonly unknown: readonly string[],
  ) {
    this.later = new Set(unknown);
  }

  /** Is there a value, now or later? */
  public has(path: string): boolean {
    return this.later.has(path) || this.at(path) !== undefined;
  }

  /** Will the value be known later only? */
  public isLater(path: string): boolean {
    return this.later.has(path);
  }

  /** The value, as far as it is known. */
  public at(path: string): unknown {
    return path
      .split('.')
      .reduce<unknown>((value, field) => (isTree(value) ? value[field] : undefined), this.spec);
  }
}
