#!/usr/bin/env bash
# Takes out of the image what belongs to the instance that it was made on. Image Builder cleans up, too, but neither munge
# nor what is ours, and only if nobody tells it not to.
set -euo pipefail

shopt -s nullglob

# What makes two hosts the same one, lets somebody in, or tells of the build. Images with the programs of nodes stay.
readonly LEFTOVERS=(
  /etc/ssh/ssh_host_*
  /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys
  /root/.bash_history /home/*/.bash_history
  /etc/munge/munge.key
  /etc/flux/system/curve.cert
  /var/lib/flux-usernetes-boot/state.json /var/lib/flux-usernetes-boot/rank
  /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
  /var/lib/dbus/machine-id
)

main() {
  rm -rf "${LEFTOVERS[@]}"
  # What nodes that start from it read beside their own settings.
  mv /etc/flux-usernetes/cluster.json /etc/flux-usernetes/baked.json
  apt-get clean
  cloud-init clean --logs --seed
  # The agent that runs this writes its own log until the end; Image Builder removes it.
  rm -rf /var/log/flux-usernetes.log /var/log/journal/*
  find /var/log -type f ! -path '*/amazon/*' \( -name '*.gz' -o -name '*.[0-9]' \) -delete
  find /var/log -type f ! -path '*/amazon/*' -exec truncate --size=0 {} +
  # Empty, not missing: systemd makes one at the next boot.
  : >/etc/machine-id
  sync
}

main "$@"
