#!/usr/bin/env bash
# usernetes at its commit, the image of its nodes, built once, the images of flannel, and kubectl: a job builds and pulls
# none of them.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly PROGRAMS=/opt/usernetes-programs

main() {
  load_settings
  # Podman saves one image only if it isn't told otherwise.
  SAVE_OPTIONS=()
  [[ $ENGINE != podman ]] || SAVE_OPTIONS=(--multi-image-archive)
  [[ $(cat "$TEMPLATE/.commit" 2>/dev/null) == "$COMMIT" ]] || get_usernetes
  build_image
  keep_images
  keep_kubectl
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

# keep_images: those of the chart of flannel in the image of the nodes, as one archive that each node of Kubernetes takes
# in. A registry would be asked by every job on every node otherwise, and some clusters reach none.
keep_images() {
  local archive=$IMAGES/flannel-${COMMIT:0:12}.tar names name
  install -d -m 755 "$IMAGES"
  [[ ! -s $archive ]] || return 0
  mapfile -t names < <(noting as_owner "$ENGINE" run --rm --network none --entrypoint helm "$NODE_IMAGE" template flannel /flannel | image_names)
  ((${#names[@]} > 0)) || die "the chart of flannel in $NODE_IMAGE names no image: $(why)"
  need_room "$IMAGES" 500 "the images of flannel"
  for name in "${names[@]}"; do
    say "flannel of this commit of usernetes uses $name"
    retry 5 noting as_owner timeout 300 "$ENGINE" pull --quiet "$name" || die "$ENGINE can't pull $name, tried 5 times: $(why)"
  done
  rm -f "$IMAGES"/*
  noting as_owner "$ENGINE" save "${SAVE_OPTIONS[@]}" "${names[@]}" >"$archive.new" || die "$ENGINE can't save ${names[*]}: $(why)"
  chmod 644 "$archive.new"
  mv -f "$archive.new" "$archive"
}

# keep_kubectl: that of the image, for people and jobs: it fits the Kubernetes that they get.
keep_kubectl() {
  local program=$PROGRAMS/kubectl-${COMMIT:0:12}
  if [[ ! -x $program ]]; then
    install -d -m 755 "$PROGRAMS"
    need_room "$PROGRAMS" 200 kubectl
    noting as_owner "$ENGINE" run --rm --network none --entrypoint cat "$NODE_IMAGE" /usr/bin/kubectl >"$program.new" ||
      die "$ENGINE can't read kubectl out of $NODE_IMAGE: $(why)"
    chmod 755 "$program.new"
    "$program.new" version --client || die "kubectl of $NODE_IMAGE doesn't run on this host"
    mv -f "$program.new" "$program"
  fi
  ln -sfn "$program" /usr/local/bin/kubectl
}

# image_names: of manifests of Kubernetes, each once.
image_names() {
  sed -nE 's/^[[:space:]-]*image:[[:space:]]*"?([^"[:space:]]+)"?[[:space:]]*$/\1/p' | sort -u
}

main "$@"
