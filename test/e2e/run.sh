#!/usr/bin/env bash
# Proof on real engines: `npm run test:e2e`, or one half of it: `npm run test:e2e -- kubernetes`, `npm run test:e2e -- pulumi`.
# Programs are taken from PATH, from where tools/build.sh puts them, or from the variables ETCD, KUBE_APISERVER, PULUMI,
# PULUMI_LANGUAGE_NODEJS.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/flux-framework-constructs-e2e
export PATH=$PATH:$cache

# need VARIABLE PROGRAM HOW: exports the program's path as the variable, or says how to get it.
need() {
  local variable=$1 program=${!1:-$2}
  if ! program=$(command -v "$program"); then
    echo "test:e2e needs $2, which is neither on PATH nor named by $variable: $3." >&2
    exit 1
  fi
  export "$variable=$program"
}

halves=("$@")
[ ${#halves[@]} -gt 0 ] || halves=(kubernetes pulumi)
for half in "${halves[@]}"; do
  case $half in
    kubernetes)
      need ETCD etcd 'install the Debian package etcd-server'
      need KUBE_APISERVER kube-apiserver 'run test/e2e/tools/build.sh, which takes about 15 minutes'
      ;;
    pulumi)
      need PULUMI pulumi "install Pulumi's command line, or run test/e2e/tools/build.sh pulumi pulumi-language-nodejs"
      need PULUMI_LANGUAGE_NODEJS pulumi-language-nodejs "it comes with Pulumi's command line, or run test/e2e/tools/build.sh pulumi-language-nodejs"
      # The engine takes it by its name from PATH.
      PATH=$(dirname "$PULUMI"):$(dirname "$PULUMI_LANGUAGE_NODEJS"):$PATH
      ;;
    *)
      echo "test:e2e has the halves kubernetes and pulumi, not '$half'." >&2
      exit 1
      ;;
  esac
done

exec npx jest --config test/e2e/jest.config.cjs --selectProjects "${halves[@]}"
