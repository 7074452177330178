#!/usr/bin/env bash
# Exec probe of the Flux container. started: the broker has joined its cluster. alive: the broker answers, if there is
# one; hooks that still run and a broker that is just being started again are no failure.
set -uo pipefail

export MINICLUSTER_ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
readonly PHASE=$MINICLUSTER_ROOT/config/run/phase
# A broker may need this many seconds until it answers.
readonly START_TIME=60

# ask ARGUMENTS...: asks the broker of this pod. Its uptime tells a state: join while it seeks its lead, run at last.
ask() {
  set +u
  # shellcheck disable=SC1091
  . "$MINICLUSTER_ROOT/flux-view.sh"
  # shellcheck disable=SC2154
  FLUX_URI=$fluxsocket timeout "${MINICLUSTER_PROBE_SECONDS:-5}" flux "$@" 2>/dev/null
}

# The phase file holds the time at which the broker was started, and nothing while there is none.
start=''
if [[ -s $PHASE ]]; then start=$(<"$PHASE"); fi
case ${1:-} in
  started)
    [[ -n $start ]] && state=$(ask uptime) && [[ " $state " == *" run "* ]] && exit 0
    echo "minicluster: the broker has not joined its cluster" >&2
    ;;
  alive)
    [[ -n $start ]] || exit 0
    ask getattr rank >/dev/null && exit 0
    printf -v now '%(%s)T' -1
    ((now - start > START_TIME)) || exit 0
    echo "minicluster: the broker does not answer" >&2
    ;;
  *) echo "minicluster: probe.sh started|alive" >&2 ;;
esac
exit 1
