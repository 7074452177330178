# shellcheck shell=bash
# Sourced by the entrypoint of the lead broker's pod before Flux starts, as part of commands.brokerPre: takes the archive
# (state.py), and adds to brokerOptions, which the entrypoint hands to the broker in every mode, what restores the state
# and saves it. The variables of state.py are set by the lines before.
: "${MINICLUSTER_ARCHIVE:?is set by the line before}" "${brokerOptions:?is set by the entrypoint}"

minicluster_keep_state() {
  local scripts=${BASH_SOURCE[0]%/*} run=/tmp/flux-state restore new name
  # With logging.quiet hooks are not heard; what keeps the cluster from starting has to be.
  local -i errors=${minicluster_errors:-2}
  if ! { rm -rf "$run" && mkdir -p "$run"; }; then
    echo "minicluster: can't write to ${run%/*}, which the archive needs: mount an emptyDir there" >&"$errors"
    exit 1
  fi
  export MINICLUSTER_STATE_RUN=$run MINICLUSTER_OWNER=$$ MINICLUSTER_VIEW_FILE=/tmp/flux-state/environment
  # The entrypoint removes bin/python3 of the view (trap T83), and leaves the name of what it was a link to.
  if ! MINICLUSTER_PYTHON=$(type -P python3 || type -P "${pythonversion:-}"); then
    echo "minicluster: there is no python3 in the image, nor in the view: the archive can't be kept" >&"$errors"
    exit 1
  fi
  export MINICLUSTER_PYTHON
  if [[ $brokerOptions =~ -Slocal-uri=([^ ]+) ]]; then
    fluxsocket=${BASH_REMATCH[1]}
  elif [[ $brokerOptions =~ -Srundir=([^ ]+) ]]; then
    # With flux.disableSocket the socket is where Flux has it by itself.
    # shellcheck disable=SC2034
    fluxsocket=local://${BASH_REMATCH[1]}/local-0
  fi
  # For preStop and for saves meanwhile, which have an environment of their own.
  {
    for name in PATH PYTHONPATH LD_LIBRARY_PATH fluxsocket "${!MINICLUSTER_@}"; do
      [[ -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
    done
  } >"$run/environment"
  # Without PYTHONPATH, which begins with the working directory here, and goes on with packages of the view.
  "$MINICLUSTER_PYTHON" -E "$scripts/state.py" begin 2>&"$errors" || exit 1
  if ((errors != 2)); then exec {minicluster_errors}>&-; fi
  restore=$(<"$run/restore") new=$(<"$run/new")
  # Links, since the entrypoint takes blanks in its options for their ends.
  if [[ -n $restore ]]; then
    echo "minicluster: restoring the state from $restore" >&2
    ln -sfn "$restore" "$run/restore-from"
    brokerOptions="$brokerOptions -Scontent.restore=$run/restore-from"
  else
    echo "minicluster: no state in $MINICLUSTER_ARCHIVE: starting empty" >&2
  fi
  if [[ $new =~ (\.tar)?\.[a-z0-9]+$ ]]; then
    ln -sfn "$new" "$run/dump-to${BASH_REMATCH[0]}"
    brokerOptions="$brokerOptions -Scontent.dump=$run/dump-to${BASH_REMATCH[0]}"
    # With logging.strict the entrypoint ends where Flux fails, in front of the post hook.
    # shellcheck disable=SC2064
    if [[ -z $(trap -p EXIT) ]]; then trap ". '$scripts/commit-state.sh'" EXIT; fi
    # With such a trap bash ends at once when the pod is told to stop, while Flux still writes its state.
    if [[ -z $(trap -p TERM) ]]; then trap : TERM; fi
  fi
}
minicluster_keep_state
unset -f minicluster_keep_state
