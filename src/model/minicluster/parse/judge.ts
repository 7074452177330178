/** A spec judged as it is written, since that is what would be applied, and made into an input. */
import { Metadata } from '../../manifest';
import { Problem } from '../../problems';
import { v1alpha1, v1alpha2 } from '../api/generated/fields';
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { MiniClusterSpec } from '../api/v1alpha2';
import { readCluster } from '../cluster';
import { MiniClusterInput, Silence } from '../input';
import { RenderedMiniCluster, UNREADABLE, renderMiniCluster } from '../minicluster';
import { OperatorVersion } from '../operator-version';
import { copy } from '../read-input';
import { ROUTED_CODES } from '../routes';
import { MINICLUSTER_RULES } from '../rules';
import { applyRules } from '../rules/rule';
import { checkStructure } from '../structure';
import { codesOf } from '../together';
import { readV1Alpha1Cluster } from '../v1alpha1/cluster';
import { MiniClusterV1Alpha1Input } from '../v1alpha1/input';
import { renderMiniClusterV1Alpha1 } from '../v1alpha1/minicluster';
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
  /** Renders the input; absent where there is none. */
  readonly render?: () => RenderedMiniCluster;
}

/** What can be silenced: a list for files of both API versions is cut to the one at hand. */
const CODES = codesOf(MINICLUSTER_RULES);
const V1ALPHA1_CODES = codesOf(V1ALPHA1_RULES);

const NONE: ReadonlySet<string> = new Set();

export function judgeV1Alpha2(metadata: Metadata, given: unknown, options: ParseOptions): Judged {
  const spec = withoutNulls(copy(given)) as MiniClusterSpec;
  const release = options.operatorVersion ?? OperatorVersion.MAIN;
  const structure = checkStructure('v1alpha2', spec, release);
  if (isUnreadable(structure)) return { problems: structure, mendable: NONE };
  const cluster = readCluster(metadata, spec, release);
  const silence = options.silence?.filter(({ code }) => CODES.has(code));
  const found = applyRules(MINICLUSTER_RULES, cluster, release, silencedCodes(silence));
  const meant = withQuantityTexts(v1alpha2, spec) as Writable<MiniClusterSpec>;
  // Where a rule is silenced no route puts the escapes back.
  const settled = takeBackEscapes(meant, silencedCodes(silence));
  const { operatorVersion } = options;
  const input: MiniClusterInput = {
    ...meant,
    ...(operatorVersion && { operatorVersion }),
    ...(silence && { silence }),
  };
  const render = (): RenderedMiniCluster => renderMiniCluster(metadata, input);
  const problems = [...structure, ...unsettled(found, settled)];
  return { input, problems, mendable: mendedBy(render, problems, ROUTED_CODES), render };
}

export function judgeV1Alpha1(metadata: Metadata, given: unknown, options: ParseOptions): Judged {
  const spec = withoutNulls(copy(given)) as MiniClusterV1Alpha1Spec;
  const structure = checkStructure('v1alpha1', spec);
  if (isUnreadable(structure)) return { problems: structure, mendable: NONE };
  const cluster = readV1Alpha1Cluster(metadata, spec);
  const silence = options.silence?.filter(({ code }) => V1ALPHA1_CODES.has(code));
  const found = applyRules(V1ALPHA1_RULES, cluster, '0.1', silencedCodes(silence));
  const meant = withQuantityTexts(v1alpha1, spec) as Writable<MiniClusterV1Alpha1Spec>;
  const settled = takeBackV1Alpha1Escapes(meant, silencedCodes(silence));
  const problems = [...structure, ...unsettled(found, settled)];
  const inputV1Alpha1 = { ...meant, ...(silence && { silence }) };
  const render = (): RenderedMiniCluster => renderMiniClusterV1Alpha1(metadata, inputV1Alpha1);
  const mendable = mendedBy(render, problems, new Set(V1ALPHA1_ROUTED_CODES));
  return { inputV1Alpha1, problems, mendable, render };
}

/** Without those about texts that are escaped by hand, and so arrive as they are meant. */
function unsettled(found: readonly Problem[], settled: ReadonlySet<string>): readonly Problem[] {
  return settled.size === 0 ? found : found.filter(({ code, path }) => !settled.has(`${code} ${path}`));
}

function isUnreadable(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => UNREADABLE.has(code));
}

function silencedCodes(silence: readonly Silence[] = []): ReadonlySet<string> {
  return new Set(silence.map(({ code }) => code));
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
