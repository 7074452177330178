/** Hooks that the entrypoint would change become files that it sources; preStop texts become programs. */
import {
  APPLICATION_HOOKS,
  HookName,
  RUNNER_HOOKS,
  SIDECAR_HOOKS,
  isSafeAsHook,
} from '../rules/common/hooks';
import { Draft, Route, addPrelude } from './route';
import { ScriptFiles } from './script-files';

/** What this module needs to know of a container, in either API version. */
export interface HookHolder {
  name?: string;
  runFlux?: boolean;
  commands?: Partial<Record<HookName, string>>;
  lifeCycle?: { preStopExec?: string };
}

/** A container that starts through a script of the operator. */
export interface WrappedContainer {
  readonly container: HookHolder;
  readonly index: number;
  /** Is it the runner? */
  readonly runsFlux: boolean;
}

/** `broker-pre` for brokerPre. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The name of a file of this container: the Flux container has no name of its own. */
function fileName({ container, runsFlux }: WrappedContainer, what: string): string {
  if (runsFlux) return `${what}.sh`;
  // A dot, which no container has in its name: broker-pre.sh may be a file of the runner.
  return container.runFlux
    ? `${container.name ?? 'application'}.${what}.sh`
    : `${container.name ?? 'sidecar'}-${what}.sh`;
}

/**
 * A hook of one argument: the text becomes a file, and its executable copy the hook.
 * @returns the lines that must run first in the container, to make the copy
 */
export function movePreStop(wrapped: WrappedContainer, scripts: ScriptFiles): string[] {
  const { lifeCycle } = wrapped.container;
  const text = lifeCycle?.preStopExec;
  if (!text || !/\s/.test(text)) return [];
  const key = fileName(wrapped, 'pre-stop');
  const program = text.startsWith('#!') ? text : `#!/bin/bash\n${text}`;
  const { path, install } = scripts.addProgram(wrapped.index, key, program);
  lifeCycle.preStopExec = path;
  return [install];
}

/** Moves those of the hooks into files that would not arrive whole. */
export function moveHooks(
  wrapped: WrappedContainer,
  names: readonly HookName[],
  quiet: boolean,
  scripts: ScriptFiles,
): void {
  const { commands } = wrapped.container;
  if (!commands) return;
  for (const name of names) {
    const text = commands[name];
    if (!text || isSafeAsHook(text, quiet)) continue;
    // Sourced, not run: a hook may set variables that the entrypoint goes on with.
    commands[name] = `. ${scripts.add(wrapped.index, fileName(wrapped, kebab(name)), text)}`;
  }
}

/** Puts lines before the `init` hook of a container. */
export function prepend(container: HookHolder, lines: readonly string[]): void {
  const init = container.commands?.init;
  container.commands = { ...container.commands, init: [...lines, ...(init ? [init] : [])].join('\n') };
}

function wrappedContainers({ spec, runner }: Draft): WrappedContainer[] {
  return spec.containers
    .map((container, index) => ({ container, index, runsFlux: index === runner }))
    .filter(
      ({ container, runsFlux }) =>
        runsFlux || container.runFlux || (!container.noWrapEntrypoint && Boolean(container.command)),
    );
}

/** Those of the hooks that its entrypoint pastes. */
function hooksOf({ container, runsFlux }: WrappedContainer): readonly HookName[] {
  if (runsFlux) return RUNNER_HOOKS;
  return container.runFlux ? APPLICATION_HOOKS : SIDECAR_HOOKS;
}

export const HOOK_ROUTES: readonly Route[] = [
  {
    codes: ['MC012'],
    apply: (draft) => {
      if (!draft.spec.containers.some(({ lifeCycle }) => lifeCycle?.preStopExec)) return;
      for (const wrapped of wrappedContainers(draft)) {
        const lines = movePreStop(wrapped, draft.scripts);
        if (lines.length > 0) addPrelude(draft, wrapped.index, ...lines);
      }
    },
  },
  {
    codes: [],
    apply: ({ spec, preludes }) => {
      for (const [index, lines] of preludes) {
        const container = spec.containers[index];
        if (container) prepend(container, lines);
      }
    },
  },
  {
    codes: ['MC013'],
    apply: (draft) => {
      if (!draft.spec.containers.some(({ commands }) => commands)) return;
      const quiet = draft.spec.logging?.quiet ?? false;
      for (const wrapped of wrappedContainers(draft)) {
        moveHooks(wrapped, hooksOf(wrapped), quiet, draft.scripts);
      }
    },
  },
];
