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

# build PACKAGE VARIABLE…: in the folder of the program's name; each variable of the linker may hold {version}, {major}, {minor}.
build() {
  local package=$1 program version major minor variable flags='-s -w'
  shift
  program=$(basename "$package")
  cd "$program"
  version=$(go list -f '{{.Module.Version}}' "$package")
  IFS=. read -r major minor _ <<<"${version#v}"
  for variable in "$@"; do
    variable=${variable//'{version}'/$version}
    variable=${variable//'{major}'/$major}
    flags+=" -X ${variable//'{minor}'/$minor}"
  done
  timeout 3600 go build -p 2 -ldflags "$flags" -o "$into/$program" "$package"
  echo "$into/$program is of $version"
  cd ..
}

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(kube-apiserver pulumi pulumi-language-nodejs)
mkdir -p "$into"
for program in "${programs[@]}"; do
  case $program in
    kube-apiserver)
      names=k8s.io/component-base/version
      build k8s.io/kubernetes/cmd/kube-apiserver \
        "$names.gitVersion={version}" "$names.gitMajor={major}" "$names.gitMinor={minor}"
      ;;
    pulumi)
      build github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
        'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}'
      ;;
    pulumi-language-nodejs)
      build github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs \
        'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}'
      ;;
    *)
      echo "build.sh builds kube-apiserver, pulumi and pulumi-language-nodejs, not '$program'." >&2
      exit 1
      ;;
  esac
done
