#!/usr/bin/env bash
# Lets the running jobs of a Flux instance end before it is shut down, for up to MINICLUSTER_DRAIN seconds. Pending
# jobs are not started any more; they are saved with the queue. To be run on the pod of the lead broker, with flux on
# PATH and FLUX_URI set.
set -uo pipefail
: "${MINICLUSTER_DRAIN:?seconds that running jobs get}"

say() { echo "minicluster: $*" >&2; }
count() { timeout 5 flux jobs --user=all --no-header --filter="$1" --format='{id}' 2>/dev/null | wc -l; }

# Nothing of it is saved: the next cluster starts its queue.
stop_queue() { timeout 10 flux queue stop --all --quiet "$@"; }
if ! said=$(stop_queue --nocheckpoint 2>&1); then
  # A Flux that does not know the option saves nothing of a stopped queue either.
  if [[ $said != *nocheckpoint* ]] || ! stop_queue; then
    say "can't stop the queue: running jobs get no time to end"
    exit 1
  fi
fi
running=$(count run,cleanup)
pending=$(count pending)
((running + pending)) || exit 0
[[ ${MINICLUSTER_QUIET:-} == true ]] ||
  say "the queue is stopped: running jobs ($running) have up to $MINICLUSTER_DRAIN s to end, pending ones ($pending) are kept"
if timeout "$((MINICLUSTER_DRAIN + 2))" flux queue idle --quiet --timeout="${MINICLUSTER_DRAIN}s" >/dev/null 2>&1; then
  exit 0
fi
say "running jobs that have not ended after $MINICLUSTER_DRAIN s are cancelled: $(count run,cleanup)"
exit 1
