import {
  ApiObject,
  ApiObjectProps,
  App,
  ImplicitTokenResolver,
  JsonPatch,
  Lazy,
  LazyResolver,
  NumberStringUnionResolver,
} from 'cdk8s';
import { Construct } from 'constructs';

/** The resolvers that every app has: they replace instances of classes. */
const BUILT_IN = [LazyResolver, ImplicitTokenResolver, NumberStringUnionResolver];

/**
 * An object whose spec is plain data that has been checked, so that cdk8s's own resolvers find nothing in it to
 * replace. Looking for it in every value is a large part of what an object costs at synth, so the spec is shown only to
 * further resolvers, where an app has them: those of other frameworks, for their tokens.
 */
export class CheckedObject extends ApiObject {
  /** Rendered once the name of this object is known. */
  public spec: unknown;

  private readonly ownPatches: JsonPatch[] = [];
  private readonly shown: { spec?: unknown };

  public constructor(scope: Construct, id: string, props: ApiObjectProps) {
    const shown: { spec?: unknown } = {};
    super(scope, id, { ...props, spec: Lazy.any({ produce: () => shown.spec }) as unknown });
    this.shown = shown;
  }

  public override addJsonPatch(...operations: JsonPatch[]): void {
    this.ownPatches.push(...operations);
  }

  public override toJson(): unknown {
    const hasFurtherResolvers = App.of(this).resolvers.some(
      (resolver) => !BUILT_IN.some((builtIn) => resolver instanceof builtIn),
    );
    this.shown.spec = hasFurtherResolvers ? this.spec : undefined;
    const head = super.toJson() as object;
    const whole = hasFurtherResolvers ? head : { ...head, spec: inOrder(this.spec) };
    return this.ownPatches.length > 0 ? this.patch(whole) : whole;
  }

  private patch(document: unknown): unknown {
    try {
      return JsonPatch.apply(document, ...this.ownPatches) as unknown;
    } catch (error) {
      throw new Error(`${this.node.path}: a JSON patch can't be applied: ${String(error)}`);
    }
  }
}

/** With sorted keys, as cdk8s writes all data unless it is told not to. */
function inOrder(value: unknown): unknown {
  // Asked once: variables of the environment are slow to read.
  const isSorted = !process.env.CDK8S_DISABLE_SORT;
  const ordered = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(ordered);
    const keys = Object.keys(part);
    if (isSorted) keys.sort();
    const result: Record<string, unknown> = {};
    for (const key of keys) result[key] = ordered((part as Record<string, unknown>)[key]);
    return result;
  };
  return ordered(value);
}
