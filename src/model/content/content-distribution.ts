import { defined } from '../defined';
import { directoriesOf, namesOf } from '../distribute';
import { hashOf } from '../hash';
import { Manifest, Metadata } from '../manifest';
import { SCRIPTS_MOUNT, onItsNode, program, scheduling, scriptsVolume } from '../node-pod';
import { Problem, hasErrors, subjectOf, throwErrors } from '../problems';
import { amountOf } from '../quantity';
import { programConfigMaps } from '../script-config-map';
import { checkContentDistribution } from './check';
import { ContentDistributionSpec } from './spec';

/** A rendered distribution, and what is wrong with its input. */
export interface RenderedContentDistribution {
  /** In the order in which they are to be applied; empty where there are errors. */
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
}

/**
 * Renders what puts container images and files on the nodes of a FluxDistribute with one pull from the outside: a Job, or
 * with `keep` a Deployment of one pod, and its scripts. A Job is called after what it does, since it can't be changed:
 * another content is another Job. The same input gives the same manifests.
 *
 * @throws InvalidSpecError with all problems, if there are any
 */
export function contentDistribution(metadata: Metadata, spec: ContentDistributionSpec): Manifest[] {
  const { manifests, problems } = renderContentDistribution(metadata, spec);
  throwErrors(subjectOf('ContentDistribution', metadata), problems);
  return [...manifests];
}

/** Renders and tells the problems in one go, for callers that name it in their own way. */
export function renderContentDistribution(
  metadata: Metadata,
  spec: ContentDistributionSpec,
): RenderedContentDistribution {
  const problems = checkContentDistribution(metadata, spec);
  return { manifests: hasErrors(problems) ? [] : manifestsOf(metadata, spec), problems };
}

const PULL = '/flux-distribute/pull';
const MEMBERSHIP = '/flux-distribute/membership';
const RESOURCES = { requests: { cpu: '50m', memory: '64Mi' } };
const DEADLINE = 3600;
/** Pods that may fail before the Job does; what a failed one has sent is not sent again. */
const TRIES = 3;

function manifestsOf(given: Metadata, spec: ContentDistributionSpec): Manifest[] {
  const selector = {
    'app.kubernetes.io/name': 'content-distribution',
    'app.kubernetes.io/instance': given.name,
  };
  const labels = { ...given.labels, 'app.kubernetes.io/part-of': 'flux-framework', ...selector };
  const metadata = { ...given, labels };
  const configMaps = programConfigMaps(metadata, settingsOf(given, spec), 'content.py');
  const template = { metadata: { labels }, spec: podOf(spec, configMaps) };
  return [...configMaps, spec.keep ? kept(metadata, selector, template) : once(metadata, spec, template)];
}

function once(metadata: Metadata, spec: ContentDistributionSpec, template: object): Manifest {
  const body = {
    backoffLimit: TRIES,
    activeDeadlineSeconds: spec.deadlineSeconds ?? DEADLINE,
    template,
  };
  const name = `${metadata.name}-${hashOf(body)}`;
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { ...metadata, name }, spec: body };
}

function kept(metadata: Metadata, matchLabels: Record<string, string>, template: object): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    // One at a time: two would send the same twice.
    spec: { replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels }, template },
  };
}

function podOf(spec: ContentDistributionSpec, configMaps: readonly Manifest[]): object {
  const { through, imagePullSecret, keep = false } = spec;
  const flux = through.spec ?? {};
  return defined({
    ...scheduling(flux),
    ...onItsNode(flux),
    automountServiceAccountToken: false,
    restartPolicy: keep ? 'Always' : 'Never',
    terminationGracePeriodSeconds: 30,
    priorityClassName: flux.priorityClassName,
    containers: [
      {
        ...program('content', 'content.py', flux),
        resources: structuredClone(spec.resources ?? RESOURCES),
        volumeMounts: [
          SCRIPTS_MOUNT,
          { name: 'membership', mountPath: MEMBERSHIP, readOnly: true },
          ...(imagePullSecret ? [{ name: 'pull', mountPath: PULL, readOnly: true }] : []),
        ],
      },
    ],
    volumes: [
      scriptsVolume(configMaps),
      // Which hosts are gone, so that nobody waits for them.
      {
        name: 'membership',
        configMap: {
          name: namesOf({ name: through.name }).membership,
          items: [{ key: 'membership.json', path: 'membership.json' }],
          optional: true,
        },
      },
      ...(imagePullSecret
        ? [{ name: 'pull', secret: { secretName: imagePullSecret.name, defaultMode: 0o400 } }]
        : []),
    ],
  });
}

/** What the program reads. */
function settingsOf({ name }: Metadata, spec: ContentDistributionSpec): object {
  const { through, bandwidth, keep = false } = spec;
  const flux = through.spec ?? {};
  const directories = directoriesOf({ name: through.name }, flux);
  return defined({
    name,
    directory: directories.installation,
    stateDirectory: directories.state,
    runDirectory: directories.run,
    images: spec.images ?? [],
    files: (spec.files ?? []).map((file) => defined({ ...file, sha256: file.sha256?.toLowerCase() })),
    nodes: spec.nodes,
    keep,
    checkSeconds: spec.checkSeconds ?? 60,
    bytesPerSecond: bandwidth === undefined ? undefined : Math.floor(amountOf(bandwidth)),
    parallelism: spec.parallelism,
    containerd: defined({ namespace: 'k8s.io', ...spec.containerd }),
    pullSecret: spec.imagePullSecret ? true : undefined,
    proxy: { ...(spec.proxy ?? flux.proxy) },
    deadlineSeconds: spec.deadlineSeconds ?? DEADLINE,
  });
}
