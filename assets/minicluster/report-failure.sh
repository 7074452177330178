#!/usr/bin/env bash
# The last lines of the entrypoint of every pod, sourced: ends the container with the exit code of the run, or of a post
# hook that failed after it, instead of that of a `touch`. Expects flux_exit_code, the exit code of Flux in this pod,
# viewbase from the entrypoint, and post_exit_code if there is a post hook.
: "${flux_exit_code:?is set by the line before}" "${viewbase:?is set by the entrypoint}"

# On a follower Flux ends with 0; run-and-tell.sh leaves the lead's exit code here.
if [[ $flux_exit_code -eq 0 && -s /tmp/flux-exit-code ]]; then
  flux_exit_code=$(</tmp/flux-exit-code)
fi
[[ $flux_exit_code -ne 0 ]] || flux_exit_code=${post_exit_code:-0}
touch "$viewbase/flux-operator-complete.txt"
exit "$flux_exit_code"
