#!/usr/bin/env bash
# Exec probe of the Flux container. started: the broker has joined its cluster. alive: the broker answers, if there is
# one; hooks that still run and a broker that is just being started again are no failure.
set -uo pipefail

readonly PLACE=${MINICLUSTER_PLACE:-${MINICLUSTER_ROOT:-/mnt/flux}}
readonly PHASE=$PLACE/config/run/phase
# Is there while a question has no good answer: if the pod is told to stop then, start.sh takes it for a failure.
readonly UNHEALTHY=$PLACE/config/run/unhealthy
# A broker may need this many seconds until it answers.
readonly START_TIME=60

# ask ARGUMENTS...: asks the broker of this pod. Its uptime tells a state: join while it seeks its lead, run at last.
ask() {
  set +u
  # shellcheck disable=SC1091
  . "$PLACE/flux-view.sh"
  # shellcheck disable=SC2154
  FLUX_URI=$fluxsocket timeout "${MINICLUSTER_PROBE_SECONDS:-5}" flux "$@" 2>/dev/null
}

# The phase file holds the time at which the broker was started, and nothing while there is none.
start=''
if [[ -s $PHASE ]]; then start=$(<"$PHASE"); fi
healthy() {
  rm -f "$UNHEALTHY"
  exit 0
}
unhealthy() {
  : >"$UNHEALTHY"
  echo "minicluster: $1" >&2
  exit 1
}

case ${1:-} in
  started)
    [[ -n $start ]] && state=$(ask uptime) && [[ " $state " == *" run "* ]] && healthy
    unhealthy "the broker has not joined its cluster"
    ;;
  alive)
    [[ -n $start ]] || healthy
    ask getattr rank >/dev/null && healthy
    printf -v now '%(%s)T' -1
    ((now - start > START_TIME)) || healthy
    unhealthy "the broker does not answer"
    ;;
  *) echo "minicluster: probe.sh started|alive" >&2 ;;
esac
exit 1
