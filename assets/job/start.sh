#!/usr/bin/env bash
# Entry point of the Flux container, on every pod. It starts a broker (node.sh), hands signals to it, starts it again
# where that helps, saves the archive, runs the post hook, and ends with the exit code that the Job is to see:
#   143  the pod was told to stop: the Job replaces it, uncounted
#   else what Flux, or the command that it ran, or a hook returned
set -uo pipefail

readonly SCRIPTS=${BASH_SOURCE[0]%/*}
: "${MINICLUSTER_LEAD:?names the host of the lead broker}" "${MINICLUSTER_MODE:?says what the lead broker runs}"
export MINICLUSTER_ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
# All that is this broker's own. Brokers of one pod share the folder above, with the view in it.
export MINICLUSTER_PLACE=${MINICLUSTER_PLACE:-$MINICLUSTER_ROOT}
# shellcheck source=assets/job/common.sh
. "$SCRIPTS/common.sh"
readonly RUN=$MINICLUSTER_PLACE/config/run
# Files that the scripts of a pod share. Those that hold nothing mean "no".
readonly UNHEALTHY=$RUN/unhealthy
readonly HOOK=$RUN/hook ENDED=$RUN/ended PHASE=$RUN/phase ENVIRONMENT=$RUN/environment RESTORING=$RUN/restoring
# Exists on followers while the lead lets running jobs end.
readonly DRAINING=$RUN/draining
# Says why staging has failed here (staging-pod.sh).
readonly NOT_STAGED=$RUN/not-staged
# What state.py reads and writes.
export MINICLUSTER_STATE_RUN=$RUN/state MINICLUSTER_VIEW_FILE=$MINICLUSTER_PLACE/flux-view.sh MINICLUSTER_OWNER=$$
# Exists on followers that are to wait for a lead that comes back (run.sh and stop below make it there).
export MINICLUSTER_STAY=$RUN/stay
readonly TERMINATED=143
# Seconds: for the lead to be gone before followers seek the next one, and for a hook that was told to stop.
readonly LEAD_LEAVES=3 HOOK_LEAVES=3
# Seconds: for a lead that is told to stop to say that it drains the cluster, and to shut it down after that.
# The pods of a large cluster are not told all at once.
readonly LEAD_SAYS=$((5 + ${MINICLUSTER_LAST_RANK:-0} / 20)) LEAD_SHUTS_DOWN=20
# As /proc/net/tcp has them: the port of the brokers, and a connection that stands.
printf -v OVERLAY_PORT '%04X' "${MINICLUSTER_PORT:-8050}"
readonly OVERLAY_PORT ESTABLISHED=01
# A broker that lives for less than this many seconds has failed to start.
readonly SHORT_LIFE=30 MOST_SHORT_LIVES=${MINICLUSTER_RESTARTS:-20}

child='' stopping=''
# What only this process may hold open: companions.sh puts the pipe here by which others see that it lives.
exec {alive}</dev/null
# Set when this container ends because another one of its pod has ended.
companion=''

is_lead() { [[ $HOSTNAME == "$MINICLUSTER_LEAD" ]]; }
# Is this one of several brokers of its pod, and not the queue's?
is_application() { [[ ${MINICLUSTER_BROKER:-0-} != 0-* ]]; }

# in_view PROGRAM ARGUMENTS...: runs a program with the environment that users get.
# shellcheck disable=SC2317
in_view() (
  [[ -e $MINICLUSTER_PLACE/flux-view.sh ]] || return 1
  set +u
  # shellcheck disable=SC1091
  . "$MINICLUSTER_PLACE/flux-view.sh"
  "$@"
)
# with_flux PROGRAM ARGUMENTS...: the same, if there is a broker that it can ask.
# shellcheck disable=SC2317
with_flux() { in_view at_socket "$@"; }
# shellcheck disable=SC2154,SC2317
at_socket() {
  [[ -S ${fluxsocket#local://} ]] || return 1
  FLUX_URI=$fluxsocket exec "$@"
}
# flux_here SECONDS ARGUMENTS...: asks the broker of this pod.
# shellcheck disable=SC2317
flux_here() { with_flux timeout "$1" flux "${@:2}" 2>/dev/null; }

# In pods with several brokers, what the others have to do with this one.
# shellcheck source=assets/applications/companions.sh
if [[ -e $SCRIPTS/companions.sh ]]; then . "$SCRIPTS/companions.sh"; fi

# Kubernetes deletes the pod. Followers must not take a lead that goes for the end of the cluster.
# shellcheck disable=SC2317
stop() {
  [[ -z $stopping ]] || return 0
  stopping=yes
  if is_application; then
    wait_until "$((${MINICLUSTER_QUEUE_DRAIN:-0} + LEAD_SHUTS_DOWN))" companion_has_ended
  fi
  if [[ -n ${MINICLUSTER_DRAIN:-} ]]; then let_jobs_end; fi
  [[ -n $stopping ]] || return 0
  if is_lead; then flux_here 2 exec -r all -x 0 touch "$MINICLUSTER_STAY"; fi
  hand_on
  # A hook may have a trap of its own and go on: not for long.
  if [[ -s $HOOK ]]; then end_hook & fi
}
# shellcheck disable=SC2317
end_hook() {
  sleep "$HOOK_LEAVES"
  [[ ! -s $HOOK ]] || kill -KILL -- "-$child" 2>/dev/null
}
# Running jobs get MINICLUSTER_DRAIN seconds, on all pods: when a cluster is deleted they are told at the same time.
# shellcheck disable=SC2317
let_jobs_end() {
  if ! is_lead; then
    if wait_until "$LEAD_SAYS" test -e "$DRAINING"; then
      wait_until "$((MINICLUSTER_DRAIN + LEAD_SHUTS_DOWN))" child_has_ended
    fi
    return
  fi
  flux_here "$LEAD_SAYS" exec -r all -x 0 touch "$DRAINING"
  with_flux /bin/bash "$SCRIPTS/drain.sh" || return
  [[ $MINICLUSTER_MODE != interactive ]] || return
  # The command of the cluster may have waited for nothing but these jobs: then this is the cluster's own end.
  if wait_until "$LEAD_SAYS" child_has_ended; then stopping=''; fi
}
# wait_until SECONDS CONDITION...
# shellcheck disable=SC2317
wait_until() {
  local end=$((SECONDS + $1 + 1))
  until "${@:2}"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}
# Has it ended, whether or not somebody has asked for its exit code?
# shellcheck disable=SC2317
child_has_ended() {
  local state=''
  [[ -n $child && -r /proc/$child/stat ]] || return 0
  state=$(<"/proc/$child/stat") 2>/dev/null
  [[ -z $state || ${state##*) } == Z* ]]
}
# shellcheck disable=SC2317
follow_companion() {
  [[ -z $stopping ]] || return 0
  stopping=yes companion=yes
  hand_on
}
hand_on() { [[ -z $child ]] || kill -TERM -- "-$child" 2>/dev/null; }
trap stop TERM INT
trap follow_companion USR1

# Runs a program in a process group of its own, waits for it whatever signals come, and gives its exit code.
supervise() {
  local status=0 own
  [[ -z $stopping ]] || return "$TERMINATED"
  set -m
  "$@" {alive}>&- &
  child=$!
  set +m
  # The signal may have come before there was a child to hand it to.
  [[ -z $stopping ]] || hand_on
  while :; do
    # What bash says of a program that was killed is said better below.
    wait "$child" 2>/dev/null
    status=$?
    # Interrupted by a signal: the program may still run.
    kill -0 "$child" 2>/dev/null || break
  done
  # It may have ended while the signal was dealt with: then this has told of the signal.
  wait "$child" 2>/dev/null
  own=$?
  ((own == 127)) || status=$own
  child=''
  return "$status"
}

# What stays from an earlier container of the pod (restartPolicy OnFailure) is not this one's: its hooks run again.
begin() {
  mkdir -p "$RUN/flux" "$MINICLUSTER_PLACE/config/var/lib/flux" && : >"$HOOK" && : >"$ENDED" && : >"$PHASE" &&
    rm -rf "$ENVIRONMENT" "$MINICLUSTER_STAY" "$DRAINING" "$NOT_STAGED" "$UNHEALTHY" "$MINICLUSTER_STATE_RUN" && return
  minicluster_say "can't write below $MINICLUSTER_PLACE: is the user of the container allowed to?"
  exit 1
}

# Says which hook ended node.sh, if one did.
hook_ended() {
  local hook=''
  if [[ -s $HOOK ]]; then hook=$(<"$HOOK"); fi
  [[ -n $hook ]] || return 1
  : >"$HOOK"
  [[ -n $stopping ]] || minicluster_say "commands.$hook ended with exit code $1"
}

# What Flux has left at its end becomes the archive, if it is whole.
save_archive() {
  is_lead && [[ -s $MINICLUSTER_STATE_RUN/new ]] || return 0
  in_view python3 "$SCRIPTS/state.py" commit "$(<"$MINICLUSTER_STATE_RUN/new")"
}

# A state that is being restored counts once the broker runs with it: until then the next one restores it again.
watch_restore() (
  until [[ $(flux_here 5 uptime) == *" run "* ]]; do sleep 0.5; done
  : >"$RESTORING"
)

# A follower learns that its lead was started again only when it sends the new one something, which an idle broker does
# every 5 s. So when its connection to the parent is another one than before, it is made to say something at once;
# whether it has to leave is up to Flux. Starts no program while all is well.
watch_parent() {
  local table connection last='' pause
  local -a connections
  exec {pause}<> <(:)
  while :; do
    read -rt 0.4 -u "$pause"
    connection=''
    for table in /proc/net/tcp /proc/net/tcp6; do
      [[ -z $connection && -r $table ]] || continue
      # No other way to read it is as cheap: read seeks back after each line, and $(<...) forks.
      mapfile -t connections <"$table"
      if [[ ${connections[*]} =~ ([0-9A-F]+:[0-9A-F]+)\ [0-9A-F]+:$OVERLAY_PORT\ $ESTABLISHED ]]; then
        connection=${BASH_REMATCH[1]}
      fi
    done
    [[ -n $connection && $connection != "$last" ]] || continue
    [[ -z $last ]] || flux_here 2 ping --count=1 0 >/dev/null
    last=$connection
  done
}

# A broker that was killed leaves tasks behind: their shell ends with it, they don't. They would go on beside the jobs of
# the next broker. Whatever carries the number of a job in this container is of the old one, if the container has process
# numbers of its own; where it shares them, what names the old broker's socket.
end_leftovers() {
  local process socket ours
  local -a variables
  # shellcheck disable=SC2016
  socket=$(in_view eval 'echo "$fluxsocket"')
  for process in /proc/[0-9]*; do
    [[ ${process##*/} != "$$" && $process/ns/mnt -ef /proc/self/ns/mnt ]] || continue
    mapfile -d '' -t variables 2>/dev/null <"$process/environ" || continue
    ours=" ${variables[*]} "
    [[ $ours == *' FLUX_JOB_ID='* ]] || continue
    if (($$ == 1)) || [[ -n $socket && $ours == *" FLUX_URI=$socket "* ]]; then kill -KILL "${process##*/}" 2>/dev/null; fi
  done
} 2>/dev/null

