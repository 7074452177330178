/** Components that may be given where the model takes a reference: a SharedVolume as a claim, a FluxDistribute to go through. */
import * as pulumi from '@pulumi/pulumi';

import { RESOURCE_RULE as STRANGER } from '../model/cluster-wait';
import { problemOf } from '../model/construct-rule';
import { Problem } from '../model/problems';
import { stopAtProblems } from './invalid-args';

const REFERENCES = new WeakMap<pulumi.Resource, pulumi.Output<unknown>>();

/** Says what stands for a component among arguments. */
export function setReference(component: pulumi.Resource, reference: pulumi.Output<unknown>): void {
  REFERENCES.set(component, reference);
}

/**
 * Arguments with references in place of the components among them, at any depth.
 * @throws InputPropertiesError for a resource that nothing stands for
 */
export function withReferences<T>(subject: string, args: T): T {
  const strangers: Problem[] = [];
  const replaced = replacedAt('', args, strangers) as T;
  stopAtProblems(subject, strangers);
  return replaced;
}

function replacedAt(path: string, value: unknown, strangers: Problem[]): unknown {
  if (pulumi.Resource.isInstance(value)) {
    const reference = REFERENCES.get(value);
    if (!reference) strangers.push(problemOf(STRANGER, path, undefined));
    return reference;
  }
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return value;
  if (Array.isArray(value)) return value.map((one, index) => replacedAt(`${path}[${index}]`, one, strangers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      replacedAt(path === '' ? name : `${path}.${name}`, one, strangers),
    ]),
  );
}
