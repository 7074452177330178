#!/usr/bin/env bash
# What the brokers of one pod have in common, and how they wait for one another.
#   application-pod.sh prepare  in each container, before its broker
#   application-pod.sh rank     in rc1 of each broker
# In the folder that the containers share:
#   config/run/flux/local-0 ...        the sockets: 0 is the queue's, the others are of the applications in their order
#   config/etc/flux/meta/0-queue ...   which is which
#   view/run/flux, view/etc/flux/meta  the same two folders again, where the view is a copy
#   brokers/0-queue ...                all that is a broker's own
#   flux-view.sh, flux-connect.sh      lead to the broker of the container in which they are used
#   bin/flux-app                       hands jobs to applications
set -uo pipefail

readonly SCRIPTS=${BASH_SOURCE[0]%/*}
# shellcheck source=assets/job/common.sh
. "$SCRIPTS/common.sh"
readonly COMMON=$MINICLUSTER_ROOT/config BROKERS=$MINICLUSTER_ROOT/brokers RUN=$MINICLUSTER_PLACE/config/run
# Seconds between two words about a broker that is not there.
readonly LONG_WAIT=${MINICLUSTER_LONG_WAIT:-60}
# Seconds: for all applications to end what they run. application_end.py says before that which one has not.
readonly END_LIMIT=$((${MINICLUSTER_END_LIMIT:-120} + 10))
read -ra names <<<"${MINICLUSTER_BROKERS:?names the containers in their order}"

is_queue() { [[ $MINICLUSTER_BROKER == 0-* ]]; }
is_lead() { [[ $HOSTNAME == "$MINICLUSTER_LEAD" ]]; }
fail() {
  minicluster_say "$*"
  exit 1
}

# The containers do this at the same time: whatever is there already is right.
share() {
  local at mask
  mask=$(umask)
  umask 022
  mkdir -p "$COMMON/run/flux" "$COMMON/etc/flux/meta" "$MINICLUSTER_ROOT/bin" || return
  for at in "${!names[@]}"; do : >"$COMMON/etc/flux/meta/$at-${names[at]}" || return; done
  link "$SCRIPTS/flux-app.sh" "$MINICLUSTER_ROOT/bin/flux-app"
  if [[ ! -L $MINICLUSTER_ROOT/view ]]; then
    mkdir -p "$MINICLUSTER_ROOT"/view/{run,etc/flux} 2>/dev/null
    link "$COMMON/run/flux" "$MINICLUSTER_ROOT/view/run/flux"
    link "$COMMON/etc/flux/meta" "$MINICLUSTER_ROOT/view/etc/flux/meta"
  fi
  lead_to flux-view.sh && lead_to flux-connect.sh || return
  umask "$mask"
}
link() { [[ $2 -ef $1 ]] || ln -sfnT "$1" "$2" 2>/dev/null; }
# In a shell of a container MINICLUSTER_BROKER says which one it is.
lead_to() {
  local file=$MINICLUSTER_ROOT/$1
  # shellcheck disable=SC2016
  printf '#!/bin/bash\n. %q/"${MINICLUSTER_BROKER:-0-queue}"/%s\n' "$BROKERS" "$1" >"$file.$MINICLUSTER_BROKER" &&
    mv -f "$file.$MINICLUSTER_BROKER" "$file"
}

# Jobs that are handed over from another container get the environment and the folder of this one. It may hold secrets.
record_environment() (
  umask 077
  env -0 -u HOSTNAME -u OLDPWD -u SHLVL -u _ -u FLUX_RC_EXTRA >"$RUN/application-environment" &&
    pwd >"$RUN/application-folder"
)

# The cores that Linux lets this container use: a job that the queue books on a core must find it in its application.
record_cores() {
  local key value
  while IFS=$':\t ' read -r key value; do
    if [[ $key == Cpus_allowed_list ]]; then echo "$value" >"$RUN/cores"; fi
  done </proc/self/status
}

tell_rc1() {
  local folder=$MINICLUSTER_PLACE/config/etc/flux/applications/rc1.d
  mkdir -p "$folder" && printf '#!/bin/bash\nexec /bin/bash %q rank\n' "$SCRIPTS/application-pod.sh" \
    >"$folder/60-applications" && chmod +x "$folder/60-applications"
}

# One whose lead was replaced learns it from this, and leaves.
has_lead() { FLUX_URI=local://$COMMON/run/flux/local-$1 timeout 5 flux ping --count=1 0 >/dev/null 2>&1; }

# A broker of the queue that is online has all applications behind it, so that whatever is booked on its node can start.
# One that has ended ends this wait: companions.sh sees to that.
await_applications() {
  local at broker start=$SECONDS told=0 pause
  exec {pause}<> <(:)
  for ((at = 1; at < ${#names[@]}; at++)); do
    broker=$BROKERS/$at-${names[at]}/config/run
    until [[ -e $broker/joined ]] && has_lead "$at"; do
      if ((SECONDS - start >= LONG_WAIT * (told + 1))); then
        told=$((told + 1))
        minicluster_say "waiting for the broker of ${names[at]} since $((SECONDS - start)) s"
      fi
      read -rt 0.1 -u "$pause"
    done
    [[ $(<"$broker/cores") == "$(<"$RUN/cores")" ]] ||
      fail "container ${names[at]} has the cores $(<"$broker/cores") of the node, container ${names[0]} has" \
        "$(<"$RUN/cores"): the kubelet has given them whole cores of their own; write CPU requests that are no limits"
  done
}

prepare() {
  rm -f "$RUN/joined"
  if ! { share && tell_rc1 && record_environment && record_cores; }; then fail "can't write below $MINICLUSTER_ROOT"; fi
  is_queue || return 0
  await_applications
  # What the applications run was handed over by a broker that was killed.
  if is_lead && [[ $MINICLUSTER_SHARING == queue && -e $MINICLUSTER_PLACE/config/var/lib/flux/content.sqlite ]]; then
    timeout --kill-after=5 "$END_LIMIT" flux python "$SCRIPTS/application_end.py" all ||
      fail "the queue can't start while earlier jobs still run"
  fi
}

# Named queues are stopped when they are new, or when a broker that was killed could not write down how they were. Those
# that were stopped by somebody stay so, over ordered ends and archives.
start_queues() {
  local name started=' '
  if flux kvs get checkpoint.job-manager >/dev/null 2>&1; then
    started=" $(flux kvs get --raw applications.queues 2>/dev/null) "
  fi
  for name in "${names[@]}"; do
    [[ $started == *" $name "* ]] || flux queue start --quiet --queue="$name" || return
  done
  flux kvs put --raw "applications.queues=${names[*]}"
}

rank() {
  if is_queue && [[ $MINICLUSTER_SHARING == queue ]] && is_lead; then
    start_queues || fail "the queues of the applications can't be started"
  fi
  : >"$RUN/joined"
}

# Told to stop: what is interrupted by that is no failure.
trap 'exit 143' TERM INT HUP
case ${1:-} in
  prepare) prepare ;;
  # Brokers of jobs inherit what makes this broker run it.
  rank) [[ ${FLUX_URI:-} != "${MINICLUSTER_SOCKET:-}" ]] || rank ;;
esac
