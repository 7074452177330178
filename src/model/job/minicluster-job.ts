import { certificateInCluster, CERTIFICATE_KEY } from '../certificate/in-cluster';
import { hashOfFiles } from '../hash';
import { Manifest, Metadata } from '../manifest';
import { LocatedContainer } from '../minicluster/cluster';
import { INPUT_RULES } from '../minicluster/input-rules';
import { RenderedMiniCluster } from '../minicluster/minicluster';
import { readMetadata } from '../minicluster/read-input';
import { MINICLUSTER_RULES } from '../minicluster/rules';
import { JOB_ENGINE } from '../minicluster/rules/releases';
import { applyRules, problemOf } from '../minicluster/rules/rule';
import { ShownToNeighbours, codesOf, servicesOf } from '../minicluster/together';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { placeOf } from '../state/archive-volume';
import { STATE_RULES, checkArchive } from '../state/rules';
import { STAGING_RULES, checkStaging } from '../staging/rules';
import { certificateMaker } from './certificate-maker';
import { scriptVolume } from './flux-source';
import { KUEUE, jobLabels, jobSpec } from './indexed-job';
import { MiniClusterJobInput } from './input';
import { JobCluster, headlessNameOf, readJobCluster } from './job-cluster';
import { networkPolicy } from './network-policy';
import { podTemplate } from './pod';
import { isUnreadable, readJobInput } from './read-input';
import { JOB_RULES } from './rules';
import { bytesOf, scriptFiles } from './script-files';
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

/** What Kubernetes takes as the data of one ConfigMap. */
export const LARGEST_CONFIG_MAP = 1024 * 1024;

function manifestsOf(cluster: JobCluster, runner: LocatedContainer, problems: Problem[]): Manifest[] {
  const { metadata, options, certificate } = cluster;
  const files = scriptFiles(cluster);
  const bytes = bytesOf(files);
  if (bytes > LARGEST_CONFIG_MAP)
    problems.push(problemOf(INPUT_RULES.tooLarge, 'containers', `${bytes} bytes`));
  const configMap = `${metadata.name}-entrypoint-${hashOfFiles(files)}`;
  const secretName = `${metadata.name}-curve`;
  const secret = certificate ?? { secretName, key: CERTIFICATE_KEY };
  return [
    ...(certificate
      ? []
      : certificateInCluster(
          withoutQueue({ ...metadata, name: secretName }),
          certificateMaker(cluster, runner),
        )),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name: configMap },
      immutable: true,
      data: { ...files },
    },
    brokerService(cluster, metadata),
    ...sidecarServices(cluster, metadata),
    ...servicesPod(cluster, metadata),
    ...(options.networkPolicy ? [networkPolicy([cluster], metadata, [cluster.port])] : []),
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: withLabels(metadata, jobLabels(cluster)),
      spec: jobSpec(
        cluster,
        podTemplate(cluster, [{ cluster, runner, scripts: scriptVolume(configMap) }], secret),
      ),
    },
  ];
}

/** A queue for the pods of the cluster is none for the Job that makes their certificate: they wait for it. */
export function withoutQueue({ labels, ...metadata }: Metadata): Metadata {
  if (!labels) return metadata;
  const others = Object.entries(labels).filter(([label]) => !label.startsWith(KUEUE));
  return withLabels(metadata, Object.fromEntries(others));
}

export function withLabels(metadata: Metadata, labels: Record<string, string>): Metadata {
  return Object.keys(labels).length > 0 ? { ...metadata, labels } : metadata;
}
