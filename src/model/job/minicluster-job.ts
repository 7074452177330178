import { Manifest, Metadata } from '../manifest';
import { LocatedContainer } from '../minicluster/cluster';
import { RenderedMiniCluster } from '../minicluster/minicluster';
import { readMetadata } from '../minicluster/read-input';
import { MINICLUSTER_RULES } from '../minicluster/rules';
import { JOB_ENGINE } from '../minicluster/rules/releases';
import { applyRules } from '../minicluster/rules/rule';
import { ShownToNeighbours, codesOf, servicesOf } from '../minicluster/together';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { placeOf } from '../state/archive-volume';
import { STATE_RULES, checkArchive } from '../state/rules';
import { STAGING_RULES, checkStaging } from '../staging/rules';
import { certificateOf } from './certificate-maker';
import { configMapOf } from './config-map';
import { scriptVolume } from './flux-source';
import { indexedJob } from './indexed-job';
import { MiniClusterJobInput } from './input';
import { JobCluster, headlessNameOf, readJobCluster } from './job-cluster';
import { networkPolicy } from './network-policy';
import { podTemplate } from './pod';
import { isUnreadable, readJobInput } from './read-input';
import { JOB_RULES } from './rules';
import { scriptFiles } from './script-files';
import { brokerService, servicesName, servicesPod, sidecarServices } from './services';

/**
 * Renders a MiniCluster that needs no operator: an Indexed Job with its Services, its scripts in a ConfigMap, and what
 * makes the certificate of the brokers. All objects belong to the namespace. The same input gives the same manifests.
 *
 * @throws InvalidSpecError with all problems, if one of them is an error
 */
export function miniClusterJob(metadata: Metadata, input: MiniClusterJobInput): Manifest[] {
  const { manifests, problems } = renderMiniClusterJob(metadata, input);
  throwErrors(subjectOf('MiniClusterJob', metadata), problems);
  return [...manifests];
}

/** All that is wrong with a MiniClusterJob, warnings included. */
export function checkMiniClusterJob(metadata: Metadata, input: MiniClusterJobInput): readonly Problem[] {
  return renderMiniClusterJob(metadata, input).problems;
}

/** What a MiniClusterJob can silence. */
export const JOB_SILENCEABLE_CODES: ReadonlySet<string> = codesOf([
  ...MINICLUSTER_RULES.filter(({ releases }) => releases.includes(JOB_ENGINE)),
  ...JOB_RULES,
  ...STATE_RULES.filter(({ releases }) => releases.includes(JOB_ENGINE)),
  ...STAGING_RULES.filter(({ releases }) => releases.includes(JOB_ENGINE)),
]);

/** Renders and tells the problems in one go, for callers that name the cluster in their own way. */
export function renderMiniClusterJob(given: Metadata, input: MiniClusterJobInput): RenderedMiniCluster {
  const read = readJobInput(input, JOB_SILENCEABLE_CODES);
  const problems = [...read.problems];
  const metadata = readMetadata(given, problems);
  const silenced = new Set(read.silence.map(({ code }) => code));
  if (isUnreadable(problems)) return { manifests: [], problems, shown: { metadata, services: [], silenced } };

  const cluster = readJobCluster(metadata, read);
  problems.push(...rulesOfJobEngine(cluster, silenced));
  const { runner } = cluster;
  const manifests = runner && !hasErrors(problems) ? manifestsOf(cluster, runner, problems) : [];
  return { manifests: hasErrors(problems) ? [] : manifests, problems, shown: shownOf(cluster, silenced) };
}

/** All violations of the rules that hold for this engine. */
export function rulesOfJobEngine(cluster: JobCluster, silenced: ReadonlySet<string>): Problem[] {
  const { staging, runner } = cluster;
  return [
    ...applyRules(MINICLUSTER_RULES, cluster, JOB_ENGINE, silenced),
    ...applyRules(JOB_RULES, cluster, JOB_ENGINE, silenced),
    ...checkArchive(cluster, JOB_ENGINE, silenced),
    ...(staging.length > 0
      ? checkStaging(cluster, staging, runner?.volumes ?? [], JOB_ENGINE, silenced)
      : []),
  ];
}

/** What others of one app are to know of it. */
export function shownOf(cluster: JobCluster, silenced: ReadonlySet<string>): ShownToNeighbours {
  const { metadata, spec, sidecars, services } = cluster;
  const needed = servicesOf(headlessNameOf(metadata, spec), sidecars);
  if (services.length > 0) needed.push({ name: servicesName(metadata.name), path: 'services' });
  const archive = cluster.archive && placeOf(metadata, cluster.archive, cluster.runner?.volumes ?? []);
  return { metadata, services: needed, archive, silenced };
}

function manifestsOf(cluster: JobCluster, runner: LocatedContainer, problems: Problem[]): Manifest[] {
  const { metadata, options } = cluster;
  const configMap = configMapOf(metadata, 'entrypoint', scriptFiles(cluster), 'containers', problems);
  const { secret, manifests } = certificateOf(cluster, runner);
  const runners = [{ cluster, runner, scripts: scriptVolume(configMap.metadata.name) }];
  return [
    ...manifests,
    configMap,
    brokerService(cluster, metadata),
    ...sidecarServices(cluster, metadata),
    ...servicesPod(cluster, metadata),
    ...(options.networkPolicy ? [networkPolicy([cluster], metadata, [cluster.port])] : []),
    indexedJob(cluster, podTemplate(cluster, runners, secret)),
  ];
}
