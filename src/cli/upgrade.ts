import { FluxFrom } from '../model/job';
import {
  CertificateSource,
  FluxSource,
  ParseOptions,
  ParsedMiniCluster,
  RenderedMiniCluster,
  SILENCEABLE_CODES,
  UpgradeEffect,
  UpgradeNote,
  UpgradedMiniCluster,
  renderMiniCluster,
  upgradeMiniCluster,
} from '../model/minicluster';
import { Severity, hasErrors, show } from '../model/problems';
import { readSources } from './files';
import { ExitCode, Io } from './io';
import { RenderJobRequest, STRUCTURAL, asJob, checkTarget, silenceOfJobs, within } from './render-job';
import { Note, Rewritten, rewrite, rewritten } from './rewrite';

/** What an upgrade is asked for. */
export interface UpgradeRequest extends ParseOptions {
  readonly files: readonly string[];
  readonly flux?: FluxSource;
  /** In place of the one that the v1alpha1 MiniCluster has. */
  readonly certificate?: CertificateSource;
  /** For Jobs in place of v1alpha2 MiniClusters. */
  readonly job?: Pick<RenderJobRequest, 'added' | 'namespace'>;
}

/** Prints files with each v1alpha1 MiniCluster as v1alpha2, and tells on standard error what has changed. */
export async function upgrade(request: UpgradeRequest, io: Io): Promise<ExitCode> {
  const { files, flux, certificate, job, ...options } = request;
  if (job) checkTarget(job.added);
  const sources = await readSources(files, io);
  return rewrite(sources, options, io, (parsed) =>
    upgradeParsed(job ? within(parsed, job.namespace) : parsed, request),
  );
}

function upgradeParsed(parsed: ParsedMiniCluster, request: UpgradeRequest): Rewritten {
  const { input, inputV1Alpha1, findings } = parsed;
  if (!input && !inputV1Alpha1) return { findings, notes: [] };
  const inTheWay = findings.filter(({ code }) => IN_THE_WAY.has(code));
  if (!inputV1Alpha1 || inTheWay.length > 0) return { findings: inTheWay, notes: [] };
  const upgraded = upgradeMiniCluster(parsed.metadata, inputV1Alpha1, { flux: fluxOf(request) });
  const { objects, notes } = upgraded;
  const result = rewritten(parsed, renderUpgraded(upgraded, request));
  const manifests = hasErrors(result.findings) ? [] : [...objects, ...(result.manifests ?? [])];
  return {
    manifests,
    findings: result.findings.map((found) => ({ ...found, fix: FIXES[found.code] ?? found.fix })),
    notes: notes.map((note) => placed(note, parsed)),
  };
}

/** The image of the application is no view: that of a Job is asked for by its own option. */
function fluxOf({ flux, job }: UpgradeRequest): FluxSource | undefined {
  const fluxFrom = job?.added.fluxFrom;
  if (fluxFrom === undefined) return flux;
  return fluxFrom === FluxFrom.IMAGE ? FluxSource.IMAGE : FluxSource.VIEW;
}

function renderUpgraded(
  { metadata, input }: UpgradedMiniCluster,
  { certificate, job, ...options }: UpgradeRequest,
): RenderedMiniCluster {
  if (job) return asJob(metadata, input, job.added, silenceOfJobs(options));
  const silence = options.silence?.filter(({ code }) => SILENCEABLE_CODES.has(code));
  return renderMiniCluster(metadata, {
    ...input,
    ...(certificate && { certificate }),
    ...(silence && { silence }),
  });
}

/** What is printed has its scripts already: `render` adds nothing to it any more. */
const FIXES: Readonly<Record<string, string>> = {
  MC065: 'upgrade it with minicluster upgrade --certificate SECRET',
};

/** Fields that don't exist have no place in v1alpha2 either, and a PersistentVolume needs what these ask for. */
const IN_THE_WAY: ReadonlySet<string> = new Set([...STRUCTURAL, 'MC252', 'MC253']);

function placed({ path, value, effect, message, fix }: UpgradeNote, parsed: ParsedMiniCluster): Note {
  const about = { code: '', severity: Severity.WARNING, path, message, fix: fix ?? '' };
  const { line, column, path: full } = parsed.locate(about);
  const was = value === undefined ? '' : `, was ${show(value)}`;
  const instead = fix === undefined ? '' : `; ${fix}`;
  return { line, column, text: `${EFFECTS[effect]} ${full} ${message}${was}${instead}` };
}

const EFFECTS: Readonly<Record<UpgradeEffect, string>> = {
  [UpgradeEffect.ADDED]: 'added:',
  [UpgradeEffect.CHANGED]: 'changed:',
  [UpgradeEffect.LOST]: 'lost:',
};
