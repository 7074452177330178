#!/usr/bin/env bash
# Entry point of a sidecar: its hooks and its command, with Flux on PATH and, unless told not to wait, with the broker
# of this pod to talk to (FLUX_URI). Ends with the exit code of the command. Hooks are sourced in one shell, at the top
# level, so that what they export reaches the command; names are long because the hooks share them.
set -uo pipefail

minicluster_scripts=${BASH_SOURCE[0]%/*}
: "${MINICLUSTER_SIDECAR:?says which sidecar this is}"
export MINICLUSTER_ROOT=${MINICLUSTER_ROOT:-/mnt/flux}
export MINICLUSTER_PLACE=$MINICLUSTER_ROOT
minicluster_part=$minicluster_scripts/sidecar-$MINICLUSTER_SIDECAR
minicluster_run=$MINICLUSTER_ROOT/config/run
# While it holds a name that hook runs.
minicluster_hook=$MINICLUSTER_ROOT/sidecar-$MINICLUSTER_SIDECAR-hook

# shellcheck source=assets/job/common.sh
. "$minicluster_scripts/common.sh"

# The first process of the container: hands signals to the second, which does the work in a process group of its own.
if [[ ${1:-} != work ]]; then
  child='' stopping=''
  stop() {
    stopping=yes
    [[ -z $child ]] || kill -TERM -- "-$child" 2>/dev/null
  }
  trap stop TERM INT
  : >"$minicluster_hook" || minicluster_say "can't write below $MINICLUSTER_ROOT: may the user of the container?"
  set -m
  /bin/bash "$minicluster_scripts/sidecar.sh" work &
  child=$!
  set +m
  [[ -z $stopping ]] || stop
  while :; do
    wait "$child"
    status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  if [[ -n $stopping ]]; then
    # What was waited for may have been the signal, and not the end.
    wait "$child"
    status=$?
    # A script dies of the signal at once; the program that it runs may need a moment more to end in order.
    while kill -0 -- "-$child" 2>/dev/null; do sleep 0.05; done
  elif [[ -s $minicluster_hook ]]; then
    minicluster_say "commands.$(<"$minicluster_hook") ended with exit code $status"
  fi
  exit "$status"
fi

if [[ ${MINICLUSTER_QUIET:-} == true ]]; then exec 9>/dev/null; else exec 9>&1; fi
minicluster_give_places
if minicluster_hook_begins "$minicluster_part-init.sh" init; then
  # shellcheck disable=SC1090
  . "$minicluster_part-init.sh" >&9
fi
minicluster_hook_ends
# Its image may hold no Flux: a sidecar can do without.
# shellcheck disable=SC2034
flux_path_is_optional=yes
# shellcheck source=assets/job/flux-path.sh
. "$minicluster_scripts/flux-path.sh"
if minicluster_hook_begins "$minicluster_part-service-pre.sh" servicePre; then
  # shellcheck disable=SC1090
  . "$minicluster_part-service-pre.sh" >&9
fi
minicluster_hook_ends
exec 9>&-
minicluster_drop_traps

# The socket's name ends in the rank if the broker was told to take none at the usual place.
minicluster_find_socket() {
  local socket
  for socket in "$minicluster_run/flux/local" "$minicluster_run"/flux/local-*; do
    [[ -S $socket ]] && export FLUX_URI=local://$socket fluxsocket=local://$socket && return
  done
}
# The socket is there before jobs can be submitted. An image without Flux can't ask, nor one whose Flux gets no answer.
minicluster_refusals=0
minicluster_flux_runs() {
  local answer
  hash flux 2>/dev/null || return 0
  if answer=$(timeout 5 flux uptime 2>/dev/null); then
    [[ " $answer " == *' run '* ]]
  else ((++minicluster_refusals > 10)); fi
}
export FLUX_URI=local://$minicluster_run/flux/local fluxsocket=local://$minicluster_run/flux/local
if [[ ${MINICLUSTER_NO_WAIT:-} != true ]]; then
  # As long as it takes: the hooks of the Flux container may install things. Without that container there is no point.
  until minicluster_find_socket && minicluster_flux_runs; do
    if [[ -s $minicluster_run/ended ]]; then
      minicluster_say "Flux has ended with exit code $(<"$minicluster_run/ended") before it ran"
      exit 1
    fi
    sleep 0.2
  done
  # Jobs take this from who submits them (node.sh says when they are not bound to cores).
  while IFS= read -r minicluster_line; do
    [[ $minicluster_line != 'export FLUX_SHELL_RC_PATH='* || -n ${FLUX_SHELL_RC_PATH:-} ]] || eval "$minicluster_line"
  done <"$MINICLUSTER_ROOT/flux-view.sh"
fi

minicluster_status=0
if [[ -e $minicluster_part-command.sh ]]; then
  # The program gets the signal itself; this shell only remembers it.
  minicluster_stopping=''
  trap minicluster_stopping=yes TERM INT
  /bin/bash "$minicluster_part-command.sh"
  minicluster_status=$?
  [[ -z $minicluster_stopping ]] || exit "$minicluster_status"
  trap - TERM INT
fi
# In a shell of its own, which it may end: what the command ended with counts.
(
  if minicluster_hook_begins "$minicluster_part-post.sh" post; then
    # shellcheck disable=SC1090
    . "$minicluster_part-post.sh"
  fi
)
minicluster_post_status=$?
minicluster_hook_ends
((minicluster_post_status == 0)) || minicluster_say "commands.post ended with exit code $minicluster_post_status"
((minicluster_status != 0)) || minicluster_status=$minicluster_post_status
exit "$minicluster_status"
