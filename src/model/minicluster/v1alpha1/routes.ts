/** The ways around the traps that v1alpha1 shares with v1alpha2: texts become files. */
import { MiniClusterV1Alpha1Spec } from '../api/v1alpha1';
import { AddFile, CommandHolder, moveBatchText, moveCommand } from '../routes/commands';
import { WrappedContainer, moveHooks, movePreStop, prepend } from '../routes/hooks';
import { ScriptFiles } from '../routes/script-files';
import { RUNNER_HOOKS } from '../rules/common/hooks';
import { Writable } from '../writable';
import { V1Alpha1Cluster, hasHooks } from './cluster';

/** Codes of the rules that a route makes hold. */
export const V1ALPHA1_ROUTED_CODES: ReadonlySet<string> = new Set([
  'MC213',
  'MC214',
  'MC215',
  'MC216',
  'MC220',
  'MC221',
]);

/** Takes every route but those of silenced rules; `cluster` is the view on the same spec. */
export function applyV1Alpha1Routes(
  spec: Writable<MiniClusterV1Alpha1Spec>,
  cluster: V1Alpha1Cluster,
  scripts: ScriptFiles,
  silenced: ReadonlySet<string>,
): void {
  const wanted = (...codes: string[]): boolean => !codes.some((code) => silenced.has(code));
  const runner = cluster.runner && spec.containers[cluster.runner.index];
  if (cluster.runner && runner) {
    const { index } = cluster.runner;
    const addFile = (key: string, text: string): string => scripts.add(index, key, text);
    if (wanted('MC213', 'MC214')) moveCommand(runner, addFile, (command) => !command.includes('%'));
    if (wanted('MC215', 'MC216')) moveV1Alpha1Batch(spec, runner, addFile);
  }
  for (const wrapped of wrappedContainers(spec, cluster)) {
    if (wanted('MC220')) {
      const lines = movePreStop(wrapped, scripts);
      if (lines.length > 0) prepend(wrapped.container, lines);
    }
    if (wanted('MC221')) moveHooks(wrapped, RUNNER_HOOKS, cluster.quiet, scripts);
  }
  mountScripts(spec, scripts);
}

/**
 * Besides texts that would be mangled, every text that isn't raw becomes a file: the last v1alpha1 operator can't
 * render those. What submits the lines then stands in the file.
 */
function moveV1Alpha1Batch(
  spec: Writable<MiniClusterV1Alpha1Spec>,
  runner: CommandHolder,
  addFile: AddFile,
): void {
  const wasRaw = runner.batchRaw ?? false;
  moveBatchText(runner, addFile, { submit: spec.flux?.submitCommand, isHarmless: () => wasRaw });
  if (!wasRaw && runner.batchRaw) delete spec.flux?.submitCommand;
}

function wrappedContainers(
  spec: Writable<MiniClusterV1Alpha1Spec>,
  cluster: V1Alpha1Cluster,
): WrappedContainer[] {
  return cluster.containers.flatMap((located) => {
    const container = spec.containers[located.index];
    const runsFlux = located === cluster.runner;
    const isWrapped = runsFlux || (hasHooks(located) && Boolean(located.container.command));
    return container && isWrapped ? [{ container, index: located.index, runsFlux }] : [];
  });
}

function mountScripts(spec: Writable<MiniClusterV1Alpha1Spec>, scripts: ScriptFiles): void {
  const container = scripts.mountedBy === undefined ? undefined : spec.containers[scripts.mountedBy];
  if (container)
    container.existingVolumes = { ...container.existingVolumes, [scripts.name]: { ...scripts.volume } };
}
