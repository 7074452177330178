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

const OBJECTS = new WeakMap<pulumi.ComponentResource, DeployedObjects>();

/** Remembers the objects of a component: it may have no field for them, which would be part of its schema. */
export function setObjects(component: pulumi.ComponentResource, objects: DeployedObjects): void {
  OBJECTS.set(component, objects);
}

/** The objects of a component as plain data: what a diagram is drawn from. */
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
  return {
    name: metadata.apply(({ name }) => name),
    namespace: metadata.apply(({ namespace = '' }) => namespace),
  };
}
