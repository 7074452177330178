import * as pulumi from '@pulumi/pulumi';

import { UsernetesClusterSpec, checkUserData, nodeConfig, userData } from '../model/usernetes';
import { StoredBundle } from './bundle';
import { stopAtProblems } from '../pulumi/invalid-args';
import { Found } from './lookup';

/** What user data are made from. */
export interface UserDataPlan {
  readonly subject: string;
  readonly cluster: string;
  readonly spec: pulumi.Output<UsernetesClusterSpec>;
  readonly found: pulumi.Output<Found>;
  readonly bundle: StoredBundle;
}

/** What every node starts with, as base64: the same for all of them, however many there are. */
export function userDataOf({ subject, cluster, spec, found, bundle }: UserDataPlan): pulumi.Output<string> {
  return pulumi
    .all([spec, found, bundle.bucket, bundle.key])
    .apply(([known, { block, layout }, bucket, key]) => {
      const config = nodeConfig(known, {
        cluster,
        firstAddress: block.firstAddress,
        efa: layout.efa,
        bundle: { bucket, key, sha256: bundle.sha256 },
      });
      const data = userData(config);
      stopAtProblems(subject, checkUserData(data));
      return data.base64;
    });
}
