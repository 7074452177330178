/** What a component shows of the objects that were deployed for it. */
import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { KubernetesResource } from './kubernetes-object';

/** An object as it was given to the provider, and its resource. */
export interface DeployedObject {
  readonly manifest: Manifest;
  readonly resource: KubernetesResource;
}

/** The objects of a component, in the order in which they are applied. */
export type DeployedObjects = pulumi.Output<readonly DeployedObject[]>;

/** A component may have no field for what it deploys: it would be part of its schema. */
const OBJECTS = new WeakMap<pulumi.ComponentResource, DeployedObjects>();
const DONE = new WeakMap<pulumi.ComponentResource, () => void>();

/**
 * What `initialize` of a component returns: who depends on the component waits until this is done, and so finds all
 * objects among its children, though some are made later than the component itself.
 */
export async function untilDeployed(component: pulumi.ComponentResource): Promise<void> {
  return new Promise((resolve) => DONE.set(component, resolve));
}

/** Remembers the objects of a component; it is initialized when they are known, or known to be unknown. */
export function setObjects(component: pulumi.ComponentResource, objects: DeployedObjects): void {
  OBJECTS.set(component, objects);
  // What fails is told where the outputs of the component are used.
  const settled = (objects as unknown as { promise(): Promise<unknown> }).promise().catch(() => undefined);
  void settled.then(() => DONE.get(component)?.());
}

/** Ends the construction of a component that deploys nothing, since it was refused. */
export function giveUp(component: pulumi.ComponentResource): void {
  DONE.get(component)?.();
}

/** The objects of a component as plain data: what a diagram is drawn from. A secret if one is among them. */
export function manifestsOf(component: pulumi.ComponentResource): pulumi.Output<Manifest[]> {
  const objects = OBJECTS.get(component) ?? pulumi.output([]);
  return objects.apply((all) => all.map(({ manifest }) => manifest));
}

/** Name and namespace of an object, known once it is there. */
export interface ObjectIdentity {
  readonly name: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
}

/** Those of the main object, which is the last one; both empty if nothing was deployed. */
export function identityOf(objects: DeployedObjects): ObjectIdentity {
  const none = { name: '', namespace: '' };
  const metadata = objects.apply((all) => all.at(-1)?.resource.metadata ?? pulumi.output(none));
  // Names are no secrets, whatever else is one.
  return {
    name: pulumi.unsecret(metadata.apply(({ name }) => name)),
    namespace: pulumi.unsecret(metadata.apply(({ namespace = '' }) => namespace)),
  };
}
