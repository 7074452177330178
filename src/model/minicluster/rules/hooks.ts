/** The hooks that the entrypoints paste with something behind them, by the kind of container. */
export type HookName = 'init' | 'pre' | 'brokerPre' | 'workerPre' | 'servicePre';

/** Hooks of the container that runs Flux. */
export const RUNNER_HOOKS: readonly HookName[] = ['init', 'pre', 'brokerPre', 'workerPre'];

/** Hooks of a sidecar that starts through a script of the operator. */
export const SIDECAR_HOOKS: readonly HookName[] = ['init', 'servicePre'];
