/** Fields of containers, volumes and the view that the operator needs in a form of its own. */
import { hasSeveralBrokers, readCluster, wrappedSidecars } from '../cluster';
import { INPUT_RULES } from '../input-rules';
import { OperatorVersion } from '../operator-version';
import { problemOf } from '../rules/rule';
import { Draft, Route, addVolume } from './route';

/** The operator mounts a ConfigMap only under its own name (trap T25). */
function keyConfigMapsByName({ spec }: Draft): void {
  for (const container of [...spec.containers, ...(spec.services ?? [])]) {
    const volumes = container.volumes ?? {};
    if (!Object.values(volumes).some(({ configMapName }) => configMapName)) continue;
    const renamed = Object.entries(volumes).map(([key, volume]) => {
      const name = volume.configMapName;
      return [name && !(name in volumes) ? name : key, volume] as const;
    });
    // Two keys of one ConfigMap can't both have its name: then nothing is renamed, and the rule tells.
    if (new Set(renamed.map(([key]) => key)).size < renamed.length) continue;
    container.volumes = Object.fromEntries(renamed);
  }
}

/** Kubernetes writes Memory, the operator knows memory only (trap T27). */
function spellMedium({ spec }: Draft): void {
  for (const container of [...spec.containers, ...(spec.services ?? [])]) {
    for (const volume of Object.values(container.volumes ?? {})) {
      if (volume.emptyDirMedium === 'Memory') volume.emptyDirMedium = 'memory';
    }
  }
}

/** A sidecar without a command means to run its image as it is (trap T50). */
function keepImageEntrypoints({ spec, runner }: Draft): void {
  spec.containers.forEach((container, index) => {
    if (
      index === runner ||
      container.runFlux ||
      container.command ||
      container.noWrapEntrypoint !== undefined
    )
      return;
    const hasHooks = Object.keys(container.commands ?? {}).length > 0;
    if (runner !== undefined && !hasHooks) container.noWrapEntrypoint = true;
  });
}

/** Sidecars wait for a socket that is elsewhere, with a tool that is not there (trap T49). */
function skipSocketWait({ metadata, spec, release }: Draft): void {
  if (release !== OperatorVersion.MAIN || spec.flux?.noWaitSocket !== undefined) return;
  if (wrappedSidecars(readCluster(metadata, spec, release)).length === 0) return;
  spec.flux = { ...spec.flux, noWaitSocket: true };
}

/** A disabled view is pulled all the same: let it be the image that is pulled anyway (trap T78). */
function reuseApplicationImage({ spec, runner }: Draft): void {
  const view = spec.flux?.container;
  const image = runner === undefined ? undefined : spec.containers[runner]?.image;
  if (view?.disable && !view.image && image) view.image = image;
}

/** The init container's user owns the directory that the broker's user must write (trap T81). */
function shareUserWithView({ spec, runner, release }: Draft): void {
  const user = runner === undefined ? undefined : spec.containers[runner]?.securityContext?.runAsUser;
  if (release !== OperatorVersion.MAIN || user === undefined) return;
  const view = spec.flux?.container;
  if (view?.securityContext?.runAsUser !== undefined) return;
  const securityContext = { ...view?.securityContext, runAsUser: user };
  spec.flux = { ...spec.flux, container: { ...view, securityContext } };
}

/** The releases that have pod.restartPolicy. */
const HAVE_RESTART_POLICY: readonly OperatorVersion[] = [OperatorVersion.V0_2_1, OperatorVersion.MAIN];

/**
 * Ends every pod with the exit code of Flux on the lead broker (trap T14). Followers must fail too: they would be
 * complete, and a retried lead would wait for them for ever.
 */
function reportFailure({ spec, runner, options, release, scripts, problems }: Draft): void {
  const container = runner === undefined ? undefined : spec.containers[runner];
  if (!options.reportFailure || runner === undefined || !container) return;
  if (hasSeveralBrokers(spec)) {
    problems.push(problemOf(INPUT_RULES.oneBroker, 'reportFailure', true));
    return;
  }
  const { prefix, post } = container.commands ?? {};
  const runAndTell = `/bin/bash ${scripts.addAsset(runner, 'minicluster/run-and-tell.sh')}`;
  const report = `. ${scripts.addAsset(runner, 'minicluster/report-failure.sh')}`;
  container.commands = {
    ...container.commands,
    // Behind a prefix of the user's, which may be options of the broker.
    prefix: prefix ? `${prefix} ${runAndTell}` : runAndTell,
    // In a subshell, where an exit of its own can't end the entrypoint before the report.
    post: [
      'flux_exit_code=$?',
      ...(post ? [`( . ${scripts.add(runner, 'post.sh', post)} ); post_exit_code=$?`] : []),
      report,
    ].join('\n'),
  };
  if (release === OperatorVersion.MAIN) spec.backoffLimit ??= 1;
  // Restarts in place would count, too, but take the logs of the failed run with them.
  if (HAVE_RESTART_POLICY.includes(release))
    spec.pod = { ...spec.pod, restartPolicy: spec.pod?.restartPolicy ?? 'Never' };
}

/** What Kubernetes takes as the data of one ConfigMap. */
const LARGEST_CONFIG_MAP = 1024 * 1024;

/** Mounts the ConfigMap of the scripts where it is needed first. */
function mountScripts(draft: Draft): void {
  const { mountedBy, name, volume, bytes } = draft.scripts;
  if (bytes > LARGEST_CONFIG_MAP) {
    draft.problems.push(problemOf(INPUT_RULES.tooLarge, 'containers', `${bytes} bytes`));
  }
  if (mountedBy !== undefined) addVolume(draft, mountedBy, name, { ...volume });
}

export const CONTAINER_ROUTES: readonly Route[] = [
  { codes: ['MC025'], apply: keyConfigMapsByName },
  { codes: ['MC027'], apply: spellMedium },
  { codes: ['MC050'], apply: keepImageEntrypoints },
  { codes: ['MC049'], apply: skipSocketWait },
  { codes: ['MC078'], apply: reuseApplicationImage },
  { codes: ['MC081'], apply: shareUserWithView },
  { codes: [], apply: reportFailure },
];

/** The last route: by now it is known which files there are. */
export const MOUNT_SCRIPTS: Route = { codes: [], apply: mountScripts };
