#!/usr/bin/env bash
# Who this node is: its rank by its own address, its name, and the names of all others.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly BEGIN='# flux-usernetes: begin' END='# flux-usernetes: end'

main() {
  load_settings
  local rank
  rank=$(python3 "$HERE/boot_rank.py" 2>"$RUN/errors") || die_for_good "$(why)"
  printf '%s\n' "$rank" >"$BOOT_STATE/rank"
  say "this is rank $rank"
  name_node "$(host_of "$rank")"
  write_hosts
  # The kernel may be newer than the one that was installed for.
  local module
  for module in "${MODULES[@]}"; do
    need_module "$module"
  done
  [[ -z $HAS_EFA ]] || need_efa
}

name_node() {
  # Otherwise cloud-init gives the name of AWS back at the next boot.
  write_file /etc/cloud/cloud.cfg.d/99-flux-usernetes.cfg 644 <<'EOF'
preserve_hostname: true
manage_etc_hosts: false
EOF
  [[ $(hostname) == "$1" ]] || hostnamectl set-hostname "$1"
  [[ $(hostname) == "$1" ]] || die "this host is still called $(hostname), not $1"
}

write_hosts() {
  {
    sed "/^$BEGIN\$/,/^$END\$/d" /etc/hosts
    echo "$BEGIN"
    python3 "$HERE/boot_settings.py" hosts
    echo "$END"
  } >"$RUN/hosts"
  write_file /etc/hosts 644 <"$RUN/hosts"
}

need_efa() {
  compgen -G '/sys/class/infiniband/*' >/dev/null || modprobe --quiet efa || true
  compgen -G '/sys/class/infiniband/*' >/dev/null ||
    die_for_good "this node has no EFA device: the kernel $(uname -r) has no efa driver, or its network interface is not of the type efa"
}

main "$@"
