#!/usr/bin/env bash
# Is the image as it should be? Every fault is said, in a sentence of its own.
#
#   check-image.sh programs   Flux, container engine and usernetes are there, and run
#   check-image.sh leftovers  nothing of the instance that it was made on is left, and no secret
#   check-image.sh fresh      an instance that started from it is one of its own
#
# ENGINE  docker, podman or nerdctl
# COMMIT  that of usernetes
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

: "${ENGINE:?}" "${COMMIT:?}"
FAULTS=0

main() {
  case ${1:-} in
    programs | leftovers | fresh) "$1" ;;
    *)
      echo "usage: check-image.sh programs|leftovers|fresh" >&2
      return 2
      ;;
  esac
  ((FAULTS == 0)) || return 1
  echo "no fault found ($1)"
}

fault() {
  echo "fault: $*" >&2
  FAULTS=$((FAULTS + 1))
}

programs() {
  local flux
  flux=$(flux_prefix)/bin/flux
  "$flux" version || fault "$flux doesn't run"
  [[ $(cat "$TEMPLATE/.commit" 2>/dev/null) == "$COMMIT" ]] || fault "$TEMPLATE is not usernetes at $COMMIT"
  until_true 120 answers || fault "$ENGINE doesn't answer to the user $OWNER"
  as_owner "$ENGINE" image inspect "flux-usernetes-node:${COMMIT:0:12}" >/dev/null 2>&1 ||
    fault "the image of the nodes of Kubernetes, flux-usernetes-node:${COMMIT:0:12}, is missing"
  local archive=$IMAGES/flannel-${COMMIT:0:12}.tar
  [[ -s $archive ]] || fault "the images of flannel, $archive, are missing: nodes without a registry get no network of pods"
  kubectl version --client >/dev/null || fault "kubectl doesn't run"
}

answers() {
  as_owner "$ENGINE" info >/dev/null 2>&1
}

leftovers() {
  gone "a host key" /etc/ssh/ssh_host_*
  gone "a key that lets somebody in" /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys
  gone "a history of commands" /root/.bash_history /home/*/.bash_history
  gone "a key of munge" /etc/munge/munge.key
  gone "a certificate of Flux" /etc/flux/system/curve.cert
  gone "the settings of the build" /etc/flux-usernetes/cluster.json /var/lib/flux-usernetes-boot/state.json
  gone "the state of cloud-init" /var/lib/cloud/instance /var/lib/cloud/instances/*
  gone "a random seed" /var/lib/systemd/random-seed
  gone "a log of the build" /var/log/flux-usernetes.log /var/log/cloud-init.log /var/log/cloud-init-output.log
  [[ $(cat /etc/machine-id 2>/dev/null) =~ ^(uninitialized)?$ ]] || fault "/etc/machine-id says which machine this was"
  local file
  while IFS= read -r file; do
    fault "a private key is left: $file"
  done < <(private_keys)
}

# gone WHAT FILE...: files that there must not be; a pattern that matches nothing is no file.
gone() {
  local what=$1 file
  shift
  for file in "$@"; do
    if [[ -e $file || -L $file ]]; then fault "$what is left: $file"; fi
  done
}

# Layers of images hold what their makers put there, tests with keys for example.
private_keys() {
  grep -rlsI --exclude-dir=.local -e '-----BEGIN [A-Z ]*PRIVATE KEY-----' -e '^ *secret-key = "' /etc /root /home || true
}

fresh() {
  [[ $(cat /etc/machine-id 2>/dev/null) =~ ^[0-9a-f]{32}$ ]] || fault "/etc/machine-id is empty"
  compgen -G '/etc/ssh/ssh_host_*_key' >/dev/null || fault "no host key was made"
}

main "$@"
