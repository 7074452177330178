import { Metadata } from '../model/manifest';
import {
  MiniClusterInput,
  ParseOptions,
  ParsedMiniCluster,
  RenderedMiniCluster,
  Silence,
} from '../model/minicluster';
import { JOB_SILENCEABLE_CODES, MiniClusterJobInput, renderMiniClusterJob } from '../model/job';
import { FEATURE_GATES, OLDEST_KUBERNETES, minorOf } from '../model/job/kubernetes-version';
import { STRUCTURE_RULES } from '../model/minicluster/structure';
import { readSources } from './files';
import { ExitCode, Io, UsageError } from './io';
import { Rewritten, rewrite, rewritten } from './rewrite';

/** What the job engine is told beside what the YAML says. */
export type JobOptions = Pick<
  MiniClusterJobInput,
  'kubernetes' | 'featureGates' | 'fluxFrom' | 'certificate'
>;

/** What a rendering without the operator is asked for. */
export interface RenderJobRequest extends ParseOptions {
  readonly files: readonly string[];
  readonly added: JobOptions;
  /** For MiniClusters that name none; the rights to make a certificate are given within a namespace. */
  readonly namespace?: string;
}

/** Prints files with plain objects in place of each MiniCluster; all else stays as it is. */
export async function renderJobs(
  { files, added, namespace, ...options }: RenderJobRequest,
  io: Io,
): Promise<ExitCode> {
  checkTarget(added);
  const sources = await readSources(files, io);
  const silence = silenceOfJobs(options);
  return rewrite(sources, options, io, (parsed) => renderParsed(within(parsed, namespace), added, silence));
}

/** The MiniCluster in a namespace, if it names none. */
export function within(
  { metadata, ...parsed }: ParsedMiniCluster,
  namespace: string | undefined,
): ParsedMiniCluster {
  return { ...parsed, metadata: { ...metadata, namespace: metadata.namespace ?? namespace } };
}

/** Those of the silenced rules that a Job knows. */
export function silenceOfJobs({ silence = [] }: ParseOptions): readonly Silence[] {
  return silence.filter(({ code }) => JOB_SILENCEABLE_CODES.has(code));
}

/** The codes of fields that there are not, or that have wrong types. */
export const STRUCTURAL: ReadonlySet<string> = new Set(STRUCTURE_RULES.map(({ code }) => code));

/** @throws UsageError for what the rules would tell of the YAML, where it does not stand */
export function checkTarget({ kubernetes, featureGates = [] }: JobOptions): void {
  if (kubernetes !== undefined && (minorOf(kubernetes) ?? 0) < OLDEST_KUBERNETES)
    throw new UsageError(`--kubernetes takes a release from 1.${OLDEST_KUBERNETES} on, got ${kubernetes}`);
  const unknown = featureGates.filter((gate) => !FEATURE_GATES.includes(gate));
  if (unknown.length > 0)
    throw new UsageError(`--feature-gate takes ${FEATURE_GATES.join(', ')}, got ${unknown.join(', ')}`);
}

function renderParsed(parsed: ParsedMiniCluster, added: JobOptions, silence: readonly Silence[]): Rewritten {
  const { metadata, input, inputV1Alpha1, findings } = parsed;
  if (inputV1Alpha1) {
    throw new UsageError(
      `${metadata.name} is a v1alpha1 MiniCluster, which only the operator runs: use minicluster upgrade --engine job`,
    );
  }
  // Options of the job engine are no fields of the resource: they would be taken for such.
  const isOdd = findings.some(({ code }) => STRUCTURAL.has(code));
  if (!input || isOdd)
    return { findings: findings.filter(({ code }) => !input || STRUCTURAL.has(code)), notes: [] };
  return rewritten(parsed, asJob(metadata, input, added, silence));
}

/** Renders what is meant for the operator without it; what is only for the operator is left out. */
export function asJob(
  metadata: Metadata,
  { operatorVersion, silence: ofOperator, reportFailure, ...spec }: MiniClusterInput,
  added: JobOptions,
  silence: readonly Silence[],
): RenderedMiniCluster {
  return renderMiniClusterJob(metadata, { ...spec, ...added, silence });
}
