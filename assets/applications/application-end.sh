#!/usr/bin/env bash
# Epilog of the queue's jobs, on its lead broker: the cores of a job are given to others when this has ended. Where
# application-run.sh has seen its job to the end there is nothing to do. Where it can't be made sure that nothing of the
# job still runs its nodes are drained: Flux does that by itself for epilogs of single nodes only.
set -uo pipefail

readonly SCRIPTS=${BASH_SOURCE[0]%/*} LIMIT=${MINICLUSTER_END_LIMIT:-120}

say() { echo "flux-app: $*" >&2; }

# With --update: some of the nodes may be drained already, by somebody or by another job that did not end.
drained() {
  ranks=$(timeout 20 flux job info "$FLUX_JOB_ID" R | timeout 20 flux R decode --ranks) && [[ -n $ranks ]] &&
    timeout 20 flux resource drain --update "$ranks" "$1"
}
# As long as this goes on the cores are nobody's.
drain() {
  local ranks='' pause=1
  until drained "$1"; do
    ((pause > 1)) || say "job $FLUX_JOB_ID: $1; its nodes can't be drained so far, and it keeps its cores"
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : 30))
  done
  say "job $FLUX_JOB_ID: $1; its nodes are drained: flux resource undrain $ranks gives them back"
  exit 1
}

if ! state=$(timeout 20 flux job info "$FLUX_JOB_ID" guest.application 2>&1); then
  # Not a job of an application, or one that was ended before it was handed over.
  [[ $state != *'No such file'* && $state != *'not found'* ]] || exit 0
  drain "it is not known whether an application still runs it (${state//$'\n'/; })"
fi
read -r phase application <<<"$state"
[[ $phase == started ]] || exit 0
timeout --kill-after=5 $((LIMIT + 10)) flux python "$SCRIPTS/application_end.py" "$FLUX_JOB_ID" "$application" && exit 0
drain "what it has left in ${application#*-} can't be ended"