# Runs the broker until the cluster ends.
run_broker() {
  local status short_lives=0 start watcher=''
  while :; do
    start=$SECONDS
    if is_lead && [[ -n ${MINICLUSTER_ARCHIVE:-} ]]; then
      watch_restore {alive}>&- &
      watcher=$!
    fi
    supervise /bin/bash "$SCRIPTS/node.sh"
    status=$?
    [[ -z $watcher ]] || kill "$watcher" 2>/dev/null
    if hook_ended "$status"; then return "$status"; fi
    [[ -z $stopping ]] || return "$TERMINATED"
    # It ended before there was a broker, and has said why: that does not mend by itself.
    [[ -s $PHASE ]] || return "$status"
    if [[ -s $NOT_STAGED ]]; then
      minicluster_say "staging: $(<"$NOT_STAGED")"
      return 1
    fi
    : >"$PHASE"
    if is_lead; then
      # Killed from outside, with users connected: start again on the same state.
      [[ $MINICLUSTER_MODE == interactive ]] && ((status > 128)) || return "$status"
    else
      # An application goes on for as long as the queue of its pod does: that tells the end of the cluster.
      ((status != 0)) || [[ -e $MINICLUSTER_STAY ]] || is_application || return 0
      [[ ${MINICLUSTER_COMPLETE_WORKERS:-} != true ]] || return 0
    fi
    if ((SECONDS - start >= SHORT_LIFE)); then short_lives=0; fi
    if ((++short_lives > MOST_SHORT_LIVES)); then
      minicluster_say "the broker ended $short_lives times within $SHORT_LIFE s of its start, at last with" \
        "exit code $status: giving up"
      ((status != 0)) || status=1
      return "$status"
    fi
    minicluster_note "the broker ended with exit code $status; starting it again"
    end_leftovers
    rm -f "$DRAINING"
    if [[ -e $MINICLUSTER_STAY ]]; then
      # The lead still shuts down, and sends away who comes now.
      rm -f "$MINICLUSTER_STAY"
      supervise sleep "$LEAD_LEAVES"
    elif ((short_lives > 3)); then supervise sleep "$((short_lives < 11 ? short_lives - 3 : 8))"; fi
    [[ -z $stopping ]] || return "$TERMINATED"
  done
}

