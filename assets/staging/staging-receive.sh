# shellcheck shell=bash
# Sourced: what makes files of the archives of Flux on one node, whichever way it was started there. Needs bash and
# coreutils. A staged path is there whole or not at all: it is received beside its place and renamed. What is there
# already is known by a marker, which is written last, names the archive and the file, and lies beside it, so that the
# two come and go together:
#   TO/PATH
#   TO/.minicluster-staging/KEY                what is in TO/PATH
#   TO/.minicluster-staging/KEY-HOST-PROCESS/  what a receiver that runs, or was killed, has so far

staging_say() { echo "minicluster: staging: $*" >&2; }

# Not $HOSTNAME: flux exec brings that of the lead along.
staging_host=''
read -r staging_host </proc/sys/kernel/hostname

# The last line of what a program said, without the name of the program.
staging_cause() {
  local line=${1##*$'\n'}
  line=${line#flux-archive: }
  line=${line#flux-filemap: }
  echo "${line:-it ended with exit code $2}"
}

# Sets staging_tool: `flux archive` came with flux-core 0.60.
staging_tool=''
staging_find_tool() {
  local version
  [[ -z $staging_tool ]] || return 0
  version=$(flux version 2>/dev/null)
  staging_tool=archive
  if [[ $version =~ commands:[[:space:]]*v?0\.([0-9]+) ]] && ((BASH_REMATCH[1] < 60)); then staging_tool=filemap; fi
}

staging_extract() {
  case $staging_tool in
    filemap) flux filemap get --tags="$1" -C "$2" ;;
    *) flux archive extract --name="$1" -C "$2" ;;
  esac
}

# staging_identity KEY: prints what changes with what is in the archive; fails if there is none.
staging_identity() {
  local list
  if [[ $staging_tool == filemap ]]; then
    list=$(flux filemap list --raw --tags="minicluster-staging-$1" 2>/dev/null) && [[ -n $list ]] || return 1
    sha256sum <<<"$list"
  else flux kvs get --treeobj "archive.minicluster-staging-$1" 2>/dev/null; fi
}

# staging_receive KEY PATH TO IDENTITY: puts the content of an archive into its place on this node. Sets staging_failure
# to a sentence that names this host if that fails.
staging_failure=''
staging_receive() {
  local key=$1 path=$2 to=$3 identity=$4
  local place=$to/$path work=$to/.minicluster-staging start
  start=$(date +%s%3N)
  local mine=$work/$key-$staging_host-$BASHPID said status=0
  if [[ -e $place && -r $work/$key && $(<"$work/$key") == "$identity $(staging_shape "$place")" ]]; then
    staging_note "$place is on $staging_host already"
    return 0
  fi
  staging_sweep "$work/$key-$staging_host"
  said=$( (mkdir -p -- "$mine/new" "${place%/*}" && rm -f -- "$work/$key") 2>&1) || status=$?
  if ((status == 0)); then said=$(staging_extract "minicluster-staging-$key" "$mine/new" 2>&1) || status=$?; fi
  if ((status == 0)) && [[ ! -e $mine/new/$path ]]; then
    said="the archive holds no $path"
    status=1
  fi
  if ((status != 0)) && staging_is_full "$mine"; then said+=" (no space is left there)"; fi
  if ((status == 0)); then said=$(staging_place "$mine" "$mine/new/$path" "$place" 2>&1) || status=$?; fi
  rm -rf -- "$mine"
  if ((status == 0)); then
    said=$( (printf '%s\n' "$identity $(staging_shape "$place")" >"$work/$key") 2>&1) || status=$?
  fi
  if ((status != 0)); then
    # shellcheck disable=SC2034
    staging_failure="$place did not get to $staging_host: $(staging_cause "$said" "$status")"
    return 1
  fi
  staging_note "$place has got to $staging_host in $(staging_seconds_since "$start") s"
}

staging_notes=2
staging_note() { [[ ${MINICLUSTER_QUIET:-} == true ]] || staging_say "$@" 2>&"$staging_notes"; }

# staging_place FOLDER NEW PLACE: a file takes the place of another at once, a folder after the other has gone out of its
# way, to FOLDER. Another pod on the same disk may do the same, and be first.
staging_place() {
  local old
  for old in 1 2 3; do
    if [[ -d $3 || -d $2 && -e $3 ]]; then mv -T -- "$3" "$1/old-$old"; fi
    mv -fT -- "$2" "$3" && return
  done
  return 1
}

# staging_sweep START: removes folders of that start which a process of this node left that was killed.
staging_sweep() {
  local folder stat
  for folder in "$1"-*; do
    [[ -d $folder ]] || continue
    stat=''
    { read -rd '' stat <"/proc/${folder##*-}/stat"; } 2>/dev/null
    if [[ -z $stat || ${stat##*) } == [ZX]* ]]; then rm -rf -- "$folder"; fi
  done
}

# Flux does not always say that a disk is full.
staging_is_full() {
  local blocks size
  read -r blocks size < <(stat -f -c '%a %S' -- "$1" 2>/dev/null)
  [[ -n ${size:-} ]] && ((blocks * size < 1048576))
}

# What tells a file or folder from another one in its place, and shows that it was written to.
staging_shape() { stat -Lc '%i %s %Z' -- "$1" 2>/dev/null; }

staging_seconds_since() {
  local ms=$(($(date +%s%3N) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms / 100 % 10))
}
