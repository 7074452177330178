#!/usr/bin/env bash
# Builds the kube-apiserver that `npm run test:e2e` runs, at the version that go.mod pins, into a cache outside the tree.
set -euo pipefail
cd "$(dirname "$0")/kube-apiserver"

into=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/flux-framework-constructs-e2e}
if ! command -v go >/dev/null; then
  echo "build.sh needs go 1.26 or newer on PATH." >&2
  exit 1
fi

version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
IFS=. read -r major minor _ <<<"${version#v}"
names=k8s.io/component-base/version
mkdir -p "$into"
timeout 3600 go build -p 2 -trimpath \
  -ldflags "-s -w -X $names.gitVersion=$version -X $names.gitMajor=$major -X $names.gitMinor=$minor" \
  -o "$into/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
echo "$into/kube-apiserver is Kubernetes $version"
