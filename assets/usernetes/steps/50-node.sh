#!/usr/bin/env bash
# Who this node is: its rank by its own address, its name, and the names of all others.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

# 2 MiB each: as many as AWS' own installer reserves, but no more than a sixteenth of the memory.
readonly MOST_HUGE_PAGES=5128
readonly BEGIN='# flux-usernetes: begin' END='# flux-usernetes: end'

main() {
  load_settings
  local rank
  rank=$(python3 "$HERE/boot_rank.py" 2>"$RUN/errors") || die_for_good "$(why)"
  printf '%s\n' "$rank" >"$BOOT_STATE/rank"
  say "this is rank $rank"
  name_node "$(host_of "$rank")"
  write_hosts
  guard_metadata
  # The kernel may be newer than the one that was installed for.
  local module
  for module in "${MODULES[@]}"; do
    need_module "$module"
  done
  [[ -n $HAS_EFA ]] || return 0
  need_efa
  limits_for_efa
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

# Who reaches the metadata service has all that the role of this instance may: the certificate, and what root of other
# nodes installs. Jobs and pods are processes of the owner, and a hop count doesn't hold them.
guard_metadata() {
  noting "$HERE/guard.sh" || die "iptables can't close the metadata service to all but root: $(why)"
  ! as_owner curl --silent --output /dev/null --connect-timeout 3 --max-time 10 http://169.254.169.254/latest/ ||
    die "the user $OWNER, and so every job and pod, reaches the metadata service of this instance: look at iptables -S OUTPUT"
}

need_efa() {
  compgen -G '/sys/class/infiniband/*' >/dev/null || modprobe --quiet efa || true
  compgen -G '/sys/class/infiniband/*' >/dev/null ||
    die_for_good "this node has no EFA device: the kernel $(uname -r) has no efa driver, or its network interface is not of the type efa"
}

limits_for_efa() {
  local memory pages file=/etc/sysctl.d/99-flux-usernetes-efa.conf
  memory=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
  pages=$((memory / 2048 / 16))
  ((pages <= MOST_HUGE_PAGES)) || pages=$MOST_HUGE_PAGES
  write_file "$file" 644 <<EOF
vm.nr_hugepages = $pages
# Processes of one node copy from each other's memory.
kernel.yama.ptrace_scope = 0
EOF
  sysctl --quiet --load "$file" || die "sysctl can't set what $file says"
}

main "$@"
