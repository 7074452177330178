#!/usr/bin/env bash
# Staging in the pods of a MiniClusterJob, before there is anything that could run there.
#   staging-pod.sh prepare before the broker: the lead pulls what it does not have
#   staging-pod.sh rank    in rc1 of every broker. The lead broker makes the archives; since no other broker gets to its rc1
#                  before the lead is through, the others find them. A broker is online after its rc1, so that no job
#                  gets to see a node on which something is missing.
#   staging-pod.sh leave   in rc3 of the lead broker: a state that is saved must not hold archives without their content
# The list of what is staged has six lines for each path: key, path, to, from, pull, sha256.
set -uo pipefail

readonly SCRIPTS=${BASH_SOURCE[0]%/*}
# shellcheck source=assets/staging/staging-receive.sh
. "$SCRIPTS/staging-receive.sh"
# shellcheck source=assets/staging/staging-share.sh
. "$SCRIPTS/staging-share.sh"
readonly RUN=$MINICLUSTER_PLACE/config/run
mapfile -t paths <"$SCRIPTS/staging"
# The broker takes what its rc1 writes here for information, and what it writes to the other one for errors.
# shellcheck disable=SC2034
staging_notes=1

# Brokers of jobs inherit what makes theirs run this.
is_of_the_cluster() { [[ ${FLUX_URI:-} == "local://$RUN/"* || ${FLUX_URI:-} == "${MINICLUSTER_SOCKET:-none}" ]]; }
is_lead() { [[ $HOSTNAME == "$MINICLUSTER_LEAD" ]]; }

# Leaves why to start.sh, which says it and does not start the broker again, and says it in the log of the lead.
fail() {
  if ! is_lead; then
    # Without the lead it is no wonder that it failed.
    timeout 10 flux ping --count=1 0 >/dev/null 2>&1 || exit 1
    tell_lead "minicluster: staging: $staging_failure"
  fi
  echo "$staging_failure" >"$RUN/not-staged"
  exit 1
}
# A broker prints a critical message if it says that it is from its own rank, whatever its level of logging.
tell_lead() {
  timeout 10 flux python -c 'import sys, time, flux
now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
flux.Flux().rpc("log.append", f"<16>1 {now} 0 staging - - - {sys.argv[1]}", nodeid=0).get()' "$1" 2>/dev/null
}

prepare() {
  local at level folder=$MINICLUSTER_PLACE/config/etc/flux/staging
  for level in rank:1 leave:3; do
    mkdir -p "$folder/rc${level#*:}.d" &&
      printf '#!/bin/bash\nexec /bin/bash %q %s\n' "$SCRIPTS/staging-pod.sh" "${level%:*}" \
        >"$folder/rc${level#*:}.d/50-staging" && chmod +x "$folder/rc${level#*:}.d/50-staging" || exit 1
  done
  is_lead || return 0
  IFS= read -rd '' staging_download <"$SCRIPTS/staging-download.py"
  for ((at = 0; at < ${#paths[@]}; at += 6)); do
    staging_fetch "${paths[at]}" "${paths[at + 1]}" "${paths[at + 3]}" "${paths[at + 4]}" "${paths[at + 5]}" && continue
    staging_say "$staging_failure"
    exit 1
  done
}

rank() {
  local at identity key path to from
  staging_find_tool
  for ((at = 0; at < ${#paths[@]}; at += 6)); do
    key=${paths[at]} path=${paths[at + 1]} to=${paths[at + 2]} from=${paths[at + 3]}
    if is_lead; then
      staging_share "$key" "$path" "$from" || fail
      [[ $to != "$from" ]] || continue
    fi
    if ! identity=$(staging_identity "$key"); then
      staging_failure="the lead broker has no archive of $path for $staging_host: does its cluster stage it too?"
      fail
    fi
    staging_receive "$key" "$path" "$to" "$identity" || fail
  done
}

leave() {
  local at
  is_lead || return 0
  staging_find_tool
  for ((at = 0; at < ${#paths[@]}; at += 6)); do staging_remove "${paths[at]}"; done
}

# Told to stop: what is interrupted by that is no failure.
trap 'exit 143' TERM INT HUP
case $1 in
  prepare) prepare ;;
  rank) ! is_of_the_cluster || rank ;;
  leave) ! is_of_the_cluster || leave ;;
esac
