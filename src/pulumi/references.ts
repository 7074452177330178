/** Components that may be given where the model takes a reference: a SharedVolume as a claim, a FluxDistribute to go through. */
import * as pulumi from '@pulumi/pulumi';

const REFERENCES = new WeakMap<pulumi.Resource, pulumi.Output<unknown>>();

/** Says what stands for a component among arguments. */
export function setReference(component: pulumi.Resource, reference: pulumi.Output<unknown>): void {
  REFERENCES.set(component, reference);
}

/** Arguments with references in place of the components among them, at any depth. */
export function withReferences<T>(args: T): T {
  return replaced(args) as T;
}

function replaced(value: unknown): unknown {
  if (pulumi.Resource.isInstance(value)) return REFERENCES.get(value) ?? value;
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return value;
  if (Array.isArray(value)) return value.map(replaced);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one)]));
}
