import * as pulumi from '@pulumi/pulumi';

import { Manifest } from '../model/manifest';
import { Surroundings, withWait } from './await-annotations';
import { DeployedObject } from './deployed';
import { OPEN, Secrecy, kubernetesObject } from './kubernetes-object';
import { changingWithScripts } from './replacement';

/** What an object is deployed with. */
export interface ObjectPlan extends Surroundings {
  readonly parent: pulumi.Resource;
  /** Name of the component that it belongs to. */
  readonly owner: string;
  /** Objects that it needs, which are there before. */
  readonly needs: readonly DeployedObject[];
  /** What its arguments come from, which has to stay until it is gone. */
  readonly origins?: pulumi.Output<readonly pulumi.Resource[]>;
  /** Where a secret is in it; without it nowhere. */
  readonly secrecy?: Secrecy;
}

/** Makes the resource of an object: with what the provider waits for, and after all that it needs. */
export function deployObject(manifest: Manifest, plan: ObjectPlan): DeployedObject {
  const { parent, owner, needs, origins, secrecy = OPEN } = plan;
  const before = needs.map(({ resource }): pulumi.Resource => resource);
  const awaited = withWait(manifest, plan);
  const given = changingWithScripts(
    awaited,
    needs.map((need) => need.manifest),
  );
  const dependsOn = origins ? origins.apply(() => before) : before;
  return { manifest: given, resource: kubernetesObject(owner, given, secrecy, { parent, dependsOn }) };
}
