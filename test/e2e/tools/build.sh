#!/usr/bin/env bash
# Builds the programs that `npm run test:e2e` runs, at the versions that the go.mod of each pins, into a cache outside the tree:
# all of them, or those that are named.
set -euo pipefail
cd "$(dirname "$0")"

into=${XDG_CACHE_HOME:-$HOME/.cache}/flux-framework-constructs-e2e
if ! command -v go >/dev/null; then
  echo "build.sh needs go 1.26 or newer on PATH." >&2
  exit 1
fi

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(kube-apiserver pulumi pulumi-language-nodejs)
mkdir -p "$into"
for program in "${programs[@]}"; do
  case $program in
    kube-apiserver) package=k8s.io/kubernetes/cmd/kube-apiserver ;;
    pulumi) package=github.com/pulumi/pulumi/pkg/v3/cmd/pulumi ;;
    pulumi-language-nodejs) package=github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs ;;
    *)
      echo "build.sh builds kube-apiserver, pulumi and pulumi-language-nodejs, not '$program'." >&2
      exit 1
      ;;
  esac
  version=$(go -C "$program" list -f '{{.Module.Version}}' "$package")
  IFS=. read -r major minor _ <<<"${version#v}"
  # Where each says its version; the linker passes over a variable that the program has not.
  kubernetes=k8s.io/component-base/version
  pulumi=github.com/pulumi/pulumi/sdk/v3/go/common/version
  names="-X $kubernetes.gitVersion=$version -X $kubernetes.gitMajor=$major -X $kubernetes.gitMinor=$minor"
  names+=" -X $pulumi.Version=$version"
  output=$into/$program
  if [ "$program" = pulumi-language-nodejs ]; then
    install "$program/with-options.sh" "$output"
    output+=-host
  fi
  timeout 3600 go -C "$program" build -p 2 -ldflags "-s -w $names" -o "$output" "$package"
  echo "$into/$program is of $version"
done
