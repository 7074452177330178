#!/usr/bin/env bash
# Closes the metadata service of this instance to all but root, at each start before anything of a user runs.
set -euo pipefail

# Connections of containers are those of a process of the user who owns them.
readonly RULE=(OUTPUT --destination 169.254.169.254/32 --match owner '!' --uid-owner 0 --jump REJECT)

main() {
  iptables --wait 20 --check "${RULE[@]}" 2>/dev/null || iptables --wait 20 --insert "${RULE[@]}"
}

main "$@"
