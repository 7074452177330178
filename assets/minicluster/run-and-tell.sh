#!/usr/bin/env bash
# Runs its arguments on the lead broker, in place of them, and ends with their exit code. If they fail, each
# follower is told while the instance is still up: a follower's own `flux start` ends with 0 whatever happened.
set -uo pipefail

readonly TOLD=/tmp/flux-exit-code

tell_followers() {
  local size
  size=$(flux getattr size) || return
  [[ $size -gt 1 ]] || return 0
  timeout 30 flux exec --rank=all --exclude=0 sh -c "echo $1 > $TOLD"
}

"$@"
code=$?
if [[ $code -ne 0 ]] && ! tell_followers "$code"; then
  echo "the run failed with exit code $code, and not every follower could be told: some pods may end with success" >&2
fi
exit "$code"
