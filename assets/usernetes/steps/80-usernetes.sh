#!/usr/bin/env bash
# Kubernetes over all nodes, in system mode: begun here, and waited for in the next step.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

main() {
  load_settings
  if [[ $CLUSTER_MODE == batch ]]; then
    say "Kubernetes comes and goes with jobs"
    systemctl stop flux-usernetes-system.service || true
    return 0
  fi
  systemctl restart --no-block flux-usernetes-system.service
}

main "$@"
