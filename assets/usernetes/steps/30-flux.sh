#!/usr/bin/env bash
# Flux, from conda packages with checksums: the same ones on all nodes, whenever they join.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

main() {
  load_settings
  if [[ -s $ETC/flux-prefix ]]; then
    "$(flux_prefix)/bin/flux" version || die "the Flux of this image, $(flux_prefix)/bin/flux, doesn't run"
    return 0
  fi
  download "$MICROMAMBA_URL" "$MICROMAMBA_SHA256" "$BOOT_STATE/micromamba"
  chmod 755 "$BOOT_STATE/micromamba"
  local sentence
  # It says what it does, and at last why it can't.
  if ! python3 "$HERE/boot_flux.py" "$BOOT_STATE/micromamba" 2>"$RUN/errors"; then
    cat "$RUN/errors" >&2
    sentence=$(grep . "$RUN/errors" | tail -n 1)
    die "$sentence"
  fi
}

main "$@"
