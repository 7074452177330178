import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { Manifest } from '../model/manifest';
import { CheckedObject } from './checked-object';

/** Adds a manifest of the model as a child; one without a namespace gets none from its chart either. */
export function addObject(scope: Construct, id: string, manifest: Manifest): ApiObject {
  const object = objectOf(scope, id, manifest);
  if (manifest.metadata.namespace === undefined && object.metadata.namespace !== undefined)
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  return object;
}

function objectOf(scope: Construct, id: string, manifest: Manifest): ApiObject {
  const { spec, ...props } = manifest;
  if (spec === undefined) return new ApiObject(scope, id, manifest);
  const object = new CheckedObject(scope, id, props);
  object.spec = spec;
  return object;
}
