import { VIEW } from '../job/flux-source';
import { FluxFrom } from '../job/input';
import { JOB_SILENCEABLE_CODES, rulesOfJobEngine } from '../job/minicluster-job';
import { isUnreadable } from '../job/read-input';
import { Manifest, Metadata } from '../manifest';
import { RenderedMiniCluster } from '../minicluster/minicluster';
import { readMetadata } from '../minicluster/read-input';
import { JOB_ENGINE } from '../minicluster/rules/releases';
import { applyRules } from '../minicluster/rules/rule';
import { Problem, Severity, hasErrors, subjectOf, throwErrors } from '../problems';
import { shownOf } from '../job/minicluster-job';
import { ApplicationsCluster, readBrokers } from './brokers';
import { manifestsOf } from './manifests';
import { ReadBroker, readApplications } from './read-input';
import { APPLICATION_INPUT_RULES } from './input-rules';
import { APPLICATION_RULES, OF_SHARING } from './rules';
import { MultiApplicationClusterInput } from './spec';
import { isOfBroker, told } from './told';

/**
 * Renders a cluster with several applications in each pod, without the operator: an Indexed Job with its Service, its
 * scripts in ConfigMaps, and what makes the certificate of the brokers. The same input gives the same manifests.
 *
 * @throws InvalidSpecError with all problems, if one of them is an error
 */
export function multiApplicationCluster(metadata: Metadata, input: MultiApplicationClusterInput): Manifest[] {
  const { manifests, problems } = renderMultiApplicationCluster(metadata, input);
  throwErrors(subjectOf('MultiApplicationCluster', metadata), problems);
  return [...manifests];
}

/** All that is wrong with a cluster with several applications, warnings included. */
export function checkMultiApplicationCluster(
  metadata: Metadata,
  input: MultiApplicationClusterInput,
): readonly Problem[] {
  return renderMultiApplicationCluster(metadata, input).problems;
}

const SILENCEABLE_CODES: ReadonlySet<string> = new Set([
  ...JOB_SILENCEABLE_CODES,
  ...APPLICATION_RULES.map(({ code }) => code),
]);

/** Renders and tells the problems in one go, for callers that name the cluster in their own way. */
export function renderMultiApplicationCluster(
  given: Metadata,
  input: MultiApplicationClusterInput,
): RenderedMiniCluster {
  const read = readApplications(input, SILENCEABLE_CODES);
  const problems = [...read.problems];
  const metadata = readMetadata(given, problems);
  const silenced = new Set(read.brokers[0]?.input.silence.map(({ code }) => code));
  if (isUnreadable(problems) || read.brokers.length < 2)
    return { manifests: [], problems, shown: { metadata, services: [], silenced } };

  const cluster = readBrokers(metadata, read);
  const isUnclear = problems.some(({ code }) => code === APPLICATION_INPUT_RULES.sharing.code);
  const own = applyRules(
    APPLICATION_RULES,
    cluster,
    JOB_ENGINE,
    isUnclear ? new Set([...silenced, ...OF_SHARING]) : silenced,
  );
  problems.push(...own, ...problemsOfBrokers(cluster, silenced, own));
  const manifests = hasErrors(problems) ? [] : manifestsOf(cluster, problems);
  return {
    manifests: hasErrors(problems) ? [] : manifests,
    problems,
    shown: shownOf(cluster.queue, silenced),
  };
}

/**
 * What the job engine has to say of each broker; what is said of the pods as a whole is told once, of the first.
 * @param own what the rules of this cluster have told: nothing more is told of that, but what is worse
 */
function problemsOfBrokers(
  { brokers, read, queue }: ApplicationsCluster,
  silenced: ReadonlySet<string>,
  own: readonly Problem[],
): Problem[] {
  const names = read.brokers.map(({ name }) => name);
  if (queue.fluxFrom === FluxFrom.VIEW_COPY) names.push(queue.spec.flux?.container?.name ?? VIEW);
  const isTold = ({ path, severity }: Problem): boolean =>
    own.some(
      (one) =>
        (path === one.path || path.startsWith(`${one.path}.`)) &&
        (one.severity === Severity.ERROR || severity === Severity.WARNING),
    );
  return brokers.flatMap((broker, index) => {
    const { origins } = read.brokers[index] as ReadBroker;
    return rulesOfJobEngine(broker, silenced).flatMap((problem) => {
      const here = index === 0 || isOfBroker(problem) ? told(problem, origins, names) : undefined;
      return here && !isTold(here) ? [here] : [];
    });
  });
}
