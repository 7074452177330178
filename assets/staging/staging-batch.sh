# Stages the paths of staged_paths on all nodes of this job, runs the text, and removes the archives. The node that runs
# this is rank 0 of the job. The exit code is that of the text; 1 if a node did not get what it should.
# shellcheck shell=bash disable=SC2016,SC2154,SC2317
staging_text_file=''
staging_clean() {
  local at
  for ((at = 0; at < ${#staged_paths[@]}; at += 6)); do
    if [[ -n $staging_tool ]]; then staging_remove "${staged_paths[at]}"; fi
  done
  if [[ -n $staging_text_file ]]; then rm -f -- "$staging_text_file"; fi
}
trap staging_clean EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

staging_give_up() {
  staging_say "$*"
  exit 1
}

# Nodes that can't say it themselves.
staging_lost() {
  local down
  down=$(timeout 10 flux resource list --states=down --no-header --format='{nodelist}' 2>/dev/null)
  [[ -z $down ]] || echo " (Flux has lost $down)"
}

staging_share_all() {
  local at key path to from size identity mine=''
  local -a others=()
  [[ $(flux getattr rank) == 0 ]] || staging_give_up "$staging_host is not rank 0 of a Flux instance"
  size=$(flux getattr size)
  for ((at = 0; at < ${#staged_paths[@]}; at += 6)); do
    key=${staged_paths[at]} path=${staged_paths[at + 1]} to=${staged_paths[at + 2]} from=${staged_paths[at + 3]}
    staging_fetch "$key" "$path" "$from" "${staged_paths[at + 4]}" "${staged_paths[at + 5]}" ||
      staging_give_up "$staging_failure"
    staging_share "$key" "$path" "$from" || staging_give_up "$staging_failure"
    identity=$(staging_identity "$key") || staging_give_up "the archive of $path is gone from $staging_host"
    others+=("$key" "$path" "$to" "$identity")
    if [[ $to != "$from" ]]; then
      staging_receive "$key" "$path" "$to" "$identity" || mine=$staging_failure
    fi
  done
  if ((size > 1)); then
    # Every node says for itself what has become of it.
    flux exec --dir=/ -r all -x 0 /bin/bash -c "$staging_receiver"'
staging_tool=$1 MINICLUSTER_QUIET=$2 failed=0
shift 2
while (($# > 0)); do
  staging_receive "$@" || { staging_say "$staging_failure"; failed=1; }
  shift 4
done
exit "$failed"' staging "$staging_tool" "${MINICLUSTER_QUIET:-}" "${others[@]}" ||
      staging_give_up "not all nodes have got what they should$(staging_lost): the text is not run"
  fi
  [[ -z $mine ]] || staging_give_up "$mine"
}

eval "$staging_receiver"
eval "$staging_sharer"
staging_find_tool
staging_share_all
if ! staging_text_file=$(mktemp "${FLUX_JOB_TMPDIR:-${TMPDIR:-/tmp}}/staged-XXXXXX") ||
  ! printf '%s' "$staging_text" >"$staging_text_file"; then
  staging_give_up "can't write the text to a file"
fi
"${staging_interpreter[@]}" "$staging_text_file" "$@"
exit
