/** A spec judged as it is written, since that is what would be applied, and made into an input. */
import { Metadata } from '../../manifest';
import { Problem } from '../../problems';
import { v1alpha1, v1alpha2 } from '../api/generated/fields';
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { MiniClusterSpec } from '../api/v1alpha2';
import { headlessName, readCluster } from '../cluster';
import { MiniClusterInput, Silence } from '../input';
import { RenderedMiniCluster, SILENCEABLE_CODES, isUnreadable, renderMiniCluster } from '../minicluster';
import { OperatorVersion } from '../operator-version';
import { copy } from '../read-input';
import { ROUTED_CODES } from '../routes';
import { MINICLUSTER_RULES } from '../rules';
import { applyRules } from '../rules/rule';
import { checkStructure } from '../structure';
import { ShownToNeighbours, servicesOf } from '../together';
import { readV1Alpha1Cluster } from '../v1alpha1/cluster';
import { MiniClusterV1Alpha1Input } from '../v1alpha1/input';
import { V1ALPHA1_SILENCEABLE_CODES, renderMiniClusterV1Alpha1 } from '../v1alpha1/minicluster';
import { V1ALPHA1_ROUTED_CODES } from '../v1alpha1/routes';
import { V1ALPHA1_RULES } from '../v1alpha1/rules';
import { Writable } from '../writable';
import { takeBackEscapes, takeBackV1Alpha1Escapes, withQuantityTexts, withoutNulls } from './as-input';
import { ParseOptions } from './parsed';

/** What a spec means, and what is wrong with it as it is written. */
export interface Judged {
  /** Absent where fields have wrong types. */
  readonly input?: MiniClusterInput;
  readonly inputV1Alpha1?: MiniClusterV1Alpha1Input;
  readonly problems: readonly Problem[];
  /** Codes of problems that are gone when the library renders the input. */
  readonly mendable: ReadonlySet<string>;
  /** What its neighbours in the text have to know of it; absent where there is no input. */
  readonly shown?: ShownToNeighbours;
}

const NONE: ReadonlySet<string> = new Set();

export function judgeV1Alpha2(metadata: Metadata, given: unknown, options: ParseOptions): Judged {
  const spec = withoutNulls(copy(given)) as MiniClusterSpec;
  const { operatorVersion } = options;
  const release = operatorVersion ?? OperatorVersion.MAIN;
  const structure = checkStructure('v1alpha2', spec, release);
  if (isUnreadable(structure)) return { problems: structure, mendable: NONE };
  const { silence, silenced } = silencedOf(options, SILENCEABLE_CODES);
  const cluster = readCluster(metadata, spec, release);
  const found = applyRules(MINICLUSTER_RULES, cluster, release, silenced);
  const meant = withQuantityTexts(v1alpha2, spec) as Writable<MiniClusterSpec>;
  // Where a rule is silenced no route puts the escapes back.
  const settled = takeBackEscapes(meant, silenced);
  const problems = [...structure, ...unsettled(found, settled)];
  const input: MiniClusterInput = {
    ...meant,
    ...(operatorVersion && { operatorVersion }),
    ...(silence && { silence }),
  };
  const mendable = mendedBy(() => renderMiniCluster(metadata, input), problems, ROUTED_CODES);
  const services = servicesOf(headlessName(cluster), cluster.sidecars);
  return { input, problems, mendable, shown: { metadata, services, silenced } };
}

export function judgeV1Alpha1(metadata: Metadata, given: unknown, options: ParseOptions): Judged {
  const spec = withoutNulls(copy(given)) as MiniClusterV1Alpha1Spec;
  const structure = checkStructure('v1alpha1', spec);
  if (isUnreadable(structure)) return { problems: structure, mendable: NONE };
  const { silence, silenced } = silencedOf(options, V1ALPHA1_SILENCEABLE_CODES);
  const cluster = readV1Alpha1Cluster(metadata, spec);
  const found = applyRules(V1ALPHA1_RULES, cluster, '0.1', silenced);
  const meant = withQuantityTexts(v1alpha1, spec) as Writable<MiniClusterV1Alpha1Spec>;
  const settled = takeBackV1Alpha1Escapes(meant, silenced);
  const problems = [...structure, ...unsettled(found, settled)];
  const inputV1Alpha1 = { ...meant, ...(silence && { silence }) };
  const render = (): RenderedMiniCluster => renderMiniClusterV1Alpha1(metadata, inputV1Alpha1);
  const mendable = mendedBy(render, problems, V1ALPHA1_ROUTED_CODES);
  const services = servicesOf(cluster.headlessName, cluster.sidecars);
  return { inputV1Alpha1, problems, mendable, shown: { metadata, services, silenced } };
}

/** A list for files of both API versions, cut to the one at hand. */
function silencedOf(
  { silence: given }: ParseOptions,
  known: ReadonlySet<string>,
): { silence?: Silence[]; silenced: ReadonlySet<string> } {
  const silence = given?.filter(({ code }) => known.has(code));
  return { silence, silenced: new Set(silence?.map(({ code }) => code)) };
}

/** Without those about texts that are escaped by hand, and so arrive as they are meant. */
function unsettled(found: readonly Problem[], settled: ReadonlySet<string>): readonly Problem[] {
  return settled.size === 0 ? found : found.filter(({ code, path }) => !settled.has(`${code} ${path}`));
}

/** The codes that a route could mend and that rendering leaves nothing of. */
function mendedBy(
  render: () => RenderedMiniCluster,
  problems: readonly Problem[],
  routed: ReadonlySet<string>,
): ReadonlySet<string> {
  const codes = new Set(problems.map(({ code }) => code).filter((code) => routed.has(code)));
  if (codes.size === 0) return NONE;
  for (const { code } of render().problems) codes.delete(code);
  return codes;
}
