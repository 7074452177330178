#!/usr/bin/env bash
# Waits until this node works: its broker is one of the instance, and in system mode it is a node of Kubernetes.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

main() {
  load_settings
  local rank left
  rank=$(node_rank)
  # The limit counts from the start of the boot, with all that was installed.
  left=$((LIMIT_READY - $(seconds_since_start)))
  ((left >= 60)) || left=${FLUX_USERNETES_LEAST:-60}
  until_true "$left" is_online || die "$(why_offline "$rank")"
  say "the broker is up"
  if [[ $CLUSTER_MODE == system ]]; then
    ((left -= SECONDS)) || true
    ((left >= 1)) || left=1
    until_true "$left" is_in_kubernetes || die "$(why_not_in_kubernetes)"
    say "Kubernetes is up on this node"
  fi
  touch "$BOOT_STATE/was-ready"
  # A broker that starts again waits for nobody who is down.
  echo 1 | write_file "$ETC/quorum" 644
  [[ $CLUSTER_MODE != batch || $rank != 0 ]] || sweep
}

# Flux runs no epilog for jobs that were there when it was shut down: what they had is still on their nodes.
sweep() {
  as_owner timeout "${FLUX_USERNETES_LEAST:-60}" /usr/local/bin/usernetes clean --stale ||
    say "what earlier jobs left can't be removed now: run usernetes clean --stale"
}

seconds_since_start() {
  local up
  read -r up _ </proc/uptime
  # Image builders and tests are up for longer than a boot takes.
  echo $((${up%.*} < LIMIT_READY ? ${up%.*} : 0))
}

is_online() {
  [[ $(as_owner timeout 20 /usr/local/bin/flux uptime 2>"$RUN/errors") == *" run "* ]]
}

# Of the lead the nodes that are missing; of all others whether they reach it.
why_offline() {
  local limit="after $LIMIT_READY s"
  if (($1 == 0)); then
    # From now on they are simply down, and the instance works without them.
    touch "$BOOT_STATE/was-ready"
    echo 1 >"$ETC/quorum"
    systemctl restart flux.service || true
    until_true "${FLUX_USERNETES_LEAST:-60}" is_online || true
    python3 "$HERE/report.py" missing | grep . || echo "the broker of this node is not up $limit ($(why)): look at journalctl -u flux.service"
  elif ! reaches_lead; then
    echo "the lead, rank 0 ($(host_of 0), $FIRST_ADDRESS), doesn't answer at port $OVERLAY_PORT $limit: look there first"
  else
    echo "the broker of this node has not joined that of the lead, $(host_of 0), $limit: look at journalctl -u flux.service here and there; a certificate that differs is never told"
  fi
}

reaches_lead() {
  timeout 10 bash -c "exec 3<>/dev/tcp/$FIRST_ADDRESS/$OVERLAY_PORT" 2>/dev/null
}

is_in_kubernetes() {
  systemctl --quiet is-active flux-usernetes-system.service
}

why_not_in_kubernetes() {
  local said
  said=$(journalctl --unit flux-usernetes-system.service --output cat --lines 50 --no-pager 2>/dev/null | grep '^usernetes: ' | tail -n 1) || true
  echo "${said:-usernetes: this node has not come up in Kubernetes within $LIMIT_READY s: look at journalctl -u flux-usernetes-system.service}"
}

main "$@"
