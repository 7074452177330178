import { Manifest, Metadata } from '../../manifest';
import { Problem, hasErrors, subjectOf, throwErrors } from '../../problems';
import { isTree } from '../../tree';
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { RenderedMiniCluster, isUnreadable } from '../minicluster';
import { copy, readMetadata, readSilence } from '../read-input';
import { ScriptFiles } from '../routes/script-files';
import { applyRules } from '../rules/rule';
import { checkStructure } from '../structure';
import { codesOf, servicesOf } from '../together';
import { Writable } from '../writable';
import { readV1Alpha1Cluster } from './cluster';
import { MiniClusterV1Alpha1Input } from './input';
import { applyV1Alpha1Routes } from './routes';
import { V1ALPHA1_RULES } from './rules';

/**
 * Renders a MiniCluster for the operator of the 0.1 releases, which serves v1alpha1: the custom resource, and
 * before it a ConfigMap with the texts that the operator would mangle, if there are any.
 *
 * @throws InvalidSpecError with all problems, if one of them is an error
 */
export function miniClusterV1Alpha1(metadata: Metadata, input: MiniClusterV1Alpha1Input): Manifest[] {
  const { manifests, problems } = renderMiniClusterV1Alpha1(metadata, input);
  throwErrors(subjectOf('MiniClusterV1Alpha1', metadata), problems);
  return [...manifests];
}

/** All that is wrong with a v1alpha1 MiniCluster, warnings included, without rendering it. */
export function checkMiniClusterV1Alpha1(
  metadata: Metadata,
  input: MiniClusterV1Alpha1Input,
): readonly Problem[] {
  return renderMiniClusterV1Alpha1(metadata, input).problems;
}

/** Renders and tells the problems in one go, for callers that name the MiniCluster in their own way. */
export function renderMiniClusterV1Alpha1(
  given: Metadata,
  input: MiniClusterV1Alpha1Input,
): RenderedMiniCluster {
  const { silence, ...rest } = isTree(input) ? input : ({} as MiniClusterV1Alpha1Input);
  const spec = copy(rest) as Writable<MiniClusterV1Alpha1Spec>;
  const problems: Problem[] = [];
  const metadata = readMetadata(given, problems);
  const silenced = new Set(
    readSilence(silence, V1ALPHA1_SILENCEABLE_CODES, problems).map(({ code }) => code),
  );
  problems.push(...checkStructure('v1alpha1', spec));
  if (isUnreadable(problems)) {
    return { manifests: [], problems, shown: { metadata, services: [], silenced } };
  }
  const scripts = new ScriptFiles(metadata);
  applyV1Alpha1Routes(spec, readV1Alpha1Cluster(metadata, spec), scripts, silenced);
  const cluster = readV1Alpha1Cluster(metadata, spec);
  problems.push(...applyRules(V1ALPHA1_RULES, cluster, '0.1', silenced));
  const resource = { apiVersion: 'flux-framework.org/v1alpha1', kind: 'MiniCluster', metadata, spec };
  return {
    manifests: hasErrors(problems) ? [] : [...scripts.manifests(), resource],
    problems,
    shown: {
      metadata,
      services: servicesOf(cluster.headlessName, cluster.sidecars),
      silenced,
    },
  };
}

/** What can be silenced in v1alpha1. */
export const V1ALPHA1_SILENCEABLE_CODES = codesOf(V1ALPHA1_RULES);
