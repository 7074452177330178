#!/usr/bin/env bash
# usernetes at its commit, and the image of its nodes, built once: a job builds none.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

main() {
  load_settings
  [[ $(cat "$TEMPLATE/.commit" 2>/dev/null) == "$COMMIT" ]] || get_usernetes
  build_image
}

get_usernetes() {
  local new=$TEMPLATE.new
  rm -rf "$new"
  git init --quiet "$new"
  retry 5 git_fetch "$new" || die "can't fetch the commit $COMMIT of $REPOSITORY, tried 5 times: $(why)"
  git -C "$new" -c advice.detachedHead=false checkout --quiet --force FETCH_HEAD
  local found
  found=$(git -C "$new" rev-parse HEAD)
  [[ $found == "$COMMIT" ]] || die "$REPOSITORY has sent the commit $found, not $COMMIT"
  rm -rf "$new/.git"
  printf '%s\n' "$COMMIT" >"$new/.commit"
  chown -R root:root "$new"
  chmod -R u=rwX,go=rX "$new"
  rm -rf "$TEMPLATE"
  mv "$new" "$TEMPLATE"
}

git_fetch() {
  noting timeout 300 git -C "$1" fetch --quiet --depth 1 "$REPOSITORY" "$COMMIT"
}

build_image() {
  as_owner "$ENGINE" image inspect "$NODE_IMAGE" >/dev/null 2>&1 && return
  need_room "$OWNER_HOME" 6000 "the image of the nodes of Kubernetes"
  retry 3 build_once || die "$ENGINE can't build the image $NODE_IMAGE, tried 3 times: $(why)"
}

build_once() {
  noting as_owner "$ENGINE" build --tag "$NODE_IMAGE" "$TEMPLATE"
}

main "$@"
