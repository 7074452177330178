#!/usr/bin/env bash
# The container engine, without root: its daemon, if it has one, is a service of the user who owns it.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly KEYRING=/etc/apt/keyrings/docker.asc

main() {
  load_settings
  "install_$ENGINE"
  "set_up_$ENGINE"
  until_true 60 is_rootless || die "$ENGINE doesn't answer as rootless: look at journalctl _UID=$(id -u "$OWNER")"
}

# ---- docker ----

install_docker() {
  need_packages
  need_key
  write_file /etc/apt/sources.list.d/docker.list 644 <<EOF
deb [arch=$ARCHITECTURE signed-by=$KEYRING] $DOCKER_REPOSITORY $CODENAME stable
EOF
  apt_install "${ENGINE_PACKAGES[@]}"
  # No upgrade changes what a cluster was tried with.
  apt-mark hold "${ENGINE_PACKAGES[@]%%=*}"
  # The packages start a daemon that runs as root; nothing here needs it.
  systemctl disable --now docker.service docker.socket containerd.service
}

need_key() {
  local found
  mkdir -p "$(dirname "$KEYRING")"
  retry 5 fetch "$DOCKER_KEY" "$KEYRING.new" =https || die "can't download $DOCKER_KEY, tried 5 times: is there a way out of this network?"
  found=$(gpg --batch --show-keys --with-colons "$KEYRING.new" | awk -F: '$1 == "pub" { next_is = 1 } $1 == "fpr" && next_is { print $10; next_is = 0 }')
  if [[ $found != "$DOCKER_FINGERPRINT" ]]; then
    rm -f "$KEYRING.new"
    die "$DOCKER_KEY has the fingerprint ${found:-of no key}, not $DOCKER_FINGERPRINT"
  fi
  chmod 644 "$KEYRING.new"
  mv -f "$KEYRING.new" "$KEYRING"
}

set_up_docker() {
  allow_user_namespaces /usr/bin/rootlesskit
  CHANGED=
  # What usernetes, and its VXLAN, are tried with. Newer ones take gvisor-tap-vsock if nobody says so.
  write_file /etc/systemd/user/docker.service.d/flux-usernetes.conf 644 <<'EOF'
[Service]
Environment=DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns
EOF
  as_owner dockerd-rootless-setuptool.sh install
  as_owner systemctl --user daemon-reload
  as_owner systemctl --user enable --now docker.service
  [[ -z $CHANGED ]] || as_owner systemctl --user restart docker.service
}

# ---- podman ----

install_podman() {
  need_packages
  apt_install "${ENGINE_PACKAGES[@]}"
}

set_up_podman() {
  # Flannel gets no answer of Kubernetes' API through pasta, the other choice.
  write_file /etc/containers/containers.conf.d/flux-usernetes.conf 644 <<'EOF'
[network]
default_rootless_network_cmd = "slirp4netns"
EOF
  # Containers that are to be restarted are so at boot, too.
  as_owner systemctl --user enable --now podman-restart.service
}

# ---- nerdctl ----

install_nerdctl() {
  download "$NERDCTL_URL" "$NERDCTL_SHA256" "$BOOT_STATE/nerdctl.tar.gz"
  need_room /usr/local 1000 nerdctl
  tar --extract --gzip --no-same-owner --directory /usr/local --file "$BOOT_STATE/nerdctl.tar.gz" || die "nerdctl can't be unpacked to /usr/local"
  rm -f "$BOOT_STATE/nerdctl.tar.gz"
}

set_up_nerdctl() {
  allow_user_namespaces /usr/local/bin/rootlesskit
  as_owner containerd-rootless-setuptool.sh install
  as_owner containerd-rootless-setuptool.sh install-buildkit-containerd
  # What makes the network faster; it works without.
  as_owner containerd-rootless-setuptool.sh install-bypass4netnsd || say "bypass4netns can't be set up: the network is slower"
}

# ---- all ----

need_packages() {
  ((${#ENGINE_PACKAGES[@]} > 0)) ||
    die_for_good "there is no $ENGINE with podman-compose or a pinned version for Ubuntu $CODENAME: take Ubuntu 24.04 or another engine"
}

# Ubuntu 24.04 allows namespaces of users to programs with a profile only, and has one for the usual path.
allow_user_namespaces() {
  local name
  name=$(tr / . <<<"${1#/}")
  [[ $(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null) == 1 ]] || return 0
  ! grep -qs "$1" /etc/apparmor.d/rootlesskit || return 0
  write_file "/etc/apparmor.d/$name" 644 <<EOF
abi <abi/4.0>,
include <tunables/global>

$1 flags=(unconfined) {
  userns,
  include if exists <local/$name>
}
EOF
  apparmor_parser --replace "/etc/apparmor.d/$name" || die "AppArmor doesn't take the profile /etc/apparmor.d/$name"
}

is_rootless() {
  if [[ $ENGINE == podman ]]; then
    [[ $(as_owner podman info --format '{{.Host.Security.Rootless}}') == true ]]
  else
    as_owner "$ENGINE" info --format '{{json .SecurityOptions}}' | grep -q name=rootless
  fi
}

main "$@"
