import { Manifest, Metadata } from '../manifest';
import { placeOf, podVolumes } from '../state/archive-volume';
import { STATE_RULES, checkArchive } from '../state/rules';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { STAGING_RULES, checkStaging } from '../staging/rules';
import { Cluster, headlessName, indexOfLead, readCluster } from './cluster';
import { MiniClusterInput } from './input';
import { readInput, readMetadata } from './read-input';
import { ROUTED_CODES, applyRoutes } from './routes';
import { Draft } from './routes/route';
import { ScriptFiles } from './routes/script-files';
import { MINICLUSTER_RULES } from './rules';
import { applyRules } from './rules/rule';
import { checkStructure } from './structure';
import { ShownToNeighbours, codesOf, servicesOf } from './together';

/** A rendered MiniCluster, and what its writer should know. */
export interface RenderedMiniCluster {
  /** In the order in which they are to be applied; empty where there are errors. */
  readonly manifests: readonly Manifest[];
  /** Errors and warnings that are not silenced. */
  readonly problems: readonly Problem[];
  /** What its neighbours in an app have to know of it. */
  readonly shown: ShownToNeighbours;
}

/**
 * Renders a MiniCluster for the Flux Operator: the custom resource, and before it a ConfigMap with the texts
 * that the operator would mangle, if there are any. The same input gives the same manifests.
 *
 * @throws InvalidSpecError with all problems, if one of them is an error
 */
export function miniCluster(metadata: Metadata, input: MiniClusterInput): Manifest[] {
  const { manifests, problems } = renderMiniCluster(metadata, input);
  throwErrors(subjectOf('MiniCluster', metadata), problems);
  return [...manifests];
}

/** All that is wrong with a MiniCluster, warnings included, without rendering it. */
export function checkMiniCluster(metadata: Metadata, input: MiniClusterInput): readonly Problem[] {
  return renderMiniCluster(metadata, input).problems;
}

/** Renders and tells the problems in one go, for callers that name the MiniCluster in their own way. */
export function renderMiniCluster(given: Metadata, input: MiniClusterInput): RenderedMiniCluster {
  const { spec, options, mounts, problems } = readInput(input, SILENCEABLE_CODES);
  const metadata = readMetadata(given, problems);
  const { release } = options;
  const silenced = new Set(options.silence.map(({ code }) => code));
  problems.push(...checkStructure('v1alpha2', spec, release));
  if (isUnreadable(problems)) {
    return { manifests: [], problems, shown: { metadata, services: [], silenced } };
  }
  const { staging } = options;
  if (!options.certificate && !options.reportFailure && !options.archive && staging.length === 0) {
    const asWritten = readCluster(metadata, spec, release, mounts);
    const found = applyRules(MINICLUSTER_RULES, asWritten, release, silenced);
    if (!found.some(({ code }) => ROUTED_CODES.has(code))) {
      return rendered(asWritten, [], [...problems, ...found], silenced);
    }
  }
  const draft: Draft = {
    metadata,
    spec,
    options,
    release,
    runner: indexOfLead(spec),
    scripts: new ScriptFiles(metadata),
    mounts,
    preludes: new Map(),
    problems,
    settled: new Set(silenced),
  };
  applyRoutes(draft, silenced);
  // An archive that is still in the spec is left to the operator, and to those who save it by themselves.
  const archive = spec.archive ? undefined : options.archive;
  const mended = readCluster(metadata, spec, release, mounts, archive);
  problems.push(...applyRules(MINICLUSTER_RULES, mended, release, draft.settled));
  problems.push(
    ...(staging.length > 0 ? checkStaging(mended, staging, podVolumes(mended), release, silenced) : []),
    ...checkArchive(mended, release, silenced),
  );
  return rendered(mended, draft.scripts.manifests(), problems, silenced);
}

function rendered(
  cluster: Cluster,
  scripts: readonly Manifest[],
  problems: readonly Problem[],
  silenced: ReadonlySet<string>,
): RenderedMiniCluster {
  const { metadata, spec, sidecars } = cluster;
  const resource = { apiVersion: 'flux-framework.org/v1alpha2', kind: 'MiniCluster', metadata, spec };
  return {
    manifests: hasErrors(problems) ? [] : [...scripts, resource],
    problems,
    shown: {
      metadata,
      services: servicesOf(headlessName(cluster), sidecars),
      archive: cluster.archive && placeOf(metadata, cluster.archive, podVolumes(cluster)),
      silenced,
    },
  };
}

/** What can be silenced in v1alpha2. */
export const SILENCEABLE_CODES = codesOf([...MINICLUSTER_RULES, ...STATE_RULES, ...STAGING_RULES]);

const UNREADABLE: ReadonlySet<string> = new Set(['MC101', 'MC102']);

/** Have the fields other types than the rules rely on, or are some missing? */
export function isUnreadable(problems: readonly Problem[]): boolean {
  return problems.some(({ code }) => UNREADABLE.has(code));
}
