#!/usr/bin/env bash
# The certificate that all brokers share, and the key of munge if there is one.
set -euo pipefail

# shellcheck source=assets/usernetes/boot-lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../boot-lib.sh"

readonly CERTIFICATE_FILE=/etc/flux/system/curve.cert MUNGE_FILE=/etc/munge/munge.key

main() {
  load_settings
  umask 077
  trap 'rm -f "$RUN/secret" "$RUN/decoded"' EXIT
  [[ -n $CERTIFICATE ]] || die_for_good "cluster.json names no certificate"
  mkdir -p "$(dirname "$CERTIFICATE_FILE")"
  chmod 755 /etc/flux "$(dirname "$CERTIFICATE_FILE")"
  if get "$CERTIFICATE" "$CERTIFICATE_FILE"; then
    grep -q 'secret-key' "$RUN/secret" || die "what $CERTIFICATE has is no certificate of Flux: it has no secret-key"
    write_file "$CERTIFICATE_FILE" 0400 "$OWNER" <"$RUN/secret"
  fi
  [[ -n $MUNGE_KEY ]] || return 0
  CHANGED=
  if get "$MUNGE_KEY" "$MUNGE_FILE"; then
    base64 --decode "$RUN/secret" >"$RUN/decoded" 2>/dev/null || die "what $MUNGE_KEY has is not base64: it is to be the key of munge"
    write_file "$MUNGE_FILE" 0400 munge <"$RUN/decoded"
  fi
  if [[ -n $CHANGED ]]; then systemctl restart munge.service; fi
}

# get SOURCE FILE: brings a secret to a file of its own in memory. A node that has been up before goes on with what it
# has: that AWS doesn't answer is no reason to stay down.
get() {
  local words
  read -ra words <<<"$1"
  if python3 "$HERE/aws_api.py" "${words[@]}" >"$RUN/secret" 2>"$RUN/errors" && [[ -s $RUN/secret ]]; then
    return 0
  fi
  [[ -s $2 ]] || die "$(why_not "$1")"
  say "$(why_not "$1"): going on with the one of the last boot"
  return 1
}

why_not() {
  grep . "$RUN/errors" | tail -n 1 | grep . || echo "what $1 has is empty"
}

main "$@"
