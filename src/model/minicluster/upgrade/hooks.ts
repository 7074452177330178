/** Shell text around Flux, of the Flux container and of those beside it. */
import { Commands, LifeCycle } from '../api/container';
import { V1Alpha1Container } from '../api/v1alpha1';
import { LocatedV1Alpha1Container, hasHooks } from '../v1alpha1/cluster';
import { NothingLeft, Upgrade, isInteractive, orNothing } from './upgrade-context';

/** The fields of a container that hold hooks. */
export interface HookFields {
  readonly commands?: Commands;
  readonly lifeCycle?: LifeCycle;
}

/** Those of the texts that there are, one below the other. */
function lines(...texts: (string | undefined)[]): string | undefined {
  const given = texts.filter(Boolean);
  return given.length > 0 ? given.join('\n') : undefined;
}

/** The hooks of the Flux container. */
export function upgradeHooks(upgrade: Upgrade, container: V1Alpha1Container, at: string): HookFields {
  const { init, pre, brokerPre, workerPre, post, prefix, runFluxAsRoot, ...rest } = container.commands ?? {};
  if (pre) {
    upgrade.notes.changed(
      `${at}.commands.pre`,
      pre,
      'is the end of commands.init now, to run first as before: what is called pre in v1alpha2 runs after Flux is set up',
    );
  }
  const commands = {
    ...(rest satisfies NothingLeft),
    init: lines(init, pre),
    brokerPre,
    workerPre,
    post: upgradePost(upgrade, post, at),
    prefix: keptPrefix(upgrade, prefix, at),
  };
  return {
    commands: orNothing(commands),
    lifeCycle: upgradeLifeCycle(upgrade, container, at),
  };
}

/**
 * The entrypoint of v1alpha1 ended as its last command did; today's always ends well unless post says otherwise (trap
 * T14). With reportFailure the library sees to that.
 */
function upgradePost({ cluster, notes }: Upgrade, post: string | undefined, at: string): string | undefined {
  if (cluster.strict) {
    // Strict, a hook was not run after a failure, and failed the pod itself.
    return post && lines('[ "$flux_exit_code" -eq 0 ] || exit "$flux_exit_code"', STRICT, post);
  }
  if (!post && !isInteractive(cluster)) return undefined;
  if (post)
    notes.changed(
      `${at}.commands.post`,
      post,
      'ends with an exit now, so that the pod ends as its last command does',
    );
  return lines(post, 'exit $?');
}

const STRICT = 'set -eEu -o pipefail';

function keptPrefix({ cluster, notes }: Upgrade, prefix: string | undefined, at: string): string | undefined {
  const path = `${at}.commands.prefix`;
  if (!prefix) return undefined;
  if (isInteractive(cluster)) {
    notes.lost(path, prefix, 'has no effect on interactive clusters any more: it stood before flux broker');
    return undefined;
  }
  if (cluster.maxSize > 1)
    notes.changed(path, prefix, 'reaches the lead broker only: it stood before flux start on workers too');
  return prefix;
}

export function upgradeLifeCycle(
  { notes }: Upgrade,
  { lifeCycle = {} }: V1Alpha1Container,
  at: string,
): LifeCycle | undefined {
  const { postStartExec, preStopExec, ...rest } = lifeCycle;
  if (preStopExec && /\s/.test(preStopExec)) {
    notes.changed(
      `${at}.lifeCycle.preStopExec`,
      preStopExec,
      'was taken for the name of one program, and failed; it is a script now',
    );
  }
  return orNothing({ ...(rest satisfies NothingLeft), postStartExec, preStopExec });
}

/** What a container beside Flux runs: its image as it is, or its command and hooks. */
export interface SidecarFields extends HookFields {
  readonly command?: string;
  readonly noWrapEntrypoint?: boolean;
}

export function upgradeSidecar(upgrade: Upgrade, located: LocatedV1Alpha1Container): SidecarFields {
  const { container, path: at } = located;
  const { notes } = upgrade;
  const { init, pre, brokerPre, workerPre, post, prefix, runFluxAsRoot, ...rest } = container.commands ?? {};
  const lifeCycle = upgradeLifeCycle(upgrade, container, at);
  notes.lost(`${at}.commands.prefix`, prefix, 'had no effect beside Flux');
  if (!hasHooks(located)) {
    const message = 'was never run: without a hook beside it the image ran as it is, as it does now';
    notes.lost(`${at}.command`, container.command, message, 'take noWrapEntrypoint out to run it');
    return { lifeCycle, noWrapEntrypoint: true };
  }
  const moved = { brokerPre, workerPre, pre };
  for (const [name, text] of Object.entries(moved)) {
    if (text) notes.changed(`${at}.commands.${name}`, text, 'is part of commands.servicePre now');
  }
  const commands = {
    ...(rest satisfies NothingLeft),
    init,
    servicePre: lines(upgrade.cluster.strict ? STRICT : undefined, brokerPre, workerPre, pre),
    post,
  };
  return { command: container.command, commands: orNothing(commands), lifeCycle };
}

/** What a container of the services pod has in vain, in either version: its image runs as it is. */
export function noteServiceHooks(
  { notes }: Upgrade,
  { command, commands = {} }: V1Alpha1Container,
  at: string,
): void {
  const message = 'was never run: services run their image as it is';
  notes.lost(`${at}.command`, command, message);
  for (const [name, text] of Object.entries(commands)) {
    if (name !== 'runFluxAsRoot') notes.lost(`${at}.commands.${name}`, text, message);
  }
}

/** Hooks that are left to the rules: of several containers that claim to run Flux none is known to. */
export function copyHooks(upgrade: Upgrade, container: V1Alpha1Container, at: string): HookFields {
  const { runFluxAsRoot, ...commands } = container.commands ?? {};
  return { commands: orNothing(commands), lifeCycle: upgradeLifeCycle(upgrade, container, at) };
}
