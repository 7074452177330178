#!/usr/bin/env bash
# Packages, kernel and limits that usernetes needs of the host, and the user who owns Flux and the containers.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly PACKAGES=(
  ca-certificates curl dbus-user-session fuse-overlayfs git gnupg iproute2 iptables jq kmod make openssl slirp4netns
  systemd-container uidmap
)
# What iptables and kube-proxy ask for; newer kernels don't have all of them.
readonly OTHER_MODULES=(
  ip6_tables ip6table_filter ip6table_nat ipt_REJECT ip_tables iptable_filter iptable_nat nf_tables tap x_tables xt_MASQUERADE
  xt_addrtype xt_comment xt_conntrack xt_mark xt_multiport xt_nat xt_owner xt_tcpudp
)
# Users of a container are these numbers; Kubernetes needs 65536 of them.
readonly FIRST_SUBORDINATE=524288 SUBORDINATES=65536

main() {
  load_settings
  [[ $CODENAME == noble || $CODENAME == jammy ]] ||
    die_for_good "this image is $CODENAME: it must be Ubuntu 24.04 (noble) or 22.04 (jammy)"
  [[ -f /sys/fs/cgroup/cgroup.controllers ]] ||
    die_for_good "this image uses cgroup v1: Kubernetes without root needs cgroup v2 (systemd.unified_cgroup_hierarchy=1)"
  keep_running
  apt_install "${PACKAGES[@]}" ${MUNGE_KEY:+munge}
  load_modules
  set_sysctls
  set_limits
  rotate_log
  make_owner
}

# Updates come with a new image, for all nodes at once: those that each node makes at an hour of its own restart brokers,
# and with the lead's all jobs end.
keep_running() {
  write_file /etc/needrestart/conf.d/flux-usernetes.conf 644 <<'EOF'
# Written by flux-usernetes: the broker, and the session in which the container engine runs, go on with what they have.
$nrconf{override_rc}->{qr(^flux)} = 0;
$nrconf{override_rc}->{qr(^user\@)} = 0;
EOF
  systemctl disable --now apt-daily.timer apt-daily-upgrade.timer
}

load_modules() {
  local module loaded=("${MODULES[@]}")
  for module in "${MODULES[@]}"; do
    need_module "$module"
  done
  for module in "${OTHER_MODULES[@]}"; do
    if modprobe --quiet "$module"; then loaded+=("$module"); fi
  done
  printf '%s\n' "${loaded[@]}" | write_file /etc/modules-load.d/usernetes.conf 644
}

set_sysctls() {
  write_file /etc/sysctl.d/99-usernetes.conf 644 <<'EOF'
# VXLAN packets come in by another way than answers would go out. The network namespace of a container engine takes
# this from the host when it is made.
net.ipv4.conf.default.rp_filter = 2
net.ipv4.ip_forward = 1
# Each node of Kubernetes has a kubelet and pods that watch files, all of one user.
fs.inotify.max_user_instances = 8192
fs.inotify.max_user_watches = 1048576
kernel.keys.maxkeys = 20000
kernel.keys.maxbytes = 2000000
EOF
  sysctl --quiet --load /etc/sysctl.d/99-usernetes.conf || die "sysctl can't set what /etc/sysctl.d/99-usernetes.conf says"
}

set_limits() {
  CHANGED=
  write_file /etc/systemd/system/user@.service.d/flux-usernetes.conf 644 <<'EOF'
[Service]
Delegate=cpu cpuset io memory pids
LimitMEMLOCK=infinity
LimitNOFILE=1048576
TasksMax=infinity
EOF
  write_file /etc/systemd/system/user-.slice.d/flux-usernetes.conf 644 <<'EOF'
[Slice]
TasksMax=infinity
EOF
  [[ -z $CHANGED ]] || systemctl daemon-reload
  write_file /etc/security/limits.d/99-flux-usernetes.conf 644 <<EOF
$OWNER - memlock unlimited
$OWNER - nofile 1048576
EOF
}

rotate_log() {
  write_file /etc/logrotate.d/flux-usernetes 644 <<EOF
$LOG {
  weekly
  maxsize 20M
  rotate 4
  compress
  missingok
  notifempty
}
EOF
}

make_owner() {
  local file option
  id "$OWNER" >/dev/null 2>&1 || useradd --create-home --home-dir "$OWNER_HOME" --user-group --shell /bin/bash "$OWNER"
  for file in subuid subgid; do
    grep -q "^$OWNER:" "/etc/$file" 2>/dev/null && continue
    option=--add-${file}s
    usermod "$option" "$FIRST_SUBORDINATE-$((FIRST_SUBORDINATE + SUBORDINATES - 1))" "$OWNER"
  done
  loginctl enable-linger "$OWNER"
  need_session
}

main "$@"
