#!/usr/bin/env bash
# What the lead broker runs once the brokers are there. Its exit code is that of Flux, of the pod, of the Job.
set -uo pipefail

readonly SCRIPTS=${BASH_SOURCE[0]%/*}
# Seconds after which a host that is not there is worth a word.
readonly LONG_WAIT=60

# shellcheck source=assets/job/common.sh
. "$SCRIPTS/common.sh"

submit=() flags=() command=()
minicluster_words "$SCRIPTS/submit-command" submit flux.submitCommand || exit 2
((${#submit[@]})) || submit=(flux submit)
minicluster_words "$SCRIPTS/option-flags" flags flux.optionFlags || exit 2
read -ra tasks <<<"${MINICLUSTER_TASKS:-}"
if [[ -e $SCRIPTS/command.sh ]]; then
  command=(/bin/bash "$SCRIPTS/command.sh")
elif [[ -e $SCRIPTS/command ]]; then
  mapfile -t command <"$SCRIPTS/command"
fi

submit() {
  local -a watch=(--quiet --watch)
  # These wait and print by themselves.
  case ${submit[*]:0:2} in 'flux run' | 'flux alloc') watch=() ;; esac
  tell_missing &
  local teller=$!
  "${submit[@]}" "${tasks[@]}" "${flags[@]}" "${watch[@]}" "${command[@]}"
  local status=$?
  kill "$teller" 2>/dev/null
  return "$status"
}
# Says once which hosts the job may be waiting for. It starts no program meanwhile, which would outlive it.
tell_missing() {
  local pause down
  exec {pause}<> <(:)
  read -rt "$LONG_WAIT" -u "$pause"
  down=$(timeout 10 flux resource list --states=down --no-header --format='{nodelist}' 2>/dev/null)
  [[ -z $down ]] || minicluster_say "after $LONG_WAIT s these hosts have not joined, and jobs that need them wait: $down"
}

# The output of the batch script comes here through Flux, unless its author wants it in a file.
batch() {
  local job
  local -a output=(--output=kvs)
  if wants_file; then output=(); fi
  job=$(flux batch "${tasks[@]}" "${output[@]}" "${flags[@]}" "$SCRIPTS/batch.sh") || return
  flux job attach "$job"
}
wants_file() {
  local line
  for line in "${flags[@]}"; do [[ $line != --ou* ]] || return 0; done
  while IFS= read -r line || [[ -n $line ]]; do
    [[ ! $line =~ ^[^[:alnum:]_]*(flux|FLUX):.*--ou ]] || return 0
  done <"$SCRIPTS/batch.sh"
  return 1
}

run() {
  case $MINICLUSTER_MODE in
    launcher) "${command[@]}" ;;
    submit) submit ;;
    batch) batch ;;
  esac
}

if [[ ${MINICLUSTER_TIMED:-} == true ]]; then
  TIMEFORMAT='FLUXTIME fluxsubmit wall time %lR'
  time run
else run; fi
status=$?
if ((status != 0)); then
  minicluster_say "the command ended with exit code $status"
  # Followers wait for the next try: of a Job only the pods that failed are started again.
  timeout 2 flux exec -r all -x 0 touch "$MINICLUSTER_STAY" 2>/dev/null
fi
exit "$status"
