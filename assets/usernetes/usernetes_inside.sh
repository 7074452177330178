#!/usr/bin/env bash
# Runs inside of the node's container, where usernetes has mounted its folder at /usernetes: questions to Kubernetes,
# and the small changes for which usernetes has no target.
#   usernetes_inside.sh VERB [NODE]
set -euo pipefail

: "${ETC:=/etc/kubernetes}" "${IMAGES:=/flux-usernetes-images}" "${IMPORTED:=/var/lib/flux-usernetes-images}"
MARK=$ETC/flux-usernetes
FLANNEL=flannel.alpha.coreos.com
UNINITIALIZED=node.cloudprovider.kubernetes.io/uninitialized

# name, Ready, address that flannel should use, address that it uses, address of the host, keys of taints
COLUMNS='{.metadata.name}{"|"}{.status.conditions[?(@.type=="Ready")].status}'
COLUMNS+='{"|"}{.metadata.annotations.flannel\.alpha\.coreos\.com/public-ip-overwrite}'
COLUMNS+='{"|"}{.metadata.annotations.flannel\.alpha\.coreos\.com/public-ip}'
COLUMNS+='{"|"}{.metadata.labels.usernetes/host-ip}{"|"}{.spec.taints[*].key}{"\n"}'

kube() {
  kubectl --kubeconfig="$ETC/$1.conf" --request-timeout=15s "${@:2}"
}

# Until systemd runs the container runtime, without which kubeadm does nothing.
running() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if systemctl is-active --quiet containerd; then
      return 0
    fi
    sleep 0.2
  done
  echo "containerd isn't active in the container after 60 s" >&2
  return 1
}

# Takes in what the host has fetched, once in the life of the volume that it ends in.
images() {
  local archive
  mkdir -p "$IMPORTED"
  for archive in "$IMAGES"/*.tar; do
    if [[ -e $archive && ! -e $IMPORTED/${archive##*/} ]]; then
      ctr --namespace k8s.io images import "$archive" >/dev/null
      : >"$IMPORTED/${archive##*/}"
    fi
  done
}

# How far this node has come: marked (set up to the end by us), what it is, and the authority that it trusts.
state() {
  local marked=no role=none authority=-
  if [[ -e $MARK ]]; then marked=yes; fi
  if [[ -s $ETC/admin.conf ]]; then
    role=control-plane
  elif [[ -s $ETC/kubelet.conf || -s $ETC/bootstrap-kubelet.conf ]]; then
    role=worker
  fi
  if [[ -s $ETC/pki/ca.crt ]]; then authority=$(sha256sum <"$ETC/pki/ca.crt" | cut -d ' ' -f 1); fi
  echo "$marked $role $authority"
}

mark() {
  : >"$MARK"
}

# Does the control plane answer?
healthy() {
  kube admin get --raw=/readyz >/dev/null
}

# And was it set up to the last of kubeadm's phases?
complete() {
  healthy
  kube admin --namespace=kube-system get daemonset/kube-proxy deployment/coredns -o name >/dev/null
}

nodes() {
  kube admin get nodes -o jsonpath="{range .items[*]}$COLUMNS{end}"
}

# This node as its kubelet may see it.
self() {
  kube kubelet get node "$(hostname)" -o jsonpath="$COLUMNS"
}

# What usernetes' own sync-external-ip does for every node, for those only that lack it.
sync_addresses() {
  local name overwrite address taints
  nodes | while IFS='|' read -r name _ overwrite _ address taints; do
    [[ -n $address ]] || continue
    if [[ $overwrite == "$address" && $taints != *"$UNINITIALIZED"* ]]; then
      continue
    fi
    kube admin patch node "$name" --type=merge --subresource=status --patch \
      "{\"status\":{\"addresses\":[{\"type\":\"ExternalIP\",\"address\":\"$address\"}]}}" </dev/null
    kube admin annotate --overwrite node "$name" "$FLANNEL/public-ip-overwrite=$address" </dev/null
    if [[ $taints == *"$UNINITIALIZED"* ]]; then
      kube admin taint nodes "$name" "$UNINITIALIZED-" </dev/null
    fi
  done
}

# Flannel reads the annotation when it starts, and not again.
restart_flannel() {
  kube admin --namespace=kube-flannel delete pods --field-selector="spec.nodeName=$1" --wait=false
}

forget() {
  kube admin delete node "$1" --ignore-not-found --wait=false
}

main() {
  case $1 in
    running | images | state | mark | healthy | complete | nodes | self) "$1" ;;
    sync) sync_addresses ;;
    restart-flannel) restart_flannel "$2" ;;
    forget) forget "$2" ;;
    *)
      echo "no such verb: $1" >&2
      return 2
      ;;
  esac
}

main "$@"
