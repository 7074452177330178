#!/usr/bin/env bash
# The broker of this node, as flux.service runs it: as the user who owns the instance, without systemd's notifications,
# which Flux of conda doesn't have.
set -euo pipefail

readonly ETC=/etc/flux-usernetes

main() {
  local prefix=/opt/flux quorum id
  [[ ! -s $ETC/flux-prefix ]] || prefix=$(<"$ETC/flux-prefix")
  quorum=$(cat "$ETC/quorum" 2>/dev/null) || quorum=1
  id=$(id -u)
  # What the container engine needs, of what the prolog and programs on other nodes start.
  export PATH="$prefix/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8
  export XDG_RUNTIME_DIR="/run/user/$id" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$id/bus"
  unset FLUX_URI
  # 42 is how `flux shutdown` ends: then nobody starts it again.
  exec "$prefix/bin/flux" broker \
    --config-path=/etc/flux/system/conf.d \
    -Scron.directory=/etc/flux/system/cron.d \
    -Srundir=/run/flux \
    -Sstatedir=/var/lib/flux \
    -Slocal-uri=local:///run/flux/local \
    -Slog-stderr-level=6 \
    -Slog-stderr-mode=local \
    -Sbroker.rc2_none=1 \
    -Sbroker.quorum="$quorum" \
    -Sbroker.exit-norestart=42
}

main "$@"
