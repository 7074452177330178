/** The renderers of the model, with every manifest checked that they give. */
import * as job from '../../src/model/job';
import * as model from '../../src/model/minicluster';
import { Manifest, Metadata } from '../../src/model/manifest';
import { checked } from './checked';
import { applicable } from './pod-references';

export function miniCluster(metadata: Metadata, input: model.MiniClusterInput): Manifest[] {
  return checked(model.miniCluster(metadata, input), input.operatorVersion);
}

export function miniClusterV1Alpha1(metadata: Metadata, input: model.MiniClusterV1Alpha1Input): Manifest[] {
  return checked(model.miniClusterV1Alpha1(metadata, input));
}

export function miniClusterJob(metadata: Metadata, input: job.MiniClusterJobInput): Manifest[] {
  return applicable(checked(job.miniClusterJob(metadata, input)));
}
