#!/usr/bin/env bash
# After each start of the broker, on the lead of a cluster in batch mode: jobs that ended with the one before had no
# epilog, and what they have left on their nodes is removed. Begun here, and not waited for.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/boot-lib.sh"

# Seconds: for all of it, in which the other nodes come back, and between two tries.
readonly LONGEST=600 AGAIN=10

main() {
  load_settings
  [[ $CLUSTER_MODE == batch && $(node_rank) == 0 ]] || return 0
  # One that is under way already goes on.
  systemd-run --quiet --no-block --collect --unit=flux-usernetes-sweep --uid="$OWNER" --gid="$OWNER" \
    --property=RuntimeMaxSec="$LONGEST" /bin/bash -c "until '$HERE/usernetes' clean --stale; do sleep $AGAIN; done" || true
}

main "$@"
