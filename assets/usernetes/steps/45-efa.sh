#!/usr/bin/env bash
# EFA: the programs that use it, and limits. The driver comes with the kernels that Ubuntu has for AWS.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

# 2 MiB each: as many as AWS' own installer reserves, but no more than a sixteenth of the memory.
readonly MOST_HUGE_PAGES=5128

main() {
  load_settings
  apt_install rdma-core ibverbs-providers libibverbs1
  local memory pages
  memory=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
  pages=$((memory / 2048 / 16))
  ((pages <= MOST_HUGE_PAGES)) || pages=$MOST_HUGE_PAGES
  write_file /etc/sysctl.d/99-flux-usernetes-efa.conf 644 <<EOF
vm.nr_hugepages = $pages
# Processes of one node copy from each other's memory.
kernel.yama.ptrace_scope = 0
EOF
  sysctl --quiet --load /etc/sysctl.d/99-flux-usernetes-efa.conf || die "sysctl can't set what /etc/sysctl.d/99-flux-usernetes-efa.conf says"
  [[ -z $EFA_INSTALLER_URL ]] || install_of_aws
}

# AWS' installer has a newer libfabric, and Open MPI, below /opt/amazon.
install_of_aws() {
  local folder=$BOOT_STATE/efa
  rm -rf "$folder"
  download "$EFA_INSTALLER_URL" "$EFA_INSTALLER_SHA256" "$folder/installer.tar.gz"
  tar --extract --gzip --no-same-owner --directory "$folder" --file "$folder/installer.tar.gz"
  (cd "$folder/aws-efa-installer" && ./efa_installer.sh --yes) || die "AWS' EFA installer failed: look at $LOG"
  rm -rf "$folder"
}

main "$@"
