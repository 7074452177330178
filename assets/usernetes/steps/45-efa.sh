#!/usr/bin/env bash
# EFA: the libraries of programs that use it on the host. The driver comes with the kernels that Ubuntu has for AWS.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

main() {
  load_settings
  apt_install rdma-core ibverbs-providers libibverbs1
}

main "$@"
