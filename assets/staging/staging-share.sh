# shellcheck shell=bash disable=SC2034,SC2154
# Sourced after receive.sh, by what runs on rank 0: fetches files from elsewhere, and makes archives of them. Wants the
# text of staging-download.py in staging_download.

# staging_fetch KEY PATH FROM PULL SHA256: sees to it that the file is there, and that it is the right one. Sets
# staging_failure if it isn't.
staging_fetch() {
  local key=$1 path=$2 from=$3 pull=$4 sha256=$5
  local file=$from/$path work=$from/.minicluster-staging start
  start=$(date +%s%3N)
  local mine=$work/pull-$key-$staging_host-$BASHPID other said status=0
  local -a program
  if [[ -e $file ]] && staging_is_right "$file" "$sha256"; then return 0; fi
  if [[ -z $pull ]]; then
    if [[ -e $file ]]; then
      staging_failure="the SHA-256 of $file on $staging_host is $staging_sum, not $sha256"
    else staging_failure="there is no $file on $staging_host, which is rank 0"; fi
    return 1
  fi
  staging_sweep "$work/pull-$key-$staging_host"
  said=$(mkdir -p -- "$mine" "${file%/*}" 2>&1) || status=$?
  if ((status == 0)); then
    staging_note "pulling $pull on $staging_host"
    if [[ $pull == https://* ]]; then
      program=(python3)
      hash python3 2>/dev/null || program=(flux python)
      said=$("${program[@]}" -c "$staging_download" "$pull" "$mine/file" 2>&1) || status=$?
    elif hash apptainer 2>/dev/null; then
      apptainer pull "$mine/file" "$pull" >&2 || status=$?
    elif hash singularity 2>/dev/null; then
      singularity pull "$mine/file" "$pull" >&2 || status=$?
    else
      said="neither apptainer nor singularity is on the PATH"
      status=127
    fi
  fi
  if ((status == 0)) && ! staging_is_right "$mine/file" "$sha256"; then
    said="its SHA-256 is $staging_sum, not $sha256"
    status=1
  fi
  if ((status == 0)); then said=$(mv -fT -- "$mine/file" "$file" 2>&1) || status=$?; fi
  rm -rf -- "$mine"
  rmdir -- "$work" 2>/dev/null
  if ((status != 0)); then
    staging_failure="$pull could not be pulled to $file on $staging_host: $(staging_cause "$said" "$status")"
    return 1
  fi
  staging_note "pulled $pull in $(staging_seconds_since "$start") s"
}

staging_sum=''
staging_is_right() {
  [[ -n $2 ]] || return 0
  read -r staging_sum _ < <(sha256sum <"$1" 2>/dev/null)
  [[ $staging_sum == "$2" ]] || { staging_sum=${staging_sum:-unknown} && return 1; }
}

# staging_share KEY PATH FROM: makes the archive, in place of one that an earlier run may have left. Sets
# staging_failure if it can't.
staging_share() {
  local key=$1 path=$2 from=$3 said status=0
  local name=minicluster-staging-$key
  if [[ ! -e $from/$path ]]; then
    staging_failure="there is no $from/$path on $staging_host, which is rank 0"
    return 1
  fi
  if [[ $staging_tool == filemap ]]; then
    flux filemap unmap --tags="$name" 2>/dev/null
    said=$(flux filemap map --tags="$name" -C "$from" -- "$path" 2>&1) || status=$?
  else
    # Not mapped into memory (--mmap): the broker would die of a file that is cut short, and it saves little time.
    said=$(flux archive create --overwrite --name="$name" -C "$from" -- "$path" 2>&1) || status=$?
  fi
  ((status != 0)) || return 0
  staging_failure="no archive could be made of $from/$path on $staging_host: $(staging_cause "$said" "$status")"
  return 1
}

# staging_remove KEY
staging_remove() {
  if [[ $staging_tool == filemap ]]; then
    flux filemap unmap --tags="minicluster-staging-$1" 2>/dev/null
  else flux archive remove --force --name="minicluster-staging-$1" 2>/dev/null; fi
}
