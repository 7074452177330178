# shellcheck shell=bash
# Sourced by the scripts of a pod: what they say, where they may write, how they run hooks. Hooks are sourced into the
# same shell, at its top level, so that whatever they declare holds afterwards: hence the long names, and no readonly.

minicluster_say() { echo "minicluster: $*" >&2; }
minicluster_note() { [[ ${MINICLUSTER_QUIET:-} == true ]] || minicluster_say "$@"; }

# Bash and others need a place for temporary files, and users a home, when the root file system is read-only or the user
# has no entry in /etc/passwd (its HOME is / then).
minicluster_give_places() {
  if [[ ! -w ${TMPDIR:-/tmp} ]]; then
    export TMPDIR=$MINICLUSTER_PLACE/tmp
    mkdir -p "$TMPDIR"
  fi
  if [[ ${HOME:-/} == / ]]; then
    HOME=/home/flux-operator
    [[ -w $HOME ]] || { HOME=$MINICLUSTER_PLACE/home && mkdir -p "$HOME"; }
    export HOME USER=${USER:-flux-operator}
  fi
}

# minicluster_hook_begins FILE NAME: is there such a hook? While $minicluster_hook holds a name that hook runs: if the
# shell ends then, the hook has ended it.
minicluster_hook_begins() {
  [[ -e $1 ]] || return 1
  # shellcheck disable=SC2154
  echo "$2" >"$minicluster_hook"
  set +u
  if [[ ${MINICLUSTER_STRICT:-} == true ]]; then set -eEu -o pipefail; else set +o pipefail; fi
}

minicluster_hook_ends() {
  set +eEfx -uo pipefail
  IFS=$' \t\n'
  : >"$minicluster_hook"
}

# Traps of hooks would meddle with what follows them.
minicluster_drop_traps() { trap - EXIT ERR DEBUG RETURN HUP INT QUIT TERM PIPE USR1 USR2; }

# minicluster_words FILE NAME FIELD: reads words as a shell has them into an array; nothing where there is no such file.
minicluster_words() {
  # shellcheck disable=SC2034,SC2178
  local -n minicluster_list=$2
  # shellcheck disable=SC2034
  minicluster_list=()
  [[ -e $1 ]] || return 0
  eval "minicluster_list=( $(<"$1")
)" 2>/dev/null && return
  minicluster_say "$3 holds no words that a shell can read: is a quotation mark or a bracket left open?"
  return 1
}
