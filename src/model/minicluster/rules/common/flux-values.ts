/** What flux-core and a shell take as certain values. */

/** A shape of the tree of brokers (`tbon.topo`). */
export const TOPOLOGY = /^(kary:\d+|mincrit(:\d+)?|binomial|custom)$/;

/** A Flux Standard Duration (RFC 23). */
export const DURATION = /^\d+(\.\d+)?(ms|s|m|h|d)?$/;

/** A name that a shell can export. */
export const SHELL_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
