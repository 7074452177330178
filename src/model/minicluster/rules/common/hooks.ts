/** Traps T12 and T13: hooks, of the kubelet and of the entrypoint. */
import { Severity } from '../../../problems';
import { Containers, Located, allContainers } from '../../located-containers';
import { CommonRule } from '../rule';

/** The hooks that the entrypoints paste with something behind them, by the kind of container. */
export type HookName = 'init' | 'pre' | 'brokerPre' | 'workerPre' | 'servicePre';

/** Hooks of the container that runs Flux; in v1alpha1 also of one beside it. */
export const RUNNER_HOOKS: readonly HookName[] = ['init', 'pre', 'brokerPre', 'workerPre'];

/** Hooks of a container that runs a broker of its own behind the first, and is never the lead. */
export const APPLICATION_HOOKS: readonly HookName[] = ['init', 'pre', 'workerPre'];

/** Hooks of a v1alpha2 sidecar that starts through a script of the operator. */
export const SIDECAR_HOOKS: readonly HookName[] = ['init', 'servicePre'];

/**
 * Is this hook still whole where the entrypoint adds ` > /dev/null` behind its last line (quiet), or a
 * blank (otherwise)? A heredoc or comment at the end isn't, nor is a line that goes on.
 */
export function isSafeAsHook(hook: string, quiet: boolean): boolean {
  if (quiet) return !/[\n#\\]/.test(hook) && !hook.includes('<<');
  const last = hook.slice(hook.lastIndexOf('\n') + 1);
  return last.trim() === '' || (!hook.includes('<<') && !last.endsWith('\\'));
}

interface HasHooks {
  readonly commands?: Partial<Readonly<Record<HookName, string>>>;
}

/** Reports those of the hooks of a container that would not arrive whole. */
export type CheckHooks = (located: Located<HasHooks>, names: readonly HookName[], quiet: boolean) => void;

/** @param visit calls back for each container, with the hooks that its entrypoint pastes */
export function changedHooks<Cluster>(
  visit: (cluster: Cluster, checkHooks: CheckHooks) => void,
): CommonRule<Cluster> {
  return {
    traps: ['T13'],
    severity: Severity.WARNING,
    title: 'has an end that the entrypoint changes by what it writes behind it',
    consequence:
      'With logging.quiet a redirection follows the last line only, so the rest is still printed, and a comment or ' +
      'heredoc at the end breaks. Without quiet a blank follows, which breaks a heredoc that ends the text: it ' +
      'swallows the rest of the entrypoint.',
    remedy: 'put the hook into a file and source it; the library does that by itself',
    check: (cluster, report) => {
      visit(cluster, ({ container: { commands }, path }, names, quiet) => {
        if (!commands) return;
        for (const name of names) {
          const text = commands[name];
          if (text && !isSafeAsHook(text, quiet)) report(`${path}.commands.${name}`, text);
        }
      });
    },
  };
}

interface HasLifeCycle {
  readonly lifeCycle?: { readonly postStartExec?: string; readonly preStopExec?: string };
}

/** @param postStartFix what to write instead of a postStartExec, where that differs from preStopExec */
export function severalArguments(
  postStartFix?: string,
): CommonRule<Containers<HasLifeCycle, 'containers' | 'services'>> {
  return {
    traps: ['T12'],
    severity: Severity.ERROR,
    title: 'becomes one argument: a program with this whole text as its name',
    consequence: 'The hook fails. A failing postStart kills the container; a failing preStop saves nothing.',
    remedy:
      'name one executable file; the library makes one of any preStopExec where the container has an entrypoint script',
    check: (cluster, report) => {
      for (const { container, path } of allContainers(cluster)) {
        const { postStartExec, preStopExec } = container.lifeCycle ?? {};
        if (postStartExec && /\s/.test(postStartExec))
          report(`${path}.lifeCycle.postStartExec`, postStartExec, undefined, postStartFix);
        if (preStopExec && /\s/.test(preStopExec)) report(`${path}.lifeCycle.preStopExec`, preStopExec);
      }
    },
  };
}
