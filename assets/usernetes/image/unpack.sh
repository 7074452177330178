#!/usr/bin/env bash
# Puts the scripts of the nodes, and what the image is to have, where the boot of a node expects them. Its text is a part of
# the component of Image Builder: nothing of the scripts runs before their checksum was right.
#
# BUNDLE         the file that S3 has sent
# BUNDLE_SHA256  what its checksum must be
# SETTINGS       JSON for cluster.json
set -euo pipefail

: "${BUNDLE:?}" "${BUNDLE_SHA256:?}" "${SETTINGS:?}"
readonly HERE=/opt/flux-usernetes
readonly ETC=/etc/flux-usernetes

main() {
  wait_for_cloud_init
  check_bundle
  unpack
  mkdir -p "$ETC"
  printf '%s\n' "$SETTINGS" >"$ETC/cluster.json"
  rm -f "$BUNDLE"
}

# It may still hold the lock of apt.
wait_for_cloud_init() {
  timeout 600 cloud-init status --wait >/dev/null || echo "cloud-init of the build instance hasn't ended well: going on"
}

check_bundle() {
  local found
  found=$(sha256sum <"$BUNDLE")
  found=${found%% *}
  [[ $found == "$BUNDLE_SHA256" ]] && return
  echo "the scripts in S3 are not those of this image: their checksum is $found, not $BUNDLE_SHA256" >&2
  return 1
}

# The mark `.bundle` tells the boot of a node which ones it has.
unpack() {
  rm -rf "$HERE"
  python3 - "$BUNDLE" "$HERE" "$BUNDLE_SHA256" <<'END'
import json, os, sys

bundle, folder, sha256 = sys.argv[1:]
with open(bundle, encoding="utf-8") as file:
    files = json.load(file)["files"]
for entry in files + [{"path": ".bundle", "mode": "644", "text": sha256}]:
    path = os.path.join(folder, entry["path"])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(entry["text"])
    os.chmod(path, int(entry["mode"], 8))
END
}

main "$@"