begin
if [[ -e $SCRIPTS/companions.sh ]]; then show_life; fi
minicluster_give_places
# In the other modes a lead is not started again in place.
if [[ $MINICLUSTER_MODE == interactive ]] && ! is_lead; then
  watch_parent {alive}>&- &
fi
if [[ -e $SCRIPTS/companions.sh ]]; then watch_companions {alive}>&- & fi
if [[ ${MINICLUSTER_SHARING:-} == fluxion && ${MINICLUSTER_BROKER:-} == 0-* ]] && is_lead; then keep_controller {alive}>&- & fi
run_broker
status=$?
save_archive
if [[ -z $stopping && -e $SCRIPTS/post.sh ]]; then
  flux_exit_code=$status supervise /bin/bash "$SCRIPTS/node.sh" post
  post_status=$?
  hook_ended "$post_status" || ((post_status == 0)) || minicluster_say "commands.post ended with exit code $post_status"
  ((status != 0)) || status=$post_status
fi
if [[ -n $companion ]]; then
  companion_status
  status=$?
elif [[ -n $stopping ]]; then
  status=$TERMINATED
  # Not the pod's end but its probe's (probe.sh): a pod that is replaced uncounted would be replaced for ever.
  [[ ! -e $UNHEALTHY ]] || status=1
elif ((status == TERMINATED)); then
  minicluster_say "$TERMINATED is for pods that are told to stop: this one ends with exit code 1 instead"
  status=1
fi
echo "$status" >"$ENDED"
exit "$status"
