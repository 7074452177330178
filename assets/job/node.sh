#!/usr/bin/env bash
# Prepares this pod for Flux, runs the hooks, and becomes the broker. Started again after a broker that failed, it takes
# the environment that the hooks left the first time, and does not run them twice. With the argument post it runs that
# hook. Hooks are sourced here, at the top level and in one shell, so that whatever they declare holds for Flux and its
# jobs. All names are long because the hooks share them.
set -uo pipefail

minicluster_scripts=${BASH_SOURCE[0]%/*}
minicluster_config=$MINICLUSTER_PLACE/config
minicluster_run=$minicluster_config/run
minicluster_hook_output=1
if [[ ${MINICLUSTER_QUIET:-} == true ]]; then
  minicluster_hook_output=9
  exec 9>/dev/null
fi

minicluster_hook=$minicluster_run/hook
# shellcheck source=assets/job/common.sh
. "$minicluster_scripts/common.sh"

minicluster_die() {
  minicluster_say "$*"
  exit 1
}
minicluster_is_lead() { [[ $HOSTNAME == "$MINICLUSTER_LEAD" ]]; }

minicluster_prepare() {
  local mask describer
  mask=$(umask)
  umask 022
  mkdir -p "$minicluster_config"/{etc/flux/config,etc/flux/system/cron.d,curve} "$FLUX_OUTPUT_DIR" ||
    minicluster_die "can't write below $MINICLUSTER_PLACE or to $FLUX_OUTPUT_DIR: may the user of the container?"
  [[ -z ${MINICLUSTER_CORES:-} || -n ${MINICLUSTER_FIRST_CORE:-} ]] || minicluster_free_tasks
  # It takes longest, so the rest happens meanwhile.
  minicluster_describe_resources &
  describer=$!
  [[ -r /flux-certificate/curve.cert ]] ||
    minicluster_die "the Secret of the certificate has no key curve.cert, or this user can't read it"
  (umask 077 && printf '%s\n' "$(</flux-certificate/curve.cert)" >"$minicluster_config/curve/curve.cert") ||
    minicluster_die "can't write $minicluster_config/curve/curve.cert"
  printf '%s\n' "$(<"$minicluster_scripts/broker.toml")" >"$minicluster_config/etc/flux/config/broker.toml" ||
    minicluster_die "can't write the broker's configuration"
  minicluster_write_user_files || minicluster_die "can't write $MINICLUSTER_PLACE/flux-view.sh"
  wait "$describer" || exit 1
  umask "$mask"
}

# Each broker reads the file, and only the lead's counts: followers need one that names the hosts, which takes no time.
minicluster_describe_resources() {
  local resources before='' after cores
  if ! minicluster_is_lead && [[ -n ${MINICLUSTER_LAST_RANK:-} ]]; then
    printf '{"version":1,"execution":{"R_lite":[{"rank":"0-%s","children":{"core":"0"}}],"nodelist":["%s"]}}\n' \
      "$MINICLUSTER_LAST_RANK" "$MINICLUSTER_HOSTS" >"$minicluster_config/etc/flux/system/R"
    return
  fi
  if ! resources=$(flux R encode --hosts="$MINICLUSTER_HOSTS" --local); then
    minicluster_die "flux R encode can't describe the cores of $MINICLUSTER_HOSTS"
  fi
  if [[ -n ${MINICLUSTER_CORES:-} ]]; then
    # As many of the cores that Flux sees (it sees those of the container's own cpuset) as the CPU limit is worth; or
    # those that come after the ones of other applications of the pod, where each has its own.
    if [[ $resources =~ ^(.*\"core\":\ *\")([0-9,-]+)(\".*)$ ]]; then
      before=${BASH_REMATCH[1]} cores=${BASH_REMATCH[2]} after=${BASH_REMATCH[3]}
      minicluster_some_of "$cores" "${MINICLUSTER_FIRST_CORE:-0}" "$MINICLUSTER_CORES" cores || return
      resources=$before$cores$after
    fi
  fi
  printf '%s\n' "$resources" >"$minicluster_config/etc/flux/system/R"
}

# minicluster_some_of SET SKIPPED COUNT NAME: up to COUNT members of a set like 0-3,6 after the first SKIPPED, as a set.
# Cores that an application has for itself must all be there.
minicluster_some_of() {
  local -n some=$4
  local range low high count=0 skip=$2 left=$3
  local -a ranges
  IFS=, read -ra ranges <<<"$1"
  some=''
  for range in "${ranges[@]}"; do
    low=${range%-*} high=${range#*-}
    count=$((count + high - low + 1))
    if ((high - low + 1 <= skip)); then
      skip=$((skip - (high - low + 1)))
      continue
    fi
    low=$((low + skip)) skip=0
    ((left > 0)) || continue
    ((high - low < left)) || high=$((low + left - 1))
    left=$((left - (high - low + 1)))
    if ((low == high)); then range=$low; else range=$low-$high; fi
    some+=${some:+,}$range
  done
  [[ -z ${MINICLUSTER_FIRST_CORE:-} ]] || ((left == 0)) && return
  minicluster_say "this pod has $count cores, and the applications up to this one have $(($2 + $3)) of their own"
  return 1
}

# Tasks are bound to cores only where the container has cores of its own: see no-affinity.lua.
minicluster_free_tasks() {
  local key value allowed='' online=''
  while IFS=$':\t ' read -r key value; do
    if [[ $key == Cpus_allowed_list ]]; then allowed=$value; fi
  done </proc/self/status
  [[ ! -r /sys/devices/system/cpu/online ]] || read -r online </sys/devices/system/cpu/online
  [[ $allowed == "$online" ]] || return 0
  # Jobs take it from the environment of who submits them: so it is in flux-view.sh too.
  export FLUX_SHELL_RC_PATH=${FLUX_SHELL_RC_PATH:+$FLUX_SHELL_RC_PATH:}$minicluster_scripts
}

# What people source to reach Flux from a shell of their own. Other containers see the files whole or not at all.
minicluster_write_user_files() {
  local view=$MINICLUSTER_PLACE/flux-view.sh connect=$MINICLUSTER_PLACE/flux-connect.sh
  # shellcheck disable=SC2016
  minicluster_user_environment >"$view.new" &&
    printf '%s\n' '#!/bin/bash' ". ${view@Q}" 'flux proxy "$fluxsocket" bash' >"$connect.new" &&
    mv -f "$view.new" "$view" && mv -f "$connect.new" "$connect"
}
minicluster_user_environment() {
  local name folder=$minicluster_config/run/flux
  echo '#!/bin/bash'
  # What flux-path.sh sets: jobs take it from who submits them. Other variables may hold secrets of this container.
  for name in PATH PYTHONPATH LD_LIBRARY_PATH FLUX_{EXEC,MODULE,SHELL_RC}_PATH FLUX_PMI_CLIENT_SEARCHPATH \
    FLUX_LUA_{,C}PATH_PREPEND; do
    [[ -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
  done
  if [[ -n $minicluster_socket ]]; then
    printf 'export fluxsocket=%q\n' "$minicluster_socket"
  else
    # The name of the default socket ends in the rank, which is known once the broker runs.
    printf 'fluxsocket=local://%q/local\n' "$folder"
    printf 'for minicluster_socket in %q/local-*; do\n' "$folder"
    # shellcheck disable=SC2016
    printf '%s\n' '  [ ! -S "$minicluster_socket" ] || fluxsocket=local://$minicluster_socket' \
      'done' 'export fluxsocket'
  fi
  [[ ! -e $minicluster_scripts/view-environment.sh ]] || printf '%s\n' "$(<"$minicluster_scripts/view-environment.sh")"
}

# For a broker that is started again, and for the post hook.
minicluster_save_environment() {
  local limit
  {
    export -p
    export -pf
    printf 'cd %q\numask %s\n' "$PWD" "$(umask)"
    for limit in c l n s v; do
      printf 'ulimit -S%s %s\nulimit -H%s %s\n' "$limit" "$(ulimit "-S$limit")" \
      "$limit" "$(ulimit "-H$limit")"
    done
  } >"$minicluster_run/environment.new" && chmod 600 "$minicluster_run/environment.new" && mv -f "$minicluster_run/environment.new" "$minicluster_run/environment"
}
minicluster_take_environment() {
  local -a names
  # Not the container's: the hooks may have unset some.
  mapfile -t names < <(compgen -e)
  unset -v "${names[@]}" 2>/dev/null
}

mapfile -t minicluster_options <"$minicluster_scripts/broker-options"
minicluster_socket=''
for minicluster_word in "${minicluster_options[@]}"; do
  [[ $minicluster_word != -Slocal-uri=* ]] || minicluster_socket=${minicluster_word#*=}
done
# Tells this broker from those of its jobs, which inherit its environment.
export MINICLUSTER_SOCKET=$minicluster_socket

if [[ -s $minicluster_run/environment ]]; then
  minicluster_exit_code=${flux_exit_code:-}
  minicluster_take_environment
  # shellcheck disable=SC1091
  . "$minicluster_run/environment"
  if [[ -n $minicluster_exit_code ]]; then export flux_exit_code=$minicluster_exit_code; fi
fi
if [[ ${1:-} == post ]]; then
  if minicluster_hook_begins "$minicluster_scripts/post.sh" post; then
    # shellcheck disable=SC1091
    . "$minicluster_scripts/post.sh" >&"$minicluster_hook_output"
    minicluster_status=$?
  fi
  minicluster_hook_ends
  exit "${minicluster_status:-0}"
fi
if [[ ! -s $minicluster_run/environment ]]; then
  if minicluster_hook_begins "$minicluster_scripts/init.sh" init; then
    # shellcheck disable=SC1091
    . "$minicluster_scripts/init.sh" >&"$minicluster_hook_output"
  fi
  minicluster_hook_ends
  # shellcheck source=assets/job/flux-path.sh
  . "$minicluster_scripts/flux-path.sh"
  if [[ -e $minicluster_scripts/flux-app.sh ]]; then export PATH=$PATH:$MINICLUSTER_ROOT/bin; fi
  minicluster_prepare
  if minicluster_hook_begins "$minicluster_scripts/pre.sh" pre; then
    # shellcheck disable=SC1091
    . "$minicluster_scripts/pre.sh" >&"$minicluster_hook_output"
  fi
  minicluster_hook_ends
  if minicluster_is_lead; then
    if minicluster_hook_begins "$minicluster_scripts/broker-pre.sh" brokerPre; then
      # shellcheck disable=SC1091
      . "$minicluster_scripts/broker-pre.sh" >&"$minicluster_hook_output"
    fi
  elif minicluster_hook_begins "$minicluster_scripts/worker-pre.sh" workerPre; then
    # shellcheck disable=SC1091
    . "$minicluster_scripts/worker-pre.sh" >&"$minicluster_hook_output"
  fi
  minicluster_hook_ends
  minicluster_drop_traps
  if [[ -e $minicluster_scripts/application-pod.sh ]]; then
    export FLUX_RC_EXTRA=${FLUX_RC_EXTRA:+$FLUX_RC_EXTRA:}$minicluster_config/etc/flux/applications
  fi
  if [[ -e $minicluster_scripts/staging ]]; then
    /bin/bash "$minicluster_scripts/staging-pod.sh" prepare || exit
    export FLUX_RC_EXTRA=${FLUX_RC_EXTRA:+$FLUX_RC_EXTRA:}$minicluster_config/etc/flux/staging
  fi
  minicluster_save_environment || minicluster_die "can't write to $minicluster_run"
fi
if [[ -e $minicluster_scripts/application-pod.sh ]]; then
  /bin/bash "$minicluster_scripts/application-pod.sh" prepare || exit
fi
[[ $minicluster_hook_output == 1 ]] || exec 9>&-

# The state comes from the archive only if this pod has none yet: that of an earlier broker of this pod is newer.
minicluster_choose_state() {
  local chosen new state=$minicluster_config/var/lib/flux
  python3 "$minicluster_scripts/state.py" begin || exit 1
  chosen=$(<"$MINICLUSTER_STATE_RUN/restore")
  new=$(<"$MINICLUSTER_STATE_RUN/new")
  if [[ -n $new ]]; then minicluster_options+=("-Scontent.dump=$new"); fi
  if [[ -e $state/content.sqlite && ! -s $minicluster_run/restoring ]]; then
    minicluster_note "going on with the state that the last broker of this pod left, not with $MINICLUSTER_ARCHIVE"
  elif [[ -n $chosen ]]; then
    minicluster_note "restoring the state from $chosen"
    echo "$chosen" >"$minicluster_run/restoring"
    minicluster_options+=("-Scontent.restore=$chosen")
  else
    minicluster_note "no state in $MINICLUSTER_ARCHIVE: starting empty"
  fi
}

minicluster_program=()
minicluster_wrap=()
if minicluster_is_lead; then
  if [[ -n ${MINICLUSTER_ARCHIVE:-} ]]; then
    minicluster_choose_state
  elif [[ ${MINICLUSTER_BROKER:-0-} == 0-* && $MINICLUSTER_MODE == interactive && ! -e $minicluster_config/var/lib/flux/content.sqlite ]]; then
    minicluster_note "no archive is given: the queue starts empty, and is lost with this pod"
  fi
  minicluster_words "$minicluster_scripts/wrap" minicluster_wrap flux.wrap || exit 2
  minicluster_words "$minicluster_scripts/prefix" minicluster_program commands.prefix || exit 2
  # Options in front are the broker's.
  while [[ ${minicluster_program[0]:-} == -* ]]; do
    minicluster_word=${minicluster_program[0]}
    minicluster_program=("${minicluster_program[@]:1}")
    case $minicluster_word in
      --) break ;;
      -S | -c | --setattr | --config-path)
        minicluster_options+=("$minicluster_word" "${minicluster_program[0]:-}")
        minicluster_program=("${minicluster_program[@]:1}")
        ;;
      *) minicluster_options+=("$minicluster_word") ;;
    esac
  done
  if [[ $MINICLUSTER_MODE == interactive ]]; then
    minicluster_options+=(-Sbroker.rc2_none)
    minicluster_program=()
  else
    minicluster_program+=(/bin/bash "$minicluster_scripts/run.sh")
  fi
fi
minicluster_command=(
  "${minicluster_wrap[@]}" flux broker --config-path="$minicluster_config/etc/flux/config" "${minicluster_options[@]}"
  "${minicluster_program[@]}"
)
# Flux gives shells a socket as standard input. One that also believes to be the outermost takes that for a remote login
# and reads ~/.bashrc, before each of Flux's own commands; and exec counts one level down.
export SHLVL=3
printf '%(%s)T\n' -1 >"$minicluster_run/phase"
if [[ ${MINICLUSTER_TIMED:-} == true ]] && minicluster_is_lead; then
  # This shell stays to tell the time: it must outlive a signal that the broker gets too.
  trap : TERM INT
  TIMEFORMAT='FLUXTIME fluxstart wall time %lR'
  time "${minicluster_command[@]}"
  exit
fi
exec "${minicluster_command[@]}"
