#!/usr/bin/env bash
# Called by preStop when a pod is deleted: on the lead broker's pod running jobs get time to end, and Flux is shut down,
# which the operator's entrypoint would not do (trap T86). Flux then dumps its state as keep-state.sh has told it.
set -uo pipefail

readonly ENVIRONMENT=/tmp/flux-state/environment
# Seconds; the pod is killed 30 s after its deletion.
readonly LONGEST_SHUTDOWN=25

[[ -s $ENVIRONMENT ]] || exit 0
# shellcheck disable=SC1090
. "$ENVIRONMENT"
# What a hook says is lost unless it is said where the entrypoint says what it says.
if [[ -w /proc/$MINICLUSTER_OWNER/fd/2 ]]; then exec 2>>"/proc/$MINICLUSTER_OWNER/fd/2"; fi
# shellcheck disable=SC2154
export FLUX_URI=$fluxsocket
if [[ -n ${MINICLUSTER_DRAIN:-} ]]; then /bin/bash "${BASH_SOURCE[0]%/*}/drain.sh"; fi
exec timeout "$((LONGEST_SHUTDOWN - ${MINICLUSTER_DRAIN:-0}))" flux shutdown --quiet </dev/null
